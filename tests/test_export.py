"""Exported models answer as their pipelines do, under onnxruntime, which shares no code with them."""

import json
import logging
import os
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import sktimnet
from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier, audio, persistence
from sktimnet.__main__ import main
from sktimnet.classifiers import NetworkClassifier
from sktimnet.datasets import load_emodb, make_emotional_speech
from sktimnet.export import export, largest_difference
from sktimnet.export._modules import MFCC
from sktimnet.feature_extraction import FRONT_ENDS, DescriptorTransformer
from sktimnet.nn import Network
from sktimnet.preprocessing import FeatureScaler

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

# Clips of 9 s are cut to a model of short ones here.
pytestmark = pytest.mark.filterwarnings("ignore:.* clips are much longer:UserWarning")

CORPUS = make_emotional_speech(n_speakers=2, n_texts=2, emotions=("angry", "neutral", "sad"), random_state=0)
SPEECH = np.tile(np.concatenate(CORPUS.data), 2).astype(np.float32)
TINY = {
    "n_blocks": 3,
    "n_filters": 6,
    "max_epochs": 30,
    "batch_size": 4,
    "lr": 5e-3,
    "random_state": 0,
    "batch_norm_momentum": 0.3,
}
SECONDS = [0.5, 0.50005, 1.2, 3.0, 9.0]

PIPELINES = {
    "TIM-Net, paper's framing": [MFCCTransformer(), TIMNetClassifier(**TINY)],
    "TIM-Net, average of blocks": [
        MFCCTransformer(**FRONT_ENDS["released"]),
        TIMNetClassifier(fusion="average", **TINY),
    ],
    "TIM-Net, one direction, last block": [
        MFCCTransformer(n_fft=1201, win_length=0.025),
        TIMNetClassifier(bidirectional=False, fusion="last", kernel_size=3, **TINY),
    ],
    "TIM-Net, any length": [MFCCTransformer(padding="nan", normalize=True), FeatureScaler(), TIMNetClassifier(**TINY)],
    "TCN, padded": [MFCCTransformer(clip_length=2.0), "passthrough", TCNClassifier(**TINY)],
    "TCN, cut only": [
        MFCCTransformer(padding="nan", clip_length=2.0, sr=16_000, n_fft=400, win_length=400, n_mels=64),
        FeatureScaler(),
        TCNClassifier(**TINY),
    ],
}


def fitted(*steps):
    clips = [(clip, CORPUS.sr) for clip in CORPUS.data]
    return make_pipeline(*steps).fit(clips, CORPUS.target)


