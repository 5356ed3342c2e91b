"""Interrupted work is not lost: finished folds are kept, known by all that decides them."""

import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sktimnet.model_selection import evaluate

LABELS = np.repeat(["angry", "calm", "sad"], [24, 18, 12])
ROWS = np.random.default_rng(0).normal(size=(54, 4))


class _Counted(ClassifierMixin, BaseEstimator):
    """Count how often anything is fitted."""

    fits = 0

    def fit(self, X, y):
        type(self).fits += 1
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[0], len(X))


KILLER = """
import os, signal, sys
import numpy as np
from sklearn.linear_model import LogisticRegression
from sktimnet.model_selection import evaluate

class Killer(LogisticRegression):
    fits = 0
    kill_at = None

    def fit(self, X, y):
        Killer.fits += 1
        if Killer.fits == Killer.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)

def run(memory):
    Killer.fits = 0
    y = np.repeat(["a", "b"], 20)
    X = np.random.default_rng(0).normal(size=(40, 3))
    return evaluate(Killer(), X, y, n_splits=5, memory=memory)
"""


class TestMemory:
    def count(self, memory, **options):
        _Counted.fits = 0
        options = {"X": ROWS, "y": LABELS, "n_splits": 3} | options
        return evaluate(_Counted(), memory=memory, **options), _Counted.fits

    def test_finished_folds_are_not_run_again(self, tmp_path):
        first, fits = self.count(tmp_path)
        assert fits == 3
        again, fits = self.count(tmp_path)
        assert fits == 0
        assert again == first

    @pytest.mark.parametrize(
        "changed",
        [{"seeds": [1]}, {"X": ROWS + 1}, {"y": LABELS[::-1].copy()}, {"cv": KFold(3)}],
        ids=["seed", "data", "labels", "folds"],
    )
    def test_other_work_is_run(self, tmp_path, changed):
        self.count(tmp_path)
        assert self.count(tmp_path, **changed)[1] == 3

    def test_a_file_with_other_contents_is_other_data(self, tmp_path):
        paths = [tmp_path / f"{i}.txt" for i in range(54)]
        for i, path in enumerate(paths):
            path.write_text(str(i))
        X = np.array([[str(path)] for path in paths])[:, 0]
        self.count(tmp_path / "memory", X=X)
        assert self.count(tmp_path / "memory", X=X)[1] == 0
        paths[5].write_text("changed")
        assert self.count(tmp_path / "memory", X=X)[1] == 3

    def test_more_seeds_run_only_what_is_new(self, tmp_path):
        self.count(tmp_path, seeds=[0])
        assert self.count(tmp_path, seeds=[0, 1])[1] == 3

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
    def test_a_killed_run_goes_on_where_it_was_and_ends_alike(self, tmp_path, monkeypatch):
        (tmp_path / "killer.py").write_text(KILLER)
        monkeypatch.syspath_prepend(tmp_path)
        killer = importlib.import_module("killer")
        memory = str(tmp_path / "memory")

        code = f"import killer, torch; torch.set_num_threads(1); killer.Killer.kill_at = 4; killer.run({memory!r})"
        path = os.pathsep.join([str(Path(__file__).parents[1]), str(tmp_path)])
        killed = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, check=False)
        assert killed.returncode == -signal.SIGKILL

        resumed = killer.run(memory)
        assert killer.Killer.fits == 2
        assert resumed == killer.run(None)
        assert killer.Killer.fits == 5

    @pytest.mark.parametrize("scoring", [None, {"mine": lambda estimator, X, y: 1.0}], ids=["step", "scorer"])
    def test_what_cannot_be_pickled_is_named_with_the_way_out(self, tmp_path, scoring):
        step = FunctionTransformer(lambda X: X) if scoring is None else StandardScaler()
        estimator = Pipeline([("same", step), ("classifier", _Counted())])
        named = "same__func=<function" if scoring is None else r"scoring\['mine'\]=<function"
        with pytest.raises(
            ValueError, match=f"memory=.* but {named}.*defined with def in a module, or pass memory=None"
        ):
            evaluate(estimator, ROWS, LABELS, n_splits=3, scoring=scoring, memory=tmp_path)
        assert evaluate(estimator, ROWS, LABELS, n_splits=3, scoring=scoring).folds
