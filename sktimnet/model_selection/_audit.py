"""Count what a test fold shares with its training clips."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktimnet.model_selection._splits import Split


def audit_split(
    split: Split, y: NDArray, prints: NDArray, speaker: NDArray | None, text: NDArray | None
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

    Returns
    -------
    dict
        The fields of :class:`Fold` that the audit fills.
    """
    shared = {name: _count_shared(split, values) for name, values in (("speaker", speaker), ("text", text))}
    return {
        "n_speaker_shared": shared["speaker"],
        "n_text_shared": shared["text"],
        "n_duplicates": _count_shared(split, prints),
        "missing_in_training": np.setdiff1d(y, y[split.train]).tolist(),
        "missing_in_test": np.setdiff1d(y, y[split.test]).tolist(),
    }


def _count_shared(split: Split, values: NDArray | None) -> int | None:
    """Count the test clips whose value occurs in training too."""
    return None if values is None else int(np.isin(values[split.test], values[split.train]).sum())
