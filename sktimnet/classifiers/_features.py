"""X of a classifier: :class:`Features`, clips of one length or of several."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Features(NamedTuple):
    """Features that a network computes with.

    Attributes
    ----------
    X : ndarray of shape (n_clips, n_features, n_frames), float32
        Zeros after a clip's end.
    lengths : ndarray of shape (n_clips,), int64, or None
        Frames of each clip; None where all have `n_frames`.
    """

    X: NDArray[np.float32]
    lengths: NDArray[np.int64] | None

    def at(self, index: NDArray[np.intp]) -> Features:
        """Return those of some clips."""
        return Features(self.X[index], None if self.lengths is None else self.lengths[index])

    def tensors(self, device: torch.device) -> tuple[Tensor, Tensor | None]:
        """Return both on a device."""
        lengths = None if self.lengths is None else torch.from_numpy(self.lengths).to(device)
        return torch.from_numpy(self.X).to(device), lengths


def joined(X: Any) -> Any:
    """Return features of different lengths as one array, with missing frames (NaN) after each clip's end.

    Parameters
    ----------
    X : list or tuple of array-like of shape (n_features, n_frames_i), or anything else
        Anything else is returned as it is.

    Returns
    -------
    ndarray of shape (n_clips, n_features, n_frames), or X
    """
    if not isinstance(X, list | tuple) or not all(getattr(clip, "ndim", None) == 2 for clip in X):
        return X
    shapes = {clip.shape for clip in X}
    if len(shapes) < 2 or len({shape[0] for shape in shapes}) > 1:
        return X
    whole = np.full((len(X), X[0].shape[0], max(shape[1] for shape in shapes)), np.nan, dtype=np.float32)
    for row, clip in zip(whole, X, strict=True):
        row[:, : clip.shape[1]] = clip
    return whole


def split_missing(X: NDArray[np.float32]) -> Features:
    """Find where each clip ends: missing frames are NaN in all channels, and stand after all others.

    NaN elsewhere stays where it is.

    Parameters
    ----------
    X : ndarray of shape (n_clips, n_features, n_frames)
        The features.

    Returns
    -------
    Features
    """
    if np.isfinite(X[:, :, -1]).all():  # the last frame of every clip is there: nothing is missing
        return Features(X, None)
    present = np.logical_not(np.isnan(X).all(axis=1))  # (n_clips, n_frames)
    n_frames = X.shape[2]
    lengths = np.where(present.any(axis=1), n_frames - present[:, ::-1].argmax(axis=1), n_frames)
    if (lengths == lengths[0]).all():
        return Features(X[:, :, : lengths[0]], None)
    after_end = np.arange(n_frames) >= lengths[:, np.newaxis]
    return Features(np.where(after_end[:, np.newaxis], np.float32(0), X), lengths)
