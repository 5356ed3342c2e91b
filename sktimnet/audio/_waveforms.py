"""Mono waveforms: fit to a length, trim, scale, and refuse what has no features."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sktimnet.audio._kinds import AudioError

# The power spectra of louder clips leave the range of float32.
_MAX_PEAK = 1e12
# Framing of librosa.effects.trim, and the power that stands for silence.
_TRIM_FRAME, _TRIM_HOP, _TRIM_FLOOR = 2048, 512, 1e-10


def fit_length(waveform: np.ndarray, length: int, *, centre: bool = True) -> np.ndarray:
    """Pad a waveform with zeros or cut it to a length, on both sides; an odd sample goes to the end.

    Parameters
    ----------
    waveform : ndarray of shape (n_samples,)
        The waveform.
    length : int
        The samples wanted.
    centre : bool, default=True
        If False, pad or cut at the end only.

    Returns
    -------
    ndarray of shape (length,)
        The waveform itself where its length is right.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.audio import fit_length
    >>> fit_length(np.array([1, 2]), 5)
    array([0, 1, 2, 0, 0])
    >>> fit_length(np.array([1, 2, 3, 4, 5]), 2)
    array([2, 3])
    """
    missing = length - len(waveform)
    if missing == 0:
        return waveform
    before = abs(missing) // 2 if centre else 0
    if missing < 0:
        return waveform[before : before + length]
    return np.pad(waveform, (before, missing - before))


def trim(waveform: np.ndarray, top_db: float) -> np.ndarray:
    """Remove silence at both ends of a waveform, as :func:`librosa.effects.trim` does.

    Parameters
    ----------
    waveform : ndarray of shape (n_samples,)
        The waveform.
    top_db : float
        What is more than so many dB below the loudest part is silence.

    Returns
    -------
    ndarray of shape (n_kept,)
        A waveform that is silent throughout is returned as it is.
    """
    start, stop = trim_interval(waveform, top_db)
    return waveform[start:stop]


def trim_interval(waveform: np.ndarray, top_db: float) -> tuple[int, int]:
    """Return the first sample that :func:`trim` keeps, and the first after it that it removes."""
    padded = np.pad(waveform, _TRIM_FRAME // 2)
    frames = sliding_window_view(padded, _TRIM_FRAME)[::_TRIM_HOP].T  # (frame_length, n_frames), a view
    power = np.square(np.sqrt(np.square(frames).mean(axis=0)))  # of RMS, as librosa rounds
    level = 10 * np.log10(np.maximum(_TRIM_FLOOR, power))
    loud = np.flatnonzero(level - level.max() > -top_db)
    if not loud.size:
        return 0, len(waveform)
    return int(loud[0]) * _TRIM_HOP, min(len(waveform), int(loud[-1] + 1) * _TRIM_HOP)


def normalize(waveform: np.ndarray) -> np.ndarray:
    """Scale a waveform to a peak of 1; one that is silent throughout is returned as it is."""
    peak = np.abs(waveform).max()
    return waveform / peak if peak > 0 else waveform


def checked(waveform: np.ndarray) -> np.ndarray:
    """Refuse a waveform whose features would not be finite."""
    peak = np.abs(waveform).max(initial=0)
    if peak <= _MAX_PEAK:
        return waveform
    if not np.isfinite(peak):
        raise AudioError("has NaN or infinite samples")
    raise AudioError(f"has samples as large as {peak:.3g}; expected about -1 to 1")
