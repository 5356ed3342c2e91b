"""Safe files: bit-identical round trips, and nothing but what `save` wrote is opened."""

import json
import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
import safetensors
import torch
from safetensors.torch import save_file
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier, persistence
from sktimnet.augmentation import SpecAugment
from sktimnet.feature_extraction import ChannelUnion, DescriptorTransformer, FunctionalsTransformer
from sktimnet.outliers import PCAOutlierDetector
from sktimnet.perturbations import Chain, Gain, Speed
from sktimnet.preprocessing import FeatureScaler, RankScaler
from sktimnet.speakers import SpeakerNormalizedClassifier, with_speakers
from sktimnet.svm import OneVsRestSVC

RNG = np.random.default_rng(0)
CLIPS = RNG.normal(size=(12, 4000)).astype(np.float32)
LABELS = np.repeat(["angry", "neutral", "sad"], 4)


def fitted(classifier_class=TIMNetClassifier, labels=LABELS, mfcc=None, **given):
    given = {"n_blocks": 2, "n_filters": 5, "batch_size": 4, "max_epochs": 2, "random_state": 0} | given
    mfcc = MFCCTransformer(n_mfcc=8) if mfcc is None else mfcc
    return Pipeline([("mfcc", mfcc), ("net", classifier_class(**given))]).fit(CLIPS, labels)


def rewrite(path, change):
    """Change the JSON in a file."""
    with safetensors.safe_open(path, framework="pt") as file:
        content, weights = (
            json.loads(file.metadata()["sktimnet"]),
            {name: file.get_tensor(name) for name in file.keys()},
        )
    change(content)
    save_file(weights, path, metadata={"sktimnet": json.dumps(content)})


MFCC, NET, PIPELINE = range(3)  # of the estimators in a file


def parameters(content, place):
    return content["estimators"][place]["parameters"]


def state(content, place):
    return content["estimators"][place]["state"]


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


@pytest.mark.parametrize(
    "change",
    [
        {"beta": float("nan")},
        {"beta": float("inf")},
        {"beta": -1.0},
        {"beta": "1"},
        {"classifier": None},
        {"classifier": "net"},
        {"classes_": None},
        {"classes_": {"labels": ["angry"], "dtype": "<U5"}},
        {"predict_proba": 1},
    ],
)
def test_a_changed_calibration_is_refused(change, tmp_path):
    path = tmp_path / "model.safetensors"
    calibrated = CalibratedClassifierCV(small(), method="temperature", cv=2, ensemble=False)
    persistence.save(calibrated.fit(CLIPS[:, :9], LABELS), path)
    rewrite(path, lambda content: content["estimators"][-1]["state"].update(change))
    with pytest.raises(ValueError, match="no file that"):
        persistence.load(path)


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
        lambda content: parameters(content, NET).update(n_filters=10**6),
        lambda content: parameters(content, NET).update(n_filters=10**12),
        lambda content: parameters(content, NET).update(n_blocks=30),
        lambda content: parameters(content, NET).update(n_blocks=10**9),
        lambda content: parameters(content, NET).update(unknown=1),
        lambda content: parameters(content, MFCC).update(memory="cache"),
        lambda content: parameters(content, NET).update(checkpoint="kept"),
        lambda content: parameters(content, MFCC).update(n_mfcc="many"),
        lambda content: parameters(content, MFCC).update(hop_length=100),
        lambda content: state(content, NET)["classes"]["labels"].append("bored"),
        lambda content: state(content, NET)["classes"].update(dtype="O,O"),
        lambda content: state(content, NET).update(classes={}),
        lambda content: state(content, NET).update(classes={"estimator": 9}),
        lambda content: state(content, NET).pop("history"),
        lambda content: state(content, MFCC).update(clip_length=-1),
        lambda content: state(content, PIPELINE).update(predict="angry"),
        lambda content: content["estimators"].clear(),
        lambda content: content["estimators"].reverse(),
        lambda content: content.pop("versions"),
    ],
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
    other = make_pipeline(FunctionTransformer(), TIMNetClassifier(n_blocks=1, max_epochs=1)).fit(CLIPS[:, :9], LABELS)
    with pytest.raises(ValueError, match="holds FunctionTransformer of scikit-learn, .* joblib.dump, or skops"):
        persistence.save(other, path)
    search = GridSearchCV(TIMNetClassifier(max_epochs=1), {"n_blocks": [1]}, cv=2).fit(CLIPS[:, :9], LABELS)
    with pytest.raises(ValueError, match="GridSearchCV .* Save its best_estimator_"):
        persistence.save(search, path)
    own = fitted(augmentation=halve)
    with pytest.raises(ValueError, match="holds TIMNetClassifier.augmentation=<function halve"):
        persistence.save(own, path)
    assert not path.exists()


