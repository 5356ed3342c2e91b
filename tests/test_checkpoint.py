"""Checkpoints: a training that was killed goes on and ends as if it had not been."""

import os
import random
import subprocess
import sys
import time

import joblib
import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, EarlyStopping, LRScheduler

from sktimnet import TIMNetClassifier

RNG = np.random.default_rng(0)
Y = np.repeat(["angry", "sad"], 20)
X = (RNG.normal(size=(40, 4, 12)) + (Y == "sad")[:, None, None]).astype(np.float32)
PARAMETERS = {"n_blocks": 2, "n_filters": 5, "batch_size": 8, "max_epochs": 12, "random_state": 0}


def weights(classifier):
    return torch.cat([v.ravel() for v in classifier.net_.module_.state_dict().values()]).numpy()


class Kill(Callback):
    """Stop the training as a killed process does, in the middle of an epoch; without state, which would be compared."""

    epoch = None

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == Kill.epoch:
            raise SystemExit


def fit(directory, X=X, Y=Y, **parameters):
    parameters = PARAMETERS | {"callbacks": [Kill()], "checkpoint": directory} | parameters
    return TIMNetClassifier(**parameters).fit(X, Y)


def kill(epoch, directory, **parameters):
    Kill.epoch = epoch
    try:
        with pytest.raises(SystemExit):
            fit(directory, **parameters)
    finally:
        Kill.epoch = None


def uninterrupted(X=X, Y=Y, **parameters):
    return TIMNetClassifier(**PARAMETERS | parameters).fit(X, Y)


@pytest.mark.parametrize("epoch", [1, 2, 7, 12])
def test_a_killed_training_ends_with_the_same_weights_and_history(epoch, tmp_path):
    kill(epoch, tmp_path)
    classifier, expected = fit(tmp_path), uninterrupted()
    np.testing.assert_array_equal(weights(classifier), weights(expected))
    losses = [[row["train_loss"] for row in c.net_.history] for c in (classifier, expected)]
    assert losses[0] == losses[1]


def test_a_finished_training_is_read_not_repeated(tmp_path):
    first = fit(tmp_path)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    np.testing.assert_array_equal(weights(fit(tmp_path)), weights(first))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == kept


@pytest.mark.parametrize("epoch", [1, 3])
def test_callbacks_go_on_where_they_were(epoch, tmp_path):
    stopping = EarlyStopping("train_loss", patience=3, threshold=1, threshold_mode="abs", sink=silent)
    callbacks = [LRScheduler(policy="StepLR", step_size=2, gamma=0.5), stopping, Kill()]
    kill(epoch, tmp_path, callbacks=callbacks)
    classifier, expected = fit(tmp_path, callbacks=callbacks), uninterrupted(callbacks=callbacks)
    assert classifier.n_iter_ == expected.n_iter_ == 4
    assert [row.get("lr") for row in classifier.net_.history] == [row.get("lr") for row in expected.net_.history]
    np.testing.assert_array_equal(weights(classifier), weights(expected))


@pytest.mark.parametrize("epoch", [3, 5])
def test_the_best_weights_that_early_stopping_keeps_are_not_lost(epoch, tmp_path):
    # Taken for a score, a falling loss is best in the first epoch.
    callbacks = [EarlyStopping("train_loss", lower_is_better=False, patience=9, load_best=True, sink=silent), Kill()]
    kill(epoch, tmp_path, callbacks=callbacks)
    expected = uninterrupted(callbacks=callbacks)
    for classifier in (fit(tmp_path, callbacks=callbacks), fit(tmp_path, callbacks=callbacks)):
        np.testing.assert_array_equal(weights(classifier), weights(expected))


def test_the_same_training_in_several_threads_ends_the_same(tmp_path):
    fits = joblib.Parallel(4, prefer="threads")(joblib.delayed(fit)(tmp_path) for _ in range(4))
    assert all(np.array_equal(weights(classifier), weights(uninterrupted())) for classifier in fits)


def silent(_):
    """Swallow what EarlyStopping says; a lambda could not be pickled."""


def test_a_torn_file_is_detected_and_the_epoch_before_it_used(tmp_path):
    kill(7, tmp_path)
    newest = max(tmp_path.glob("*.checkpoint"), key=lambda path: path.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[:-100])
    np.testing.assert_array_equal(weights(fit(tmp_path)), weights(uninterrupted()))


def test_a_flipped_bit_is_detected(tmp_path):
    kill(7, tmp_path)
    for path in tmp_path.glob("*.checkpoint"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    np.testing.assert_array_equal(weights(fit(tmp_path)), weights(uninterrupted()))


@pytest.mark.parametrize("change", [{"lr": 0.01}, {"random_state": 1}, {"n_blocks": 1}, {"max_epochs": 9}])
def test_other_parameters_are_another_training(change, tmp_path):
    kill(7, tmp_path)
    np.testing.assert_array_equal(weights(fit(tmp_path, **change)), weights(uninterrupted(**change)))


def test_other_data_are_another_training(tmp_path):
    kill(7, tmp_path)
    np.testing.assert_array_equal(weights(fit(tmp_path, X[4:], Y[4:])), weights(uninterrupted(X[4:], Y[4:])))


def test_warm_start_continues_with_checkpoints_too(tmp_path):
    classifier = fit(tmp_path, max_epochs=3, warm_start=True).fit(X, Y)
    np.testing.assert_array_equal(weights(classifier), weights(uninterrupted(max_epochs=6)))


def test_callbacks_that_cannot_be_pickled_are_named(tmp_path):
    with pytest.raises(ValueError, match="checkpoint needs callbacks that can be pickled"):
        fit(tmp_path, callbacks=[EarlyStopping("train_loss", sink=lambda _: None)])


def test_a_seed_is_required(tmp_path):
    with pytest.raises(ValueError, match="checkpoint needs a random_state"):
        fit(tmp_path, random_state=None)


def test_a_directory_that_cannot_be_written_is_an_error_before_training(tmp_path):
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(OSError, match="cannot be written"):
        fit(tmp_path / "file")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_an_error_before_training(tmp_path, monkeypatch):
    real_open = open
    monkeypatch.setattr("builtins.open", lambda path, mode="r": real_open("/dev/full", mode))
    with pytest.raises(OSError, match="No space left on device"):
        fit(tmp_path)


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
import torch; torch.set_num_threads(1)
import joblib
from test_checkpoint import PARAMETERS, X, Y, TIMNetClassifier
classifier = TIMNetClassifier(**PARAMETERS | {{"max_epochs": 150}}, checkpoint={directory!r})
print("start", flush=True)
joblib.dump(classifier.fit(X, Y), {out!r})
"""


def test_sigkill_at_random_moments_loses_nothing(tmp_path):
    """Kill the process as often as ``SKTIMNET_KILLS`` says (3 times), then let it end."""
    kills = int(os.environ.get("SKTIMNET_KILLS", 3))
    moments = random.Random(0)
    out = tmp_path / "model.joblib"
    script = SCRIPT.format(tests=os.path.dirname(__file__), directory=str(tmp_path / "kept"), out=str(out))
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(moments.uniform(0.05, 0.5))
        process.kill()
        process.wait()
        process.stdout.close()
        assert not out.exists()
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)

    np.testing.assert_array_equal(weights(joblib.load(out)), weights(uninterrupted(max_epochs=150)))