def speech(sr, seconds, n_clips):
    """Give clips of the same length, from loud to soft, at a rate."""
    whole = audio.load((SPEECH, CORPUS.sr), sr)
    n_samples = round(seconds * sr)
    return np.stack(
        [whole[start : start + n_samples] / 2 ** (start // 1000) for start in range(0, 1000 * n_clips, 1000)]
    )


@pytest.fixture(scope="module", params=PIPELINES.values(), ids=PIPELINES.keys())
def exported(request, tmp_path_factory):
    """Give a pipeline, and the session of its model."""
    path = tmp_path_factory.mktemp("exported") / "model.onnx"
    pipeline = fitted(*request.param)
    export(pipeline, path)
    return pipeline, onnxruntime.InferenceSession(path)


@pytest.fixture(scope="module")
def small():
    return fitted(MFCCTransformer(n_mfcc=8), TCNClassifier(**TINY | {"n_blocks": 1}))


@pytest.mark.parametrize("n_clips", [1, 5])
@pytest.mark.parametrize("seconds", SECONDS)
def test_probabilities_are_those_of_the_pipeline(seconds, n_clips, exported):
    pipeline, session = exported
    clips = speech(pipeline[0].sr, seconds, n_clips)
    (found,) = session.run(["probabilities"], {"waveform": clips})
    assert found.shape == (n_clips, 3)
    np.testing.assert_allclose(found, pipeline.predict_proba(clips), atol=1e-4, rtol=0)


def test_the_pipelines_of_these_tests_tell_clips_apart(exported):
    pipeline, _ = exported
    assert np.ptp(pipeline.predict_proba([(clip, CORPUS.sr) for clip in CORPUS.data]), axis=0).max() > 0.1


@pytest.mark.parametrize("n_samples", [1, 2, 275, 276, 277, 600])
def test_clips_shorter_than_a_window_are_answered_too(n_samples, exported):
    pipeline, session = exported
    clips = speech(pipeline[0].sr, 1.0, 2)[:, 5000 : 5000 + n_samples]
    (found,) = session.run(None, {"waveform": clips})
    np.testing.assert_allclose(found, pipeline.predict_proba(list(clips)), atol=1e-4, rtol=0)


def test_digital_silence_is_answered_too(exported):
    pipeline, session = exported
    silence = np.zeros((2, pipeline[0].sr), np.float32)
    np.testing.assert_allclose(
        session.run(None, {"waveform": silence})[0], pipeline.predict_proba(silence), atol=1e-4, rtol=0
    )


def test_the_answer_to_a_clip_does_not_depend_on_the_batch(exported):
    pipeline, session = exported
    clips = speech(pipeline[0].sr, 1.0, 5)
    together = session.run(None, {"waveform": clips})[0]
    alone = np.concatenate([session.run(None, {"waveform": clip[np.newaxis]})[0] for clip in clips])
    np.testing.assert_allclose(together, alone, atol=1e-6, rtol=0)


@pytest.mark.parametrize("padding", ["zero", "nan"])
def test_real_recordings_get_the_probabilities_of_the_pipeline(padding, emodb_root, tmp_path):
    with pytest.warns(UserWarning, match="339 of the 535 clips"):
        corpus = load_emodb(emodb_root)
    files, labels = corpus.data[::8], corpus.target[::8]
    network = TIMNetClassifier(
        n_blocks=6, max_epochs=15, batch_size=8, lr=3e-3, batch_norm_momentum=0.1, random_state=0
    )
    pipeline = make_pipeline(MFCCTransformer(padding=padding, **FRONT_ENDS["released"]), FeatureScaler(), network)
    export(pipeline.fit(files, labels), tmp_path / "model.onnx")
    assert len(set(pipeline.predict(corpus.data[::7]))) > 1
    assert largest_difference(pipeline, tmp_path / "model.onnx", corpus.data[::7]) < 1e-4


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    n_samples=st.integers(1, 3000),
    clip_length=st.none() | st.integers(200, 3000),
    padding=st.sampled_from(["zero", "nan"]),
    n_fft=st.integers(150, 300) | st.sampled_from([256, 512]),
    win_length=st.integers(1, 150),
    hop_length=st.integers(20, 400),
    window=st.sampled_from(["hamming", "hann", ("gaussian", 30.0)]),
    normalize=st.booleans(),
)
def test_the_front_end_computes_the_features_of_the_transformer(n_samples, **parameters):
    transformer = MFCCTransformer(sr=4000, n_mfcc=13, n_mels=20, **parameters)
    clip = np.random.default_rng(n_samples).normal(size=n_samples).astype(np.float32)
    expected = transformer.fit([np.ones(900)]).transform([clip])
    found = MFCC(transformer.settings_)(torch.from_numpy(clip[np.newaxis]))
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_the_model_knows_its_labels_its_rate_and_who_made_it(exported):
    pipeline, session = exported
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["labels"]) == ["angry", "neutral", "sad"]
    assert json.loads(metadata["sr"]) == pipeline[0].sr
    assert json.loads(metadata["versions"])["sktimnet"] == sktimnet.__version__


def test_sizes_of_input_and_output_are_named(exported):
    _, session = exported
    (waveform,), (probabilities,) = session.get_inputs(), session.get_outputs()
    assert (waveform.name, waveform.type, waveform.shape) == ("waveform", "tensor(float)", ["n_clips", "n_samples"])
    assert (probabilities.name, probabilities.shape) == ("probabilities", ["n_clips", 3])


