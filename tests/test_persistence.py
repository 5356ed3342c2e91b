"""Safe files: bit-identical round trips, and nothing but what `save` wrote is opened."""

import json
import pickle

import joblib
import numpy as np
import pytest
import safetensors
import torch
from safetensors.torch import save_file
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier, persistence

RNG = np.random.default_rng(0)
CLIPS = RNG.normal(size=(12, 4000)).astype(np.float32)
LABELS = np.repeat(["angry", "neutral", "sad"], 4)


def fitted(classifier_class=TIMNetClassifier, labels=LABELS, mfcc=None, **parameters):
    parameters = {"n_blocks": 2, "n_filters": 5, "batch_size": 4, "max_epochs": 2, "random_state": 0} | parameters
    mfcc = MFCCTransformer(n_mfcc=8) if mfcc is None else mfcc
    return Pipeline([("mfcc", mfcc), ("net", classifier_class(**parameters))]).fit(CLIPS, labels)


def rewrite(path, change):
    """Change the JSON in a file."""
    with safetensors.safe_open(path, framework="pt") as file:
        content, weights = (
            json.loads(file.metadata()["sktimnet"]),
            {name: file.get_tensor(name) for name in file.keys()},
        )
    change(content)
    save_file(weights, path, metadata={"sktimnet": json.dumps(content)})


@pytest.mark.parametrize("classifier_class", [TIMNetClassifier, TCNClassifier])
@pytest.mark.parametrize(
    "labels", [LABELS, np.repeat([3, 1, 2], 4), LABELS.astype(object)], ids=["str", "int", "object"]
)
def test_a_round_trip_predicts_bit_for_bit(classifier_class, labels, tmp_path):
    pipeline = fitted(classifier_class, labels)
    persistence.save(pipeline, tmp_path / "model.safetensors")
    loaded = persistence.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.predict_proba(CLIPS), pipeline.predict_proba(CLIPS))
    np.testing.assert_array_equal(loaded.predict(CLIPS), pipeline.predict(CLIPS))
    np.testing.assert_array_equal(loaded.predict(CLIPS[:, :900]), pipeline.predict(CLIPS[:, :900]))
    assert loaded.classes_.dtype == pipeline.classes_.dtype
    assert loaded[-1].n_iter_ == 2 and loaded[-1].net_.history == pipeline[-1].net_.history


def test_clips_shorter_than_a_window_come_back(tmp_path):
    pipeline = Pipeline([("mfcc", MFCCTransformer(n_mfcc=8)), ("net", TIMNetClassifier(n_blocks=1, max_epochs=1))])
    pipeline.fit(CLIPS[:, :700], LABELS)
    persistence.save(pipeline, tmp_path / "model.safetensors")
    loaded = persistence.load(tmp_path / "model.safetensors")
    assert loaded[0].clip_length_ == 700
    clips = CLIPS[:, :1_500]
    np.testing.assert_array_equal(loaded.predict_proba(clips), pipeline.predict_proba(clips))


def test_parameters_come_back_but_for_those_of_the_session(tmp_path):
    mfcc = MFCCTransformer(n_mfcc=8, window=("gaussian", 200.0), clip_length=0.1, memory=str(tmp_path / "kept"))
    pipeline = fitted(mfcc=mfcc, betas=(0.9, 0.99), class_weight={"angry": 2, "neutral": 1, "sad": 1})
    persistence.save(pipeline, tmp_path / "model.safetensors")
    loaded = persistence.load(tmp_path / "model.safetensors").get_params(deep=True)
    left_behind = {"mfcc__memory": None, "net__random_state": None}
    expected = pipeline.get_params(deep=True) | left_behind
    for name in ("steps", "mfcc", "net"):
        del loaded[name], expected[name]
    assert loaded == expected


@pytest.mark.parametrize("dump", [pickle.dump, joblib.dump], ids=["pickle", "joblib"])
def test_a_malicious_pickle_is_refused_and_does_not_run(dump, tmp_path):
    path = tmp_path / "model.safetensors"
    with open(path, "wb") as file:
        dump(Malice(tmp_path / "owned"), file)
    with pytest.raises(ValueError, match="no file that sktimnet.persistence.save wrote"):
        persistence.load(path)
    assert not (tmp_path / "owned").exists()


class Malice:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_every_truncation_and_other_files_are_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    persistence.save(fitted(), path)
    whole = path.read_bytes()
    for content in (b"", b"RIFF", whole[:7], whole[:100], whole[:-1], whole[1:], bytes(1000)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="no file that"):
            persistence.load(path)
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match="no file that"):
        persistence.load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["steps"][1].__setitem__(1, "Popen"),
        lambda content: content["steps"][1][2].update(n_filters=10**6),
        lambda content: content["steps"][1][2].update(n_blocks=60),
        lambda content: content["steps"][1][2].update(unknown=1),
        lambda content: content["steps"][0][2].update(memory="cache"),
        lambda content: content["steps"][0][2].update(n_mfcc="many"),
        lambda content: content["classes"].append("bored"),
        lambda content: content.update(classes_dtype="O,O"),
        lambda content: content.pop("history"),
    ],
    ids=["class", "filters", "blocks", "parameter", "memory", "value", "classes", "dtype", "missing"],
)
def test_a_changed_content_is_refused(change, tmp_path):
    path = tmp_path / "model.safetensors"
    persistence.save(fitted(), path)
    rewrite(path, change)
    with pytest.raises(ValueError, match="no file that"):
        persistence.load(path)


def test_other_versions_are_named_in_one_warning(tmp_path):
    path = tmp_path / "model.safetensors"
    pipeline = fitted()
    persistence.save(pipeline, path)
    rewrite(path, lambda content: content["versions"].update(torch="1.0", sktimnet="0.0.1"))
    with pytest.warns(UserWarning, match=r"sktimnet 0\.0\.1 \(here .*torch 1\.0 \(here") as warned:
        loaded = persistence.load(path)
    assert len(warned) == 1
    np.testing.assert_array_equal(loaded.predict_proba(CLIPS), pipeline.predict_proba(CLIPS))


def test_what_cannot_be_saved_is_named(tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(NotFittedError):
        persistence.save(Pipeline([("mfcc", MFCCTransformer()), ("net", TIMNetClassifier())]), path)
    with pytest.raises(ValueError, match="must be a Pipeline, got TIMNetClassifier"):
        persistence.save(TIMNetClassifier(), path)
    other = make_pipeline(FunctionTransformer(), TIMNetClassifier(n_blocks=1, max_epochs=1)).fit(CLIPS[:, :9], LABELS)
    with pytest.raises(ValueError, match="got FunctionTransformer, TIMNetClassifier"):
        persistence.save(other, path)
    assert not path.exists()


@pytest.mark.parametrize("changed", [{"mfcc__hop_length": 100}, {"net__n_blocks": 3}, {"net__bidirectional": False}])
def test_parameters_changed_after_fit_are_not_saved_as_those_of_the_weights(changed, tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(ValueError, match="changed after fit"):
        persistence.save(fitted().set_params(**changed), path)
    assert not path.exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        persistence.load(tmp_path / "nowhere")


def test_others_may_read_the_file_as_any_that_its_owner_writes(tmp_path):
    persistence.save(fitted(), tmp_path / "model.safetensors")
    (tmp_path / "plain").touch()
    assert (tmp_path / "model.safetensors").stat().st_mode == (tmp_path / "plain").stat().st_mode