def halve(x, generator):
    return x / 2


# ---- steps of all kinds ---------------------------------------------------------------------------------------------


def small(**parameters):
    return TIMNetClassifier(n_blocks=2, n_filters=5, batch_size=4, max_epochs=2, random_state=0, **parameters)


FRAMING = {"sr": 16_000, "n_fft": 1024, "win_length": 800, "hop_length": 256}
PROSODY = ("pitch", "voicing", "energy")
UNION = ChannelUnion(
    [
        ("mfcc", MFCCTransformer(n_mfcc=8, padding="nan", trim=40, normalize=True, **FRAMING)),
        ("prosody", DescriptorTransformer(descriptors=PROSODY, padding="nan", trim=40, normalize=True, **FRAMING)),
    ]
)
OF_ALL_KINDS = {
    "scaled": make_pipeline(MFCCTransformer(n_mfcc=8, padding="nan"), FeatureScaler(), small()),
    "joined": make_pipeline(UNION, FeatureScaler(), small(augmentation=SpecAugment(n_time_masks=1))),
    "nested": make_pipeline(make_pipeline(UNION, FeatureScaler(with_std=False)), TCNClassifier(max_epochs=1)),
    "functionals": make_pipeline(UNION, FunctionalsTransformer(voicing=9), StandardScaler(), small()),
    "by speaker": SpeakerNormalizedClassifier(UNION, small()),
    "linear, of changed clips too": SpeakerNormalizedClassifier(
        make_pipeline(UNION, FunctionalsTransformer(voicing=9)),
        LogisticRegression(C=0.01),
        scaler=RankScaler(n_quantiles=5),
        augmentation=(Speed(1.2), Chain((Gain(-20), Speed(0.9)))),
        outlier_detector=PCAOutlierDetector(n_components=2),
    ),
    "a support vector machine for each class, calibrated": SpeakerNormalizedClassifier(
        make_pipeline(UNION, FunctionalsTransformer(voicing=9)), OneVsRestSVC(C=3), calibration_folds=2
    ),
    "calibrated": CalibratedClassifierCV(fitted(), method="temperature", cv=2, ensemble=False),
    "vote": VotingClassifier([("a", SpeakerNormalizedClassifier(UNION, small())), ("b", fitted())], voting="soft"),
}


@pytest.mark.parametrize("kind", OF_ALL_KINDS)
def test_pipelines_of_all_steps_of_this_package_predict_bit_for_bit(kind, tmp_path):
    X = with_speakers(list(CLIPS), ["Ann", "Ben"] * 6) if kind == "by speaker" else list(CLIPS)
    estimator = clone(OF_ALL_KINDS[kind]).fit(X, LABELS)
    persistence.save(estimator, tmp_path / "model.safetensors")
    loaded = persistence.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.predict_proba(X), estimator.predict_proba(X))
    np.testing.assert_array_equal(loaded.predict(X[:1]), estimator.predict(X[:1]))
    assert repr(loaded) == repr(clone(estimator).set_params(**without_seeds(estimator)))


def test_a_pipeline_of_real_recordings_predicts_bit_for_bit(emodb_root, tmp_path):
    clips = [str(path) for path in sorted(emodb_root.glob("**/*.wav"))[::12]]
    labels = [Path(clip).name[5] for clip in clips]
    pipeline = clone(OF_ALL_KINDS["joined"]).fit(clips, labels)
    persistence.save(pipeline, tmp_path / "model.safetensors")
    loaded = persistence.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.predict_proba(clips), pipeline.predict_proba(clips))


def without_seeds(estimator):
    return {name: None for name in estimator.get_params() if name.endswith(("random_state", "cv"))}


@pytest.mark.parametrize("other", [{"method": "sigmoid"}, {"method": "temperature", "ensemble": True}])
def test_other_calibrations_than_one_temperature_are_left_to_other_libraries(other, tmp_path):
    calibrated = CalibratedClassifierCV(small(), cv=2, **{"ensemble": False, **other}).fit(CLIPS[:, :9], LABELS)
    with pytest.raises(
        ValueError, match=r"a safe file keeps those of method='temperature', ensemble=False\. Use joblib"
    ):
        persistence.save(calibrated, tmp_path / "model.safetensors")


