"""The synthetic corpus: the same each time, like speech in the traits that carry emotion, and no toy."""

from collections import Counter

import librosa
import numpy as np
import pytest
from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from sktimnet.datasets import make_emotional_speech


@pytest.fixture(scope="module")
def corpus():
    return make_emotional_speech(random_state=0)


@pytest.fixture(scope="module")
def functionals(corpus):
    """Mean, SD and percentiles of each clip's MFCCs: (n_clips, 195)."""
    rows = []
    for clip in corpus.data:
        mfcc = librosa.feature.mfcc(y=clip, sr=corpus.sr, n_mfcc=39, hop_length=276)  # (39, n_frames)
        rows.append(np.concatenate([mfcc.mean(1), mfcc.std(1), *np.percentile(mfcc, [10, 50, 90], axis=1)]))
    return np.array(rows)


def two_emotions(one, other):
    corpus = make_emotional_speech(6, 2, (one, other), random_state=1)
    return corpus.data[corpus.target == one], corpus.data[corpus.target == other]


def seconds_of_speech(clip, sr=22050):
    power = np.convolve(clip**2, np.ones(220) / 220, "same")
    return np.mean(power > 3e-5) * len(clip) / sr


def brightness(clip, sr=22050):
    """Give the energy above 1 kHz relative to that below, in dB."""
    power = np.abs(np.fft.rfft(clip)) ** 2
    hz = np.fft.rfftfreq(len(clip), 1 / sr)
    return 10 * np.log10(power[(hz > 1000) & (hz < 3500)].sum() / power[hz < 1000].sum())


def pitch(clip, sr=22050):
    """F0 in Hz of each voiced frame."""
    f0 = librosa.yin(clip, fmin=60, fmax=600, sr=sr, frame_length=1024)
    rms = librosa.feature.rms(y=clip, frame_length=1024, hop_length=256)[0]
    return f0[rms > 0.5 * rms.max()]


def test_every_speaker_says_every_text_in_every_emotion(corpus):
    assert corpus.data.shape == (240, 26_460) and corpus.data.dtype == np.float32
    assert Counter(zip(corpus.target, corpus.speaker, corpus.text, strict=True)).most_common(1)[0][1] == 1
    assert Counter(corpus.target) == dict.fromkeys(["angry", "boredom", "fear", "happy", "neutral", "sad"], 40)
    assert sorted(set(corpus.speaker)) == [f"s{number:02d}" for number in range(1, 9)]
    assert sorted(set(corpus.text)) == [f"t{number:02d}" for number in range(1, 6)]


def test_rows_are_ordered_by_emotion_speaker_and_text(corpus):
    rows = list(zip(corpus.target, corpus.speaker, corpus.text, strict=True))
    assert rows == sorted(rows)


def test_half_of_the_speakers_are_women(corpus):
    genders = dict(zip(corpus.speaker, corpus.gender, strict=True))
    assert Counter(genders.values()) == {"female": 4, "male": 4}


def test_clips_are_waveforms_within_full_scale(corpus):
    peaks = np.abs(corpus.data).max(axis=1)
    assert np.isfinite(corpus.data).all()
    assert peaks.max() < 1 and peaks.min() > 0.01


def test_no_two_clips_are_alike(corpus):
    assert len(np.unique(corpus.data, axis=0)) == len(corpus.data)


def test_takes_repeat_a_text_with_small_differences():
    corpus = make_emotional_speech(1, 1, ("angry",), n_takes=3, random_state=0)
    assert corpus.data.shape[0] == 3 and set(corpus.text) == {"t01"}
    assert not np.array_equal(corpus.data[0], corpus.data[1])


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    one, same, other = (make_emotional_speech(2, 1, random_state=seed).data for seed in (3, 3, 4))
    assert one.tobytes() == same.tobytes() != other.tobytes()


def test_a_random_state_instance_is_taken():
    one = make_emotional_speech(1, 1, random_state=np.random.RandomState(3)).data
    assert one.tobytes() == make_emotional_speech(1, 1, random_state=3).data.tobytes()


