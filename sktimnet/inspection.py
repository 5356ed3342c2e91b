"""Attention, fusion weights and embeddings of a fitted network, as numbers; :mod:`sktimnet.plotting` draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.manifold import TSNE
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch, gen_batches
from sklearn.utils.validation import check_is_fitted

from sktimnet.classifiers import NetworkClassifier
from sktimnet.validation import validate_params

__all__ = ["attention_maps", "embedding_tsne", "fusion_weights"]


@validate_params({"per_channel": ["boolean"]}, prefer_skip_nested_validation=False)
def attention_maps(pipeline: Pipeline, X: Any, *, per_channel: bool = False) -> Bunch:
    r"""Compute the attention of each block of a fitted TIM-Net, over the time of each recording.

    Each temporal-aware block weighs the frames and channels of its input with an attention map :math:`\mathcal{A}`
    (the paper's equations 1 and 2).

    Parameters
    ----------
    pipeline : Pipeline
        Fitted, from a transformer of recordings (such as :class:`~sktimnet.MFCCTransformer`) to a classifier whose
        network has ``attention_maps`` (such as :class:`~sktimnet.TIMNetClassifier`). Steps between them keep the
        number of frames.
    X : sequence of clips
        Paths, waveforms or ``(waveform, rate)`` pairs, as the pipeline takes them.
    per_channel : bool, default=False
        Keep the map of each channel instead of their mean. It takes `n_filters` times the memory.

    Returns
    -------
    Bunch
        maps : ndarray of shape (n_clips, n_blocks, n_directions, n_frames), float32
            Attention between 0.5 (which the ReLU before the sigmoid makes the least) and 1, with the forward direction
            first, both on the clip's own time axis. With `per_channel` of shape (n_clips, n_blocks, n_directions,
            n_filters, n_frames). NaN for missing frames (``padding="nan"``).
        times : ndarray of shape (n_clips, n_frames)
            Seconds from the start of the recording to the middle of each frame. Padding before a short recording has
            negative times; the first frame of a long one, which was cut or trimmed, is later than 0. NaN for missing
            frames.
        durations : ndarray of shape (n_clips,)
            Seconds of each recording.

    Raises
    ------
    TypeError
        If the pipeline is of another kind.
    ValueError
        If clips cannot be used, or a step changes the number of frames.

    See Also
    --------
    sktimnet.plotting.plot_attention : Draws the map of one clip.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sktimnet import MFCCTransformer, TIMNetClassifier
    >>> from sktimnet.datasets import make_emotional_speech
    >>> from sktimnet.inspection import attention_maps
    >>> corpus = make_emotional_speech(n_speakers=1, n_texts=2, emotions=("angry", "sad"), random_state=0)
    >>> pipeline = make_pipeline(MFCCTransformer(clip_length=2.0), TIMNetClassifier(n_blocks=3, max_epochs=1))
    >>> attention = attention_maps(pipeline.fit(corpus.data, corpus.target), corpus.data[:1])
    >>> attention.maps.shape
    (1, 3, 2, 160)
    >>> attention.times[0, [0, -1]].round(2).tolist(), attention.durations.tolist()  # 1.2 s, padded to 2 s
    ([-0.4, 1.59], [1.2])
    """
    front_end, classifier = check_attends(pipeline), last_step(pipeline)
    check_is_fitted(classifier)
    clips = front_end.load(X)
    features, times = pipeline[:-1].transform(clips), front_end.frame_times(clips)
    if features.shape[2:] != times.shape[1:]:
        raise ValueError(
            f"Features have the shape {features.shape}, but the recordings {times.shape[1]} frames; attention_maps "
            "needs steps that keep the number of frames."
        )
    maps = []
    for batch in gen_batches(len(features), classifier.net_.batch_size):
        of_batch = classifier.network_output(features[batch], "attention_maps")
        of_batch = of_batch if per_channel else of_batch.mean(axis=3)
        missing = features.shape[2] - of_batch.shape[-1]  # frames that no clip of the batch has
        maps.append(np.pad(of_batch, [(0, 0)] * (of_batch.ndim - 1) + [(0, missing)], constant_values=np.nan))
    durations = np.array([len(waveform) / rate for waveform, rate in clips])
    return Bunch(maps=np.concatenate(maps), times=times, durations=durations)


def check_attends(pipeline: Any) -> Any:
    """Return the step that takes recordings; raise TypeError for pipelines without attention maps over time."""
    front_end = pipeline
    while _has_steps(front_end):
        front_end = front_end[0]
    network = getattr(last_step(pipeline), "network_class", None)
    if not (hasattr(front_end, "frame_times") and hasattr(network, "attention_maps")):
        raise TypeError(
            "attention_maps needs a Pipeline from recordings to a network with attention maps, such as one from "
            f"MFCCTransformer to TIMNetClassifier, got {pipeline!r}."
        )
    return front_end


def last_step(estimator: Any) -> Any:
    """Return the last step of a pipeline, or the estimator itself."""
    while _has_steps(estimator):
        estimator = estimator[-1]
    return estimator


def _has_steps(estimator: Any) -> bool:
    return isinstance(estimator, Pipeline) and len(estimator) > 0


def fusion_weights(estimator: BaseEstimator) -> np.ndarray:
    """Return the weight of each block in the embedding of a fitted TIM-Net (the paper's equation 4).

    Parameters
    ----------
    estimator : classifier with ``fusion_weights_``, or Pipeline that ends in one
        Fitted, such as :class:`~sktimnet.TIMNetClassifier`.

    Returns
    -------
    ndarray of shape (n_blocks,)
        From the shortest to the longest receptive field. Neither their sign nor their sum is bound.

    Raises
    ------
    TypeError
        If the estimator is of another kind.

    See Also
    --------
    sktimnet.plotting.plot_fusion_weights : Draws them.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet import TIMNetClassifier
    >>> from sktimnet.inspection import fusion_weights
    >>> classifier = TIMNetClassifier(n_blocks=4, fusion="average", max_epochs=1)
    >>> fusion_weights(classifier.fit(np.eye(6), ["calm", "angry"] * 3))
    array([0.25, 0.25, 0.25, 0.25], dtype=float32)
    """
    classifier = last_step(estimator)
    if not hasattr(type(classifier), "fusion_weights_"):
        raise TypeError(
            "fusion_weights needs a classifier with fusion_weights_, such as TIMNetClassifier, or a Pipeline that ends "
            f"in one, got {estimator!r}."
        )
    check_is_fitted(classifier)
    return classifier.fusion_weights_


def embedding_tsne(
    estimator: BaseEstimator,
    X: Any,
    *,
    perplexity: float = 30.0,
    random_state: int | np.random.RandomState | None = None,
) -> np.ndarray:
    """Lay out the embeddings of clips in the plane by t-SNE (the paper's Fig. 3).

    Parameters
    ----------
    estimator : NetworkClassifier or Pipeline that ends in one
        Fitted, such as :class:`~sktimnet.TIMNetClassifier`.
    X : what the estimator takes
        Clips, best those that it was not trained on.
    perplexity : float, default=30.0
        About how many neighbours each clip has; less than the number of clips.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same layout each time.

    Returns
    -------
    ndarray of shape (n_clips, 2)
        Distances between far points mean little.

    Raises
    ------
    TypeError
        If the estimator is of another kind.

    See Also
    --------
    sktimnet.plotting.plot_embedding : Draws them.
    sklearn.manifold.TSNE : Computes them.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet import TIMNetClassifier
    >>> from sktimnet.inspection import embedding_tsne
    >>> X = np.random.default_rng(0).normal(size=(12, 4, 20))
    >>> classifier = TIMNetClassifier(n_blocks=2, max_epochs=1).fit(X, ["calm", "angry"] * 6)
    >>> embedding_tsne(classifier, X, perplexity=3, random_state=0).shape
    (12, 2)
    """
    check_embeds(estimator)
    if random_state is None:
        random_state = np.random.RandomState()  # None would draw from NumPy's global generator
    return TSNE(perplexity=perplexity, random_state=random_state).fit_transform(estimator.transform(X))


def check_embeds(estimator: Any) -> None:
    """Raise TypeError for an estimator that has no embedding of clips."""
    if not isinstance(last_step(estimator), NetworkClassifier):
        raise TypeError(
            "estimator must be a network, such as TIMNetClassifier or TCNClassifier, or a Pipeline that ends in one, "
            f"got {estimator!r}."
        )
