"""What X holds: clips, or a table of clips and speakers."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktimnet import audio
from sktimnet.speakers import clips_and_speakers
from sktimnet.validation import safe_indexing

_COLUMNS = {"clip", "path", "speaker"}


def split_table(X: Any) -> tuple[Any, NDArray | None]:
    """Split a table of clips and speakers; leave anything else as it is.

    Parameters
    ----------
    X : sequence of clips, data frame or structured array
        A table of clips has a column ``clip`` or ``path``, perhaps ``speaker``, and no others.

    Returns
    -------
    clips : sequence of clips
        X itself where it is no table of clips.
    speakers : ndarray of shape (n_clips,) or None
        The table's speakers, None where not known.
    """
    fields: Any = getattr(getattr(X, "dtype", None), "names", None)
    names = set(getattr(X, "columns", fields or ()))
    return clips_and_speakers(X) if names - {"speaker"} and names <= _COLUMNS else (X, None)


def paths_of(X: Any, positions: NDArray[np.intp]) -> list[str] | None:
    """Return the files of clips, or None where X holds no paths.

    Parameters
    ----------
    X : sequence of clips, data frame or structured array
        All clips.
    positions : ndarray of int
        Those wanted.

    Returns
    -------
    list of str or None
    """
    clips = list(safe_indexing(split_table(X)[0], positions))
    return [os.fspath(clip) for clip in clips] if all(map(audio.is_path, clips)) else None
