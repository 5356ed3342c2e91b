"""What a fitted network learned, as numbers; :mod:`sktimnet.plotting` draws the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.manifold import TSNE
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch, gen_batches
from sklearn.utils.validation import check_is_fitted

from sktimnet import audio
from sktimnet.classifiers import TCNClassifier, TIMNetClassifier
from sktimnet.feature_extraction import MFCCTransformer, as_clips
from sktimnet.validation import validate_params

__all__ = ["attention_maps", "embedding_tsne", "fusion_weights"]


@validate_params({"per_channel": ["boolean"]}, prefer_skip_nested_validation=False)
def attention_maps(pipeline: Pipeline, X: Any, *, per_channel: bool = False) -> Bunch:
    r"""Show when in each clip the blocks of a fitted TIM-Net listen.

    Each temporal-aware block weighs the frames and channels of its input with an attention map :math:`\mathcal{A}`
    (the paper's equations 1 and 2).

    Parameters
    ----------
    pipeline : Pipeline
        Fitted, from :class:`~sktimnet.MFCCTransformer` to :class:`~sktimnet.TIMNetClassifier`.
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
            n_filters, n_frames).
        times : ndarray of shape (n_clips, n_frames)
            Seconds from the start of the recording to the middle of each frame. Padding before a short recording has
            negative times; the first frame of a long one, which was cut, is later than 0.
        durations : ndarray of shape (n_clips,)
            Seconds of each recording.

    Raises
    ------
    TypeError
        If the pipeline is of another kind.

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
    mfcc, classifier = (pipeline[0], last_step(pipeline)) if _has_steps(pipeline) else (None, None)
    if not (isinstance(mfcc, MFCCTransformer) and isinstance(classifier, TIMNetClassifier)):
        raise TypeError(f"attention_maps needs a Pipeline from MFCCTransformer to TIMNetClassifier, got {pipeline!r}.")
    check_is_fitted(classifier)
    features = pipeline[:-1].transform(X)
    maps = []
    for batch in gen_batches(len(features), classifier.net_.batch_size):
        of_batch = classifier.network_output(features[batch], "attention_maps")
        maps.append(of_batch if per_channel else of_batch.mean(axis=3))
    sr = mfcc.settings_.sr  # of fit, whatever the parameter is now
    n_samples = np.array([len(audio.load(clip, sr)) for clip in as_clips(X, mfcc, reset=False)])
    return Bunch(maps=np.concatenate(maps), times=_times(mfcc, n_samples), durations=n_samples / sr)


def _times(mfcc: MFCCTransformer, n_samples: np.ndarray) -> np.ndarray:
    """Tell the seconds from the start of each recording to the middle of its frames, (n_clips, n_frames)."""
    missing = mfcc.clip_length_ - n_samples
    padded = np.sign(missing) * (np.abs(missing) // 2)  # samples put before the start, negative where it was cut
    return (np.arange(mfcc.n_frames_) * mfcc.hop_length_ - padded[:, np.newaxis]) / mfcc.settings_.sr


def last_step(estimator: Any) -> Any:
    """Give the last step of a pipeline, or the estimator itself."""
    return estimator[-1] if _has_steps(estimator) else estimator


def _has_steps(estimator: Any) -> bool:
    return isinstance(estimator, Pipeline) and len(estimator) > 0


def fusion_weights(estimator: BaseEstimator) -> np.ndarray:
    """Tell how much each block of a fitted TIM-Net weighs in the embedding (the paper's equation 4).

    Parameters
    ----------
    estimator : TIMNetClassifier or Pipeline that ends in one
        Fitted.

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
    if not isinstance(classifier, TIMNetClassifier):
        raise TypeError(f"fusion_weights needs a TIMNetClassifier or a Pipeline that ends in one, got {estimator!r}.")
    check_is_fitted(classifier)
    return classifier.fusion_weights_


def embedding_tsne(
    estimator: BaseEstimator,
    X: Any,
    *,
    perplexity: float = 30.0,
    random_state: int | np.random.RandomState | None = None,
) -> np.ndarray:
    """Lay out the fused embeddings of clips in the plane by t-SNE (the paper's Fig. 3).

    Parameters
    ----------
    estimator : TIMNetClassifier, TCNClassifier or Pipeline that ends in one
        Fitted.
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
    """Refuse what has no embedding of clips."""
    if not isinstance(last_step(estimator), TIMNetClassifier | TCNClassifier):
        raise TypeError(f"estimator must be a TIMNetClassifier, TCNClassifier or Pipeline to one, got {estimator!r}.")
