"""Many clips: what holds all of them takes little memory beside them, and the program that measures growth runs."""

import json
import re
import runpy
import subprocess
import sys
import tracemalloc
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import soundfile

from sktimnet.datasets import make_emotional_speech
from sktimnet.feature_extraction import FunctionalsTransformer
from sktimnet.model_selection._scores import intervals
from sktimnet.preprocessing import RankScaler

ROOT = Path(__file__).parents[1]
SCRIPT, PAGE = ROOT / "examples/simulate_scale.py", ROOT / "docs/scale.md"


def peak(function, *arguments):
    """Return the most bytes that NumPy and Python hold at a time during a call, beside what is there before it."""
    tracemalloc.start()
    try:
        function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ranks_take_the_memory_of_the_features_three_times_at_most():
    X = np.random.default_rng(0).normal(size=(300, 2000)).astype(np.float32)
    assert peak(RankScaler(n_quantiles=50).fit(X).transform, X) < 3 * X.nbytes


def test_functionals_of_long_clips_take_less_memory_than_the_frames():
    X = np.random.default_rng(0).normal(size=(50, 10, 2000)).astype(np.float32)
    assert peak(FunctionalsTransformer().fit(X).transform, X) < X.nbytes


def test_intervals_of_20_000_clips_take_less_than_50_mb():
    y = np.arange(20_000) % 6
    assert peak(intervals, range(len(y)), y, y) < 50e6


def test_snippets_of_the_page_run_and_folds_of_several_machines_join_to_the_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    corpus = make_emotional_speech(2, 5, ("angry", "sad"), duration=0.4, random_state=0)
    for i, (clip, label) in enumerate(zip(corpus.data, corpus.target, strict=True)):
        (tmp_path / "recordings" / label).mkdir(parents=True, exist_ok=True)
        soundfile.write(f"recordings/{label}/{i}.wav", clip, corpus.sr)
    found, whole = {}, None
    for block in map(dedent, re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)):
        if "tcp://" in block:  # needs a cluster: test_scale_out
            continue
        for machine in range(3) if "sys.argv" in block else [0]:
            monkeypatch.setattr(sys, "argv", ["folds.py", str(machine)])
            exec(compile(block, str(PAGE), "exec"), found)
        whole = whole or found["report"]
    assert len(list(tmp_path.glob("part*.json"))) == 3
    assert found["report"].scores == whole.scores


@pytest.fixture(scope="module")
def program():
    """Give the names of the program, without running it."""
    return runpy.run_path(str(SCRIPT), run_name="simulate_scale")


@pytest.fixture(scope="module")
def recordings(program, tmp_path_factory):
    """Give the names and labels of 40 simulated recordings."""
    return program["simulate"](tmp_path_factory.mktemp("recordings"), 40)


def test_simulated_recordings_differ_and_have_all_emotions(recordings):
    names, labels = recordings
    assert len({Path(name).read_bytes() for name in names}) == 40
    assert len(set(labels)) == 6


def test_folds_of_simulated_recordings_leave_features_in_the_cache(program, recordings, tmp_path):
    program["folds"]("linear", *recordings, tmp_path)
    assert len(list(tmp_path.rglob("output.pkl"))) > 2 * 40  # descriptors and MFCCs, of changed copies too


def test_the_program_writes_what_it_measured_and_extrapolates_it(tmp_path):
    options = ["--sizes", "20", "40", "--stages", "features", "predict", "--to", "400", "--folder", str(tmp_path)]
    command = [sys.executable, str(SCRIPT), *options, "--out", str(tmp_path / "scale.json")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = json.loads((tmp_path / "scale.json").read_text())
    assert [(row["stage"], row["clips"]) for row in rows] == [(s, n) for n in (20, 40) for s in ("features", "predict")]
    assert all(row["cpu"] > 0 and row["memory"] > 0 and row["disk"] > 0 for row in rows if row["stage"] == "features")
    assert "| predict | 400, extrapolated |" in printed


def test_costs_are_extrapolated_by_a_polynomial_without_negative_terms(program):
    line = [{"stage": "predict", "clips": n, "cpu": 3 + 2 * n, "disk": 100 - n} for n in (10, 20, 40)]
    assert program["extrapolate"](line, "cpu", 100) == pytest.approx(203)
    assert program["extrapolate"](line, "disk", 100) > 60
    n_train = {30: 140, 3000: 8000, 30_000: 26_000}  # two thirds, and six changed copies of each, 6,000 at most
    square = [{"stage": "robust", "clips": n, "memory": 5 + n_train[n] ** 2} for n in n_train]
    assert program["extrapolate"](square, "memory", 60_000) == pytest.approx(5 + 46_000**2)


def test_the_page_has_the_table_of_the_committed_measurements(program):
    rows = json.loads((ROOT / "docs/results/scale.json").read_text())
    assert program["table"](rows, 100_000) in PAGE.read_text(encoding="utf-8")
