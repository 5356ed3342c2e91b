"""How far the probabilities of a report can be relied on: calibration, and which answers to accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

if TYPE_CHECKING:
    from sktimnet.model_selection._report import Fold

_N_BINS = 10


class Bin(NamedTuple):
    """Test clips whose confidence is above `low` and at most `high`.

    `confidence` is their mean confidence, `accuracy` the share of them that was predicted right.
    """

    low: float
    high: float
    n_clips: int
    confidence: float
    accuracy: float


class Threshold(NamedTuple):
    """What is accepted from a confidence on.

    `coverage` is the share of test clips with at least this confidence, `accuracy` the share of these that was
    predicted right.
    """

    confidence: float
    coverage: float
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How well the probabilities of test clips match how often the predictions are right.

    The confidence of a prediction is the probability of the predicted class. All folds and seeds are taken together.

    Attributes
    ----------
    ece : float
        Expected calibration error: the mean over clips of the difference between accuracy and mean confidence in the
        clip's bin, ``sum(n_b / n * abs(accuracy_b - confidence_b))``. 0 is best.
    brier : float
        Brier score: the mean over clips of ``sum((p - t) ** 2)`` over the classes, where `p` are the probabilities and
        `t` is 1 for the true class and 0 for the others. From 0, the best, to 2; for two classes it is twice the score
        that counts one of them.
    brier_chance : float
        Brier score of always giving each class its share of the test clips.
    roc_auc : float or None
        Area under the ROC curve of the confidence, for whether the prediction is right: how often a right answer has
        a higher confidence than a wrong one. 0.5 tells nothing, 1 is best; None where all are right, or wrong.
    bins : list of Bin
        Ten bins of equal width, from 0 to 1, without empty ones: the reliability diagram.
    thresholds : list of Threshold
        One for each confidence that occurs, highest first: accuracy against coverage.

    See Also
    --------
    Report.calibration : The calibration of a report.
    sktimnet.plotting.plot_reliability : The bins as a picture.
    sktimnet.plotting.plot_coverage : The thresholds as a picture.
    """

    ece: float
    brier: float
    brier_chance: float
    roc_auc: float | None
    bins: list[Bin] = field(repr=False)
    thresholds: list[Threshold] = field(repr=False)


def measure_calibration(classes: list, folds: Sequence[Fold]) -> Calibration | None:
    """Measure the calibration of the folds' predictions, taken together.

    Parameters
    ----------
    classes : list
        The labels in the order of the probabilities.
    folds : sequence of Fold
        What was predicted.

    Returns
    -------
    Calibration or None
        None where a fold has no probabilities.
    """
    rows = [row for fold in folds for row in fold.probabilities or []]
    if any(fold.probabilities is None for fold in folds) or not np.isfinite(rows).all():
        return None
    position = {label: i for i, label in enumerate(classes)}
    true = np.array([position[label] for fold in folds for label in fold.true])
    predicted = np.array([position[label] for fold in folds for label in fold.predicted])
    probabilities = np.array(rows)  # (n_clips, n_classes)
    confidence, right = probabilities[np.arange(len(rows)), predicted], predicted == true
    target = np.eye(len(classes))[true]
    bins = _make_bins(confidence, right)
    return Calibration(
        ece=sum(part.n_clips * abs(part.accuracy - part.confidence) for part in bins) / len(rows),
        brier=float(np.mean(np.sum((probabilities - target) ** 2, axis=1))),
        brier_chance=float(1 - np.sum(target.mean(axis=0) ** 2)),
        roc_auc=None if right.all() or not right.any() else float(roc_auc_score(right, confidence)),
        bins=bins,
        thresholds=_make_thresholds(confidence, right),
    )


def choose_threshold(calibration: Calibration, accuracy: float) -> Threshold | None:
    """Choose the lowest confidence from which on clips are predicted with this accuracy.

    Parameters
    ----------
    calibration : Calibration
        Of held-out clips.
    accuracy : float
        Share of accepted clips that is to be right, above 0 and at most 1.

    Returns
    -------
    Threshold or None
        None where no threshold reaches the accuracy.

    Raises
    ------
    ValueError
        If the accuracy is no such share.
    """
    if not isinstance(accuracy, Real) or not 0 < accuracy <= 1:
        raise ValueError(f"accuracy={accuracy!r} must be above 0 and at most 1, such as 0.9 for 90 %.")
    reached = [threshold for threshold in calibration.thresholds if threshold.accuracy >= accuracy]
    return reached[-1] if reached else None


def calibration_lines(calibration: Calibration | None) -> list[str]:
    """Format calibration error, Brier score and area under the ROC curve for the printed report.

    Parameters
    ----------
    calibration : Calibration or None
        None where probabilities are not known.

    Returns
    -------
    list of str
        Up to three lines, or none.
    """
    if calibration is None:
        return []
    lines = [
        f"{'expected calibration error':<37}{calibration.ece:>8.3f}   0 is best",
        f"{'Brier score':<37}{calibration.brier:>8.3f}   0 is best; class shares alone {calibration.brier_chance:.3f}",
    ]
    if calibration.roc_auc is not None:
        lines.append(f"{'ROC area, right from wrong answers':<37}{calibration.roc_auc:>8.3f}   1 is best; chance 0.5")
    return lines


def _make_bins(confidence: NDArray, right: NDArray) -> list[Bin]:
    edges = np.arange(_N_BINS + 1) / _N_BINS
    number = np.searchsorted(edges[1:-1], confidence)  # an edge belongs to the bin below it
    bins = []
    for i in np.unique(number):
        inside = number == i
        means = float(confidence[inside].mean()), float(right[inside].mean())
        bins.append(Bin(float(edges[i]), float(edges[i + 1]), int(inside.sum()), *means))
    return bins


def _make_thresholds(confidence: NDArray, right: NDArray) -> list[Threshold]:
    order = np.argsort(-confidence, kind="stable")
    ordered, n_accepted = confidence[order], np.arange(1, len(order) + 1)
    accuracy = np.cumsum(right[order]) / n_accepted
    last = np.flatnonzero(np.append(np.diff(ordered) != 0, True))  # equal confidences are accepted together
    shares = n_accepted / len(order)
    return [Threshold(float(ordered[i]), float(shares[i]), float(accuracy[i])) for i in last]
