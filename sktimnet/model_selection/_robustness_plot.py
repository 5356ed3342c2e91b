"""Draw a stress test: what each perturbation costs, beside its threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WITHIN, _BEYOND = "#0072B2", "#D55E00"  # Okabe and Ito's blue and vermilion, which colour-blind readers tell apart


def plot_robustness(rows: list[dict[str, Any]], title: str, ax: Axes | None) -> Axes:
    """Draw a bar for the points of UAR lost and a dot for the answers changed, with thresholds as lines across.

    Parameters
    ----------
    rows : list of dict
        As of :meth:`RobustnessReport.to_table`, one for each perturbation.
    title : str
        What stands above.
    ax : matplotlib Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Pictures need matplotlib; install it with: pip install 'sktimnet[plot]'.") from error
    if ax is None:
        ax = plt.subplots(figsize=(7.5, 1.4 + 0.24 * len(rows)), layout="constrained")[1]
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
    ax.set_title(title, fontsize="medium", pad=38)  # above the legend
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize="small", frameon=False)
    return ax