def test_labels_may_be_numbers(tmp_path):
    pipeline = make_pipeline(MFCCTransformer(n_mfcc=8), TCNClassifier(**TINY | {"n_blocks": 1}))
    export(pipeline.fit(CORPUS.data, np.unique(CORPUS.target, return_inverse=True)[1]), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert json.loads(session.get_modelmeta().custom_metadata_map["labels"]) == [0, 1, 2]


def test_the_file_tells_nothing_of_the_machine(small, tmp_path):
    export(small, tmp_path / "model.onnx")
    content = (tmp_path / "model.onnx").read_bytes()
    assert os.fsencode(Path(sktimnet.__file__).parent) not in content and b".py" not in content


def test_exporting_twice_gives_the_same_file(small, tmp_path):
    for name in ("a", "b"):
        export(small, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_exporting_leaves_the_pipeline_and_the_log_as_they_were(small, tmp_path):
    before, level = small.predict_proba(CORPUS.data), logging.getLogger("torch.onnx").level
    export(small, tmp_path / "model.onnx")
    np.testing.assert_array_equal(small.predict_proba(CORPUS.data), before)
    assert logging.getLogger("torch.onnx").level == level


class Average(Network):
    """Average features over time."""

    def __init__(self, n_features, n_classes, *, generator=None):
        super().__init__(n_features, n_classes)
        self.reset_parameters(generator)

    def embed(self, x, masks=None, *, lengths=None):
        return x.mean(2) if lengths is None else x.sum(2) / lengths[:, None]


class Choosing(Average):
    """Hear long clips otherwise than short ones."""

    def embed(self, x, masks=None, *, lengths=None):
        return x.mean(2) if x.shape[2] > 50 else x.amax(2)


class AverageClassifier(NetworkClassifier):
    network_class = Average


class ChoosingClassifier(NetworkClassifier):
    network_class = Choosing


def test_a_network_of_ones_own_is_exported(tmp_path):
    pipeline = fitted(MFCCTransformer(padding="nan", n_mfcc=8), AverageClassifier(max_epochs=1, random_state=0))
    export(pipeline, tmp_path / "model.onnx")
    assert largest_difference(pipeline, tmp_path / "model.onnx", CORPUS.data) < 1e-4


def test_a_network_that_chooses_by_the_length_is_refused_by_name(tmp_path):
    pipeline = fitted(MFCCTransformer(padding="nan", n_mfcc=8), ChoosingClassifier(max_epochs=1, random_state=0))
    with pytest.raises(ValueError, match="Choosing cannot be exported .* no choice in Python"):
        export(pipeline, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


NETWORK = TCNClassifier(**TINY | {"n_blocks": 1, "max_epochs": 1})


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        (NETWORK, "must be a Pipeline of an MFCCTransformer and a network, got TCNClassifier; fit"),
        (
            GridSearchCV(NETWORK, {}).set_params(),
            "a network, got GridSearchCV",
        ),
        (make_pipeline(MFCCTransformer()), "got MFCCTransformer; other steps"),
        (make_pipeline(DescriptorTransformer(), NETWORK), "got DescriptorTransformer, TCNClassifier"),
        (
            make_pipeline(MFCCTransformer(), FunctionTransformer(), NETWORK),
            "got MFCCTransformer, FunctionTransformer, TCNClassifier",
        ),
    ],
)
def test_what_cannot_be_exported_is_named(pipeline, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        export(pipeline, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_a_search_is_told_to_export_its_best_pipeline(small, tmp_path):
    search = GridSearchCV(NETWORK, {})
    search.best_estimator_ = small
    with pytest.raises(ValueError, match="got GridSearchCV; export its best_estimator_"):
        export(search, tmp_path / "model.onnx")


def test_trimming_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(ValueError, match="trim=40 cannot be exported: fit with trim=None"):
        export(fitted(MFCCTransformer(trim=40), NETWORK), tmp_path / "model.onnx")


def test_an_unfitted_pipeline_is_refused(tmp_path):
    with pytest.raises(NotFittedError):
        export(make_pipeline(MFCCTransformer(), TCNClassifier()), tmp_path / "model.onnx")


@pytest.mark.parametrize("library", ["onnxruntime", "onnxscript"])
def test_a_missing_library_is_named(library, small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=r"pip install 'sktimnet\[onnx\]'"):
        export(small, tmp_path / "model.onnx")


def test_the_difference_to_another_pipeline_is_seen(small, tmp_path):
    export(small, tmp_path / "model.onnx")
    other = fitted(MFCCTransformer(n_mfcc=8), TCNClassifier(**TINY | {"n_blocks": 1, "random_state": 1}))
    assert largest_difference(small, tmp_path / "model.onnx", CORPUS.data) < 1e-4
    assert largest_difference(other, tmp_path / "model.onnx", CORPUS.data) > 1e-3


@pytest.mark.parametrize(
    ("save", "name"), [(joblib.dump, "model.joblib"), (persistence.save, "model.safetensors")], ids=["joblib", "safe"]
)
def test_the_command_describes_and_checks_what_it_wrote(save, name, small, tmp_path, capsys):
    if save is persistence.save:
        pytest.importorskip("safetensors")
    save(small, tmp_path / name)
    assert main(["export", str(tmp_path / name), str(tmp_path / "model.onnx")]) == 0
    saved, given, answered, difference = capsys.readouterr().out.splitlines()
    assert saved.endswith("model.onnx")
    assert given == "input: waveform (n_clips, n_samples), float32 within [-1, 1), at 22050 Hz"
    assert answered == "output: probabilities (n_clips, 3) of angry, neutral, sad"
    assert float(difference.split()[-1]) < 1e-4
    assert onnxruntime.InferenceSession(tmp_path / "model.onnx").get_inputs()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.joblib", "model.onnx"], "nowhere.joblib"),
        ([__file__, "model.onnx"], "is no model that sktimnet fit saved"),
        (["nowhere.joblib", "nowhere/model.onnx"], "its directory does not exist"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_code_2(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("sktimnet: error:") and message in err and "Traceback" not in err
