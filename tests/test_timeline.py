"""Long recordings and live audio: windows, speech or not, segments, tables, and the same answers either way."""

import csv
import io
import itertools
import json
import tracemalloc

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sktimnet import MFCCTransformer, audio
from sktimnet.audio import _reading
from sktimnet.datasets import load_emodb, make_emotional_speech
from sktimnet.plotting import plot_timeline
from sktimnet.recipes import make_recipe
from sktimnet.speech import SpeechDetector
from sktimnet.timeline import UNLIKE, Timeline, live, timeline
from sktimnet.timeline._windows import cut_windows

matplotlib.use("Agg")
SR = 16_000
RNG = np.random.default_rng(0)


class Loudness(ClassifierMixin, BaseEstimator):
    """A model of recordings whose probabilities a test can tell: the mean size of the samples, and the rest."""

    def __init__(self, sr=SR):
        self.sr = sr

    def fit(self, X=None, y=None):
        self.classes_ = np.array(["high", "low"])
        return self

    def predict_proba(self, X):
        p = np.array([np.abs(audio.load(clip, self.sr)).mean() for clip in X])
        return np.column_stack([p, 1 - p])


MODEL = Loudness().fit()


@pytest.fixture(scope="module")
def corpus():
    return make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), sr=SR, random_state=0)


@pytest.fixture(scope="module")
def svc(corpus):
    return make_recipe("robust").set_params(outlier_detector=None).fit(corpus.data, corpus.target)


@pytest.fixture(scope="module")
def speech(corpus):
    """Make ten seconds of synthetic speech."""
    return np.concatenate(corpus.data)[: 10 * SR].astype(np.float32)


def of_class(corpus, label):
    return np.concatenate([clip for clip, y in zip(corpus.data, corpus.target, strict=True) if y == label])


# Windows


@given(data=st.data(), length=st.integers(1, 20), total=st.integers(1, 100))
@settings(max_examples=100, deadline=None)
def test_windows_of_a_stream_are_those_of_the_whole_and_the_last_ends_with_it(data, length, total):
    hop = data.draw(st.integers(1, length))
    cuts = data.draw(st.lists(st.integers(0, total), max_size=8).map(sorted))
    samples = np.arange(total, dtype=np.float32)
    found = list(cut_windows(np.split(samples, cuts), length, hop))
    starts = list(range(0, max(total - length, 0) + 1, hop))
    if starts[-1] + length < total:
        starts.append(total - length)
    assert [start for start, _ in found] == starts
    for start, window in found:
        np.testing.assert_array_equal(window, samples[start : start + length])


@pytest.mark.parametrize("rate", [8_000, SR, 22_050, 48_000])
def test_each_window_gets_the_answer_of_its_part_of_the_whole_recording(svc, speech, tmp_path, rate):
    speech = soxr.resample(speech, SR, rate)
    soundfile.write(tmp_path / "long.wav", np.column_stack([speech, 0.5 * speech]), rate, subtype="FLOAT")
    found = timeline(svc, tmp_path / "long.wav", window=2.0, hop=0.75)
    whole = audio.load(tmp_path / "long.wav", SR)
    for window in found.windows:
        part = whole[round(window.start * SR) : round(window.end * SR)]
        np.testing.assert_allclose(window.probabilities, svc.predict_proba([(part, SR)])[0], atol=1e-5)
        assert window.label == svc.classes_[window.probabilities.argmax()]
    assert found.windows[-1].end == pytest.approx(len(whole) / SR)


