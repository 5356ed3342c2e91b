"""Scores of an evaluation: :func:`plot_confusion_matrix` and :func:`plot_learning_curves`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sktimnet.plotting._axes import AXES, COLOURS, check_report, draws, in_percent, make_axes, protocol_of
from sktimnet.validation import validate_params

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sktimnet.model_selection import Report


@draws
def plot_confusion_matrix(report: Report, *, ax: Axes | None = None) -> Axes:
    """Draw which emotions were taken for which.

    Parameters
    ----------
    report : Report
        What :func:`sktimnet.model_selection.evaluate` returned.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        Each cell holds the share of the true class's clips and, below, their number, over all folds and seeds.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sktimnet.model_selection import evaluate
    >>> from sktimnet.plotting import plot_confusion_matrix
    >>> X, y = np.repeat([[0.0], [9.0]], 20, axis=0), np.repeat(["calm", "angry"], 20)
    >>> ax = plot_confusion_matrix(evaluate(LogisticRegression(), X, y, n_splits=4))
    """
    check_report(report)
    counts = report.confusion_matrix
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    side = 2 + 0.7 * len(counts)
    ax = make_axes(ax, side + 1, side)
    image = ax.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    bar = ax.figure.colorbar(image, ax=ax, label="share of the true class", shrink=0.8)
    in_percent(bar.ax.yaxis)
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        colour = "white" if share > 0.5 else "black"
        ax.text(column, row, f"{share:.0%}\n{count}" if totals[row] else "-", ha="center", va="center", color=colour)
    ax.set_xticks(range(len(counts)), report.classes, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(counts)), report.classes)
    ax.set(xlabel="predicted", ylabel="true")
    uar, war = np.nanmean(shares.diagonal()), counts.trace() / counts.sum()
    ax.set_title(f"{protocol_of(report)}\npooled UAR {uar:.1%}, WAR {war:.1%}")
    return ax


@validate_params({"measure": [str], "ax": AXES}, prefer_skip_nested_validation=False)
def plot_learning_curves(report: Report, measure: str = "accuracy", *, ax: Axes | None = None) -> Axes:
    """Draw accuracy or loss over the epochs, on training and test clips (the paper's Fig. 2).

    Parameters
    ----------
    report : Report
        What :func:`sktimnet.model_selection.evaluate` returned.
    measure : {"accuracy", "loss"}, default="accuracy"
        What to draw.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        Lines are means over folds and seeds, bands one standard deviation to each side.

    Raises
    ------
    ValueError
        If the report holds no such curves.

    Notes
    -----
    The training loss includes label smoothing and dropout, the test loss does not: it can be the lower one.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet import TIMNetClassifier
    >>> from sktimnet.model_selection import evaluate
    >>> from sktimnet.plotting import plot_learning_curves
    >>> X, y = np.random.default_rng(0).normal(size=(12, 4, 20)), ["calm", "angry"] * 6
    >>> report = evaluate(TIMNetClassifier(n_blocks=2, max_epochs=3), X, y, n_splits=2)
    >>> ax = plot_learning_curves(report, "loss")
    """
    check_report(report)
    if measure not in ("accuracy", "loss"):
        raise ValueError(f"measure={measure!r} is unknown; expected 'accuracy' or 'loss'.")
    if f"train_{measure}" not in report.curves:
        raise ValueError(
            f"The report holds no curves: {report.settings['estimator']} was not monitored epoch by epoch."
        )
    ax = make_axes(ax, 6, 4)
    for part, name, colour, style in (("train", "training", COLOURS[0], "--"), ("test", "test", COLOURS[1], "-")):
        if f"{part}_{measure}" not in report.curves:
            continue
        curves = np.ma.masked_invalid(report.curves[f"{part}_{measure}"])  # (n_folds, n_epochs)
        epochs, mean, sd = np.arange(1, curves.shape[1] + 1), curves.mean(axis=0), curves.std(axis=0)
        ax.plot(epochs, mean, color=colour, linestyle=style, label=name)
        ax.fill_between(epochs, mean - sd, mean + sd, color=colour, alpha=0.25, linewidth=0)
    if measure == "accuracy":
        in_percent(ax.yaxis)
    ax.set(xlabel="epoch", ylabel="accuracy (WAR)" if measure == "accuracy" else "cross-entropy loss")
    n_folds = len(report.folds)
    ax.legend(title=f"mean ± SD of {n_folds} folds" if n_folds > 1 else "one fold")
    ax.set_title(protocol_of(report))
    return ax
