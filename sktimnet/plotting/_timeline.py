"""A long recording, window by window: :func:`plot_timeline`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sktimnet.plotting._axes import COLOURS, in_percent, make_axes
from sktimnet.timeline import NO_SPEECH, UNLIKE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sktimnet.timeline import Timeline


def plot_timeline(timeline: Timeline, *, ax: Axes | None = None) -> Axes:
    """Draw the probability of each class over the time of a recording.

    Parameters
    ----------
    timeline : Timeline
        What :func:`sktimnet.timeline.timeline` returned.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        Probabilities are stacked, one colour for each class; grey is where there is no speech, darker grey
        what is unlike the training clips.

    See Also
    --------
    sktimnet.timeline.Timeline.to_table : The numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.plotting import plot_timeline
    >>> from sktimnet.timeline import Answer, Timeline
    >>> angry = Answer(0.0, 3.0, "angry", np.array([0.8, 0.2]), 0.5)
    >>> silence = Answer(3.0, 6.0, None, np.array([np.nan, np.nan]), 0.0, "no speech")
    >>> ax = plot_timeline(Timeline("call.wav", np.array(["angry", "calm"]), [angry, silence]))
    """
    if not hasattr(timeline, "parts"):
        raise TypeError(f"timeline must be a Timeline, which sktimnet.timeline.timeline returns, got {timeline!r:.80}.")
    ax = make_axes(ax, 9, 3.5)
    parts = timeline.parts()
    edges = np.array([part.start for part in parts] + [parts[-1].end])
    shares = np.nan_to_num([part.probabilities for part in parts])  # (n_parts, n_classes)
    tops = np.column_stack([np.zeros(len(parts)), shares.cumsum(axis=1)])
    for i, label in enumerate(timeline.classes):
        colour, hatch = COLOURS[i % len(COLOURS)], "//" if i >= len(COLOURS) else None
        ax.stairs(tops[:, i + 1], edges, baseline=tops[:, i], fill=True, color=colour, hatch=hatch, label=str(label))
    for reason, grey in ((NO_SPEECH, "0.9"), (UNLIKE, "0.7")):
        unanswered = np.array([part.reason == reason for part in parts], dtype=float)
        if unanswered.any():
            ax.stairs(unanswered, edges, fill=True, color=grey, label=reason)
    in_percent(ax.yaxis)
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, 1), xlabel="time in the recording (s)", ylabel="probability")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    if timeline.recording is not None:
        ax.set_title(timeline.recording)
    return ax
