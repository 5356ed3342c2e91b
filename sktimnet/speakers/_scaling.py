"""Features relative to a speaker's own clips, and folds that hold out whole speakers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

# Clips from which a speaker's scale is taken; that of fewer would be of the emotion.
LEAST_CLIPS = 10
# Beyond so many SDs a value says no more than that it is extreme.
_EXTREME = 8.0


def has_enough(speakers: NDArray, fitted_scalers: Collection[str] = ()) -> NDArray[np.bool_]:
    """Tell of each clip whether its speaker is known, by at least 10 clips.

    Parameters
    ----------
    speakers : ndarray of shape (n_clips,), object
        None where not known.
    fitted_scalers : collection of str
        Speakers whose scale is known already, from however few clips.

    Returns
    -------
    ndarray of shape (n_clips,), bool
    """
    names, counts = np.unique(np.array([str(name) for name in speakers]), return_counts=True)
    enough = {*names[counts >= LEAST_CLIPS].tolist(), *fitted_scalers}
    return np.array([name is not None and str(name) in enough for name in speakers], dtype=bool)


def scaled(X: NDArray, scaler: Any) -> NDArray[np.float32]:
    """Apply a fitted scaler, and hold what it gives within 8 of 0.

    Parameters
    ----------
    X : ndarray of shape (n_clips, n_features) or (n_clips, n_features, n_frames)
        The features.
    scaler : transformer
        Fitted.

    Returns
    -------
    ndarray of the shape of X, float32
    """
    return np.clip(scaler.transform(X), -_EXTREME, _EXTREME)


def scale_by_speaker(
    X: NDArray, speakers: NDArray, scaler: Any, fitted_scalers: Mapping[str, Any] | None = None
) -> NDArray[np.float32]:
    """Scale the clips of each speaker by a scaler fitted on them.

    Parameters
    ----------
    X : ndarray of shape (n_clips, n_features) or (n_clips, n_features, n_frames)
        The features.
    speakers : ndarray of shape (n_clips,)
        Who speaks.
    scaler : transformer
        It is cloned for each speaker.
    fitted_scalers : mapping of str to transformer, default=None
        Those of speakers of the training set, by name, taken in place of new ones.

    Returns
    -------
    ndarray of the shape of X, float32
        At most 8 from 0.
    """
    found = np.empty(X.shape, dtype=np.float32)
    for speaker in dict.fromkeys(speakers.tolist()):
        own = np.flatnonzero(speakers == speaker)
        fitted = (fitted_scalers or {}).get(str(speaker))
        found[own] = scaled(X[own], clone(scaler).fit(X[own]) if fitted is None else fitted)
    return found


def held_out_folds(
    y: NDArray, speakers: NDArray, origin: NDArray, n_folds: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Make folds that keep each speaker in one part, or, where a label would lack training clips, each recording.

    Parameters
    ----------
    y : ndarray of shape (n_clips,)
        The labels.
    speakers : ndarray of shape (n_clips,), object
        Who speaks; None where not known.
    origin : ndarray of shape (n_clips,)
        The recording that a clip is a copy of.
    n_folds : int
        Folds, at most.

    Returns
    -------
    list of (train, test)
    """
    names = [f"clip {i}" if name is None else f"speaker {name}" for name, i in zip(speakers, origin, strict=True)]
    for groups in (np.unique(names, return_inverse=True)[1], origin):
        n_splits = min(n_folds, len(np.unique(groups)))
        if n_splits < 2:
            continue
        folds = list(GroupKFold(n_splits).split(y, y, groups))
        if all(len(np.unique(y[train])) == len(np.unique(y)) for train, _ in folds):
            return folds
    raise ValueError(f"calibration_folds={n_folds} leaves a label without training clips; take fewer, or None.")
