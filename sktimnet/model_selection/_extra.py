"""Further clips to train on, which no fold tests."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length

from sktimnet.model_selection._clips import split_table
from sktimnet.model_selection._splits import Split
from sktimnet.speakers import with_speakers


class TrainingData(NamedTuple):
    """All clips that folds train on, those that are tested too first."""

    X: Any
    y: NDArray
    speaker: NDArray | None
    text: NDArray | None


def with_extra(X: Any, y: NDArray, speaker: NDArray | None, text: NDArray | None, extra: Any) -> TrainingData:
    """Append the clips of another corpus.

    Parameters
    ----------
    X : sequence of clips, data frame or structured array
        The clips that are tested.
    y, speaker, text : ndarray of shape (n_clips,), or None
        Their labels, and who speaks and what is said, where known.
    extra : Bunch or None
        A corpus with `data` and `target`, perhaps `speaker`.

    Returns
    -------
    TrainingData

    Raises
    ------
    ValueError
        If `extra` is no corpus, or has labels that y lacks.
    """
    if extra is None:
        return TrainingData(X, y, speaker, text)
    if not (hasattr(extra, "data") and hasattr(extra, "target")):
        raise ValueError(f"extra must be a corpus with data and target, as a loader gives it, got {extra!r:.80}.")
    check_consistent_length(extra.data, extra.target)
    if len(unknown := np.setdiff1d(extra.target, y)):
        raise ValueError(
            f"extra has labels that y lacks: {unknown.tolist()}; datasets.concatenate keeps the labels that corpora "
            "share."
        )
    others = getattr(extra, "speaker", None)
    others = [None] * len(extra.data) if others is None else [f"extra {name}" for name in others]
    clips, in_table = split_table(X)
    joined: Any = [*clips, *extra.data]
    if in_table is not None:
        joined = with_speakers(joined, [*in_table, *others])
    names = None if speaker is None or None in others else np.array([*map(str, speaker), *others])
    return TrainingData(joined, np.concatenate([y, extra.target]), names, None)


def training_on_extra(splits: list[Split], n_clips: int, n_extra: int) -> list[Split]:
    """Let each fold train on the further clips too.

    Parameters
    ----------
    splits : list of Split
        Folds of the first `n_clips`.
    n_clips, n_extra : int
        Clips that are tested, and further ones.

    Returns
    -------
    list of Split
    """
    extra = np.arange(n_clips, n_clips + n_extra)
    return [split._replace(train=np.concatenate([split.train, extra])) for split in splits]
