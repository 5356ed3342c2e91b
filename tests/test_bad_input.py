"""Whatever is passed to a public callable, it works or says what is wrong: in scikit-learn's way, never in torch's."""

import copy

import numpy as np
import pytest
import torch
from bad_input import (
    ANY_CLIPS,
    ANY_X,
    ANY_Y,
    ANYTHING,
    FITTED,
    SMALL,
    TINY,
    WAVEFORMS,
    X,
    Y,
    arrays,
    few,
    fit_or_stay_unfitted,
    more,
    refused,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.nn import TCN, TemporalAwareBlock, TIMNet

pytestmark = [
    pytest.mark.usefixtures("elsewhere"),  # legal names of files may become files
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning"),  # a column of labels
    pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning"),
]


def test_a_traceback_that_ends_in_torch_would_be_noticed():
    with pytest.raises(AssertionError, match="x=1"):
        refused(lambda: torch.nn.functional.max_pool2d(torch.zeros(2), "a"), "x", 1)


# ---- estimators and networks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", [TIMNetClassifier, TCNClassifier])
@pytest.mark.filterwarnings("ignore:The training diverged")  # at lr=1e21, say
@more
@given(data=st.data(), value=ANYTHING)
def test_wrong_parameters_of_a_classifier(network, data, value):
    name = data.draw(st.sampled_from(sorted(network().get_params())))
    assume(not (name == "compile" and isinstance(value, bool | np.bool_)))  # compiles
    endless = ("max_epochs", "n_blocks", "n_filters", "kernel_size")
    assume(not (name in endless and isinstance(value, int) and value == 2**70))  # legal, and beyond all memory
    classifier = network(**TINY).set_params(**{name: value})
    fit_or_stay_unfitted(classifier, lambda c: c.fit(X, Y), lambda c: c.predict(X), name, value)


@pytest.mark.parametrize("way", ["fit", "partial_fit"])
@more
@given(data=st.data())
def test_wrong_data_of_a_classifier(way, data):
    others = {"fit": {"X_val": ANY_X, "y_val": ANY_Y}, "partial_fit": {"classes": ANY_Y}}[way]
    strategies = {"X": ANY_X, "y": ANY_Y, "sample_weight": ANY_Y, **others}
    name = data.draw(st.sampled_from(sorted(strategies)))
    value = data.draw(strategies[name])
    given_data = {"X": X, "y": Y, **({"classes": ["angry", "sad"]} if way == "partial_fit" else {})}
    if name.endswith("_val"):
        given_data |= {"X_val": X, "y_val": Y}
    given_data |= {name: value}
    classifier = TIMNetClassifier(**TINY)
    fit_or_stay_unfitted(classifier, lambda c: getattr(c, way)(**given_data), lambda c: c.predict(X), name, value)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "transform"])
@few
@given(value=ANY_X)
def test_wrong_features_to_predict(method, value):
    before = FITTED.predict_proba(X)
    refused(lambda: getattr(FITTED, method)(value), "X", value)
    np.testing.assert_array_equal(FITTED.predict_proba(X), before)


@few
@given(value=st.sampled_from([1, -1, np.nan, np.inf, 1e300, "a", None, [1]]), way=st.sampled_from(["class", "sample"]))
def test_wrong_weights(value, way):
    if way == "class":
        name, classifier, weight = "class_weight", TIMNetClassifier(**TINY, class_weight={"sad": value}), None
    else:
        name, classifier, weight = "sample_weight", TIMNetClassifier(**TINY), [value] * 6
    fit_or_stay_unfitted(classifier, lambda c: c.fit(X, Y, weight), lambda c: c.predict(X), name, value)
    if hasattr(classifier, "net_"):
        assert np.isfinite(classifier.predict_proba(X)).all()


@few
@given(value=st.one_of(ANYTHING, st.tuples(ANYTHING, ANYTHING)))
def test_wrong_callbacks(value):
    classifier = TIMNetClassifier(**TINY, callbacks=[value])
    fit_or_stay_unfitted(classifier, lambda c: c.fit(X, Y), lambda c: c.predict(X), "callbacks", value)


