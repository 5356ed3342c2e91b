"""What a classifier is fitted on: features, labels, weights and validation clips, checked."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import validate_data

from sktimnet.classifiers._checks import check_finite, check_known
from sktimnet.classifiers._features import Features, joined, split_missing
from sktimnet.validation import check_labels, check_sample_weight


def check_X_y(estimator: Any, X: Any, y: Any, *, reset: bool) -> tuple[Features, NDArray]:
    """Return features and labels to train on; with ``reset`` the estimator notes what its features are."""
    if y is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None.")
    features = check_X(estimator, X, reset=reset, ensure_min_samples=2)
    y = check_labels(y, "y")
    check_consistent_length(features.X, y)
    if features.X.shape[2] == 1 and estimator.batch_size == 1:
        raise ValueError("batch_size=1 cannot train on clips of one frame: batch normalisation needs two values.")
    return features, y


def check_X(estimator: Any, X: Any, *, reset: bool, ensure_min_samples: int = 1, name: str = "X") -> Features:
    """Return the features of clips, compared with those that the estimator was fitted on unless ``reset``."""
    first = next(iter(X), None) if isinstance(X, list | tuple) or getattr(X, "ndim", None) == 1 else None
    if isinstance(first, str | os.PathLike):
        raise ValueError(
            f"{name} holds paths or other strings, such as {str(first)!r}, not features; put an MFCCTransformer "
            f"before {type(estimator).__name__} in a Pipeline."
        )
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite and is named below
        X = validate_data(
            estimator,
            joined(X),
            reset=reset,
            dtype=np.float32,
            allow_nd=True,
            ensure_all_finite=False,
            ensure_min_samples=ensure_min_samples,
        )
    if X.ndim > 3:
        raise ValueError(f"{name} must be (n_clips, n_features, n_frames), but has dimension {X.ndim}: {X.shape}.")
    if 0 in X.shape:
        raise ValueError(f"{name} has no features or no frames (0 feature(s)): shape={X.shape}; one is required.")
    features = split_missing(X.reshape(*X.shape[:2], -1))
    check_finite(features.X, name, type(estimator).__name__)
    # Torch takes no memory that it may not write or that runs backwards.
    return features._replace(X=np.require(features.X, requirements=["C", "W"]))


def clip_weights(
    y: NDArray, sample_weight: Any, *, class_weight: dict | str | None, classes: NDArray
) -> NDArray | None:
    """Return sample_weight times class_weight, or None where all are alike."""
    if sample_weight is None and class_weight is None:
        return None
    weight = check_sample_weight(sample_weight, y, dtype=np.float64, ensure_non_negative=True)
    if class_weight == "balanced":  # of a warm start's classes some may be missing
        classes = np.unique(y)
    weight = weight * compute_class_weight(class_weight, classes=classes, y=y)[np.searchsorted(classes, y)]
    if not (weight.min() >= 0 and weight.max() <= np.finfo(np.float32).max):
        raise ValueError(
            f"sample_weight (times class_weight={class_weight!r}) must be finite and not negative, "
            f"but is from {weight.min()} to {weight.max()}."
        )
    if not weight.any():
        raise ValueError("All weights are zero: sample_weight (times class_weight) leaves no clip to train on.")
    return weight


def check_validation(estimator: Any, X: Any, y: Any, classes: NDArray) -> tuple[Features, NDArray] | None:
    """Return `X_val` and `y_val` checked, or None where both are."""
    if X is None and y is None:
        return None
    if X is None or y is None:
        raise ValueError(f"X_val and y_val belong together, but {'X_val' if X is None else 'y_val'} is None.")
    features, y = check_X(estimator, X, reset=False, name="X_val"), check_labels(y, "y_val")
    check_consistent_length(features.X, y)
    check_known(y, classes, "y_val")
    return features, y


def set_aside(y: NDArray, groups: Any, *, validation_fraction: float, seed: int) -> tuple[NDArray, NDArray]:
    """Return positions of the clips to train on and of those to stop by: stratified, or whole speakers."""
    if groups is None:
        splitter: Any = StratifiedShuffleSplit(1, test_size=validation_fraction, random_state=seed)
    else:
        groups = column_or_1d(groups)
        check_consistent_length(y, groups)
        splitter = GroupShuffleSplit(1, test_size=validation_fraction, random_state=seed)
    kept, aside = next(splitter.split(y, y, groups))
    if len(missing := np.setdiff1d(y, y[kept])):
        raise ValueError(
            f"early_stopping=True sets aside all clips with the label(s) {missing.tolist()}, of speakers "
            f"{np.unique(groups[aside]).tolist()}: lower validation_fraction={validation_fraction!r}, or pass "
            "X_val and y_val."
        )
    return kept, aside
