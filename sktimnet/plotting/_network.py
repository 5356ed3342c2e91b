"""What a network learned: :func:`plot_fusion_weights` and :func:`plot_embedding`."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from sktimnet import inspection
from sktimnet.plotting._axes import COLOURS, MARKERS, draws, make_axes
from sktimnet.validation import check_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@draws
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
    ax = make_axes(ax, 6, 3.5)
    blocks = np.arange(1, len(weights) + 1)
    fields = 1 + (classifier.receptive_field_ - 1) * (2**blocks - 1) // (2 ** len(weights) - 1)
    ax.bar(blocks, weights, color=COLOURS[0])
    ax.axhline(0, color="0.2", linewidth=0.8)
    ax.set_xticks(blocks, [f"{block}\n{field}" for block, field in zip(blocks, fields, strict=True)], fontsize="small")
    ax.set(xlabel="block, and its receptive field (frames)", ylabel="fusion weight")
    return ax


@draws
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
    ax = make_axes(ax, 6, 4.5)
    for label, colour, marker in zip(np.unique(y), cycle(COLOURS), cycle(MARKERS), strict=False):
        across, up = points[y == label].T
        ax.scatter(across, up, s=28, c=colour, marker=marker, edgecolors="0.3", linewidths=0.4, label=label)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    ax.set(xticks=[], yticks=[], xlabel="t-SNE 1", ylabel="t-SNE 2")
    ax.set_title(f"{type(estimator).__name__}: WAR {estimator.score(X, y):.1%}")
    return ax
