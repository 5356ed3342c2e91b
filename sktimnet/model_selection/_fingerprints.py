"""Identify clips by their content, and name the files that are no recordings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import soundfile
from numpy.typing import NDArray
from sklearn.base import clone

from sktimnet import audio
from sktimnet.feature_extraction import FrameTransformer, fault_report
from sktimnet.model_selection._clips import split_table
from sktimnet.model_selection._estimators import parts
from sktimnet.model_selection._shared_features import has_fixed_features, transformers_of_clips


def fingerprints(X: Any, n_jobs: int | None = None) -> tuple[NDArray[np.str_], list[tuple[int, str]]]:
    """Identify each clip by its content: an audio file by its decoded samples, anything else by its values.

    Parameters
    ----------
    X : sequence of clips, data frame or structured array
        Paths, waveforms or rows of an array; a table of clips and speakers is its clips.
    n_jobs : int or None, default=None
        How many files to read at a time.

    Returns
    -------
    prints : ndarray of shape (n_clips,), str
        The same for the same content.
    unread : list of (int, str)
        Positions of files that are no recordings, and why.
    """
    clips, _ = split_table(X)
    clips = np.asarray(clips) if hasattr(clips, "__array__") else clips
    found = joblib.Parallel(n_jobs, prefer="threads")(joblib.delayed(_fingerprint)(clip) for clip in clips)
    return np.array([mark for mark, _ in found]), [(i, reason) for i, (_, reason) in enumerate(found) if reason]


def fingerprints_of_usable(estimator: Any, X: Any, n_jobs: int | None) -> NDArray[np.str_]:
    """Identify each clip, and name all unusable files at once.

    Files whose features a transformer keeps in its memory are identified by these, so that they are decoded once.

    Parameters
    ----------
    estimator : estimator or list of fitted classifiers
        Takes the clips. One whose transformers have ``on_error="warn"`` may have unusable files.
    X : sequence of clips, data frame or structured array
        Paths, waveforms or rows of an array; a table of clips and speakers is its clips.
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
    clips, _ = split_table(X)
    kept = [part for part in transformers_of_clips(estimator) if part.memory is not None and has_fixed_features(part)]
    strict = [part for part in kept if part.on_error == "raise"]
    if strict and all(map(audio.is_path, clips)):
        return _fingerprints_of_features(strict[0], clips, n_jobs)
    prints, unread = fingerprints(clips, n_jobs)
    if unread and any(isinstance(part, FrameTransformer) and part.on_error == "raise" for part in parts(estimator)):
        raise ValueError(fault_report(clips, unread, "raise"))
    return prints


def _fingerprints_of_features(transformer: FrameTransformer, clips: Any, n_jobs: int | None) -> NDArray[np.str_]:
    """Identify files by their features, which the transformer's memory keeps for the folds; name unusable files."""
    n_jobs = n_jobs if transformer.n_jobs is None else transformer.n_jobs
    features = (
        clone(transformer).set_params(n_jobs=n_jobs).fit(clips).transform(clips)
    )  # (n_clips, n_features, n_frames)
    missing = np.isnan(features).all(axis=1)  # frames after a clip's end
    return np.array([joblib.hash(of_clip[:, ~after]) for of_clip, after in zip(features, missing, strict=True)])


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
