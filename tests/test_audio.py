"""One clip of any kind becomes a mono waveform at one rate, or an error that says why not."""

import os
import struct
import tracemalloc
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from sktimnet import audio
from sktimnet.audio import _files, _reading

# librosa.load imports audioread, which imports these modules of the standard library.
pytestmark = pytest.mark.filterwarnings("ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning")

RNG = np.random.default_rng(0)


def speech_like(n_samples, n_channels=1):
    """Noise with a slow envelope; (n_samples,) or (n_samples, n_channels)."""
    noise = 0.1 * RNG.normal(size=(n_samples, n_channels)) * np.hanning(n_samples + 2)[1:-1, np.newaxis]
    return noise[:, 0] if n_channels == 1 else noise


def flac_header_with_length(content, n_samples):
    """Overwrite the 36-bit number of samples in a FLAC file's STREAMINFO block."""
    word = int.from_bytes(content[18:26], "big")
    return content[:18] + ((word >> 36 << 36) | n_samples).to_bytes(8, "big") + content[26:]


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_files_load_as_librosa_loads_them(tmp_path, suffix, rate, n_channels):
    path = tmp_path / f"clip.{suffix}"
    soundfile.write(path, speech_like(rate // 2, n_channels), rate)
    expected, _ = librosa.load(path, sr=22050, res_type="soxr_hq")
    waveform = audio.load(path, 22050)
    assert waveform.dtype == np.float32
    np.testing.assert_allclose(waveform, expected, atol=1e-7)


@given(
    rate=st.integers(1_000, 192_000),
    n_channels=st.integers(1, 8),
    n_samples=st.integers(1, 5_000),
    subtype=st.sampled_from(["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]),
)
@settings(max_examples=60, deadline=None)
def test_every_rate_width_and_channel_count_loads_at_the_length_its_header_shows(
    tmp_path_factory, rate, n_channels, n_samples, subtype
):
    path = tmp_path_factory.mktemp("clip") / "clip.wav"
    soundfile.write(path, speech_like(n_samples, n_channels), rate, subtype=subtype)
    waveform = audio.load(path, 16_000)
    assert waveform.shape == (audio.count_samples(path, 16_000),)
    assert np.isfinite(waveform).all()


@given(n_samples=st.integers(1, 3_000), rate=st.integers(1_000, 192_000), sr=st.integers(4_000, 48_000))
@settings(max_examples=60, deadline=None)
def test_a_waveform_with_its_rate_is_resampled_as_librosa_does(n_samples, rate, sr):
    waveform = speech_like(n_samples).astype(np.float32)
    expected = librosa.resample(waveform, orig_sr=rate, target_sr=sr, res_type="soxr_hq")
    np.testing.assert_allclose(audio.load((waveform, rate), sr), expected, atol=1e-6)
    assert audio.count_samples((waveform, rate), sr) == len(expected)


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (np.uint8, [0, 128, 192], [-1, 0, 0.5]),
        (np.int16, [-(2**15), 0, 2**14], [-1, 0, 0.5]),
        (np.int32, [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        (np.int64, [-1, 0, 1], [-1, 0, 1]),
        (np.float64, [-1, 0, 0.5], [-1, 0, 0.5]),
    ],
)
def test_pcm_integers_are_scaled_by_their_range_and_other_numbers_kept(dtype, values, expected):
    np.testing.assert_array_equal(audio.load(np.array(values, dtype=dtype), 8_000), expected)


def test_integers_in_memory_equal_the_same_integers_in_a_file(tmp_path):
    samples = RNG.integers(-(2**15), 2**15, size=100).astype(np.int16)
    soundfile.write(tmp_path / "clip.wav", samples, 8_000)
    np.testing.assert_array_equal(audio.load(samples, 8_000), audio.load(tmp_path / "clip.wav", 8_000))


def test_a_waveform_without_a_rate_is_taken_as_it_is():
    waveform = speech_like(100)
    np.testing.assert_array_equal(audio.load(waveform, 8_000), waveform.astype(np.float32))


@pytest.mark.parametrize(
    ("length", "expected"),
    [(5, [0, 1, 2, 0, 0]), (4, [0, 1, 2, 0]), (3, [1, 2, 0]), (2, [1, 2]), (1, [1])],
)
def test_clips_are_padded_and_cut_on_both_sides_with_the_odd_sample_at_the_end(length, expected):
    np.testing.assert_array_equal(audio.fit_length(np.array([1, 2]), length), expected)


def test_cutting_takes_the_odd_sample_from_the_end():
    np.testing.assert_array_equal(audio.fit_length(np.arange(5), 2), [1, 2])


@pytest.mark.parametrize(
    ("clip", "reason"),
    [
        ([], "has no samples"),
        ([0.0, np.nan], "has NaN or infinite samples"),
        ([0.0, -np.inf], "has NaN or infinite samples"),
        ([0.0, 1e300], "has NaN or infinite samples"),
        ([0.0, 1e20], r"has samples as large as 1e\+20"),
        (np.zeros((2, 3)), r"has the shape \(2, 3\)"),
        (0.5, r"has the shape \(\)"),
        ([1j], "neither a path nor a waveform of real numbers"),
        (["a", "b"], "neither a path nor a waveform of real numbers"),
        (None, "neither a path nor a waveform of real numbers: None"),
        (b"clip.wav", "neither a path nor a waveform of real numbers: b'clip.wav'"),
        ([[1.0], [1.0, 2.0]], "neither a path nor a 1-D waveform"),
        (([0.0], 0), "has a sampling rate of 0 Hz"),
        (([0.0], -8_000), "has a sampling rate of -8000 Hz"),
        (([0.0], np.nan), "has a sampling rate of nan Hz"),
        (([0.0], np.inf), "has a sampling rate of inf Hz"),
        (([0.0], "8000"), "has a sampling rate of '8000'"),
        (([0.0], None), "has a sampling rate of None"),
        (([0.0], 1), "has a sampling rate of 1 Hz, too far from sr=22050 Hz"),
        (([0.0], 10**9), "has a sampling rate of 1000000000 Hz, too far from sr=22050 Hz"),
    ],
)
@pytest.mark.parametrize("function", [audio.load, audio.count_samples])
def test_a_waveform_that_cannot_be_used_says_why(function, clip, reason):
    with pytest.raises(audio.AudioError, match=reason):
        function(clip, 22050)


NEEDS_PIPES = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")


def make_bad_file(kind, folder):
    """Make a file that cannot be used, of a kind."""
    path = folder / "clip.wav"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "null character":
        return "clip\0.wav"
    elif kind == "headerless":
        path = folder / "clip.raw"
        path.write_bytes(bytes(100))
    elif kind == "no samples":
        soundfile.write(path, np.empty(0), 8_000)
    elif kind == "absurd rate":
        soundfile.write(path, np.zeros(100), 8_000)
        content = bytearray(path.read_bytes())
        content[24:28] = struct.pack("<I", 3)
        path.write_bytes(content)
    elif kind != "missing":
        path.write_bytes({"empty": b"", "text": b"not audio at all\n" * 50}[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", "does not exist"),
        ("directory", "is a directory"),
        pytest.param("pipe", "is not a regular file", marks=NEEDS_PIPES),
        ("null character", "cannot be opened"),
        ("empty", "is an empty file"),
        ("text", "is not audio that libsndfile can read"),
        ("headerless", "is not audio that libsndfile can read"),
        ("no samples", "has no samples"),
        ("absurd rate", "has a sampling rate of 3 Hz, too far from sr=22050 Hz"),
    ],
)
@pytest.mark.parametrize("function", [audio.load, audio.count_samples])
def test_a_file_that_cannot_be_used_says_why(tmp_path, function, kind, reason):
    path = make_bad_file(kind, tmp_path)
    with pytest.raises(audio.AudioError, match=reason):
        function(path, 22050)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read anything")
def test_a_file_without_permission_says_so(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.zeros(10), 8_000)
    path.chmod(0)
    with pytest.raises(audio.AudioError, match="cannot be opened: Permission denied"):
        audio.load(path, 8_000)


def test_a_file_that_may_not_be_opened_is_not_called_other_than_audio(tmp_path, monkeypatch):
    path = tmp_path / "clip.wav"
    path.write_bytes(b"text")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(audio.AudioError, match="cannot be opened: Permission denied"):
        audio.load(path, 8_000)


def test_nan_in_a_file_is_found_when_it_is_decoded(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.array([0.0, np.nan, 0.0]), 8_000, subtype="FLOAT")
    assert audio.count_samples(path, 8_000) == 3
    with pytest.raises(audio.AudioError, match="has NaN or infinite samples"):
        audio.load(path, 8_000)


def test_a_truncated_wav_file_gives_the_samples_that_are_there(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, speech_like(1_000), 8_000)
    path.write_bytes(path.read_bytes()[:-1_000])
    assert audio.count_samples(path, 8_000) == len(audio.load(path, 8_000)) == 500


@pytest.mark.parametrize("function", [audio.load, audio.count_samples])
def test_a_header_that_claims_hours_is_an_error_and_takes_no_memory(tmp_path, function):
    path = tmp_path / "clip.flac"
    soundfile.write(path, speech_like(8_000), 8_000)
    path.write_bytes(flac_header_with_length(path.read_bytes(), 2**36 - 1))
    tracemalloc.start()
    try:
        with pytest.raises(audio.AudioError, match="cannot be decoded"):
            function(path, 8_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10e6


def test_silence_that_compresses_to_next_to_nothing_is_read_in_blocks(tmp_path, monkeypatch):
    path = tmp_path / "clip.flac"
    samples = np.zeros((2_000_000, 2))
    samples[::100_000, 0] = 0.5
    soundfile.write(path, samples, 8_000)
    assert path.stat().st_size * 32 < len(samples)
    for module in (_files, _reading):
        monkeypatch.setattr(module, "BLOCK", 2**18)
    assert audio.count_samples(path, 8_000) == len(samples)
    np.testing.assert_array_equal(audio.load(path, 8_000), samples.mean(axis=1))


def test_a_path_may_be_of_any_kind(tmp_path):
    path = tmp_path / "Sprache für alle.wav"
    soundfile.write(path, np.full(3, 0.5), 8_000)
    for clip in (path, str(path), np.str_(path), os.path.relpath(path, Path.cwd())):
        np.testing.assert_array_equal(audio.load(clip, 8_000), [0.5, 0.5, 0.5])


def test_a_change_that_raises_is_told_with_its_error():
    def broken(waveform, sr, rng):
        raise KeyError("gain")

    with pytest.raises(audio.AudioError, match=r"cannot be changed: <function .*broken.* raised KeyError: 'gain'"):
        audio.load(audio.Changed((np.ones(800), 8000), broken, 0), sr=8000)
