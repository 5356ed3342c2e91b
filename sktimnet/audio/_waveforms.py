"""Mono waveforms: fit to a length, trim, scale, and refuse what has no features."""

from __future__ import annotations

import numpy as np

from sktimnet.audio._kinds import AudioError

# The power spectra of louder clips leave the range of float32.
_MAX_PEAK = 1e12


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
    from librosa.effects import trim as trim_silence  # slow to import

    _, (start, stop) = trim_silence(waveform, top_db=top_db)
    return (int(start), int(stop)) if stop > start else (0, len(waveform))


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
