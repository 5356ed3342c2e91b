"""Plots of reports and fitted networks, in matplotlib: each takes ``ax=`` and returns the axes it drew on.

They need matplotlib: ``pip install "sktimnet[plot]"``.
"""

from __future__ import annotations

from itertools import cycle
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from sktimnet import inspection
from sktimnet.timeline import NO_SPEECH, UNLIKE
from sktimnet.validation import HasMethods, check_labels, validate_params

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sktimnet.model_selection import Calibration, ModelComparison, Report
    from sktimnet.timeline import Timeline

__all__ = [
    "plot_attention",
    "plot_comparison",
    "plot_confusion_matrix",
    "plot_coverage",
    "plot_embedding",
    "plot_fusion_weights",
    "plot_learning_curves",
    "plot_reliability",
    "plot_timeline",
]

# Okabe and Ito's colours, which colour-blind readers tell apart, each with a shape of its own.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442", "#000000")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "p")
_AXES = [HasMethods(["imshow", "set_xticks"]), None]  # matplotlib itself may not be there
# Where a waveform stands above attention, and how far it reaches, in rows.
_WAVEFORM_ROW, _WAVEFORM_HEIGHT = -2.5, 1.5


def _axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes to draw on, of a new figure of so many inches where there are none."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Pictures need matplotlib; install it with: pip install 'sktimnet[plot]'.") from error
    return plt.subplots(figsize=(width, height), layout="constrained")[1] if ax is None else ax


@validate_params({"ax": _AXES}, prefer_skip_nested_validation=False)
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

    ax = _axes(ax, 8, 5.5)
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


@validate_params({"ax": _AXES}, prefer_skip_nested_validation=False)
def plot_fusion_weights(estimator: BaseEstimator, *, ax: Axes | None = None) -> Axes:
    """Draw the weight of each block in the embedding of a fitted TIM-Net (the paper's equation 4).

    Parameters
    ----------
    estimator : TIMNetClassifier or Pipeline that ends in one
        Fitted, or another classifier with ``fusion_weights_`` and ``receptive_field_``.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        A bar for each block, named by its number and by the frames that it sees of one direction.

    See Also
    --------
    sktimnet.inspection.fusion_weights : The numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet import TIMNetClassifier
    >>> from sktimnet.plotting import plot_fusion_weights
    >>> classifier = TIMNetClassifier(n_blocks=4, max_epochs=1).fit(np.eye(6), ["calm", "angry"] * 3)
    >>> ax = plot_fusion_weights(classifier)
    """
    weights = inspection.fusion_weights(estimator)
    classifier = inspection.last_step(estimator)
    ax = _axes(ax, 6, 3.5)
    blocks = np.arange(1, len(weights) + 1)
    fields = 1 + (classifier.receptive_field_ - 1) * (2**blocks - 1) // (2 ** len(weights) - 1)
    ax.bar(blocks, weights, color=_COLOURS[0])
    ax.axhline(0, color="0.2", linewidth=0.8)
    ax.set_xticks(blocks, [f"{block}\n{field}" for block, field in zip(blocks, fields, strict=True)], fontsize="small")
    ax.set(xlabel="block, and its receptive field (frames)", ylabel="fusion weight")
    return ax


