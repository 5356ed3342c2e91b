"""What a test fold shares with the clips trained on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import soundfile
from numpy.typing import NDArray

from sktimnet import audio
from sktimnet.model_selection._splits import Split


def fingerprints(X: Any, n_jobs: int | None = None) -> tuple[NDArray[np.str_], list[tuple[int, str]]]:
    """Identify each clip by its content: of an audio file what is heard, of anything else its values.

    Parameters
    ----------
    X : sequence of clips
        Paths, waveforms or rows of an array.
    n_jobs : int or None, default=None
        How many files to read at a time.

    Returns
    -------
    prints : ndarray of shape (n_clips,), str
        The same for the same content.
    unread : list of (int, str)
        Positions of files that are no recordings, and why.
    """
    clips = np.asarray(X) if hasattr(X, "__array__") else X
    found = joblib.Parallel(n_jobs, prefer="threads")(joblib.delayed(_fingerprint)(clip) for clip in clips)
    return np.array([mark for mark, _ in found]), [(i, reason) for i, (_, reason) in enumerate(found) if reason]


def _fingerprint(clip) -> tuple[str, str | None]:
    if not audio.is_path(clip):
        return joblib.hash(clip, coerce_mmap=True), None
    try:
        audio.file_state(clip)
        rate = soundfile.info(audio.as_file_name(clip)).samplerate
        return joblib.hash((rate, audio.load(clip, rate))), None
    except soundfile.LibsndfileError:
        reason = "is not audio that libsndfile can read"
    except audio.AudioError as error:
        reason = str(error)
    return joblib.hash(Path(clip).read_bytes() if os.path.isfile(clip) else clip), reason


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
    heard = {name: _count_shared(split, values) for name, values in (("speaker", speaker), ("text", text))}
    return {
        "n_speaker_shared": heard["speaker"],
        "n_text_shared": heard["text"],
        "n_duplicates": _count_shared(split, prints),
        "missing_in_training": np.setdiff1d(y, y[split.train]).tolist(),
        "missing_in_test": np.setdiff1d(y, y[split.test]).tolist(),
    }


def _count_shared(split: Split, values: NDArray | None) -> int | None:
    """Count the test clips whose value occurs in training too."""
    return None if values is None else int(np.isin(values[split.test], values[split.train]).sum())
