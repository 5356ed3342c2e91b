"""Recipes and classification relative to the speaker: whoever speaks, however loud, alone or with others."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import soundfile
from scipy.stats import norm, rankdata
from sklearn.base import BaseEstimator, clone
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from sktimnet import SCORING, MFCCTransformer
from sktimnet.audio import AudioError, Changed, load
from sktimnet.datasets import load_emodb, make_emotional_speech
from sktimnet.outliers import PCAOutlierDetector
from sktimnet.perturbations import Gain, Speed
from sktimnet.preprocessing import FeatureScaler, RankScaler
from sktimnet.recipes import RECIPES, make_recipe
from sktimnet.speakers import (
    SpeakerNormalizedClassifier,
    clips_and_speakers,
    held_out_folds,
    scale_by_speaker,
    with_speakers,
)

RNG = np.random.default_rng(0)
SPEAKER = np.repeat(["Ann", "Ben", "Cy"], 12)
Y = np.tile(["angry", "calm"], 18)
# One feature that tells the emotion within a speaker, and the speaker first of all.
VALUES = RNG.normal(size=36) + 6 * (Y == "angry") + 100 * np.unique(SPEAKER, return_inverse=True)[1]
CLIPS = list(VALUES[:, np.newaxis])


def relative(**parameters):
    return SpeakerNormalizedClassifier(FunctionTransformer(np.asarray), SVC(), **parameters)


@pytest.fixture(scope="module")
def corpus():
    return make_emotional_speech(n_speakers=2, n_texts=6, emotions=("angry", "sad"), random_state=0)


# ---- speakers -------------------------------------------------------------------------------------------------------


def test_each_speaker_has_mean_0_and_sd_1_of_each_feature():
    X = RNG.normal(size=(36, 3)) * [1, 5, 100] + 7
    normalized = scale_by_speaker(X, SPEAKER, FeatureScaler())
    for name in np.unique(SPEAKER):
        np.testing.assert_allclose(normalized[name == SPEAKER].mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(normalized[name == SPEAKER].std(axis=0), 1, rtol=1e-4)


def test_missing_frames_are_left_out_of_a_speakers_mean():
    X = RNG.normal(size=(6, 2, 9))
    X[0, :, 4:] = np.nan
    normalized = scale_by_speaker(X, np.repeat(["Ann", "Ben"], 3), FeatureScaler())
    expected = (X[:3] - np.nanmean(X[:3], axis=(0, 2), keepdims=True)) / np.nanstd(X[:3], axis=(0, 2), keepdims=True)
    np.testing.assert_allclose(normalized[:3], expected, rtol=1e-4, atol=1e-5)


def test_a_new_speaker_is_recognised_relative_to_the_own_clips():
    X = with_speakers(CLIPS, SPEAKER)
    scores = cross_validate(relative(), X, Y, groups=SPEAKER, cv=GroupKFold(3), scoring=SCORING)
    assert scores["test_UAR"].min() > 0.9
    ignored = cross_validate(relative(), CLIPS, Y, groups=SPEAKER, cv=GroupKFold(3), scoring=SCORING)
    assert ignored["test_UAR"].mean() < 0.8


def test_a_data_frame_is_a_structured_array():
    frame = pd.DataFrame({"clip": CLIPS, "speaker": SPEAKER})
    table = with_speakers(CLIPS, SPEAKER)
    np.testing.assert_array_equal(relative().fit(frame, Y).predict(frame), relative().fit(table, Y).predict(table))


@pytest.mark.parametrize("unknown", [None, np.nan, ""])
def test_a_clip_of_an_unknown_speaker_is_classified_by_itself(unknown):
    fitted = relative().fit(with_speakers(CLIPS, SPEAKER), Y)
    together = fitted.predict(with_speakers(CLIPS, [unknown] * 36))
    alone = [fitted.predict(with_speakers([clip], [unknown]))[0] for clip in CLIPS]
    np.testing.assert_array_equal(together, alone)


def test_speakers_of_few_clips_are_unknown():
    fitted = relative().fit(with_speakers(CLIPS, SPEAKER), Y)
    few = with_speakers(CLIPS[:4], ["Di"] * 4)
    np.testing.assert_array_equal(fitted.predict(few), fitted.predict(CLIPS[:4]))


def test_further_clips_of_a_training_speaker_are_scaled_as_those_of_the_training_set():
    fitted = relative().fit(with_speakers(CLIPS, SPEAKER), Y)
    together = fitted.predict(with_speakers(CLIPS, SPEAKER))
    alone = [fitted.predict(with_speakers([clip], [name]))[0] for clip, name in zip(CLIPS, SPEAKER, strict=True)]
    np.testing.assert_array_equal(together, alone)


def test_forgotten_speakers_are_new_ones():
    fitted = relative().fit(with_speakers(CLIPS, SPEAKER), Y).forget_speakers()
    few = with_speakers(CLIPS[:4], SPEAKER[:4])
    np.testing.assert_array_equal(fitted.predict(few), fitted.predict(CLIPS[:4]))


def test_groups_are_one_name_for_each_clip():
    with pytest.raises(ValueError, match=r"Speakers must be one name for each clip, got an array of shape \(36, 2\)"):
        relative().fit(CLIPS, Y, groups=np.stack([SPEAKER, SPEAKER], axis=1))


def test_no_label_of_the_test_clips_decides_their_answers():
    fitted = relative().fit(with_speakers(CLIPS, SPEAKER), Y)
    again = relative().fit(with_speakers(CLIPS, SPEAKER), Y)
    X = with_speakers(CLIPS, np.where(SPEAKER == "Ann", "Di", SPEAKER))
    np.testing.assert_array_equal(fitted.predict(X), again.predict(X))


def test_a_label_that_no_known_speaker_has_is_named():
    speaker = np.tile(np.where(Y == "calm", None, SPEAKER), 2)
    with pytest.raises(ValueError, match=r"No clip of a known speaker has the label\(s\) \['calm'\]"):
        relative().fit(with_speakers(CLIPS * 2, speaker), np.tile(Y, 2))


def test_clips_without_a_table_have_unknown_speakers():
    clips, speakers = clips_and_speakers(["a.wav", "b.wav"])
    assert clips == ["a.wav", "b.wav"] and speakers.tolist() == [None, None]


def test_nested_parameters_are_searched():
    search = GridSearchCV(relative(), {"classifier__C": [0.1, 10]}, cv=3).fit(with_speakers(CLIPS, SPEAKER), Y)
    assert search.best_params_["classifier__C"] in (0.1, 10)


# ---- recipes --------------------------------------------------------------------------------------------------------


def test_an_unknown_recipe_is_named():
    with pytest.raises(ValueError, match="name='best' is no recipe; there are 'robust', 'linear', 'timnet', 'paper'"):
        make_recipe("best")


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_unfitted_and_can_be_cloned(name):
    recipe = make_recipe(name, random_state=3)
    assert clone(recipe).get_params().keys() == recipe.get_params().keys()
    seeds = [value for key, value in recipe.get_params().items() if key.endswith("timnet__random_state")]
    assert all(seed == 3 for seed in seeds)


def short(name):
    recipe = make_recipe(name, random_state=0)
    epochs = [key for key in recipe.get_params() if key.endswith("max_epochs")]
    return recipe.set_params(**dict.fromkeys(epochs, 2))


@pytest.fixture(scope="module", params=["robust", "linear", "timnet"])
def fitted(request, corpus):
    return short(request.param).fit(pairs(corpus), corpus.target)


def pairs(corpus, change=None):
    """Give the corpus's clips as pairs of a waveform and its rate, changed."""
    change = (lambda clip: clip) if change is None else change
    return [(change(np.asarray(clip, dtype=np.float32)), corpus.sr) for clip in corpus.data]


