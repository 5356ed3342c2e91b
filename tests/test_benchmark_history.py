"""The history of benchmarks: ratios of releases side by side, and on the page."""

import json
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "tests/benchmarks/history.py"


def written(folder, name, commit, **ratios):
    """Write what pytest-benchmark does, as far as it is read."""
    run = {
        "machine_info": {"cpu": {"count": 2, "brand_raw": "AMD EPYC"}},
        "commit_info": {"id": commit, "time": "2026-01-02T03:04:05+00:00"},
        "benchmarks": [
            {"name": f"test_{test}", "extra_info": {} if ratio is None else {"ratio": ratio, "ours": 2 * ratio}}
            | {"stats": {"rounds": 7}}
            for test, ratio in ratios.items()
        ],
    }
    (folder / name).write_text(json.dumps(run))
    return str(folder / name)


@pytest.fixture
def history(tmp_path, monkeypatch, capsys):
    """Give a function that runs the program on a history of its own, and returns the rows and what was printed."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["history.py", *arguments, "--history", str(tmp_path / "history.json")])
        runpy.run_path(str(SCRIPT), run_name="__main__")
        return json.loads((tmp_path / "history.json").read_text()), capsys.readouterr().out

    return run


def test_a_release_has_the_medians_of_its_runs(history, tmp_path):
    runs = [written(tmp_path, f"{ratio}.json", "0123456789", a_step=ratio, no_yardstick=None) for ratio in (3, 1, 2)]
    assert history(*runs, "--release", "0.1.0")[0] == [
        {
            "release": "0.1.0",
            "commit": "0123456",
            "date": "2026-01-02",
            "machine": "2 cores, AMD EPYC",
            "runs": 3,
            "benchmarks": {"a_step": {"ratio": 2.0, "median": 4.0, "rounds": 7}},
        }
    ]


def test_a_further_release_stands_beside_it_and_the_same_one_in_its_place(history, tmp_path):
    history(written(tmp_path, "a.json", "aaaaaaa", a_step=0.5), "--release", "1")
    history(written(tmp_path, "b.json", "bbbbbbb", a_step=0.25, another=2), "--release", "2")
    rows, printed = history(written(tmp_path, "a.json", "aaaaaaa", a_step=0.75), "--release", "1")
    assert [row["release"] for row in rows] == ["1", "2"]
    assert "| a step | 0.750 | 0.250 |\n| another |  | 2.000 |" in printed


def test_runs_of_two_commits_are_refused(history, tmp_path):
    runs = [written(tmp_path, f"{commit}.json", commit, a_step=1) for commit in ("aaaaaaa", "bbbbbbb")]
    with pytest.raises(SystemExit, match="several commits, aaaaaaa, bbbbbbb"):
        history(*runs)


def test_the_page_has_the_table_of_the_committed_history():
    table = runpy.run_path(str(SCRIPT))["table"]
    committed = json.loads((ROOT / "tests/benchmarks/history.json").read_text())
    assert table(committed) in (ROOT / "docs/performance.md").read_text(encoding="utf-8")
