"""A stress test: :func:`plot_robustness`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sktimnet.plotting._axes import COLOURS, draws, make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sktimnet.model_selection import RobustnessReport

_WITHIN, _BEYOND = COLOURS[:2]  # blue and vermilion


@draws
def plot_robustness(report: RobustnessReport, *, ax: Axes | None = None) -> Axes:
    """Draw the UAR lost and the answers changed under each perturbation, with their thresholds.

    Parameters
    ----------
    report : RobustnessReport
        What :func:`sktimnet.model_selection.robustness` returned.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        A bar for the points of UAR lost, a dot for the answers changed; lines across are thresholds, and what is
        above them is orange.

    See Also
    --------
    sktimnet.model_selection.RobustnessReport.to_table : The numbers.

    Examples
    --------
    >>> from sktimnet.datasets import make_emotional_speech
    >>> from sktimnet.model_selection import robustness
    >>> from sktimnet.plotting import plot_robustness
    >>> from sktimnet.recipes import make_recipe
    >>> corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), random_state=0)
    >>> clips = [(clip, corpus.sr) for clip in corpus.data]
    >>> fitted = make_recipe("robust").fit(clips, corpus.target)
    >>> ax = plot_robustness(robustness(fitted, clips, corpus.target, perturbations=["gain"]))
    """
    if isinstance(report, type) or not hasattr(report, "thresholds"):
        raise TypeError(f"report must be a RobustnessReport, which robustness returns, got {report!r}.")
    rows = report.to_table()[1:]  # without the clips as they are
    ax = make_axes(ax, 7.5, 1.4 + 0.24 * len(rows))
    places = np.arange(len(rows))
    lost, changed = (100 * np.array([row[name] for row in rows], dtype=float) for name in ("lost", "changed"))
    most_lost, most_changed = (
        100 * np.array([row[name] for row in rows], dtype=float) for name in ("most_lost", "most_changed")
    )  # NaN where there is no threshold
    bars = np.where(lost > most_lost + 1e-7, _BEYOND, _WITHIN)
    dots = np.where(changed > most_changed + 1e-7, _BEYOND, _WITHIN)
    ax.barh(places, lost, height=0.6, color=bars, alpha=0.75, label="UAR lost (points)")
    ax.scatter(changed, places, s=26, c=dots, edgecolors="white", linewidths=0.6, zorder=3, label="answers changed (%)")
    lines: dict[str, Any] = {"color": "0.1", "linewidth": 1.6}
    ax.vlines(most_lost, places - 0.45, places + 0.45, **lines, label="threshold of UAR lost")
    ax.vlines(most_changed, places - 0.45, places + 0.45, **lines, linestyle=":", label="threshold of answers changed")
    ax.axvline(0, color="0.2", linewidth=0.8)
    ax.set_yticks(places, [row["perturbation"] for row in rows], fontsize="small")
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel("UAR lost (points), answers changed (%)")
    ax.set_title(report.title, fontsize="medium", pad=38)  # above the legend
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize="small", frameon=False)
    return ax