def test_an_estimator_that_occurs_twice_is_kept_once(tmp_path):
    vote = VotingClassifier([("a", small()), ("b", TCNClassifier(n_blocks=1, max_epochs=1))], voting="soft")
    vote.fit(CLIPS[:, :9], LABELS)
    persistence.save(vote, tmp_path / "model.safetensors")
    loaded = persistence.load(tmp_path / "model.safetensors")
    assert loaded.named_estimators_["a"] is loaded.named_estimators_.a is loaded.estimators_[0]


def test_names_of_columns_are_kept(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(CLIPS[:, :5], columns=list("abcde"))
    persistence.save(small().fit(frame, LABELS), tmp_path / "model.safetensors")
    loaded = persistence.load(tmp_path / "model.safetensors")
    assert loaded.feature_names_in_.tolist() == list("abcde")
    with pytest.raises(ValueError, match="feature names"):
        loaded.predict(frame[list("edcba")])
    calibrated = CalibratedClassifierCV(small(), method="temperature", cv=2, ensemble=False).fit(frame, LABELS)
    persistence.save(calibrated, tmp_path / "model.safetensors")
    loaded = persistence.load(tmp_path / "model.safetensors")
    assert (loaded.n_features_in_, loaded.feature_names_in_.tolist()) == (5, list("abcde"))


@pytest.mark.parametrize("kind", ["SVC", "network"])
def test_support_vector_machines_are_left_to_other_libraries(kind, tmp_path):
    classifier = SpeakerNormalizedClassifier(UNION, make_pipeline(FunctionalsTransformer(), StandardScaler(), SVC()))
    if kind == "network":
        classifier = VotingClassifier([("svc", classifier), ("net", fitted())])
    with pytest.raises(
        ValueError, match="holds SVC of scikit-learn, which a safe file cannot keep. Use joblib.dump, or skops"
    ):
        persistence.save(classifier.fit(list(CLIPS), LABELS), tmp_path / "model.safetensors")


# ---- classes of one's own -------------------------------------------------------------------------------------------


class Loudest(TransformerMixin, BaseEstimator):
    """Divide by the largest value that was seen in fit."""

    def fit(self, X, y=None):
        self.peak_, self.labels_ = np.nanmax(X, axis=(0, 2)), {"seen": (len(X), [str(label) for label in y])}
        return self

    def transform(self, X):
        return X / self.peak_[:, np.newaxis]


class OwnClassifier(TIMNetClassifier):
    pass


@pytest.fixture
def own(tmp_path):
    """Save a pipeline of classes of one's own; give it and the file."""
    network = OwnClassifier(n_blocks=2, n_filters=5, batch_size=4, max_epochs=2, random_state=0)
    pipeline = make_pipeline(MFCCTransformer(n_mfcc=8), Loudest(), network).fit(CLIPS, LABELS)
    persistence.save(pipeline, tmp_path / "model.safetensors")
    return pipeline, tmp_path / "model.safetensors"


def test_classes_of_ones_own_come_back_where_they_are_passed(own):
    pipeline, path = own
    loaded = persistence.load(path, classes=[Loudest, OwnClassifier])
    assert type(loaded[-1]) is OwnClassifier
    assert loaded[1].labels_ == pipeline[1].labels_
    np.testing.assert_array_equal(loaded.predict_proba(CLIPS), pipeline.predict_proba(CLIPS))


def test_classes_that_are_not_passed_are_named_and_not_imported(own):
    _, path = own
    with pytest.raises(
        ValueError, match=r"holds the class \w*test_persistence.OwnClassifier.* classes=\[OwnClassifier"
    ):
        persistence.load(path, classes=[Loudest])


def test_a_class_of_the_standard_library_is_not_imported(tmp_path):
    path = tmp_path / "model.safetensors"
    persistence.save(fitted(), path)
    rewrite(path, lambda content: content["estimators"][NET].update({"class": "Popen", "module": "subprocess"}))
    with pytest.raises(ValueError, match=r"holds the class subprocess.Popen, which is none of this package"):
        persistence.load(path)


def test_classes_that_are_none_are_refused(own):
    with pytest.raises(TypeError, match="classes must hold classes, .* got \\['OwnClassifier'\\]"):
        persistence.load(own[1], classes=["OwnClassifier"])


def test_saving_and_loading_leave_the_callers_random_state_alone(tmp_path):
    pipeline = fitted()
    before = torch.get_rng_state()
    persistence.save(pipeline, tmp_path / "model.safetensors")
    persistence.load(tmp_path / "model.safetensors")
    assert torch.equal(torch.get_rng_state(), before)


# ---- what is refused ------------------------------------------------------------------------------------------------


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