@pytest.mark.parametrize("rate", [8_000, SR, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("block", [1_000, 2**20])
def test_reading_in_blocks_equals_reading_the_whole(speech, tmp_path, monkeypatch, rate, block):
    monkeypatch.setattr(_reading, "BLOCK", block)
    soundfile.write(tmp_path / "clip.flac", np.column_stack([speech, speech[::-1]]), rate)
    for clip in (tmp_path / "clip.flac", (np.stack([speech, speech[::-1]]), rate)):
        blocks = list(audio.load_blocks(clip, SR))
        np.testing.assert_allclose(np.concatenate(blocks), audio.load(clip, SR), atol=1e-6)


def test_an_hour_takes_no_more_memory_than_a_minute(tmp_path):
    peaks = []
    for minutes in (5, 30):
        path = tmp_path / f"{minutes}.wav"
        with soundfile.SoundFile(path, "w", 8_000, 1) as file:
            for _ in range(minutes):
                file.write(np.zeros(60 * 8_000))
        tracemalloc.start()
        timeline(Loudness(sr=8_000).fit(), path, hop=3.0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_a_recording_shorter_than_a_window_is_one_window(speech):
    (window,) = timeline(MODEL, (speech[: 2 * SR], SR), window=3.0).windows
    assert (window.start, window.end) == (0, 2)


def test_every_form_of_a_recording_has_the_same_timeline(speech, tmp_path):
    soundfile.write(tmp_path / "clip.wav", speech, SR, subtype="FLOAT")
    expected = timeline(MODEL, tmp_path / "clip.wav")
    forms = [io.BytesIO((tmp_path / "clip.wav").read_bytes()), (speech, SR), (speech[:, np.newaxis], SR)]
    for form in [*forms, {"array": speech, "sampling_rate": SR}]:
        assert timeline(MODEL, form).to_table() == expected.to_table()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_answers_do_not_depend_on_how_many_are_made_at_a_time(svc, speech, n_jobs):
    together = timeline(svc, (np.tile(speech, 4), SR), n_jobs=n_jobs).windows
    alone = list(live(svc, [np.tile(speech, 4)], sr=SR))
    np.testing.assert_allclose([w.probabilities for w in together], [w.probabilities for w in alone], atol=1e-6)


# Live audio


@pytest.mark.parametrize("rate", [SR, 44_100])
@pytest.mark.parametrize("size", [160, 5_000])
def test_live_audio_has_the_answers_of_the_recording(svc, speech, rate, size):
    speech = soxr.resample(speech, SR, rate)
    expected = timeline(svc, (speech, rate), window=1.5, hop=0.5).windows
    blocks = [speech[start : start + size, np.newaxis] for start in range(0, len(speech), size)]
    found = list(live(svc, blocks, sr=rate, window=1.5, hop=0.5))
    assert [window[:3] for window in found] == [window[:3] for window in expected]
    np.testing.assert_allclose([w.probabilities for w in found], [w.probabilities for w in expected], atol=1e-5)
    assert [window.speech for window in found] == [window.speech for window in expected]


def test_an_answer_comes_as_soon_as_its_window_is_complete(speech):
    heard = []

    def microphone():
        for second in np.split(speech, 10):
            heard.append(second)
            yield second

    answers = live(MODEL, microphone(), sr=SR, window=3.0, hop=1.0)
    assert heard == []
    for n_seconds in (3, 4, 5):
        assert next(answers).end == n_seconds == len(heard)


def test_empty_blocks_are_no_error(speech):
    blocks = [np.empty(0), speech[: 3 * SR], np.empty((0, 1)), speech[3 * SR : 4 * SR]]
    assert [answer.end for answer in live(MODEL, blocks, sr=SR)] == [3, 4]


# Speech or not


def noise_of(slope, n_samples=3 * SR):
    """Noise whose power falls with frequency: white at 0, pink at 1, brown at 2."""
    frequency = np.maximum(np.fft.rfftfreq(n_samples, 1 / SR), 1)
    noise = np.fft.irfft(np.fft.rfft(RNG.normal(size=n_samples)) / frequency ** (slope / 2))
    return 0.1 * noise / noise.std()


def sine(hz, seconds=3.0):
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * SR)) / SR)


def vibrato(hz, seconds=0.75, n_harmonics=8):
    """Make a note whose pitch goes up and down by half a semitone, six times a second."""
    seconds = np.arange(round(seconds * SR)) / SR
    phase = 2 * np.pi * np.cumsum(hz * 2 ** (0.5 * np.sin(2 * np.pi * 6 * seconds) / 12)) / SR
    return sum(np.sin(h * phase) / h for h in range(1, n_harmonics + 1)) * np.exp(-2 * seconds) * 0.2


NO_SPEECH = {
    "digital silence": np.zeros(3 * SR),
    "the noise of a sound card": 1e-4 * RNG.normal(size=3 * SR),
    "white noise": noise_of(0),
    "pink noise": noise_of(1),
    "brown noise": noise_of(2),
    "hum": sine(50),
    "hum with harmonics": sum(sine(50 * h) / h for h in range(1, 6)),
    "a tone": sine(440),
    "a dial tone": sine(350) + sine(440),
    "a beating tone": sine(200) * (1 + sine(4)),
    "notes": np.concatenate([sine(f, 0.375) * np.exp(-np.arange(6_000) / 4_000) for f in (220, 262, 330, 294) * 2]),
    "notes with vibrato": np.concatenate([vibrato(hz) for hz in (220, 262, 330, 294)]),
    "a flute with vibrato": np.concatenate([vibrato(hz, n_harmonics=1) for hz in (440, 392, 349, 392)]),
    "a click": np.eye(1, 3 * SR, SR)[0],
}


