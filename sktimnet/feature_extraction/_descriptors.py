"""The arithmetic of low-level descriptors: pitch, voicing, energy and the shape of the spectrum, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sktimnet.feature_extraction._pitch import pitch_and_voicing

# Frames at a time, so that their spectra stay in the processor's cache.
_FRAMES = 48
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
    wanted = set(settings.descriptors)
    frames = _framed(waveform, settings)
    found: dict[str, NDArray] = {}
    if wanted & {"pitch", "voicing"}:
        frequency, voicing = pitch_and_voicing(frames, sr=settings.sr, fmin=settings.fmin, fmax=settings.fmax)
        found |= {"pitch": 12 * np.log2(frequency / settings.fmin), "voicing": np.clip(voicing, 0, 1)}
    if "zero_crossing_rate" in wanted:
        found["zero_crossing_rate"] = _zero_crossing_rate(waveform, settings)
    if wanted - set(found):
        found |= _of_spectrum(frames, settings, wanted - set(found))
    return np.stack([found[name] for name in settings.descriptors]).astype(np.float32)


def _framed(waveform: NDArray, settings: DescriptorSettings, mode: Literal["constant", "edge"] = "constant") -> NDArray:
    """Return centred frames, (n_frames, n_fft), a view."""
    padded = np.pad(waveform, (settings.n_fft // 2, settings.n_fft - settings.n_fft // 2), mode=mode)
    return sliding_window_view(padded, settings.n_fft)[:: settings.hop_length][: settings.n_frames(len(waveform))]


@lru_cache(maxsize=8)
def _window(n_fft: int, win_length: int) -> NDArray[np.float64]:
    """Make a Hann window in the middle of `n_fft` samples."""
    from scipy.signal import get_window  # slow to import

    before = (n_fft - win_length) // 2
    return np.pad(get_window("hann", win_length), (before, n_fft - win_length - before))


def _spectra(frames: NDArray[np.float32], settings: DescriptorSettings) -> Iterator[NDArray[np.float64]]:
    """Yield the power spectra of frames, (some frames, n_fft // 2 + 1): those of :func:`librosa.stft`."""
    window = _window(settings.n_fft, settings.win_length)
    for start in range(0, len(frames), _FRAMES):
        spectrum = scipy.fft.rfft(frames[start : start + _FRAMES] * window, axis=1)
        yield spectrum.real**2 + spectrum.imag**2


def _zero_crossing_rate(waveform: NDArray[np.float32], settings: DescriptorSettings) -> NDArray[np.float64]:
    """Return the share of samples of each frame at which the sign is not that of the sample before."""
    negative = _framed(waveform < -_TINY, settings, mode="edge")
    return (negative[:, 1:] != negative[:, :-1]).sum(axis=1) / settings.n_fft


def _of_spectrum(frames: NDArray[np.float32], settings: DescriptorSettings, wanted: set[str]) -> dict[str, NDArray]:
    """Describe the power spectrum of each frame."""
    frequency = scipy.fft.rfftfreq(settings.n_fft, 1 / settings.sr)
    parts, before = [], None
    for power in _spectra(frames, settings):
        part = {"total": power.sum(axis=1)}
        if wanted != {"energy"}:
            share = power / (part["total"][:, np.newaxis] + _TINY)
            root = np.sqrt(share)
            part |= _shape(power, share, frequency) | {"flux": _flux(root, root[:1] if before is None else before)}
            before = root[-1:]
        parts.append(part)
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    level = 10 * np.log10(found.pop("total") + _TINY)
    return found | {"energy": np.maximum(level - level.max(), _QUIETEST)}


def _shape(power: NDArray, share: NDArray, frequency: NDArray) -> dict[str, NDArray]:
    """Describe power spectra, (n_frames, n_frequencies), each by itself."""
    centroid = share @ frequency
    cumulative = share.cumsum(axis=1)
    log_power = np.log(power + _TINY)
    geometric, arithmetic = np.exp(log_power.mean(axis=1)), power.mean(axis=1)
    return {
        "centroid": centroid,
        "bandwidth": np.sqrt(_variance(share, frequency, centroid)),
        **{f"rolloff_{q}": frequency[(cumulative >= q / 100).argmax(axis=1)] for q in (25, 50, 75, 90)},
        "flatness": 10 * np.log10(geometric / (arithmetic + _TINY) + _TINY),
        "entropy": -np.einsum("tf,tf->t", share, np.log(share + _TINY)),
        "alpha_ratio": _band(power, frequency, 50, 1000, np.sum) - _band(power, frequency, 1000, 5000, np.sum),
        "hammarberg_index": _band(power, frequency, 0, 2000, np.max) - _band(power, frequency, 2000, 5000, np.max),
        "slope_0_500": _slope(log_power, frequency, 0, 500),
        "slope_500_1500": _slope(log_power, frequency, 500, 1500),
    }


def _flux(root: NDArray, before: NDArray) -> NDArray:
    """Return the distance of each row from the one before it."""
    change = np.diff(root, axis=0, prepend=before)
    return np.sqrt(np.einsum("tf,tf->t", change, change))


def _variance(share: NDArray, frequency: NDArray, centroid: NDArray) -> NDArray:
    """Return the sum over frequencies of ``share * (frequency - centroid) ** 2``, without a table of differences."""
    about_zero = share @ np.square(frequency) - 2 * centroid**2 + centroid**2 * share.sum(axis=1)
    return np.maximum(about_zero, 0)


def _band(power: NDArray, frequency: NDArray, low: float, high: float, reduce: Callable) -> NDArray:
    """Return the sum or the maximum of a band's power, in dB."""
    start, stop = np.searchsorted(frequency, (low, high))
    return 10 * np.log10(reduce(power[:, start:stop], axis=1) + _TINY)


def _slope(log_power: NDArray, frequency: NDArray, low: float, high: float) -> NDArray:
    """Return the slope of a line through a band's log power, in decades for each SD of frequency."""
    start, stop = np.searchsorted(frequency, (low, high))
    x = frequency[start:stop]
    return log_power[:, start:stop] @ (x - x.mean()) / (x.std() * len(x) * np.log(10))
