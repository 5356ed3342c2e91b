"""Count what a test fold shares with its training clips."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktimnet.model_selection._splits import Split


def audit_split(
    split: Split,
    y: NDArray,
    prints: NDArray,
    speaker: NDArray | None,
    text: NDArray | None,
    groups: NDArray | None = None,
) -> dict[str, Any]:
    """Count what a test fold shares with training.

    Parameters
    ----------
    split : Split
        The fold.
    y, prints : ndarray of shape (n_clips,)
        Labels and fingerprints.
    speaker, text : ndarray of shape (n_clips,) or None
        Speakers and texts, where known.
    groups : ndarray of shape (n_tested_clips,) or None
        Groups of the clips that are tested, where given; further training clips have none.

    Returns
    -------
    dict
        The fields of :class:`Fold` that the audit fills.
    """
    return {
        "n_speaker_shared": _count_shared(split, speaker),
        "n_text_shared": _count_shared(split, text),
        "n_group_shared": _count_shared(split, groups),
        "n_duplicates": _count_shared(split, prints),
        "missing_in_training": np.setdiff1d(y, y[split.train]).tolist(),
        "missing_in_test": np.setdiff1d(y, y[split.test]).tolist(),
    }


def _count_shared(split: Split, values: NDArray | None) -> int | None:
    """Count the test clips whose value occurs in training too."""
    if values is None:
        return None
    return int(np.isin(values[split.test], values[split.train[split.train < len(values)]]).sum())