@pytest.mark.parametrize("kind", NO_SPEECH)
@pytest.mark.parametrize("gain", [0.01, 1.0])
def test_what_is_no_speech_gets_no_emotion(kind, gain):
    found = timeline(MODEL, (gain * NO_SPEECH[kind], SR))
    (window,) = found.windows
    assert window.label is None and window.speech == 0 and np.isnan(window.probabilities).all()
    assert found.overall().label is None


@pytest.mark.filterwarnings("ignore:.*of the 535 clips:UserWarning")
def test_real_speech_is_heard_at_any_level(emodb_root):
    clips = [audio.load(path, SR) for path in load_emodb(emodb_root).data[::10]]
    for gain in (1, 0.03):
        assert np.mean([SpeechDetector().share(gain * clip, SR) > 0 for clip in clips]) >= 0.97


def test_what_is_far_below_the_loudest_speech_is_silence(speech):
    detector = SpeechDetector()
    assert detector.share(speech * 0.005, SR) > 0
    assert detector.share(speech, SR) > 0
    assert detector.share(speech * 0.005, SR) == 0


def test_silence_between_is_a_segment_without_label(svc, corpus):
    parts = [of_class(corpus, "angry"), np.zeros(4 * SR), of_class(corpus, "sad")]
    found = timeline(svc, (np.concatenate(parts), SR), window=2.0)
    assert [segment.label for segment in found.segments()] == ["angry", None, "sad"]
    silence = found.segments()[1]
    begin = len(parts[0]) / SR
    assert silence.start == pytest.approx(begin, abs=2) and silence.end == pytest.approx(begin + 4, abs=2)


class Cautious(Loudness):
    """The same, and loud clips are unlike what it learned from."""

    def predict_proba_with_outliers(self, X):
        probabilities = self.predict_proba(X)
        return probabilities, probabilities[:, 0] > 0.15


def test_what_the_model_takes_for_unlike_its_training_clips_has_no_label_and_says_why(speech):
    level = np.abs(speech).mean()
    recording = np.concatenate([speech * 0.1 / level, speech * 0.3 / level])
    found = timeline(Cautious().fit(), (recording, SR), window=2.0)
    assert [(segment.label, segment.reason) for segment in found.segments()] == [("low", ""), (None, UNLIKE)]
    unlike = [window for window in found.windows if window.reason == UNLIKE]
    assert unlike and all(window.speech > 0 and np.isnan(window.probabilities).all() for window in unlike)
    assert found.overall().label == "low"
    legend = plot_timeline(found).get_legend().get_texts()
    assert [text.get_text() for text in legend] == ["high", "low", UNLIKE]


# Results


@pytest.fixture(scope="module")
def mixed(svc, corpus):
    """Answer a recording that is angry, silent, sad."""
    recording = np.concatenate([of_class(corpus, "angry"), np.zeros(4 * SR), of_class(corpus, "sad")])
    return timeline(svc, (recording, SR), window=2.0)


def test_segments_cover_the_recording_without_overlap(mixed):
    segments = mixed.segments()
    assert segments[0].start == 0 and segments[-1].end == mixed.windows[-1].end
    assert all(one.end == other.start and one.label != other.label for one, other in itertools.pairwise(segments))


def test_the_answer_for_the_whole_is_the_mean_weighted_by_speech(mixed):
    spoken = [window for window in mixed.windows if window.label is not None]
    total = sum(window.speech for window in spoken)
    expected = sum(window.speech * window.probabilities for window in spoken) / total
    np.testing.assert_allclose(mixed.overall().probabilities, expected)
    assert (mixed.overall().start, mixed.overall().end) == (0, mixed.windows[-1].end)


def test_the_table_has_a_row_for_each_window_and_a_column_for_each_class(mixed):
    rows = mixed.to_table()
    assert len(rows) == len(mixed.windows)
    assert list(rows[0]) == ["start", "end", "label", "speech", "p_angry", "p_sad", "reason"]
    assert rows[0]["p_angry"] + rows[0]["p_sad"] == pytest.approx(1)
    silent = [row for row in rows if row["label"] is None]
    assert silent and all(row["p_angry"] is None for row in silent)
    assert pd.api.types.is_float_dtype(mixed.to_frame()["p_sad"])


