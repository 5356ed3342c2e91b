"""Scores: UAR and WAR of predictions, their spread over folds, and their bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import bootstrap
from sklearn.metrics import accuracy_score, recall_score

# Positions that the bootstrap draws at a time, so that many clips do not fill the memory.
_DRAWN = 1_000_000


class Score(NamedTuple):
    """One measure over all folds, as fractions.

    `mean` and `sd` (population; None for one fold) are over folds; `pooled` is over all predictions together, and `low`
    to `high` its 95 % bootstrap interval (1,000 resamples, percentiles) over clips, or over groups or speakers where no
    test clip shares one with training clips (too narrow for few); `chance` is what guessing one class reaches on the
    clips tested.
    """

    mean: float
    sd: float | None
    pooled: float
    low: float
    high: float
    chance: float


class Measure(NamedTuple):
    """A further measure (``evaluate(scoring=...)``): mean and population SD over folds, in the scorer's own unit.

    Folds on which the scorer failed are left out; `mean` is None without any fold, `sd` with fewer than two.
    """

    mean: float | None
    sd: float | None


class Difference(NamedTuple):
    """How much better one report is than another on the same folds, as fractions.

    `mean` and `sd` (population; None for one fold) are over the folds' differences; `pooled` is the difference over all
    predictions together, and `low` to `high` its 95 % interval, both reports on the same 1,000 bootstrap resamples of
    clips or speakers. Where folds are of very different sizes, `mean` may lie outside.
    """

    mean: float
    sd: float | None
    pooled: float
    low: float
    high: float


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
    return float(recall_score(true, predicted, labels=np.unique(true), average="macro"))


def war(true: ArrayLike, predicted: ArrayLike) -> float:
    """Return the accuracy.

    Parameters
    ----------
    true, predicted : array-like of shape (n_predictions,)
        Labels.

    Returns
    -------
    float
    """
    return float(accuracy_score(true, predicted))


def intervals(
    units: Sequence[Any],
    true: Sequence[Any],
    predicted: Sequence[Any],
    other: Sequence[Any] | None = None,
    *,
    n_resamples: int = 1000,
) -> dict[str, tuple[float, float]]:
    """Compute 95 % bootstrap intervals (percentiles) of pooled UAR and WAR; all predictions of a unit go together.

    Parameters
    ----------
    units : sequence
        What is resampled: the clip that each prediction is of, or who speaks in it.
    true, predicted : sequence
        Labels of each prediction.
    other : sequence, default=None
        Labels that another classifier predicted: the intervals are of the difference then, on the same resamples.
    n_resamples : int, default=1000
        How often to resample. The seed is fixed.

    Returns
    -------
    dict
        ``UAR`` and ``WAR``, each a (2.5 %, 97.5 %) pair; of a single unit, both are the score itself.
    """
    names, unit = np.unique(np.asarray(units), return_inverse=True)
    labels, label = np.unique(np.asarray(true), return_inverse=True)
    trials = np.zeros((len(names), len(labels)))
    np.add.at(trials, (unit, label), 1)
    guesses = [predicted] if other is None else [predicted, other]
    hits = np.zeros((len(guesses), *trials.shape))  # (n_classifiers, n_units, n_labels)
    for of_classifier, guess in zip(hits, guesses, strict=True):
        np.add.at(of_classifier, (unit, label), np.asarray(true) == np.asarray(guess))

    def scores(drawn: NDArray[np.intp]) -> NDArray[np.float64]:
        times = np.bincount(drawn, minlength=len(names))
        right, total = times @ hits, times @ trials  # (n_classifiers, n_labels), (n_labels,)
        there = total > 0
        found = [np.mean(right[:, there] / total[there], axis=1), right.sum(axis=1) / total.sum()]
        return np.array([first - sum(rest) for first, *rest in found])  # UAR and WAR, or their differences

    if len(names) == 1:  # bootstrap needs two
        low = high = scores(np.array([0]))
    else:
        resampled = bootstrap(
            (np.arange(len(names)),),
            scores,
            n_resamples=n_resamples,
            batch=max(1, _DRAWN // len(names)),
            vectorized=False,
            method="percentile",
            random_state=np.random.default_rng(0),  # scipy 1.15 renamed it to rng, and takes both
        )
        low, high = resampled.confidence_interval
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(("UAR", "WAR"))}


def spread(values: Sequence[float]) -> float | None:
    """Return the population SD, or None of one value, whose spread is not known."""
    return float(np.std(values)) if len(values) > 1 else None
