"""What a model answers to each window of a stream: :class:`Answer`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from numbers import Real
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sktimnet.speech import SpeechDetector
from sktimnet.timeline._windows import cut_windows

#: Why a part has no label.
NO_SPEECH, UNLIKE = "no speech", "unlike the training clips"
# Seconds; an hour in shorter steps has more answers than anyone can read, or memory hold.
_SHORTEST = 0.05


class Answer(NamedTuple):
    """What a model answers to a part of a recording.

    Attributes
    ----------
    start, end : float
        Seconds from the beginning of the recording.
    label : label or None
        The most probable class; None where there is no speech, or the model says that it is unlike its training clips.
    probabilities : ndarray of shape (n_classes,)
        In the order of `classes_`; NaN where there is no label.
    speech : float
        Share of frames that are voiced speech, 0 where there is none; about half of fluent speech is voiced.
    reason : str, default=""
        Why there is no label: "no speech" or "unlike the training clips".
    """

    start: float
    end: float
    label: Any
    probabilities: NDArray[np.float64]
    speech: float
    reason: str = ""

    def to_dict(self, classes: NDArray) -> dict[str, Any]:
        """Return it as a row of a table: one column for each class, ``p_<class>``, None where there is no label."""
        of_each = {
            f"p_{name}": None if np.isnan(value) else float(value)
            for name, value in zip(classes, self.probabilities, strict=True)
        }
        label = self.label.item() if isinstance(self.label, np.generic) else self.label
        return {
            "start": self.start,
            "end": self.end,
            "label": label,
            "speech": round(self.speech, 3),
            **of_each,
            "reason": self.reason,
        }


def make_answer(start: float, end: float, probabilities: NDArray, speech: float, classes: NDArray) -> Answer:
    """Return an answer whose label is the most probable class, None where probabilities are missing."""
    if np.isnan(probabilities).any():
        return Answer(float(start), float(end), None, probabilities, speech, UNLIKE if speech > 0 else NO_SPEECH)
    return Answer(float(start), float(end), classes[probabilities.argmax()], probabilities, speech)


def check_model(pipeline: Any) -> None:
    """Refuse a model that is not fitted or gives no probabilities."""
    check_is_fitted(pipeline)
    if not hasattr(pipeline, "predict_proba"):
        raise TypeError(
            f"pipeline must be a fitted classifier of recordings with predict_proba, got {pipeline!r:.80}; of an SVC, "
            "CalibratedClassifierCV(SVC()) has it."
        )


def check_windows(window: float, hop: float) -> None:
    """Refuse windows that do not overlap or touch."""
    for name, value in (("window", window), ("hop", hop)):
        if isinstance(value, bool) or not isinstance(value, Real) or not _SHORTEST <= value < np.inf:
            raise ValueError(f"{name}={value!r} must be a number of seconds, at least {_SHORTEST}.")
    if hop > window:
        raise ValueError(f"hop={hop!r} is more than window={window!r}: parts between windows would be left out.")


def model_rate(pipeline: Any, default: float) -> int:
    """Return the highest sampling rate of the model's transformers, so that windows are resampled only once."""
    parameters = pipeline.get_params()
    rates = [value for name, value in parameters.items() if name.split("__")[-1] == "sr"]
    return int(max(rates, default=default))


def longest_trained(pipeline: Any) -> float:
    """Return the seconds of the longest clip that the model was trained on or takes, infinity if it does not say."""
    lengths = [
        max(transformer.longest_clip_, transformer.settings_.clip_length or 0) / transformer.settings_.sr
        for transformer in _fitted_transformers(pipeline, set())
    ]
    return min(lengths, default=np.inf)


def _fitted_transformers(estimator: Any, seen: set[int]) -> Iterator[Any]:
    """Yield the fitted transformers of recordings in a model, however deep, each object once."""
    if id(estimator) in seen:
        return
    seen.add(id(estimator))
    if hasattr(estimator, "longest_clip_"):
        yield estimator
    elif isinstance(estimator, list | tuple):
        for part in estimator:
            yield from _fitted_transformers(part, seen)
    elif isinstance(estimator, BaseEstimator) or hasattr(estimator, "predict_proba"):
        yield from _fitted_transformers(list(vars(estimator).values()), seen)


def answer_windows(
    pipeline: Any,
    blocks: Iterable[NDArray[np.float32]],
    sr: int,
    *,
    window: float,
    hop: float,
    batch_size: int = 1,
    n_jobs: int | None = 1,
) -> Iterator[Answer]:
    """Yield what a model answers to each window of a stream.

    Parameters
    ----------
    pipeline : classifier
        Fitted.
    blocks : iterable of ndarray of shape (n_samples,)
        The stream.
    sr : int
        Its sampling rate in Hz.
    window, hop : float
        Seconds.
    batch_size : int, default=1
        Windows that are predicted together.
    n_jobs : int or None, default=1
        Batches that are predicted at the same time, in processes.

    Yields
    ------
    Answer
    """
    length, step = round(window * sr), round(hop * sr)
    detector = SpeechDetector()
    found = ((start, samples, detector.share(samples, sr)) for start, samples in cut_windows(blocks, length, step))
    batches = iter(lambda: list(islice(found, batch_size)), [])
    # Processes, since functionals take many short steps of Python; this one reads on while they predict.
    parallel = joblib.Parallel(n_jobs=n_jobs, pre_dispatch="2 * n_jobs", return_as="generator")
    for answers in parallel(joblib.delayed(_answer)(pipeline, batch, sr) for batch in batches):
        yield from answers


def _answer(pipeline: Any, windows: list[tuple[int, NDArray[np.float32], float]], sr: int) -> list[Answer]:
    """Answer a batch of windows, given with where they begin and how much of them is speech."""
    clips, speech = [(samples, sr) for _, samples, _ in windows], [share for _, _, share in windows]
    return [
        make_answer(start / sr, (start + len(samples)) / sr, probabilities, share, pipeline.classes_)
        for (start, samples, share), probabilities in zip(windows, predict_spoken(pipeline, clips, speech), strict=True)
    ]


def predict_spoken(pipeline: Any, clips: list, speech: list[float]) -> NDArray[np.float64]:
    """Predict the clips with speech that are like those the model learned from, where it can tell.

    Parameters
    ----------
    pipeline : classifier
        Fitted.
    clips : list of n_clips (waveform, rate)
        The clips.
    speech : list of float
        Share of speech of each.

    Returns
    -------
    ndarray of shape (n_clips, n_classes)
        Probabilities, NaN where there is no speech, or speech unlike the training clips.
    """
    probabilities = np.full((len(clips), len(pipeline.classes_)), np.nan)
    spoken = [i for i, share in enumerate(speech) if share > 0]
    with_speech = [clips[i] for i in spoken]
    if with_speech and hasattr(pipeline, "predict_proba_with_outliers"):
        found, outlier = pipeline.predict_proba_with_outliers(with_speech)
        probabilities[spoken] = np.where(outlier[:, np.newaxis], np.nan, found)
    elif with_speech:
        probabilities[spoken] = pipeline.predict_proba(with_speech)
    return probabilities
