"""Released weights: what a Keras file means, what is refused, and the authors' own answers."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from sktimnet.datasets import load_emodb
from sktimnet.nn import TIMNet
from sktimnet.pretrained import load_released

h5py = pytest.importorskip("h5py")


def keras_layers(network):
    """List the layers of a network as Keras would: (kind, weights), in the order of creation."""
    state = {name: value.double().numpy() for name, value in network.state_dict().items()}
    layers = [
        ("conv1d", {"kernel": state["input_weight"][d].T[np.newaxis], "bias": state["input_bias"][d, :, 0]})
        for d in range(2)
    ]
    for j in range(len(network.blocks)):
        for d in range(2):
            for half in range(2):
                p = {k: state[f"blocks.{j}.sub_blocks.{half}.{k}"][..., d, :, 0] for k in ("bias", "gamma", "beta")}
                mean, var = (state[f"blocks.{j}.sub_blocks.{half}.running_{k}"][d, :, 0] for k in ("mean", "var"))
                kernel = state[f"blocks.{j}.sub_blocks.{half}.weight"][:, d].transpose(0, 2, 1)  # (taps, in, out)
                layers.append(("conv1d", {"kernel": kernel, "bias": p.pop("bias")}))
                layers.append(("batch_normalization", {**p, "moving_mean": mean, "moving_variance": var}))
    layers.append(("weight_layer", {"kernel": state["fusion_weights"][:, np.newaxis]}))
    layers.append(("dense", {"kernel": state["output.weight"].T, "bias": state["output.bias"]}))
    return layers


def write_keras(path, layers, first=1):
    """Write layers in a random order, numbered from ``first`` on in each kind; Keras writes no number for 0."""
    numbered, counts = [], {}
    for kind, weights in layers:
        number = counts[kind] = counts.get(kind, first - 1) + 1
        numbered.append((f"{kind}_{number}" if number else kind, weights))
    with h5py.File(path, "w", track_order=True) as file:
        file.create_group("activation_3")
        for i in np.random.default_rng(0).permutation(len(numbered)):
            name, weights = numbered[i]
            for weight, array in weights.items():
                file[f"{name}/{name}/{weight}:0"] = array.astype(np.float32)
    return path


def make_network(n_classes=7, n_blocks=3, kernel_size=2, seed=0):
    """Make a small network in which no weight is 0 or 1."""
    network = TIMNet(39, n_classes, n_blocks=n_blocks, n_filters=5, kernel_size=kernel_size).eval()
    generator = torch.Generator().manual_seed(seed)
    for name, value in network.state_dict().items():
        value.normal_(0, 0.3, generator=generator)
        if name.endswith("running_var"):
            value.abs_().add_(0.5)
    return network


@pytest.fixture
def network():
    return make_network()


@pytest.fixture
def released(tmp_path, network):
    return write_keras(tmp_path / "10-fold_weights_best_1.hdf5", keras_layers(network))


@pytest.fixture
def mfcc():
    return np.random.default_rng(0).normal(size=(4, 39, 20)).astype(np.float32)


def expected_probabilities(network, mfcc):
    with torch.no_grad():
        return network(torch.from_numpy(mfcc)).softmax(-1)


# ---- what a file means ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [0, 1, 8, 98])
def test_layers_are_read_in_the_order_of_creation_wherever_their_numbers_start(tmp_path, network, mfcc, first):
    path = write_keras(tmp_path / "weights.hdf5", keras_layers(network), first)
    found = load_released(path)[-1].predict_proba(mfcc)
    np.testing.assert_allclose(found, expected_probabilities(network, mfcc), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("n_blocks", "kernel_size"), [(1, 2), (10, 2), (2, 3)])
def test_the_size_of_the_network_follows_from_the_file(tmp_path, mfcc, n_blocks, kernel_size):
    network = make_network(n_blocks=n_blocks, kernel_size=kernel_size)
    classifier = load_released(write_keras(tmp_path / "weights.hdf5", keras_layers(network)))[-1]
    parameters = classifier.get_params()
    assert (parameters["n_blocks"], parameters["kernel_size"], parameters["n_filters"]) == (n_blocks, kernel_size, 5)
    found = classifier.predict_proba(mfcc)
    np.testing.assert_allclose(found, expected_probabilities(network, mfcc), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("corpus", "n_classes", "n_frames"), [("EMODB", 7, 188), ("IEMOCAP", 4, 606)])
def test_labels_and_clip_length_are_those_of_the_corpus(tmp_path, corpus, n_classes, n_frames):
    path = write_keras(tmp_path / "weights.hdf5", keras_layers(make_network(n_classes)))
    pipeline = load_released(path, corpus)
    assert list(pipeline.classes_[[0, -1]]) == ["angry", "sad"]
    assert pipeline[0].transform([np.ones(1000)]).shape == (1, 39, n_frames)


def test_the_pipeline_predicts_labels_for_recordings_as_it_is(released):
    pipeline = load_released(str(released))
    check_is_fitted(pipeline)
    assert list(pipeline.named_steps) == ["mfcc", "timnet"]
    assert pipeline.predict([np.random.default_rng(0).normal(size=30000)])[0] in pipeline.classes_
    assert pipeline[-1].n_iter_ == 0
    assert pipeline[-1].n_features_in_ == 39


def test_the_pipeline_can_be_cloned_and_trained_anew(released, mfcc):
    classifier = clone(load_released(released)[-1]).set_params(max_epochs=1)
    assert classifier.fit(mfcc, ["a", "b", "a", "b"]).n_iter_ == 1


def test_training_can_continue_from_the_released_weights(released, mfcc):
    classifier = load_released(released)[-1].partial_fit(mfcc, ["sad", "happy", "sad", "happy"])
    assert classifier.n_iter_ == 1 and len(classifier.classes_) == 7


# ---- a directory of folds -------------------------------------------------------------------------------------------


def test_a_directory_gives_its_folds_in_numeric_order(tmp_path, mfcc):
    networks = [make_network(n_blocks=1, seed=seed) for seed in range(10)]
    for fold, network in enumerate(networks, start=1):
        write_keras(tmp_path / f"10-fold_weights_best_{fold}.hdf5", keras_layers(network))
    (tmp_path / "README.md").write_text("not weights")
    for network, pipeline in zip(networks, load_released(tmp_path), strict=True):
        found = pipeline[-1].predict_proba(mfcc)
        np.testing.assert_allclose(found, expected_probabilities(network, mfcc), rtol=1e-5, atol=1e-6)


def test_a_missing_fold_is_an_error(tmp_path, released):
    shutil.copy(released, tmp_path / "10-fold_weights_best_3.hdf5")
    with pytest.raises(ValueError, match=r"holds the folds \[1, 3\]; expected each of 1 to 3 once"):
        load_released(tmp_path)


def test_a_directory_without_weights_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="holds no released weights"):
        load_released(tmp_path)


# ---- what is refused, with one clear error --------------------------------------------------------------------------


def refused(tmp_path, layers):
    """Give the message with which a file of these layers is refused."""
    path = write_keras(tmp_path / "weights.hdf5", layers)
    with pytest.raises(ValueError) as caught:
        load_released(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_path_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.hdf5' does not exist"):
        load_released(tmp_path / "nowhere.hdf5")


@pytest.mark.parametrize("corpus", ["emodb", "TESS"])
def test_a_corpus_without_released_weights_is_an_error_that_lists_the_others(released, corpus):
    with pytest.raises(ValueError, match=f"corpus='{corpus}' .* CASIA, EMODB, EMOVO, IEMOCAP, RAVDESS, SAVEE"):
        load_released(released, corpus)


def test_another_number_of_classes_than_the_corpus_has_is_an_error(released):
    with pytest.raises(ValueError, match=r"7 classes, but CASIA has 6 \(angry, fear, .*\); name the corpus"):
        load_released(released, "CASIA")


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVE", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_a_file_that_is_not_hdf5_is_an_error(tmp_path, content):
    path = tmp_path / "weights.hdf5"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="weights.hdf5' does not hold the weights of a TIM-Net: h5py cannot read it"):
        load_released(path)


def test_a_truncated_file_is_an_error(released):
    released.write_bytes(released.read_bytes()[:-2000])
    with pytest.raises(ValueError, match="h5py cannot read it"):
        load_released(released)


def test_a_damaged_file_is_read_or_refused_with_a_value_error(released):
    whole = released.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(30):
        damaged = bytearray(whole)
        for position in random.integers(0, 4000, size=8):  # where names and shapes are
            damaged[position] = random.integers(256)
        released.write_bytes(damaged)
        try:
            assert load_released(released)[-1].n_features_in_ == 39
        except ValueError as error:
            assert str(released) in str(error)


def test_an_hdf5_file_of_something_else_is_an_error(tmp_path):
    with h5py.File(tmp_path / "weights.hdf5", "w") as file:
        file["measurements"] = np.ones(3)
    with pytest.raises(ValueError, match="has 0 instead of 1 layers weight_layer_<number>"):
        load_released(tmp_path / "weights.hdf5")


@pytest.mark.parametrize("kind", ["conv1d", "batch_normalization", "weight_layer", "dense"])
def test_a_missing_layer_is_an_error_that_counts_the_others(tmp_path, network, kind):
    layers = keras_layers(network)
    found = sum(k == kind for k, _ in layers)
    layers.remove(next(layer for layer in layers if layer[0] == kind))
    assert f"it has {found - 1} instead of {found} layers {kind}_<number>" in refused(tmp_path, layers)


@pytest.mark.parametrize(
    ("position", "weight", "shape", "message"),
    [
        (0, "kernel", (1, 40, 5), "the kernel of conv1d_1 has the shape (1, 40, 5), expected (1, 39, any)"),
        (1, "kernel", (1, 39, 6), "the kernel of conv1d_2 has the shape (1, 39, 6), expected (1, 39, 5)"),
        (4, "kernel", (3, 5, 5), "the kernel of conv1d_4 has the shape (3, 5, 5), expected (2, 5, 5)"),
        (4, "bias", (5, 1), "the bias of conv1d_4 has the shape (5, 1), expected (5)"),
        (5, "gamma", (4,), "the gamma of batch_normalization_2 has the shape (4,), expected (5)"),
        (-2, "kernel", (3,), "the kernel of weight_layer_1 has the shape (3,), expected (any, 1)"),
        (-2, "kernel", (0, 1), "the kernel of weight_layer_1 has the shape (0, 1), expected (any, 1)"),
        (-1, "bias", (6,), "the bias of dense_1 has the shape (6,), expected (7)"),
    ],
)
def test_a_layer_of_another_shape_is_named_with_both_shapes(tmp_path, network, position, weight, shape, message):
    layers = keras_layers(network)
    layers[position][1][weight] = np.ones(shape)
    assert message in refused(tmp_path, layers)


def test_a_layer_without_one_of_its_weights_is_named(tmp_path, network):
    layers = keras_layers(network)
    del layers[3][1]["moving_variance"]
    assert "batch_normalization_1 has no moving_variance" in refused(tmp_path, layers)


def test_weights_that_are_not_finite_are_an_error(tmp_path, network):
    layers = keras_layers(network)
    layers[-1][1]["bias"][0] = np.nan
    assert "the bias of dense_1 has values that are no finite floats" in refused(tmp_path, layers)


def test_without_h5py_the_error_names_the_extra(released, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"pip install 'sktimnet\[keras\]'"):
        load_released(released)


# ---- the authors' own weights and answers ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reference():
    root = os.environ.get("SKTIMNET_REFERENCE")
    if root is None:
        pytest.skip("set SKTIMNET_REFERENCE to a directory with the published weights and answers to run this test")
    return Path(root)


@pytest.fixture(scope="module")
def published(reference):
    return load_released(reference / "EMODB_46" / "10-fold_weights_best_1.hdf5")


@pytest.fixture(scope="module")
def answers(reference):
    return np.load(reference / "timnet_emodb46_fold1.npz")


def test_with_the_published_weights_the_network_answers_as_the_authors_does(published, answers):
    classifier, mfcc = published[-1], answers["mfcc"]
    with torch.inference_mode():
        pooled = classifier.net_.module_.pool(torch.from_numpy(mfcc))
    np.testing.assert_allclose(pooled, answers["g"], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(classifier.transform(mfcc), answers["g_drf"], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(classifier.predict_proba(mfcc), answers["probabilities"], atol=1e-4)
    assert list(classifier.classes_) == list(answers["labels"])


def test_the_published_pipeline_hears_recordings_as_the_authors_does(published, answers, emodb_root):
    clips = [next(emodb_root.rglob(str(name))) for name in answers["clip"]]
    np.testing.assert_allclose(published.predict_proba(clips), answers["probabilities"], atol=1e-4)


@pytest.mark.filterwarnings("ignore:.*EMODB")  # a part of the corpus will do
def test_the_published_pipeline_recognises_338_of_339_clips(published, emodb_root):
    corpus = load_emodb(emodb_root)
    four = np.isin(corpus.target, ["angry", "happy", "neutral", "sad"])
    clips, target = np.asarray(corpus.data)[four], corpus.target[four]
    assert (np.sum(published.predict(clips) == target), len(target)) == (338, 339)
