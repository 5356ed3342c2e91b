"""What all pictures share: colours, axes to draw on, titles and numbers as percent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sktimnet.validation import HasMethods, validate_params

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from sktimnet.model_selection import Report

#: Okabe and Ito's colours, which colour-blind readers tell apart, each with a shape of its own.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "p")
#: What `ax` may be; matplotlib itself may not be there.
AXES = [HasMethods(["imshow", "set_xticks"]), None]
#: Checks the `ax` of a function that draws.
draws = validate_params({"ax": AXES}, prefer_skip_nested_validation=False)


def make_axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes to draw on, of a new figure of so many inches where there are none."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Pictures need matplotlib; install it with: pip install 'sktimnet[plot]'.") from error
    return plt.subplots(figsize=(width, height), layout="constrained")[1] if ax is None else ax


def in_percent(*axes: Axis) -> None:
    """Write the numbers along these axes, fractions, as percent."""
    for axis in axes:
        axis.set_major_formatter("{x:.0%}")


def check_report(report: Any) -> None:
    """Raise TypeError unless it is what :func:`~sktimnet.model_selection.evaluate` returns."""
    if isinstance(report, type) or not hasattr(report, "protocol"):
        raise TypeError(f"report must be a Report, which evaluate returns, got {report!r}.")


def protocol_of(report: Report) -> str:
    """Name a report's protocol, for a title."""
    return f"protocol {report.protocol}{' (OPTIMISTIC)' if report.optimistic else ''}"