def test_csv_json_and_audacity_labels_hold_the_same(mixed, tmp_path):
    mixed.to_csv(tmp_path / "a.csv")
    mixed.to_json(tmp_path / "a.json")
    mixed.to_audacity(tmp_path / "a.txt")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert [row["label"] or None for row in rows] == [window.label for window in mixed.windows]
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["windows"] == mixed.to_table()
    assert [segment["label"] for segment in document["segments"]] == ["angry", None, "sad"]
    assert document["overall"]["label"] in ("angry", "sad")
    labels = [line.split("\t") for line in (tmp_path / "a.txt").read_text().splitlines()]
    assert [label for _, _, label in labels] == ["angry", "sad"]
    assert all(float(start) < float(end) for start, end, _ in labels)


def test_labels_that_are_numbers_stay_numbers(speech, tmp_path):
    model = Loudness().fit()
    model.classes_ = np.array([3, 7])
    found = timeline(model, (speech, SR))
    assert isinstance(found, Timeline) and found.to_table()[0]["label"] in (3, 7)
    found.to_json(tmp_path / "a.json")


def test_the_picture_shows_probabilities_and_silence(mixed, tmp_path):
    ax = plot_timeline(mixed)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["angry", "sad", "no speech"]
    assert ax.get_xlim() == (0, mixed.windows[-1].end)
    ax.figure.savefig(tmp_path / "timeline.png")
    plt.close(ax.figure)


def test_the_picture_takes_a_timeline_only():
    with pytest.raises(TypeError, match="timeline must be a Timeline"):
        plot_timeline([1, 2])


# Wrong input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"window": 0}, "window=0 must be a number of seconds, at least 0.05"),
        ({"hop": -1.0}, "hop=-1.0 must be a number of seconds, at least 0.05"),
        ({"window": "3"}, "window='3' must be a number of seconds, at least 0.05"),
        ({"window": np.inf}, "window=inf must be a number of seconds, at least 0.05"),
        ({"window": 1.0, "hop": 2.0}, "hop=2.0 is more than window=1.0: parts between windows would be left out"),
        ({"recording": "nowhere.wav"}, "does not exist\nrecording='nowhere.wav'"),
        ({"recording": np.zeros(SR)}, r"comes without its sampling rate; pass \(waveform, rate\)"),
        ({"recording": (np.full(SR, np.nan), SR)}, "has NaN or infinite samples"),
        ({"recording": (np.zeros(0), SR)}, "has no samples"),
        ({"recording": ["a.wav", "b.wav"]}, r"recording=\['a.wav', 'b.wav'\] is a list; call timeline for each"),
    ],
)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_wrong_arguments_are_named(arguments, message, n_jobs):
    with pytest.raises(ValueError, match=message):
        timeline(**{"pipeline": MODEL, "recording": (np.ones(SR), SR), "n_jobs": n_jobs} | arguments)


def test_a_late_fault_is_an_error_that_names_the_file(speech, tmp_path):
    spoilt = np.tile(speech, 20)
    spoilt[-1] = np.nan
    soundfile.write(tmp_path / "long.wav", spoilt, SR, subtype="FLOAT")
    with pytest.raises(ValueError, match="has NaN or infinite samples\nrecording=.*long.wav'"):
        timeline(MODEL, tmp_path / "long.wav", n_jobs=2)


def test_a_model_without_probabilities_or_fit_is_refused(speech):
    transformer = MFCCTransformer(sr=SR, padding="nan").fit([speech])
    with pytest.raises(TypeError, match="fitted classifier of recordings with predict_proba"):
        timeline(transformer, (speech, SR))
    with pytest.raises(NotFittedError):
        timeline(make_pipeline(MFCCTransformer(), SVC()), (speech, SR))


def test_live_audio_that_cannot_be_used_says_why():
    with pytest.raises(ValueError, match="hop=3 is more than window=2"):
        live(MODEL, [], sr=SR, window=2, hop=3)
    with pytest.raises(ValueError, match="sr='16k' must be a positive number of Hz"):
        live(MODEL, [], sr="16k")
    with pytest.raises(TypeError, match=r"arrays of samples, got .*0.5.*; of one waveform make \[waveform\]"):
        next(live(MODEL, np.full(SR, 0.5), sr=SR))
    with pytest.raises(audio.AudioError, match="has NaN"):
        next(live(MODEL, [np.full(SR, np.nan)], sr=SR))
