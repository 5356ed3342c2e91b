"""Clips that come with their speaker's name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length

from sktimnet.feature_extraction import check_clips


def with_speakers(clips: Sequence, speaker: ArrayLike) -> NDArray:
    """Put clips beside who speaks in them, as :class:`SpeakerNormalizedClassifier` takes them.

    Parameters
    ----------
    clips : sequence of clips
        Paths, waveforms or ``(waveform, rate)`` pairs.
    speaker : array-like of shape (n_clips,)
        Who speaks; None, NaN or "" where not known.

    Returns
    -------
    ndarray of shape (n_clips,)
        A structured array with the fields ``clip`` and ``speaker``. A data frame with the columns ``path`` (or
        ``clip``) and ``speaker`` does as well.

    Examples
    --------
    >>> from sktimnet.speakers import with_speakers
    >>> with_speakers(["a.wav", "b.wav"], ["Ann", "Ben"])["speaker"].tolist()
    ['Ann', 'Ben']
    """
    names = np.asarray(speaker, dtype=object).ravel()
    check_consistent_length(clips, names)
    table = np.empty(len(names), dtype=[("clip", object), ("speaker", object)])
    for row, clip, name in zip(table, clips, names, strict=True):
        row["clip"], row["speaker"] = clip, name
    return table


def clips_and_speakers(X: Any) -> tuple[list, NDArray]:
    """Split X into clips and speakers.

    Parameters
    ----------
    X : data frame, structured array or sequence of clips
        A table has the columns ``path`` or ``clip``, and may have ``speaker``.

    Returns
    -------
    clips : list
    speakers : ndarray of shape (n_clips,), object
        None where not known.

    Raises
    ------
    ValueError
        If X is no table and no sequence of clips.
    """
    names = _columns(X)
    column = _clip_column(names)
    if column is None:
        check_clips(X)
        return list(X), np.full(len(X), None, dtype=object)
    speakers = np.full(len(X), None, dtype=object)
    return list(X[column]), as_speakers(X["speaker"]) if "speaker" in names else speakers


def as_speakers(names: ArrayLike) -> NDArray:
    """Return names of speakers with None for those who are not known.

    Parameters
    ----------
    names : array-like of shape (n_clips,)
        None, NaN or "" where not known.

    Returns
    -------
    ndarray of shape (n_clips,), object

    Raises
    ------
    ValueError
        If there is not one name for each clip.
    """
    given = np.asarray(names, dtype=object)
    if given.ndim != 1:
        raise ValueError(f"Speakers must be one name for each clip, got an array of shape {given.shape}.")
    speakers = np.full(len(given), None, dtype=object)
    known = [name is not None and name == name and name != "" for name in given]
    speakers[known] = given[known]
    return speakers


def replace_clips(X: Any, clips: Sequence) -> Any:
    """Put other clips in place of those in X, and keep the rest of a table.

    Parameters
    ----------
    X : data frame, structured array or sequence of clips
        As :func:`clips_and_speakers` takes it; it stays as it is.
    clips : sequence of clips
        As many.

    Returns
    -------
    data frame, structured array or list
        A list where X is no table.
    """
    check_consistent_length(X, clips)
    column = _clip_column(_columns(X))
    if column is None:
        return list(clips)
    if hasattr(X, "columns"):
        return X.assign(**{column: list(clips)})
    table = np.empty(len(X), dtype=[(name, object if name == column else X.dtype[name]) for name in X.dtype.names])
    for name in X.dtype.names:
        table[name] = X[name]
    for i, clip in enumerate(clips):  # one by one: NumPy would make an array of equal waveforms
        table[column][i] = clip
    return table


def _columns(X: Any) -> list:
    """Name the columns of a table; of anything else there are none."""
    columns: Any = getattr(X, "columns", None)
    return list(columns) if columns is not None else list(getattr(getattr(X, "dtype", None), "names", None) or ())


def _clip_column(names: list) -> str | None:
    """Name the column that holds the clips, or None."""
    return next((name for name in ("clip", "path") if name in names), None)
