"""How far probabilities can be relied on: :func:`plot_reliability` and :func:`plot_coverage`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sktimnet.plotting._axes import COLOURS, check_report, draws, in_percent, make_axes, protocol_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sktimnet.model_selection import Calibration, Report


@draws
def plot_reliability(report: Report, *, ax: Axes | None = None) -> Axes:
    """Draw how often predictions of each confidence are right (reliability diagram).

    Parameters
    ----------
    report : Report
        What :func:`sktimnet.model_selection.evaluate` returned, of a classifier with probabilities.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        A disc for each bin of confidence, the probability of the predicted class, with the number of its clips.
        Below the diagonal the model is too confident, above it not confident enough.

    Raises
    ------
    ValueError
        If the report holds no probabilities.

    See Also
    --------
    sktimnet.model_selection.Calibration : The numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sktimnet.model_selection import evaluate
    >>> from sktimnet.plotting import plot_reliability
    >>> X, y = np.repeat([[0.0], [2.0]], 20, axis=0), np.repeat(["calm", "angry"], 20)
    >>> ax = plot_reliability(evaluate(LogisticRegression(), X, y, n_splits=4))
    """
    calibration = _calibration(report)
    ax = make_axes(ax, 5, 4.5)
    ax.plot([0, 1], [0, 1], color="0.4", linestyle="--", linewidth=1, label="calibrated")
    confidence = [part.confidence for part in calibration.bins]
    accuracy = [part.accuracy for part in calibration.bins]
    n_clips = [part.n_clips for part in calibration.bins]
    sizes = [30 + 300 * n / sum(n_clips) for n in n_clips]  # in square points
    ax.scatter(confidence, accuracy, s=sizes, color=COLOURS[0], alpha=0.8, label="bin, with its number of clips")
    for n, size, place in zip(n_clips, sizes, zip(confidence, accuracy, strict=True), strict=True):
        ax.annotate(
            str(n), place, xytext=(0, 3 + size**0.5 / 2), textcoords="offset points", ha="center", fontsize="small"
        )
    ax.set(xlim=(0, 1.05), ylim=(0, 1.1), xlabel="confidence", ylabel="accuracy (WAR)")
    in_percent(ax.xaxis, ax.yaxis)
    ax.legend(loc="lower right")
    ax.set_title(f"{protocol_of(report)}\nexpected calibration error {calibration.ece:.3f}")
    return ax


@draws
def plot_coverage(report: Report, *, ax: Axes | None = None) -> Axes:
    """Draw how accurate the answers are when only the most confident ones are given.

    Parameters
    ----------
    report : Report
        What :func:`sktimnet.model_selection.evaluate` returned, of a classifier with probabilities.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        Accuracy against coverage, the share of clips that are answered; at 100 % it is the accuracy over all clips.

    Raises
    ------
    ValueError
        If the report holds no probabilities.

    See Also
    --------
    sktimnet.model_selection.Report.threshold : The confidence from which on a share of the answers is right.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sktimnet.model_selection import evaluate
    >>> from sktimnet.plotting import plot_coverage
    >>> X, y = np.repeat([[0.0], [2.0]], 20, axis=0), np.repeat(["calm", "angry"], 20)
    >>> ax = plot_coverage(evaluate(LogisticRegression(), X, y, n_splits=4))
    """
    calibration = _calibration(report)
    ax = make_axes(ax, 5, 4.5)
    coverage = [threshold.coverage for threshold in calibration.thresholds]
    accuracy = [threshold.accuracy for threshold in calibration.thresholds]
    ax.plot(coverage, accuracy, color=COLOURS[0], marker="o", markevery=[-1])
    ax.axhline(accuracy[-1], color="0.4", linestyle="--", linewidth=1, label=f"all clips: {accuracy[-1]:.1%}")
    ax.set(xlim=(0, 1.02), xlabel="coverage: share of clips answered", ylabel="accuracy (WAR) of the answers")
    in_percent(ax.xaxis, ax.yaxis)
    ax.legend(loc="best")
    ax.set_title(protocol_of(report))
    return ax


def _calibration(report: Any) -> Calibration:
    check_report(report)
    if report.calibration is None:
        raise ValueError(f"The report holds no probabilities, which {report.settings['estimator']} does not give.")
    return report.calibration
