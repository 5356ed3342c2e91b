"""The forms in which recordings come: arrays with channels, file objects, rows of a data set, tensors."""

import io

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktimnet import MFCCTransformer, audio
from sktimnet.feature_extraction import DescriptorTransformer

RATE = 16_000
RNG = np.random.default_rng(0)
STEREO = (0.1 * RNG.normal(size=(4_000, 2))).astype(np.float32)  # (n_samples, n_channels)
MONO = STEREO.mean(axis=1)


@pytest.fixture
def wav(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, STEREO, RATE, subtype="FLOAT")
    return path


def in_memory(path):
    return io.BytesIO(path.read_bytes())


@pytest.mark.parametrize(
    "form",
    [
        lambda path: open(path, "rb"),
        in_memory,
        lambda path: (STEREO, RATE),
        lambda path: (STEREO.T, RATE),
        lambda path: (MONO, RATE),
        lambda path: (MONO[:, np.newaxis], RATE),
        lambda path: (MONO[np.newaxis], RATE),
        lambda path: (torch.from_numpy(STEREO.T), RATE),
        lambda path: {"array": STEREO.T, "sampling_rate": RATE},
        lambda path: {"array": MONO, "sampling_rate": RATE, "path": "clip.wav"},
        lambda path: {"array": MONO.tolist(), "sampling_rate": RATE},
    ],
)
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_every_form_of_a_recording_has_the_features_of_its_file(form, wav):
    expected = MFCCTransformer().fit_transform([wav])
    np.testing.assert_array_equal(MFCCTransformer().fit_transform([form(wav)]), expected)


@given(
    n_samples=st.integers(9, 3_000),
    n_channels=st.integers(1, 8),
    dtype=st.sampled_from(["uint8", "int16", "int32", "float32", "float64"]),
    rows_are_channels=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_channels_are_averaged_after_integers_are_scaled(n_samples, n_channels, dtype, rows_are_channels):
    channels = RNG.integers(0, 100, size=(n_samples, n_channels)).astype(dtype)
    of_each = [audio.load(np.ascontiguousarray(channel), RATE) for channel in channels.T]
    given_array = channels.T if rows_are_channels else channels
    np.testing.assert_allclose(audio.load((given_array, RATE), RATE), np.mean(of_each, axis=0), rtol=1e-5, atol=1e-6)
    assert audio.count_samples((given_array, RATE), RATE) == n_samples


def test_a_file_object_is_read_from_its_position_and_put_back(wav):
    file = io.BytesIO(b"something else" + wav.read_bytes())
    file.seek(len(b"something else"))
    for _ in range(2):  # reading it twice gives the same
        np.testing.assert_array_equal(audio.load(file, RATE), MONO)
        assert file.tell() == len(b"something else")
    assert audio.count_samples(file, RATE) == len(MONO)


def closed():
    file = io.BytesIO(b"RIFF")
    file.close()
    return file


class Pipe(io.RawIOBase):
    """A stream without positions, as standard input is."""

    def readable(self):
        return True


@pytest.mark.parametrize(
    ("clip", "reason"),
    [
        (io.BytesIO(), "is a file object with nothing after its position"),
        (io.BytesIO(b"not audio at all"), "is not audio that libsndfile can read"),
        (io.StringIO("text"), "is a file object that gives str; open it in binary mode"),
        (closed(), "is a file object that cannot be read and put back"),
        (Pipe(), "is a file object that cannot be read and put back"),
        ((np.zeros((5, 5)), RATE), r"has the shape \(5, 5\): either side could be channels"),
        ((np.zeros((2, 3, 4)), RATE), r"has the shape \(2, 3, 4\); expected a 1-D waveform"),
        ((np.zeros((0, 2)), RATE), "has no samples"),
        ((np.full((9, 2), np.nan), RATE), "has NaN or infinite samples"),
        ((torch.zeros(9, requires_grad=True), RATE), "is neither a path nor a 1-D waveform"),
        ({"array": MONO}, r"is a mapping without 'array' and 'sampling_rate'; it has \['array'\]"),
        ({"path": "clip.wav", "bytes": None}, r"it has \['path', 'bytes'\]"),
        ({"array": MONO, "sampling_rate": "16000"}, "has a sampling rate of '16000'"),
    ],
)
@pytest.mark.parametrize("function", [audio.load, audio.count_samples])
def test_a_form_that_cannot_be_used_says_why(function, clip, reason):
    with pytest.raises(audio.AudioError, match=reason):
        function(clip, RATE)


@pytest.mark.parametrize("waveform", [MONO, MONO.tolist(), torch.from_numpy(MONO)])
def test_a_bare_waveform_as_x_is_told_how_to_wrap_it(waveform):
    with pytest.raises(ValueError, match=r"X is one waveform of 4000 samples; .*\[\(waveform, rate\)\]"):
        MFCCTransformer().fit(waveform)


def test_a_column_of_samples_as_x_is_told_how_to_wrap_it():
    with pytest.raises(ValueError, match=r"X has the shape \(4000, 1\), .* write \[\(waveform, rate\)\]"):
        MFCCTransformer().fit(MONO[:, np.newaxis])


@pytest.mark.parametrize("clip", [(MONO, RATE), {"array": MONO, "sampling_rate": RATE}, io.BytesIO(b"RIFF")])
def test_one_clip_as_x_is_to_be_wrapped_in_a_list(clip):
    with pytest.raises(ValueError, match="X is one clip, .* wrap it in a list"):
        MFCCTransformer().fit(clip)


# Recordings that are longer than what the model takes


def noise(seconds):
    return 0.1 * RNG.normal(size=round(seconds * 22_050))


@pytest.mark.parametrize("cached", [False, True])
def test_a_recording_cut_to_less_than_two_fifths_is_a_warning(tmp_path, cached):
    soundfile.write(tmp_path / "long.wav", noise(3), 22_050)
    clips = [noise(0.5), tmp_path / "long.wav", noise(1.2)]
    transformer = MFCCTransformer(clip_length=1.0, memory=tmp_path if cached else None).fit([noise(1)])
    for _ in range(2):
        with pytest.warns(
            UserWarning, match=r"1 of 3 clips are much longer than the 1 s .* the longest 3 s: .*timeline"
        ):
            transformer.transform(clips)


def test_recordings_as_long_as_those_of_the_training_set_are_cut_without_a_warning():
    training = [noise(0.5), noise(3)]
    transformer = MFCCTransformer(clip_length=1.0)
    transformer.fit_transform(training)
    transformer.transform(training)


@pytest.mark.parametrize(
    "transformer", [MFCCTransformer(padding="nan"), MFCCTransformer(trim=40, clip_length=1.0), MFCCTransformer()]
)
def test_a_recording_that_is_not_cut_is_no_warning(transformer):
    speech_in_silence = np.concatenate([np.zeros(22_050), noise(1), np.zeros(22_050)])
    longest = noise(3) if transformer.clip_length is None else noise(1)
    transformer.fit([longest]).transform([speech_in_silence])


def test_other_features_warn_alike():
    with pytest.warns(UserWarning, match="1 of 1 clips are much longer"):
        DescriptorTransformer(sr=22_050, n_fft=2_048, clip_length=0.5).fit([noise(0.5)]).transform([noise(2)])
