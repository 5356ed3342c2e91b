"""Where a network listens, over the time of a recording: :func:`plot_attention`."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import Pipeline

from sktimnet import inspection
from sktimnet.plotting._axes import draws, make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Where a waveform stands above attention, and how far it reaches, in rows.
_WAVEFORM_ROW, _WAVEFORM_HEIGHT = -2.5, 1.5


@draws
def plot_attention(pipeline: Pipeline, clip: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the attention of each block of a fitted TIM-Net over the time of a recording, below its waveform.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted, as :func:`sktimnet.inspection.attention_maps` takes it.
    clip : path, waveform or (waveform, rate)
        One clip.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        One row for each block and direction: attention, averaged over channels, from 0.5 (the least) on. Time is in
        seconds of the recording; dashed lines mark its ends.

    Raises
    ------
    TypeError
        If the pipeline is of another kind.
    ValueError
        If `clip` is several clips, or cannot be used.

    See Also
    --------
    sktimnet.inspection.attention_maps : The numbers.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sktimnet import MFCCTransformer, TIMNetClassifier
    >>> from sktimnet.datasets import make_emotional_speech
    >>> from sktimnet.plotting import plot_attention
    >>> corpus = make_emotional_speech(n_speakers=1, n_texts=2, emotions=("angry", "sad"), random_state=0)
    >>> pipeline = make_pipeline(MFCCTransformer(), TIMNetClassifier(n_blocks=3, max_epochs=1))
    >>> ax = plot_attention(pipeline.fit(corpus.data, corpus.target), corpus.data[0])
    >>> ax.figure.savefig("attention.png")  # doctest: +SKIP
    """
    if _is_several(clip):
        raise ValueError(
            f"clip must be one recording, got {type(clip).__name__} of {len(clip)}; pass one of them, such as clip[0]."
        )
    clips = inspection.check_attends(pipeline).load([clip])  # once for waveform, attention and prediction
    attention = inspection.attention_maps(pipeline, clips)
    probabilities = pipeline.predict_proba(clips)[0]
    times, (waveform, sr) = attention.times[0], clips[0]
    directions = attention.maps[0].swapaxes(0, 1)  # (n_directions, n_blocks, n_frames)
    n_directions, n_blocks, n_frames = directions.shape
    gap = np.full((n_directions, 1, n_frames), np.nan)
    rows = np.concatenate([directions, gap], axis=1).reshape(-1, n_frames)[:-1]

    ax = make_axes(ax, 8, 5.5)
    half = (times[1] - times[0] if n_frames > 1 else attention.durations[0]) / 2
    left, right, bottom = times[0] - half, times[-1] + half, len(rows) - 0.5
    style: dict[str, Any] = {"vmin": 0.5, "cmap": "viridis", "aspect": "auto", "interpolation": "nearest"}
    image = ax.imshow(rows, extent=(left, right, bottom, -0.5), **style)
    ax.figure.colorbar(image, ax=ax, label="attention (mean over channels)", pad=0.02)
    scaled = _WAVEFORM_HEIGHT * waveform / max(np.abs(waveform).max(), np.finfo(np.float32).tiny)
    ax.plot(np.arange(len(waveform)) / sr, _WAVEFORM_ROW - scaled, color="0.2", linewidth=0.4)
    for end in (0, attention.durations[0]):
        ax.axvline(end, color="0.4", linestyle="--", linewidth=1)
    ax.set(xlim=(left, right), ylim=(bottom, _WAVEFORM_ROW - _WAVEFORM_HEIGHT - 0.5))
    ax.set_xlabel("time in the recording (s)")
    _name_rows(ax, n_directions, n_blocks)
    best = probabilities.argmax()
    ax.set_title(f"predicted: {pipeline.classes_[best]} ({probabilities[best]:.0%})")
    return ax


def _is_several(clip: Any) -> bool:
    """Tell whether `clip` is a sequence of clips; a waveform ends in a number, as a pair with its rate does."""
    if isinstance(clip, list | tuple):
        return len(clip) > 0 and not isinstance(clip[-1], Real)
    return getattr(clip, "ndim", 1) > 1 or getattr(getattr(clip, "dtype", None), "kind", "f") in "OSUT"


def _name_rows(ax: Axes, n_directions: int, n_blocks: int) -> None:
    """Write beside the rows which block and direction they are."""
    starts = [direction * (n_blocks + 1) for direction in range(n_directions)]
    ax.set_yticks([start + block for start in starts for block in range(n_blocks)])
    ax.set_yticklabels([str(block + 1) for block in range(n_blocks)] * n_directions)
    names = {"waveform": _WAVEFORM_ROW}
    for direction, start in zip(("forward", "backward"), starts, strict=False):
        names[f"{direction} block"] = start + (n_blocks - 1) / 2
    for name, row in names.items():
        ax.annotate(  # in points, clear of the numbers whatever the size of the axes
            name,
            (0, row),
            xytext=(-22, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="center",
        )
