"""Several models over the same folds: :func:`plot_comparison`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sktimnet.plotting._axes import COLOURS, draws, make_axes, protocol_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sktimnet.model_selection import ModelComparison, Report


@draws
def plot_comparison(comparison: ModelComparison, *, ax: Axes | None = None) -> Axes:
    """Draw by how much each model is better or worse than the first, with paired 95 % intervals.

    Parameters
    ----------
    comparison : ModelComparison
        What :func:`sktimnet.model_selection.compare_reports` returned.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        A row for each model but the first, its scores beside its name; the dashed line is the first model.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sktimnet.model_selection import compare_reports, evaluate
    >>> from sktimnet.plotting import plot_comparison
    >>> X, y = np.repeat([[0.0], [9.0]], 20, axis=0), np.repeat(["calm", "angry"], 20)
    >>> reports = [evaluate(model, X, y, n_splits=4) for model in (DummyClassifier(), LogisticRegression())]
    >>> ax = plot_comparison(compare_reports(reports, names=["chance", "logistic"]))
    """
    if isinstance(comparison, type) or not hasattr(comparison, "differences"):
        raise TypeError(f"comparison must be a ModelComparison, which compare_reports returns, got {comparison!r}.")
    first, *others = comparison.reports
    ax = make_axes(ax, 5.5, 1.5 + 0.7 * len(others))
    for measure, colour, marker, shift in (("UAR", COLOURS[0], "o", -0.12), ("WAR", COLOURS[1], "s", 0.12)):
        found = [comparison.differences[name][measure] for name in others]
        centre = 100 * np.array([difference.pooled for difference in found])
        ends = 100 * np.array([(difference.low, difference.high) for difference in found])  # (n_models, 2)
        rows = np.arange(len(others)) + shift
        ax.hlines(rows, ends[:, 0], ends[:, 1], color=colour)
        ax.plot(centre, rows, color=colour, marker=marker, linestyle="", label=measure)
    ax.axvline(0, color="0.4", linestyle="--", linewidth=1)
    ax.set_yticks(range(len(others)), [f"{name}\n{_scores(comparison.reports[name])}" for name in others])
    ax.set(ylim=(len(others) - 0.5, -0.5), ylabel="model", xlabel=f"difference to {first} in points")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    ax.set_title(f"{protocol_of(comparison.reports[first])}\n{first}: {_scores(comparison.reports[first])}")
    return ax


def _scores(report: Report) -> str:
    return ", ".join(f"{name} {score.pooled:.1%}" for name, score in report.scores.items())