@validate_params({"ax": _AXES}, prefer_skip_nested_validation=False)
def plot_embedding(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    *,
    perplexity: float = 30.0,
    random_state: int | np.random.RandomState | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the embeddings of clips, laid out by t-SNE and coloured by emotion (the paper's Fig. 3).

    Parameters
    ----------
    estimator : NetworkClassifier or Pipeline that ends in one
        Fitted, such as :class:`~sktimnet.TIMNetClassifier`.
    X : what the estimator takes
        Clips that it was not trained on.
    y : array-like of shape (n_clips,)
        Their emotions.
    perplexity : float, default=30.0
        About how many neighbours each clip has; less than the number of clips.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same layout each time.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        A point for each clip; the title holds the accuracy (WAR) on these clips.

    See Also
    --------
    sktimnet.inspection.embedding_tsne : The numbers.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from sktimnet import TCNClassifier, TIMNetClassifier
    >>> from sktimnet.plotting import plot_embedding
    >>> y = np.array(["calm", "angry"] * 6)
    >>> X = np.random.default_rng(0).normal(size=(12, 4, 20)) + (y == "angry")[:, None, None]
    >>> _, axes = plt.subplots(1, 2, layout="constrained")
    >>> for network, ax in zip((TCNClassifier, TIMNetClassifier), axes):
    ...     classifier = network(n_blocks=2, max_epochs=5, random_state=0).fit(X, y)
    ...     ax = plot_embedding(classifier, X, y, perplexity=3, random_state=0, ax=ax)
    """
    inspection.check_embeds(estimator)
    y = check_labels(y, "y")
    if isinstance(estimator, Pipeline) and len(estimator) > 1:  # features once, for layout and score
        X, estimator = estimator[:-1].transform(X), estimator[-1]
    check_consistent_length(X, y)
    points = inspection.embedding_tsne(estimator, X, perplexity=perplexity, random_state=random_state)
    ax = _axes(ax, 6, 4.5)
    for label, colour, marker in zip(np.unique(y), cycle(_COLOURS), cycle(_MARKERS), strict=False):
        across, up = points[y == label].T
        ax.scatter(across, up, s=28, c=colour, marker=marker, edgecolors="0.3", linewidths=0.4, label=label)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    ax.set(xticks=[], yticks=[], xlabel="t-SNE 1", ylabel="t-SNE 2")
    ax.set_title(f"{type(estimator).__name__}: WAR {estimator.score(X, y):.1%}")
    return ax


@validate_params({"ax": _AXES}, prefer_skip_nested_validation=False)
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
    _check_report(report)
    counts = report.confusion_matrix
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    side = 2 + 0.7 * len(counts)
    ax = _axes(ax, side + 1, side)
    image = ax.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    bar = ax.figure.colorbar(image, ax=ax, label="share of the true class", shrink=0.8)
    bar.ax.yaxis.set_major_formatter("{x:.0%}")
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        colour = "white" if share > 0.5 else "black"
        ax.text(column, row, f"{share:.0%}\n{count}" if totals[row] else "-", ha="center", va="center", color=colour)
    ax.set_xticks(range(len(counts)), report.classes, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(counts)), report.classes)
    ax.set(xlabel="predicted", ylabel="true")
    uar, war = np.nanmean(shares.diagonal()), counts.trace() / counts.sum()
    ax.set_title(f"{_protocol(report)}\npooled UAR {uar:.1%}, WAR {war:.1%}")
    return ax


@validate_params({"measure": [str], "ax": _AXES}, prefer_skip_nested_validation=False)
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
    _check_report(report)
    if measure not in ("accuracy", "loss"):
        raise ValueError(f"measure={measure!r} is unknown; expected 'accuracy' or 'loss'.")
    if f"train_{measure}" not in report.curves:
        raise ValueError(
            f"The report holds no curves: {report.settings['estimator']} was not monitored epoch by epoch."
        )
    ax = _axes(ax, 6, 4)
    for part, name, colour, style in (("train", "training", _COLOURS[0], "--"), ("test", "test", _COLOURS[1], "-")):
        if f"{part}_{measure}" not in report.curves:
            continue
        curves = np.ma.masked_invalid(report.curves[f"{part}_{measure}"])  # (n_folds, n_epochs)
        epochs, mean, sd = np.arange(1, curves.shape[1] + 1), curves.mean(axis=0), curves.std(axis=0)
        ax.plot(epochs, mean, color=colour, linestyle=style, label=name)
        ax.fill_between(epochs, mean - sd, mean + sd, color=colour, alpha=0.25, linewidth=0)
    if measure == "accuracy":
        ax.yaxis.set_major_formatter("{x:.0%}")
    ax.set(xlabel="epoch", ylabel="accuracy (WAR)" if measure == "accuracy" else "cross-entropy loss")
    ax.legend(title=f"mean ± SD of {len(report.folds)} folds")
    ax.set_title(_protocol(report))
    return ax


def _check_report(report: Any) -> None:
    if isinstance(report, type) or not hasattr(report, "protocol"):
        raise TypeError(f"report must be a Report, which evaluate returns, got {report!r}.")


def _protocol(report: Report) -> str:
    return f"protocol {report.protocol}{' (OPTIMISTIC)' if report.optimistic else ''}"


@validate_params({"ax": _AXES}, prefer_skip_nested_validation=False)
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
    ax = _axes(ax, 5, 4.5)
    ax.plot([0, 1], [0, 1], color="0.4", linestyle="--", linewidth=1, label="calibrated")
    confidence = [part.confidence for part in calibration.bins]
    accuracy = [part.accuracy for part in calibration.bins]
    n_clips = [part.n_clips for part in calibration.bins]
    sizes = [30 + 300 * n / sum(n_clips) for n in n_clips]  # in square points
    ax.scatter(confidence, accuracy, s=sizes, color=_COLOURS[0], alpha=0.8, label="bin, with its number of clips")
    for n, size, place in zip(n_clips, sizes, zip(confidence, accuracy, strict=True), strict=True):
        ax.annotate(
            str(n), place, xytext=(0, 3 + size**0.5 / 2), textcoords="offset points", ha="center", fontsize="small"
        )
    ax.set(xlim=(0, 1.05), ylim=(0, 1.1), xlabel="confidence", ylabel="accuracy (WAR)")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:.0%}")
    ax.legend(loc="lower right")
    ax.set_title(f"{_protocol(report)}\nexpected calibration error {calibration.ece:.3f}")
    return ax


@validate_params({"ax": _AXES}, prefer_skip_nested_validation=False)
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
    ax = _axes(ax, 5, 4.5)
    coverage = [threshold.coverage for threshold in calibration.thresholds]
    accuracy = [threshold.accuracy for threshold in calibration.thresholds]
    ax.plot(coverage, accuracy, color=_COLOURS[0], marker="o", markevery=[-1])
    ax.axhline(accuracy[-1], color="0.4", linestyle="--", linewidth=1, label=f"all clips: {accuracy[-1]:.1%}")
    ax.set(xlim=(0, 1.02), xlabel="coverage: share of clips answered", ylabel="accuracy (WAR) of the answers")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:.0%}")
    ax.legend(loc="best")
    ax.set_title(_protocol(report))
    return ax


@validate_params({"ax": _AXES}, prefer_skip_nested_validation=False)
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
    ax = _axes(ax, 5.5, 1.5 + 0.7 * len(others))
    for measure, colour, marker, shift in (("UAR", _COLOURS[0], "o", -0.12), ("WAR", _COLOURS[1], "s", 0.12)):
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
    ax.set_title(f"{_protocol(comparison.reports[first])}\n{first}: {_scores(comparison.reports[first])}")
    return ax


def _scores(report: Report) -> str:
    return ", ".join(f"{name} {score.pooled:.1%}" for name, score in report.scores.items())


def _calibration(report: Any) -> Calibration:
    _check_report(report)
    if report.calibration is None:
        raise ValueError(f"The report holds no probabilities, which {report.settings['estimator']} does not give.")
    return report.calibration


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
    ax = _axes(ax, 9, 3.5)
    parts = timeline.parts()
    edges = np.array([part.start for part in parts] + [parts[-1].end])
    shares = np.nan_to_num([part.probabilities for part in parts])  # (n_parts, n_classes)
    tops = np.column_stack([np.zeros(len(parts)), shares.cumsum(axis=1)])
    for i, label in enumerate(timeline.classes):
        colour, hatch = _COLOURS[i % len(_COLOURS)], "//" if i >= len(_COLOURS) else None
        ax.stairs(tops[:, i + 1], edges, baseline=tops[:, i], fill=True, color=colour, hatch=hatch, label=str(label))
    for reason, grey in ((NO_SPEECH, "0.9"), (UNLIKE, "0.7")):
        unanswered = np.array([part.reason == reason for part in parts], dtype=float)
        if unanswered.any():
            ax.stairs(unanswered, edges, fill=True, color=grey, label=reason)
    ax.yaxis.set_major_formatter("{x:.0%}")
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, 1), xlabel="time in the recording (s)", ylabel="probability")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    if timeline.recording is not None:
        ax.set_title(timeline.recording)
    return ax