def test_no_answer_depends_on_gain(fitted, corpus):
    expected = fitted.predict_proba(pairs(corpus))
    # Ranks among few quantiles are steps: rounding takes a training value, which is one of them, to another step.
    atol = 5e-3 if isinstance(fitted.classifier, LogisticRegression) else 1e-3
    np.testing.assert_allclose(fitted.predict_proba(pairs(corpus, lambda clip: 0.1 * clip)), expected, atol=atol)


def test_no_answer_depends_on_a_constant_offset(fitted, corpus):
    expected = fitted.predict_proba(pairs(corpus))
    np.testing.assert_allclose(fitted.predict_proba(pairs(corpus, lambda clip: clip + 0.1)), expected, atol=0.02)


def test_hardly_an_answer_depends_on_silence_before_and_after(fitted, corpus):
    silence = np.zeros(3 * corpus.sr, dtype=np.float32)
    padded = pairs(corpus, lambda clip: np.concatenate([silence, clip, silence]))
    assert np.mean(fitted.predict(padded) == fitted.predict(pairs(corpus))) > 0.9


def test_a_clips_answer_does_not_depend_on_the_clips_beside_it(fitted, corpus):
    clips = pairs(corpus)[:6]
    together = fitted.predict_proba(clips)
    alone = np.concatenate([fitted.predict_proba([clip]) for clip in clips])
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_recipes_take_tables_with_speakers(fitted, corpus):
    X = with_speakers(pairs(corpus), corpus.speaker)
    fitted = clone(fitted).fit(X, corpus.target)
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1, atol=1e-6)