def test_the_number_of_threads_changes_no_bit():
    bits = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            bits.append(make_emotional_speech(2, 2, random_state=0).data.tobytes())
    assert bits[0] == bits[1]


@pytest.mark.parametrize("random_state", [None, 0])
def test_numpy_s_global_generator_is_left_alone(random_state):
    np.random.seed(0)
    expected = np.random.rand()
    np.random.seed(0)
    make_emotional_speech(1, 1, ("sad",), random_state=random_state)
    assert np.random.rand() == expected


def test_without_a_seed_each_call_differs():
    assert not np.array_equal(make_emotional_speech(1, 1).data, make_emotional_speech(1, 1).data)


@pytest.mark.parametrize(("duration", "sr"), [(0.4, 8000), (1.2, 16_000), (3.0, 44_100)])
def test_duration_and_rate_are_free(duration, sr):
    corpus = make_emotional_speech(1, 1, ("angry", "sad"), duration=duration, sr=sr, random_state=0)
    assert corpus.data.shape == (2, round(duration * sr)) and corpus.sr == sr
    assert np.abs(corpus.data).max() > 0.01


def test_anger_is_louder_than_sadness():
    angry, sad = two_emotions("angry", "sad")
    assert np.mean(angry**2) > 10 * np.mean(sad**2)


def test_anger_is_brighter_than_sadness():
    angry, sad = two_emotions("angry", "sad")
    assert np.mean([*map(brightness, angry)]) > np.mean([*map(brightness, sad)]) + 3


def test_fear_is_faster_than_sadness():
    fear, sad = two_emotions("fear", "sad")
    assert np.mean([*map(seconds_of_speech, fear)]) < 0.9 * np.mean([*map(seconds_of_speech, sad)])


def test_happiness_is_higher_and_wider_in_pitch_than_boredom():
    happy, bored = ([pitch(clip) for clip in clips] for clips in two_emotions("happy", "boredom"))
    assert np.mean([np.median(f0) for f0 in happy]) > 1.2 * np.mean([np.median(f0) for f0 in bored])
    assert np.mean([np.std(np.log2(f0)) for f0 in happy]) > 1.5 * np.mean([np.std(np.log2(f0)) for f0 in bored])


def test_women_speak_higher_than_men():
    corpus = make_emotional_speech(8, 1, ("neutral",), random_state=0)
    f0 = np.array([np.median(pitch(clip)) for clip in corpus.data])
    assert np.median(f0[corpus.gender == "female"]) > 1.3 * np.median(f0[corpus.gender == "male"])


def test_emotions_are_learnable_but_not_trivial_and_new_speakers_are_harder(corpus, functionals):
    model = make_pipeline(StandardScaler(), SVC(C=10))
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    known = cross_val_score(model, functionals, corpus.target, cv=folds).mean()
    groups = corpus.speaker
    new = cross_val_score(model, functionals, corpus.target, groups=groups, cv=LeaveOneGroupOut()).mean()
    assert 0.7 < known < 0.95
    assert 0.35 < new < known - 0.1  # chance is 0.17


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"emotions": ("angry", "bliss")}, "Unknown emotion 'bliss'; known are angry, boredom"),
        ({"emotions": ("sad", "sad")}, "'sad' is given twice"),
        ({"emotions": ()}, "emotions must name one or more"),
        ({"n_speakers": 0}, "'n_speakers' parameter .* Got 0"),
        ({"n_texts": -1}, "'n_texts' parameter .* Got -1"),
        ({"n_takes": 0}, "'n_takes' parameter .* Got 0"),
        ({"duration": 0.1}, "'duration' parameter .* Got 0.1"),
        ({"sr": 4000}, "'sr' parameter .* Got 4000"),
    ],
)
def test_a_parameter_out_of_range_is_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_emotional_speech(**parameters)


def test_a_bare_string_of_emotions_is_an_error():
    with pytest.raises(ValueError, match="a sequence"):
        make_emotional_speech(emotions="angry")
