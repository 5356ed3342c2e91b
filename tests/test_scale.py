"""Many clips: what holds all of them takes little memory beside them, and the program that measures growth runs."""

import json
import runpy
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from sktimnet.feature_extraction import FunctionalsTransformer
from sktimnet.model_selection._scores import intervals
from sktimnet.preprocessing import RankScaler

SCRIPT = Path(__file__).parents[1] / "examples/simulate_scale.py"


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
    rows = [{"clips": n, "cpu": 3 + 2 * n, "memory": 5 + n**2, "disk": 100 - n} for n in (10, 20, 40)]
    assert program["extrapolate"](rows, "cpu", 100, power=1) == pytest.approx(203)
    assert program["extrapolate"](rows, "memory", 100, power=2) == pytest.approx(10_005)
    assert program["extrapolate"](rows, "disk", 100, power=1) > 60