# ---- augmentation and calibration -----------------------------------------------------------------------------------


class Loudest:
    """Features of a clip for tests: its peak and its length."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.array([[np.abs(wave).max(), len(wave)] for wave in (load(clip, 8000) for clip in X)])


TONES = [np.float32(level) * np.sin(np.arange(400, dtype=np.float32)) for level in np.linspace(0.1, 0.9, 12)]
LOUD = np.repeat(["soft", "loud"], 6)


class Remembers(SVC):
    """Keep what it was trained on."""

    def fit(self, X, y, sample_weight=None):
        self.seen_ = (np.array(X), np.array(y))
        return super().fit(X, y, sample_weight)


def augmented(**parameters):
    features = FunctionTransformer(Loudest().transform)
    return SpeakerNormalizedClassifier(features, Remembers(), **parameters)


def test_changed_training_clips_are_trained_on_too_and_keep_their_labels():
    fitted = augmented(augmentation=(Speed(2.0), Gain(-20))).fit(TONES, LOUD)
    X, y = fitted.unknown_.seen_
    assert len(X) == 36
    np.testing.assert_array_equal(y, np.tile(LOUD, 3))


def test_of_large_corpora_each_change_gets_an_even_part():
    X, y = augmented(augmentation=(Gain(-20), Gain(-10)), max_augmented=8).fit(TONES, LOUD).unknown_.seen_
    assert len(X) == 12 + 8
    assert np.unique(y, return_counts=True)[1].tolist() == [10, 10]


def test_the_scale_of_unknown_speakers_is_that_of_the_clips_as_they_are():
    plain, changed = augmented().fit(TONES, LOUD), augmented(augmentation=(Gain(-20),)).fit(TONES, LOUD)
    np.testing.assert_array_equal(plain.scaler_.mean_, changed.scaler_.mean_)


def test_a_changed_clip_is_what_the_change_makes_of_it():
    np.testing.assert_allclose(load(Changed((TONES[0], 8000), Gain(-20), 0), 8000), 0.1 * TONES[0], rtol=1e-5)


def test_a_change_gets_a_generator_and_a_copy_to_write_into():
    given = []

    def silenced(waveform, sr, rng):
        given.append(rng.random())
        waveform[:] = 0
        return waveform, sr

    tone = TONES[0].copy()
    assert not load(Changed((tone, 8000), silenced, 7), 8000).any()
    np.testing.assert_array_equal(tone, TONES[0])
    assert given == [np.random.default_rng(7).random()]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda waveform, sr, rng: waveform, r"is no recording: <.*> must return \(waveform, rate\), got array"),
        (lambda waveform, sr, rng: (waveform[:0], sr), r"\(changed by <.*>\) has no samples"),
        (lambda waveform, sr, rng: (waveform * np.nan, sr), r"\(changed by <.*>\) has NaN or infinite samples"),
    ],
)
def test_what_a_change_must_give_is_a_recording(change, message):
    with pytest.raises(AudioError, match=message):
        load(Changed((TONES[0], 8000), change, 0), 8000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("gain:-20dB", r"augmentation\[1\] must be a callable, such as Room\(0.3\), got 'gain:-20dB'"),
        (
            lambda waveform, sr: (waveform, sr),
            r"augmentation\[1\] must take a waveform, its rate and a generator, .*; it takes \(waveform, sr\)\.",
        ),
        (Gain, r"augmentation\[1\] must be a callable, got the class Gain; make one: Gain\(...\)"),
    ],
)
def test_what_is_no_change_is_refused_before_training(change, message):
    with pytest.raises(ValueError, match=message):
        augmented(augmentation=(Speed(2.0), change)).fit(TONES, LOUD)


def test_features_of_a_change_are_kept_only_where_its_repr_tells_it_from_others(tmp_path):
    soundfile.write(tmp_path / "tone.wav", TONES[0], 8000)
    made = []

    @dataclass(frozen=True)
    class Told(Gain):
        def __call__(self, waveform, sr, rng=None):
            made.append(self)
            return super().__call__(waveform, sr, rng)

    def untold(waveform, sr, rng):
        return Told(0)(waveform, sr, rng)

    (tmp_path / "kept").mkdir()
    for change, times in ((Told(-20), 1), (untold, 2)):
        made.clear()
        mfcc = MFCCTransformer(sr=8000, padding="nan", memory=str(tmp_path / "kept"))
        for _ in range(2):
            mfcc.fit([str(tmp_path / "tone.wav")]).transform([Changed(str(tmp_path / "tone.wav"), change, 0)])
        assert len(made) == times


def test_calibration_holds_out_whole_speakers_with_all_their_copies():
    speakers, origin = np.array(["Ann", "Ben", "Cy", "Di"] * 6, dtype=object), np.arange(24) % 12
    y = np.repeat(["calm", "angry"], 12)
    for train, test in held_out_folds(y, speakers, origin, 4):
        assert not set(speakers[train]) & set(speakers[test])


def test_calibration_of_unknown_speakers_holds_out_clips_with_all_their_copies():
    speakers, origin = np.full(24, None, dtype=object), np.arange(24) % 12
    y = np.repeat(["calm", "angry"], 12)
    for train, test in held_out_folds(y, speakers, origin, 4):
        assert not set(origin[train]) & set(origin[test])


def test_calibrated_probabilities_of_a_machine_without_any():
    fitted = augmented(calibration_folds=3).fit(TONES, np.tile(["soft", "loud"], 6))
    np.testing.assert_allclose(fitted.predict_proba(TONES).sum(axis=1), 1)


def test_calibration_keeps_the_order_of_the_classes():
    X = RNG.normal(size=(90, 3))
    y = np.array(["angry", "calm", "sad"])[(X + RNG.normal(size=X.shape)).argmax(axis=1)]
    plain = SpeakerNormalizedClassifier(FunctionTransformer(np.asarray), SVC())
    calibrated = clone(plain).set_params(calibration_folds=3).fit(list(X), y)
    decisions = plain.fit(list(X), y).unknown_.decision_function(calibrated.scaler_.transform(X))
    np.testing.assert_array_equal(calibrated.predict(list(X)), plain.classes_[decisions.argmax(axis=1)])


# ---- outliers -------------------------------------------------------------------------------------------------------


def test_the_score_of_a_clip_is_minus_the_squared_error_of_its_reconstruction():
    X, new = RNG.normal(size=(2, 40, 6))
    pca = PCA(3).fit(X)
    expected = -np.square(new - pca.inverse_transform(pca.transform(new))).sum(axis=1)
    np.testing.assert_allclose(PCAOutlierDetector(n_components=3).fit(X).score_samples(new), expected)


def cautious(detector, n_clips=400, speaker=None):
    X = RNG.normal(size=(n_clips, 3))
    y = np.where(X[:, 0] > 0, "angry", "calm")
    classifier = SpeakerNormalizedClassifier(FunctionTransformer(np.asarray), SVC(), outlier_detector=detector)
    return classifier.fit(list(X) if speaker is None else with_speakers(list(X), speaker), y)


@pytest.mark.parametrize(
    "detector", [IsolationForest(n_estimators=50, random_state=0), EllipticEnvelope(support_fraction=1)]
)
def test_clips_far_from_the_training_clips_are_outliers(detector):
    fitted = cautious(detector)
    assert fitted.is_outlier([[7.0, -7.0, 7.0], [0.1, 0.2, -0.1]]).tolist() == [True, False]
    assert fitted.is_outlier(list(RNG.normal(size=(1000, 3)))).mean() < 0.04


def test_the_threshold_is_that_of_speakers_that_are_held_out():
    class Memory(BaseEstimator):
        """Score 0 for what was learned and -1 for the rest."""

        def fit(self, X):
            self.seen_ = {tuple(row) for row in X}
            return self

        def score_samples(self, X):
            return np.array([0.0 if tuple(row) in self.seen_ else -1.0 for row in X])

    assert cautious(Memory(), 40, np.repeat(["Ann", "Ben", "Cy", "Di"], 10)).outlier_threshold_ == -1


def test_without_a_detector_no_clip_is_an_outlier():
    assert not cautious(None, 20).is_outlier([[1e6, 1e6, 1e6]]).any()


@pytest.mark.filterwarnings("ignore:.*of the 535 clips:UserWarning")
def test_a_robust_recipe_marks_hardly_a_clip_of_a_new_speaker_and_all_that_is_no_speech(emodb_root):
    corpus = load_emodb(emodb_root)
    new = corpus.speaker == corpus.speaker[0]
    fitted = make_recipe("linear", random_state=0).set_params(augmentation=())
    fitted.fit(corpus.data[~new], corpus.target[~new])
    assert fitted.is_outlier(corpus.data[new]).mean() <= 0.05
    second = np.arange(3 * 16_000) / 16_000
    noise = 0.1 * RNG.normal(size=len(second))
    others = [0 * second, noise, np.sin(2 * np.pi * 50 * second), np.sin(2 * np.pi * 440 * second)]
    assert fitted.is_outlier([(np.float32(wave), 16_000) for wave in others]).all()


# ---- ranks ----------------------------------------------------------------------------------------------------------


def test_normal_scores_are_those_of_average_ranks():
    x = RNG.normal(size=(30, 2)).round(1)  # with ties
    expected = norm.ppf((rankdata(x, axis=0) - 0.5) / 30)
    np.testing.assert_allclose(RankScaler().fit_transform(x), expected, atol=1e-6)


@pytest.mark.parametrize("function", [np.exp, lambda x: 3 * x - 7])
def test_ranks_do_not_see_how_a_feature_is_scaled(function):
    x = RNG.normal(size=(30, 2))
    np.testing.assert_allclose(RankScaler().fit_transform(function(x)), RankScaler().fit_transform(x), atol=1e-6)


def test_of_many_clips_some_quantiles_are_kept():
    x = RNG.normal(size=(1000, 1))
    few = RankScaler(n_quantiles=100).fit(x)
    assert few.quantiles_.shape == (100, 1)
    inner = np.abs(x[:, 0]) < 1.5
    np.testing.assert_allclose(few.transform(x)[inner], RankScaler(n_quantiles=1000).fit_transform(x)[inner], atol=0.1)
