"""What the tests of bad input share: values of every kind, and what is expected of a call with one."""

import os
import traceback
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sklearn
import skorch
import torch
from hypothesis import settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import Bunch
from skorch.callbacks import EarlyStopping

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 3, 5)).astype(np.float32), np.array(["angry", "sad"] * 3)
WAVEFORMS = list(RNG.normal(size=(6, 300)))
TINY = {"n_blocks": 1, "n_filters": 4, "max_epochs": 1, "batch_size": 2, "random_state": 0}
SMALL = {"sr": 1000, "n_mfcc": 3, "n_mels": 5, "n_fft": 64}
FITTED = TIMNetClassifier(**TINY).fit(X, Y)
PIPELINE = make_pipeline(MFCCTransformer(**SMALL), TIMNetClassifier(**TINY)).fit(WAVEFORMS, Y)
few = settings(deadline=None, derandomize=True, max_examples=60)
more = settings(few, max_examples=150)

# ---- what is passed -------------------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.integers(-3, 5),
    st.floats(-3, 3),
    st.sampled_from([np.nan, np.inf, -np.inf, 1j, 2**70, np.int64(2), np.int64(-3), np.float64(2), np.bool_(True)]),
)
WORDS = st.text("aé ", min_size=1, max_size=3)  # no names of places that exist: a loader would look through them
THINGS = st.sampled_from(
    [(), [], {}, set(), [1], (1, 2), {"a": 1}, [None], ["a", 1], object(), int, len, np.array(2), np.array([1.5, 2.5])]
    + [np.array([None, "a"]), np.zeros((2, 2)), np.datetime64("2020-01-01"), Path("nowhere"), EarlyStopping(), Bunch()]
    + [
        TIMNetClassifier,
        TIMNetClassifier(**TINY),
        TCNClassifier(**TINY),
        DummyClassifier(),
        Pipeline([]),
        torch.zeros(2),
    ]
)
ANYTHING = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS, st.binary(max_size=3), THINGS)
LABELS = st.sampled_from(["angry", "sad", "", 1, 2, True, None, 1.5, np.nan, np.inf, b"a", 1j, ("a",), 2**70, len])


@st.composite
def arrays(draw, max_dimensions=4):
    shape = draw(st.lists(st.sampled_from([0, 1, 3, 5, 6]), max_size=max_dimensions))
    filled = np.full(shape, draw(st.sampled_from([0, 1, 0.5, np.nan, np.inf, 1e300])))
    with np.errstate(all="ignore"):
        return filled.astype(draw(st.sampled_from(["f4", "f8", "f2", "i4", "bool", "U3", "S3", "O", "c8", "M8[s]"])))


@st.composite
def labels(draw, n_clips):
    """Labels of one kind or of several, as a list or as objects, most often as many as there are clips."""
    kinds = draw(st.lists(LABELS, min_size=1, max_size=3))
    found = (kinds * n_clips)[: n_clips + draw(st.sampled_from([0, 0, 0, -1, 1]))]
    if draw(st.booleans()):
        return found
    array = np.empty(len(found), dtype=object)
    array[:] = found
    return array


ANY_X = st.one_of(ANYTHING, arrays())
ANY_Y = st.one_of(labels(6), labels(6), ANYTHING, arrays(2))
ANY_CLIPS = st.one_of(ANY_X, st.lists(st.one_of(ANY_X, st.tuples(arrays(2), NUMBERS)), max_size=3))


# ---- what is expected -----------------------------------------------------------------------------------------------

TORCH_AND_SKORCH = tuple(os.path.dirname(module.__file__) + os.sep for module in (torch, skorch))
SKLEARN = os.path.dirname(sklearn.__file__) + os.sep


def refused(call, name, value):
    """Tell whether the call refused the value; if so, it must say in which argument or show the value."""
    try:
        call()
    except (TypeError, ValueError, OSError) as error:
        message, raised_in = str(error), traceback.extract_tb(error.__traceback__)[-1].filename
        assert not raised_in.startswith(TORCH_AND_SKORCH), f"{name}={value!r}: {message}"
        # Where data are no array, users know scikit-learn's own words; the system's name the file.
        shown = any(words[:40] in message for words in (repr(value), repr(str(value))))
        named = name in message or shown or raised_in.startswith(SKLEARN)
        assert named or isinstance(error, OSError), f"{name}={value!r}: {message}"
        return True
    finally:
        plt.close("all")
    return False


def fit_or_stay_unfitted(estimator, fit, use, name, value):
    """Fit; where that is refused, the estimator is unfitted and has the parameters that it had."""
    before = estimator.get_params(deep=False)
    if refused(lambda: fit(estimator), name, value):
        with pytest.raises(NotFittedError):
            use(estimator)
    after = estimator.get_params(deep=False)
    assert all(after[key] is before[key] for key in before)
