"""Descriptors of frames and functionals of clips: the values of librosa, SciPy and plain formulas."""

import librosa
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import uniform_filter1d

from sktimnet.datasets import make_emotional_speech
from sktimnet.feature_extraction import DescriptorTransformer, FunctionalsTransformer, pitch_and_voicing

SR = 16_000
FRAMING = {"n_fft": 1024, "win_length": 800, "hop_length": 256}
SAME_YIN = pytest.mark.skipif(
    tuple(map(int, librosa.__version__.split(".")[:2])) < (0, 11), reason="librosa computed YIN otherwise before 0.11"
)


def speech():
    """Make 4 s of synthetic speech with a pause and a little noise."""
    corpus = make_emotional_speech(n_speakers=1, n_texts=2, emotions=("angry",), sr=SR, random_state=0)
    pause = np.zeros(SR // 2)
    clip = np.concatenate([corpus.data[0], pause, corpus.data[1]])
    return (clip + 1e-3 * np.random.default_rng(0).normal(size=len(clip))).astype(np.float32)


CLIPS = {
    "speech": speech(),
    "noise": np.random.default_rng(1).normal(size=SR).astype(np.float32),
    "a tone": np.sin(2 * np.pi * 200 * np.arange(SR) / SR).astype(np.float32),
    "silence": np.zeros(SR, np.float32),
    "shorter than a frame": np.random.default_rng(2).normal(size=300).astype(np.float32),
}
each_clip = pytest.mark.parametrize("clip", CLIPS.values(), ids=CLIPS)


def descriptor(name, clip, **parameters):
    """Compute one descriptor, (n_frames,)."""
    transformer = DescriptorTransformer(descriptors=(name,), sr=SR, **FRAMING | parameters)
    return transformer.fit_transform([clip])[0, 0]


def power_spectrum(clip, n_fft=1024, win_length=800, hop_length=256):
    """Return the power of librosa's short-time Fourier transform, (n_frequencies, n_frames)."""
    padded = np.pad(clip, (0, max(0, n_fft - len(clip))))
    spectrum = librosa.stft(padded, n_fft=n_fft, win_length=win_length, hop_length=hop_length)
    return np.abs(spectrum).astype(float)[:, : 1 + len(clip) // hop_length] ** 2


def centred_frames(clip, n_fft=1024, hop_length=256):
    return sliding_window_view(np.pad(clip, n_fft // 2), n_fft)[::hop_length][: 1 + len(clip) // hop_length]


# Pitch and voicing


@SAME_YIN
@each_clip
@pytest.mark.parametrize(("n_fft", "fmin", "fmax"), [(1024, 60, 500), (512, 80, 400), (2048, 50.5, 777.7)])
def test_pitch_has_the_bits_of_librosas_yin(clip, n_fft, fmin, fmax):
    frames = centred_frames(clip, n_fft)
    frequency, _ = pitch_and_voicing(frames, sr=SR, fmin=fmin, fmax=fmax)
    expected = librosa.yin(
        frames.ravel(), fmin=fmin, fmax=fmax, sr=SR, frame_length=n_fft, hop_length=n_fft, center=False
    )
    np.testing.assert_array_equal(frequency, expected)


@each_clip
def test_voicing_is_the_autocorrelation_at_the_period(clip):
    frames = centred_frames(clip)
    frequency, voicing = pitch_and_voicing(frames, sr=SR, fmin=60, fmax=500)
    for frame, hz, found in zip(frames.astype(float), frequency, voicing, strict=True):
        x, lag = frame - frame.mean(), round(SR / hz)
        expected = (x[lag:] @ x[:-lag]) / (x @ x + 1e-10) * len(x) / (len(x) - lag)
        assert found == pytest.approx(expected, abs=1e-5)


def test_pitch_is_in_semitones_above_the_lowest():
    assert np.median(descriptor("pitch", CLIPS["a tone"])) == pytest.approx(12 * np.log2(200 / 60), abs=0.05)


# Energy and the shape of the spectrum


@each_clip
@pytest.mark.parametrize("n_fft", [1024, 1001])
def test_energy_is_the_power_of_the_spectrum_below_the_loudest_frame(clip, n_fft):
    power = power_spectrum(clip[:-1], n_fft).sum(axis=0)
    level = 10 * np.log10(power + 1e-10)
    expected = np.maximum(level - level.max(), -60)
    np.testing.assert_allclose(descriptor("energy", clip[:-1], n_fft=n_fft), expected, atol=1e-4)


def standardised(frequency):
    return (frequency - frequency.mean()) / frequency.std()


def decibel(x):
    return 10 * np.log10(x + 1e-10)


def band(power, low, high):
    frequency = librosa.fft_frequencies(sr=SR, n_fft=1024)
    return power[(frequency >= low) & (frequency < high)]


def slope(power, low, high):
    x = standardised(np.arange(len(band(power, low, high)), dtype=float))
    return np.polyfit(x, np.log10(band(power, low, high) + 1e-10), 1)[0]


def flux(power):
    share = power / (power.sum(axis=0) + 1e-10)
    return [0, *(np.linalg.norm(np.sqrt(b) - np.sqrt(a)) for a, b in zip(share.T, share.T[1:], strict=False))]


PLAIN = {
    "centroid": lambda power: librosa.feature.spectral_centroid(S=power, sr=SR)[0],
    "bandwidth": lambda power: librosa.feature.spectral_bandwidth(S=power, sr=SR)[0],
    **{
        f"rolloff_{q}": lambda power, q=q: librosa.feature.spectral_rolloff(S=power, sr=SR, roll_percent=q / 100)[0]
        for q in (25, 50, 75, 90)
    },
    "flux": flux,
    "flatness": lambda power: decibel(scipy.stats.gmean(power + 1e-10) / power.mean(axis=0)),
    "entropy": lambda power: scipy.stats.entropy(power),
    "alpha_ratio": lambda power: decibel(band(power, 50, 1000).sum(axis=0)) - decibel(band(power, 1000, 5000).sum(0)),
    "hammarberg_index": lambda power: (
        decibel(band(power, 0, 2000).max(axis=0)) - decibel(band(power, 2000, 5000).max(0))
    ),
    "slope_0_500": lambda power: slope(power, 0, 500),
    "slope_500_1500": lambda power: slope(power, 500, 1500),
}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("clip", ["speech", "noise"])
def test_a_descriptor_of_the_spectrum_is_its_formula(name, clip):
    clip = CLIPS[clip]
    np.testing.assert_allclose(descriptor(name, clip), PLAIN[name](power_spectrum(clip)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in CLIPS if name != "shorter than a frame"])
def test_the_rate_of_zero_crossings_is_librosas(name):
    expected = librosa.feature.zero_crossing_rate(CLIPS[name], frame_length=1024, hop_length=256)[0]
    np.testing.assert_allclose(descriptor("zero_crossing_rate", CLIPS[name]), expected)


@each_clip
def test_all_descriptors_are_finite_and_stand_in_their_order(clip):
    every = DescriptorTransformer(sr=SR, **FRAMING).fit_transform([clip])[0]
    assert np.isfinite(every).all()
    for name, row in zip(DescriptorTransformer.known, every, strict=True):
        np.testing.assert_array_equal(row, descriptor(name, clip))


# Functionals


@given(n_frames=st.integers(1, 60), seed=st.integers(0, 100), steps=st.sampled_from([None, 1.0]))
@settings(max_examples=30, deadline=None)
def test_percentiles_are_numpys(n_frames, seed, steps):
    X = np.random.default_rng(seed).normal(size=(1, 4, n_frames))
    X = X if steps is None else X.round()
    functionals = FunctionalsTransformer().fit(X)
    found = dict(zip(functionals.get_feature_names_out(), functionals.transform(X)[0], strict=True))
    smooth = uniform_filter1d(X[0], 3, axis=1)
    for q in (1, 5, 25, 50, 75, 95, 99):
        for channel, values in enumerate(smooth):
            assert found[f"channel{channel}_percentile_{q}"] == pytest.approx(np.percentile(values, q), abs=1e-6)


def test_moments_are_scipys():
    X = np.random.default_rng(0).gamma(2, size=(1, 3, 50))
    functionals = FunctionalsTransformer().fit(X)
    found = dict(zip(functionals.get_feature_names_out(), functionals.transform(X)[0], strict=True))
    for channel, values in enumerate(uniform_filter1d(X[0], 3, axis=1)):
        expected = [values.mean(), values.std(), scipy.stats.skew(values), scipy.stats.kurtosis(values)]
        names = [f"channel{channel}_{name}" for name in ("mean", "sd", "skewness", "kurtosis")]
        np.testing.assert_allclose([found[name] for name in names], expected, rtol=1e-5)


def test_missing_frames_change_no_functional():
    X = np.random.default_rng(0).uniform(size=(1, 3, 50))
    padded = np.pad(X, [(0, 0), (0, 0), (0, 9)], constant_values=np.nan)
    functionals = FunctionalsTransformer(voicing=1).fit(X)
    np.testing.assert_array_equal(functionals.transform(padded), functionals.transform(X))
