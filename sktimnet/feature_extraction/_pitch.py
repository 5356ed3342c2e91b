"""The arithmetic of pitch and voicing: the values of :func:`librosa.yin`, faster."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

# Frames at a time, so that their autocorrelations stay in the processor's cache.
_FRAMES = 64
# Depth below which a trough of the normalised difference is taken for the period (de Cheveigné and Kawahara, step 4).
_THRESHOLD = 0.1
_TINY = 1e-10


def pitch_and_voicing(
    frames: NDArray[np.float32], *, sr: int, fmin: float, fmax: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Compute the fundamental frequency of frames by YIN, and how periodic they are at it.

    With :math:`x` the n samples of a frame, :math:`r(k) = \sum_t x_t x_{t + k}` and
    :math:`d(k) = 2 (r(0) - r(k)) - \sum_{t < k} x_t^2`, the period is the first trough below 0.1, or else the minimum,
    of :math:`k d(k) / \sum_{j \le k} d(j)`, refined by a parabola. Voicing is :math:`r(k) / r(0)` of the frame without
    its mean at that period :math:`k`, times :math:`n / (n - k)`.

    librosa.yin gives the same bits for the pitch; it takes all lags and frames at once, and looks for troughs and
    parabolas everywhere.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_samples)
        The frames; a view will do.
    sr : int
        Sampling rate in Hz.
    fmin, fmax : float
        Range of pitch in Hz.

    Returns
    -------
    frequency : ndarray of shape (n_frames,)
        In Hz, the values of :func:`librosa.yin`.
    voicing : ndarray of shape (n_frames,)
        About 1 where a frame repeats itself, about 0 or less where not.
    """
    shortest, longest = int(sr / fmax), min(int(np.ceil(sr / fmin)), frames.shape[1] - 1)
    period, voicing = np.empty(len(frames)), np.empty(len(frames))
    for start in range(0, len(frames), _FRAMES):
        some = slice(start, start + _FRAMES)
        period[some] = _periods(frames[some], shortest, longest)
        voicing[some] = _voicing(frames[some], period[some])
    return sr / period, voicing


def _periods(frames: NDArray[np.float32], shortest: int, longest: int) -> NDArray[np.float64]:
    """Return the period of each frame in samples."""
    n_fft = scipy.fft.next_fast_len(2 * frames.shape[1] - 1, real=True)
    spectrum = scipy.fft.rfft(frames, n_fft, axis=1)
    correlation = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, n_fft, axis=1)[:, : longest + 1]
    # of lags 1 to longest: (n_frames, longest)
    energy = np.square(frames[:, :longest]).cumsum(axis=1)
    energy[:, 0] = 0  # as librosa has it: nothing is subtracted at lag 1
    difference = 2 * (correlation[:, :1] - correlation[:, 1:]) - energy
    mean = difference.cumsum(axis=1) / np.arange(1, longest + 1)
    normalised = difference[:, shortest - 1 :] / (mean[:, shortest - 1 :] + np.finfo(mean.dtype).tiny)
    # of lags shortest to longest: (n_frames, n_lags)
    position = _first_troughs(normalised)
    return shortest + position + _shifts(normalised, position)


def _first_troughs(normalised: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the position of each row's first trough below the threshold, else that of its minimum."""
    falls = normalised[:, 1:] < normalised[:, :-1]  # a trough at lag k: falls to it, does not fall after it
    low = normalised < _THRESHOLD
    low[:, 1:] &= falls
    low[:, 0] &= normalised[:, 0] < normalised[:, 1]
    low[:, 1:-1] &= ~falls[:, 1:]
    return np.where(low.any(axis=1), low.argmax(axis=1), normalised.argmin(axis=1))


def _shifts(normalised: NDArray[np.float64], position: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how far from a position the parabola through it and its neighbours is lowest; 0 beyond them."""
    inner = np.clip(position, 1, normalised.shape[1] - 2)
    before, at, after = np.take_along_axis(normalised, inner[:, np.newaxis] + np.arange(-1, 2), axis=1).T
    bend, slope = after + before - 2 * at, (after - before) / 2
    refined = (inner == position) & (np.abs(slope) < np.abs(bend))
    return np.where(refined, -slope / np.where(refined, bend, 1), 0)


def _voicing(frames: NDArray[np.float32], period: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the normalised autocorrelation of each frame at its period."""
    n = frames.shape[1]
    centred = frames - frames.mean(axis=1, keepdims=True)
    lag = np.clip(period.round().astype(int), 1, n - 1)
    at_lag = np.array([frame[k:] @ frame[: n - k] for frame, k in zip(centred, lag, strict=True)])
    return at_lag * n / (n - lag) / (np.einsum("ft,ft->f", centred, centred) + _TINY)
