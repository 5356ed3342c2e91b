"""UAR and WAR of predictions, and how far they would move with other clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def uar(true: ArrayLike, predicted: ArrayLike) -> float:
    """Return the mean recall of the classes that occur in `true`.

    Parameters
    ----------
    true, predicted : array-like of shape (n_predictions,)
        Labels. Predicting a class that `true` lacks is an error like any other.

    Returns
    -------
    float
    """
    true, predicted = np.asarray(true), np.asarray(predicted)
    return float(np.mean([np.mean(predicted[true == label] == label) for label in np.unique(true)]))


def war(true: ArrayLike, predicted: ArrayLike) -> float:
    """Return the share of right predictions.

    Parameters
    ----------
    true, predicted : array-like of shape (n_predictions,)
        Labels.

    Returns
    -------
    float
    """
    return float(np.mean(np.asarray(true) == np.asarray(predicted)))


def bootstrap(
    units: Sequence[Any], true: Sequence[Any], predicted: Sequence[Any], *, n_resamples: int = 1000, seed: int = 0
) -> NDArray[np.float64]:
    """Compute pooled UAR and WAR of resampled units; all predictions of a unit go together.

    Parameters
    ----------
    units : sequence
        What is drawn: the clip that each prediction is of, or who speaks in it.
    true, predicted : sequence
        Labels of each prediction.
    n_resamples, seed : int
        How often to resample, and the seed of it: the same units are drawn whatever was predicted.

    Returns
    -------
    ndarray of shape (n_resamples, 2)
        UAR and WAR.
    """
    names, unit = np.unique(np.asarray(units), return_inverse=True)
    labels, label = np.unique(np.asarray(true), return_inverse=True)
    trials, hits = np.zeros((2, len(names), len(labels)))
    np.add.at(trials, (unit, label), 1)
    np.add.at(hits, (unit, label), np.asarray(true) == np.asarray(predicted))
    rng = np.random.default_rng(seed)
    return np.array([_resample(rng, hits, trials) for _ in range(n_resamples)])


def intervals(scores: NDArray[np.float64]) -> dict[str, tuple[float, float]]:
    """Return the 95 % interval of each column of what :func:`bootstrap` gave, by percentiles.

    Parameters
    ----------
    scores : ndarray of shape (n_resamples, 2)
        UAR and WAR, or differences of these.

    Returns
    -------
    dict
        ``UAR`` and ``WAR``, each a (2.5 %, 97.5 %) pair.
    """
    low, high = np.percentile(scores, [2.5, 97.5], axis=0)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(("UAR", "WAR"))}


def _resample(rng, hits: NDArray, trials: NDArray) -> tuple[float, float]:
    """Draw as many units as there are; `hits` and `trials` are (n_units, n_labels)."""
    times = np.bincount(rng.integers(len(hits), size=len(hits)), minlength=len(hits))
    right, total = times @ hits, times @ trials  # (n_labels,)
    there = total > 0
    return float(np.mean(right[there] / total[there])), float(right.sum() / total.sum())
