"""What a transformer takes as X: clips, as a list; and the report on those that cannot be used."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from sktimnet import audio


def as_clips(X: Any, estimator: BaseEstimator, *, reset: bool) -> list:
    """Return X as a list of clips; leave what is wrong with X as a whole to scikit-learn's messages.

    Parameters
    ----------
    X : sequence of clips
        Paths, file objects, 1-D waveforms, ``(waveform, rate)`` pairs or mappings ``{"array": waveform,
        "sampling_rate": rate}``; a 2-D array is one waveform a row.
    estimator : estimator
        The transformer, for names of columns and messages.
    reset : bool
        Whether X is that of `fit`.

    Returns
    -------
    list

    Raises
    ------
    ValueError
        If X is no sequence of clips.
    """
    check_clips(X)
    if reset:
        vars(estimator).pop("n_features_in_", None)
        vars(estimator).pop("feature_names_in_", None)
    if isinstance(X, list | tuple) or _is_series(X):
        if len(X) == 0:
            raise ValueError("Found 0 clips in X (shape=(0,)) while a minimum of 1 is required.")
        return list(X)
    # Names of columns are checked, the number of samples is free.
    validate_data(estimator, X, reset=reset, skip_check_array=True, ensure_2d=False)
    X = check_array(X, dtype="numeric", ensure_all_finite=False, estimator=estimator, input_name="X")
    if reset:
        estimator.n_features_in_ = X.shape[1]
    return list(X)


def check_clips(X: Any) -> None:
    """Refuse what is no sequence of clips: one clip not in a list, a waveform, a table of paths.

    Parameters
    ----------
    X : sequence of clips
        As :func:`as_clips` takes it.

    Raises
    ------
    ValueError
        With the way to write it.
    """
    if audio.is_path(X):
        raise ValueError(f"X is one path, {os.fspath(X)!r}; expected a sequence of clips: wrap it in a list")
    if audio.is_file(X) or (isinstance(X, Mapping) and "array" in X) or _is_pair(X):
        shown = " ".join(repr(X).split())  # arrays are shown over several lines
        raise ValueError(f"X is one clip, {shown:.80}; expected a sequence of clips: wrap it in a list")
    if not hasattr(X, "__len__") and not hasattr(X, "__array__"):
        raise ValueError(f"X must be a sequence of clips, got {X!r:.80}; make a list of it, if it gives clips.")
    if _is_column_of_paths(X):
        raise ValueError(
            "X is a table with one column of paths; expected the column itself, such as frame['path'], or "
            "'path' in place of ['path'] in a ColumnTransformer."
        )
    _refuse_one_waveform(X)


def _is_series(X: Any) -> bool:
    """Tell whether X is a 1-D array or pandas Series of clips, and not one waveform."""
    return len(getattr(X, "shape", ())) == 1 and np.asarray(X).dtype.kind not in "biufc"


def _is_pair(X: Any) -> bool:
    """Tell whether X is a waveform with its rate, and not two clips."""
    return isinstance(X, tuple) and len(X) == 2 and np.ndim(X[0]) > 0 and isinstance(X[1], Real)


def _refuse_one_waveform(X: Any) -> None:
    """Refuse a waveform in place of clips: each of its samples would be a clip."""
    shape = tuple(getattr(X, "shape", ()))
    n_numbers = len(X) if isinstance(X, list | tuple) and X and isinstance(X[0], Real) else None
    if len(shape) == 1 and not _is_series(X):
        n_numbers = shape[0]
    if n_numbers is not None:
        raise ValueError(
            f"X is one waveform of {n_numbers} samples; expected a sequence of clips. Reshape your data: "
            "[(waveform, rate)] is one recording with its sampling rate, such as [librosa.load(path)]."
        )
    if len(shape) == 2 and shape[1] == 1 and not issparse(X) and np.asarray(X).dtype.kind in "biuf":
        raise ValueError(
            f"X has the shape {shape}, 1 feature(s): clips of one sample each. If it is one waveform, write "
            "[(waveform, rate)]."
        )


def _is_column_of_paths(X: Any) -> bool:
    """Tell whether X is a table of one column that holds paths."""
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if len(shape) != 2 or shape[0] == 0 or shape[1] != 1 or issparse(X):  # NumPy makes no array of sparse ones
        return False
    return audio.is_path(np.asarray(X)[0, 0])


def fault_report(clips: Sequence, faults: list[tuple[int, str]], on_error: str) -> str:
    """Name every bad clip and say why.

    Parameters
    ----------
    clips : sequence of clips
        All of them.
    faults : list of (int, str)
        Positions of the bad ones, and why they are bad.
    on_error : {"raise", "warn"}
        What becomes of them.

    Returns
    -------
    str
    """
    clips = list(clips)
    lines = [
        f"- {str(os.fspath(clips[i]))!r} (clip {i}) {reason}" if audio.is_path(clips[i]) else f"- clip {i} {reason}"
        for i, reason in faults
    ]
    end = (
        "Remove them; or set on_error='warn' of the transformer, which then gives NaN features for them."
        if on_error == "raise"
        else "Their features are NaN; remove these rows before a classifier sees them."
    )
    return "\n".join([f"{len(faults)} of {len(clips)} clips cannot be used:", *lines, end])
