"""Identify clips by their content, and name the files that are no recordings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import soundfile
from numpy.typing import NDArray

from sktimnet import audio
from sktimnet.feature_extraction import MFCCTransformer, fault_report
from sktimnet.model_selection._estimators import parts


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


def fingerprints_of_usable(estimator: Any, X: Any, n_jobs: int | None) -> NDArray[np.str_]:
    """Identify each clip, and name all unusable ones at once, where each fold would name its own only.

    Parameters
    ----------
    estimator : estimator or list of fitted classifiers
        What takes the clips; one that does without unusable ones may have them.
    X : sequence of clips
        Paths, waveforms or rows of an array.
    n_jobs : int or None
        How many files to read at a time.

    Returns
    -------
    ndarray of shape (n_clips,), str

    Raises
    ------
    ValueError
        If files are no recordings.
    """
    prints, unread = fingerprints(X, n_jobs)
    if unread and any(isinstance(part, MFCCTransformer) and part.on_error == "raise" for part in parts(estimator)):
        raise ValueError(fault_report(X, unread, "raise"))
    return prints


def _fingerprint(clip: Any) -> tuple[str, str | None]:
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
