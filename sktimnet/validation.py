"""What estimators and functions check of their input: the one place that imports scikit-learn's private helpers."""

from __future__ import annotations

import os
from inspect import signature
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike, NDArray
from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    RealNotInt,
    StrOptions,
    validate_parameter_constraints,
    validate_params,
)
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "HasMethods",
    "Interval",
    "RealNotInt",
    "StrOptions",
    "check_change",
    "check_labels",
    "check_path",
    "check_sample_weight",
    "fit_context",
    "safe_indexing",
    "validate_parameter_constraints",
    "validate_params",
]


def check_change(change: Any, name: str) -> None:
    """Refuse what cannot be called to change a recording.

    Parameters
    ----------
    change : callable
        Takes a waveform, its rate and a generator of random numbers.
    name : str
        The argument's name, for the message.

    Raises
    ------
    ValueError
        If it cannot be called with these three, or is a class.
    """
    if isinstance(change, type):
        raise ValueError(
            f"{name} must be a callable, got the class {change.__name__}; make one: {change.__name__}(...)."
        )
    if not callable(change):
        raise ValueError(f"{name} must be a callable, such as Room(0.3), got {change!r}.")
    try:
        arguments = signature(change)
    except ValueError:  # of functions in C that do not tell
        return
    try:
        arguments.bind(None, None, None)
    except TypeError:
        raise ValueError(
            f"{name} must take a waveform, its rate and a generator, such as (waveform, sr, rng); it takes {arguments}."
        ) from None


def check_labels(y: ArrayLike, name: str) -> NDArray:
    """Return labels as an array of one dimension.

    Parameters
    ----------
    y : array-like of shape (n_clips,)
        Strings or numbers, all of one kind.
    name : str
        The argument's name, for the message.

    Returns
    -------
    ndarray of shape (n_clips,)

    Raises
    ------
    ValueError
        If there are no labels, some are missing, of several kinds, or continuous numbers.
    """
    labels = column_or_1d(y, warn=True)
    if not labels.size:
        raise ValueError(f"{name}={y!r} has no labels; expected one for each clip.")
    listed: Any = y if isinstance(y, list | tuple) else labels if labels.dtype.kind == "O" else ()
    if len({isinstance(label, str) for label in listed}) > 1:
        other = next(label for label in listed if not isinstance(label, str))
        raise ValueError(f"{name} has strings and other labels, such as {other!r}; all must be of one kind.")
    assert_all_finite(labels, input_name=name)
    check_classification_targets(labels)
    return labels


def check_path(path: str | os.PathLike[str], name: str) -> Path:
    """Return a path as an absolute one, with the user's home in place of ``~``.

    Parameters
    ----------
    path : str or path-like
        The path.
    name : str
        The argument's name, for the message.

    Returns
    -------
    Path

    Raises
    ------
    TypeError
        If it is no path.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"{name}={path!r} is no path; expected a str or path-like.")
    return Path(os.path.abspath(os.path.expanduser(path)))
