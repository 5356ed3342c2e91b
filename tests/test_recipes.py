"""Recipes and classification relative to the speaker: whoever speaks, however loud, alone or with others."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from sktimnet import SCORING
from sktimnet.datasets import make_emotional_speech
from sktimnet.recipes import RECIPES, make_recipe
from sktimnet.speakers import (
    SpeakerNormalizedClassifier,
    clips_and_speakers,
    normalize_by_speaker,
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
    normalized = normalize_by_speaker(X, SPEAKER)
    for name in np.unique(SPEAKER):
        np.testing.assert_allclose(normalized[name == SPEAKER].mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(normalized[name == SPEAKER].std(axis=0), 1, rtol=1e-4)


def test_missing_frames_are_left_out_of_a_speakers_mean():
    X = RNG.normal(size=(6, 2, 9))
    X[0, :, 4:] = np.nan
    normalized = normalize_by_speaker(X, np.repeat(["Ann", "Ben"], 3))
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
    few = with_speakers(CLIPS[:4], SPEAKER[:4])
    np.testing.assert_array_equal(fitted.predict(few), fitted.predict(CLIPS[:4]))


def test_no_label_of_the_test_clips_decides_their_answers():
    fitted = relative().fit(with_speakers(CLIPS, SPEAKER), Y)
    again = relative().fit(with_speakers(CLIPS, SPEAKER), Y)
    X = with_speakers(CLIPS, np.where(SPEAKER == "Ann", "Di", SPEAKER))
    np.testing.assert_array_equal(fitted.predict(X), again.predict(X))


def test_a_label_that_no_known_speaker_has_is_named():
    speaker = np.where(Y == "calm", None, SPEAKER)
    with pytest.raises(ValueError, match=r"No clip of a known speaker has the label\(s\) \['calm'\]"):
        relative().fit(with_speakers(CLIPS, speaker), Y)


def test_clips_without_a_table_have_unknown_speakers():
    clips, speakers = clips_and_speakers(["a.wav", "b.wav"])
    assert clips == ["a.wav", "b.wav"] and speakers.tolist() == [None, None]


def test_nested_parameters_are_searched():
    search = GridSearchCV(relative(), {"classifier__C": [0.1, 10]}, cv=3).fit(with_speakers(CLIPS, SPEAKER), Y)
    assert search.best_params_["classifier__C"] in (0.1, 10)


# ---- recipes --------------------------------------------------------------------------------------------------------


def test_an_unknown_recipe_is_named():
    with pytest.raises(ValueError, match="name='best' is no recipe; there are 'robust', 'svc', 'paper'"):
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


@pytest.mark.parametrize("name", ["svc", "robust"])
def test_no_answer_depends_on_gain_and_little_on_silence(name, corpus):
    fitted = short(name).fit(corpus.data, corpus.target)
    expected = fitted.predict_proba(corpus.data)
    quiet = [0.1 * np.asarray(clip) for clip, _ in _pairs(corpus.data)]
    pairs = [(clip, rate) for clip, (_, rate) in zip(quiet, _pairs(corpus.data), strict=True)]
    np.testing.assert_allclose(fitted.predict_proba(pairs), expected, atol=0.02)


def _pairs(clips):
    """Give synthetic clips as pairs of a waveform and its rate."""
    return [clip if isinstance(clip, tuple) else (clip, 22050) for clip in clips]


@pytest.mark.parametrize("name", ["svc", "robust"])
def test_recipes_take_tables_with_speakers(name, corpus):
    X = with_speakers(list(corpus.data), corpus.speaker)
    probabilities = short(name).fit(X, corpus.target).predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
