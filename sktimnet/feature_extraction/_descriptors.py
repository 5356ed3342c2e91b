"""The arithmetic of low-level descriptors: pitch, voicing, energy and the shape of the spectrum, frame by frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_TINY = 1e-10
_QUIETEST = -60.0  # dB below the loudest frame

#: Descriptors in their order; those of level are relative to the clip's loudest frame.
DESCRIPTORS = (
    "pitch",
    "voicing",
    "energy",
    "centroid",
    "bandwidth",
    "rolloff_25",
    "rolloff_50",
    "rolloff_75",
    "rolloff_90",
    "flux",
    "flatness",
    "entropy",
    "alpha_ratio",
    "hammarberg_index",
    "slope_0_500",
    "slope_500_1500",
    "zero_crossing_rate",
)


class DescriptorSettings(NamedTuple):
    """All that decides the descriptors of a clip; lengths in samples, frequencies in Hz."""

    sr: int
    descriptors: tuple[str, ...]
    n_fft: int
    win_length: int
    hop_length: int
    fmin: float
    fmax: float
    clip_length: int | None  # None where clips keep their own lengths
    padding: str
    trim: float | None
    normalize: bool

    @property
    def n_features(self) -> int:
        """Channels of the result."""
        return len(self.descriptors)

    def n_frames(self, n_samples: int) -> int:
        """Return the number of centred frames of so many samples."""
        return 1 + n_samples // self.hop_length

    def features(self, waveform: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the descriptors of a waveform, of shape (n_features, n_frames)."""
        return describe(waveform, self)


def describe(waveform: NDArray[np.float32], settings: DescriptorSettings) -> NDArray[np.float32]:
    """Compute the descriptors of a waveform.

    Parameters
    ----------
    waveform : ndarray of shape (n_samples,)
        One clip.
    settings : DescriptorSettings
        Which descriptors, and the framing.

    Returns
    -------
    ndarray of shape (n_descriptors, n_frames), float32
    """
    n_frames = settings.n_frames(len(waveform))
    found: dict[str, NDArray] = {}
    if {"pitch", "voicing"} & set(settings.descriptors):
        found |= _of_pitch(waveform, settings, n_frames)
    if set(settings.descriptors) - {"pitch", "voicing"}:
        found |= _of_spectrum(waveform, settings, n_frames)
    return np.stack([found[name] for name in settings.descriptors]).astype(np.float32)


def _framed(waveform: NDArray[np.float32], frame_length: int, hop_length: int, n_frames: int) -> NDArray[np.float32]:
    """Return centred frames, (n_frames, frame_length), a view."""
    padded = np.pad(waveform, frame_length // 2)
    return sliding_window_view(padded, frame_length)[::hop_length][:n_frames]


def _of_pitch(waveform: NDArray[np.float32], settings: DescriptorSettings, n_frames: int) -> dict[str, NDArray]:
    """Pitch by YIN in semitones above `fmin`; voicing is the normalised autocorrelation at that period."""
    from librosa import yin  # slow to import

    sr, n_fft = settings.sr, settings.n_fft
    padded = np.pad(waveform, (0, max(0, n_fft - len(waveform))))  # YIN takes no clip shorter than a frame
    frequency = yin(
        padded, fmin=settings.fmin, fmax=settings.fmax, sr=sr, frame_length=n_fft, hop_length=settings.hop_length
    )[:n_frames]
    frames = _framed(waveform, n_fft, settings.hop_length, n_frames)
    frames = frames - frames.mean(axis=1, keepdims=True)
    period = np.clip(np.round(sr / frequency).astype(int), 1, n_fft - 1)
    correlation = np.fft.irfft(np.abs(np.fft.rfft(frames, 2 * n_fft, axis=1)) ** 2, axis=1)  # (n_frames, 2 n_fft)
    at_period = correlation[np.arange(n_frames), period] * n_fft / (n_fft - period)
    voicing = np.clip(at_period / (correlation[:, 0] + _TINY), 0, 1)
    return {"pitch": 12 * np.log2(frequency / settings.fmin), "voicing": voicing}


def _of_spectrum(waveform: NDArray[np.float32], settings: DescriptorSettings, n_frames: int) -> dict[str, NDArray]:
    """Describe the power spectrum of each frame."""
    from librosa import fft_frequencies, stft  # slow to import
    from librosa.feature import zero_crossing_rate

    n_fft, hop_length = settings.n_fft, settings.hop_length
    padded = np.pad(waveform, (0, max(0, n_fft - len(waveform))))
    spectrum = stft(padded, n_fft=n_fft, hop_length=hop_length, win_length=settings.win_length)[:, :n_frames]
    power = np.abs(spectrum).astype(np.float64) ** 2  # (1 + n_fft // 2, n_frames)
    frequency = fft_frequencies(sr=settings.sr, n_fft=n_fft)
    total = power.sum(axis=0)
    share = power / (total + _TINY)
    level = 10 * np.log10(total + _TINY)
    centroid = frequency @ share
    spread = np.square(frequency[:, np.newaxis] - centroid)
    cumulative = share.cumsum(axis=0)
    change = np.diff(np.sqrt(share), axis=1)
    geometric, arithmetic = np.exp(np.log(power + _TINY).mean(axis=0)), power.mean(axis=0)
    log_power = np.log10(power + _TINY)
    return {
        "energy": np.maximum(level - level.max(), _QUIETEST),
        "centroid": centroid,
        "bandwidth": np.sqrt((spread * share).sum(axis=0)),
        **{f"rolloff_{q}": frequency[(cumulative >= q / 100).argmax(axis=0)] for q in (25, 50, 75, 90)},
        "flux": np.concatenate([[0.0], np.sqrt(np.square(change).sum(axis=0))]),
        "flatness": 10 * np.log10(geometric / (arithmetic + _TINY) + _TINY),
        "entropy": -(share * np.log(share + _TINY)).sum(axis=0),
        "alpha_ratio": _band(power, frequency, 50, 1000, np.sum) - _band(power, frequency, 1000, 5000, np.sum),
        "hammarberg_index": _band(power, frequency, 0, 2000, np.max) - _band(power, frequency, 2000, 5000, np.max),
        "slope_0_500": _slope(log_power, frequency, 0, 500),
        "slope_500_1500": _slope(log_power, frequency, 500, 1500),
        "zero_crossing_rate": zero_crossing_rate(padded, frame_length=n_fft, hop_length=hop_length)[0, :n_frames],
    }


def _band(power: NDArray, frequency: NDArray, low: float, high: float, reduce: object) -> NDArray:
    """Return the sum or the maximum of a band's power, in dB."""
    within = power[(frequency >= low) & (frequency < high)]
    return 10 * np.log10(reduce(within, axis=0) + _TINY)  # type: ignore[operator]


def _slope(log_power: NDArray, frequency: NDArray, low: float, high: float) -> NDArray:
    """Return the slope of a line through a band's log power, in decades for each SD of frequency."""
    within = (frequency >= low) & (frequency < high)
    x = frequency[within]
    return (x - x.mean()) / x.std() @ log_power[within] / len(x)