@few
@given(value=st.one_of(st.text(max_size=8), st.sampled_from(["cuda:99", "cuda:-1", "meta", "xla", "CPU"])))
def test_a_device_that_does_not_exist_is_named_before_and_after_training(value):
    classifier = TIMNetClassifier(**TINY, device=value)
    fit_or_stay_unfitted(classifier, lambda c: c.fit(X, Y), lambda c: c.predict(X), "device", value)
    moved = copy.copy(FITTED).set_params(device=value)
    refused(lambda: moved.predict(X), "device", value)


@more
@given(data=st.data(), value=st.one_of(ANYTHING, st.tuples(st.sampled_from(["kaiser", "tukey", "no"]), ANYTHING)))
def test_wrong_parameters_of_the_features(data, value):
    name = data.draw(st.sampled_from(sorted(MFCCTransformer().get_params())))
    endless = ("n_mels", "n_fft", "clip_length")
    assume(not (name in endless and isinstance(value, int) and value == 2**70))  # legal, and beyond all memory
    mfcc = MFCCTransformer(**SMALL).set_params(**{name: value})
    fit_or_stay_unfitted(mfcc, lambda m: m.fit(WAVEFORMS), lambda m: m.transform(WAVEFORMS), name, value)


@more
@given(value=ANY_CLIPS, on_error=st.sampled_from(["raise", "warn"]))
@pytest.mark.filterwarnings("ignore:.*cannot be used:UserWarning")
def test_wrong_clips(value, on_error):
    mfcc = MFCCTransformer(**SMALL, on_error=on_error)
    fit_or_stay_unfitted(mfcc, lambda m: m.fit(value), lambda m: m.transform(WAVEFORMS), "clip", value)
    refused(lambda: mfcc.set_params(on_error="raise").fit(WAVEFORMS).transform(value), "clip", value)


@pytest.mark.parametrize("network", [TIMNet, TCN])
@more
@given(data=st.data(), value=ANYTHING)
def test_wrong_sizes_of_a_network(network, data, value):
    names = ["n_features", "n_classes", "n_blocks", "n_filters", "kernel_size", "dropout", "generator"]
    name = data.draw(st.sampled_from(names + (["bidirectional", "fusion"] if network is TIMNet else [])))
    assume(not (isinstance(value, int) and value == 2**70))  # legal, and beyond all memory
    sizes = {"n_features": 3, "n_classes": 2, "n_blocks": 1, "n_filters": 4} | {name: value}
    if not refused(lambda: network(**sizes), name, value):
        made = network(**sizes)
        assert made(torch.zeros(2, made.input_weight.shape[-1], 5)).shape == (2, sizes["n_classes"])


@more
@given(data=st.data(), value=st.one_of(ANY_X, arrays()), as_tensor=st.booleans(), training=st.booleans())
def test_wrong_input_of_a_network(data, value, as_tensor, training):
    if as_tensor and isinstance(value, np.ndarray) and value.dtype.kind in "fibc":
        value = torch.from_numpy(value)
    block = TemporalAwareBlock(3)
    networks = {
        "TIMNet": TIMNet(3, 2, n_blocks=1, n_filters=4).train(training),
        "TCN": TCN(3, 2, n_blocks=1, n_filters=4).train(training),
        "pool": TIMNet(3, 2, n_blocks=1).train(training).pool,
        "attention_maps": TIMNet(3, 2, n_blocks=1).train(training).attention_maps,
        "F": lambda F: block.train(training)(F),
        "lengths": lambda lengths: TIMNet(3, 2, n_blocks=1)(torch.zeros(2, 3, 6), lengths=lengths),
        "masks": networks_masks,
    }
    name = data.draw(st.sampled_from(sorted(networks)))
    assume(not (isinstance(value, int) and value == 2**70))
    arguments = {"F": "F", "lengths": "lengths", "masks": "n_clips"}
    refused(lambda: networks[name](value), arguments.get(name, "x"), value)


def networks_masks(n_clips):
    return TIMNet(3, 2, n_blocks=1).train().dropout_masks(n_clips)
