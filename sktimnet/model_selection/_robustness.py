"""Stress a classifier: change its clips in ways that leave the emotion as it is, and see what it answers."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted
from tqdm.auto import tqdm

from sktimnet import audio
from sktimnet.feature_extraction import fault_report
from sktimnet.model_selection._checks import check_names
from sktimnet.model_selection._clips import paths_of
from sktimnet.model_selection._estimators import describe, describe_cv, plain, seeded
from sktimnet.model_selection._robustness_report import Answers, RobustnessReport
from sktimnet.model_selection._splits import make_splits
from sktimnet.perturbations import PERTURBATIONS, named_perturbations
from sktimnet.speakers import clips_and_speakers, replace_clips
from sktimnet.validation import HasMethods, Interval, check_labels, safe_indexing, validate_parameter_constraints
from sktimnet.versions import library_versions

_NOISE = {30: 0.05, 20: 0.10, 10: 0.20, 0: 0.40}  # SNR in dB: UAR lost
#: The most, as fractions, that a perturbation may cost: UAR "lost", answers "changed"; and the largest "gap" of UAR
#: between groups of clips.
THRESHOLDS: Mapping[str, Mapping[str, float]] = {
    **{name: {"changed": 0.02} for name in PERTURBATIONS if name.startswith(("gain", "offset"))},
    **{f"white-noise:{snr}dB": {"lost": lost} for snr, lost in _NOISE.items()},
    **{f"babble:{snr}dB": {"lost": lost} for snr, lost in _NOISE.items()},
    "room:0.3s": {"lost": 0.05},
    "room:0.6s": {"lost": 0.10},
    **{name: {"lost": 0.10} for name in ("band:telephone", "codec:gsm", "codec:ulaw")},
    **{name: {"lost": 0.03} for name in ("codec:vorbis", "codec:mp3", "codec:opus")},
    "clipping:50%": {"lost": 0.05},
    "clipping:20%": {"lost": 0.10},
    "hum:20dB": {"lost": 0.05},
    "hum:10dB": {"lost": 0.10},
    **{name: {"changed": 0.05} for name in ("silence:3s", "silence:3s-noise")},
    **{name: {"lost": 0.05} for name in ("cut:10%", "cut:0.2s")},
    "rate:8000Hz": {"lost": 0.10},
    "rate:11025Hz": {"lost": 0.05},
    "rate:16000Hz": {"lost": 0.03},
    **{name: {"changed": 0.02} for name in ("rate:44100Hz", "rate:48000Hz")},
    **{name: {"lost": 0.05} for name in PERTURBATIONS if name.startswith(("speed", "pitch"))},
    "sex": {"gap": 0.10},
    "length": {"gap": 0.10},
}

_CONSTRAINTS: dict = {
    "estimator": [HasMethods(["fit", "predict"])],
    "sr": [Interval(Real, 0, None, closed="neither"), None],
    "perturbations": [str, tuple, list, Mapping],
    "thresholds": [Mapping, None],
    "seed": [Interval(Integral, 0, 2**32, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "n_jobs": [Integral, None],
    "verbose": ["verbose"],
}
_MEASURES = ("lost", "changed", "gap")


class Trial(NamedTuple):
    """Positions of clips to train on, none for a classifier that came fitted, and of those to stress."""

    train: NDArray[np.intp] | None
    test: NDArray[np.intp]


def robustness(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    speaker: ArrayLike | None = None,
    sex: ArrayLike | None = None,
    sr: float | None = None,
    perturbations: str | Sequence[str] | Mapping[str, Callable] = "default",
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    cv: Any = None,
    seed: int = 0,
    batch_size: int = 32,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> RobustnessReport:
    """Tell how answers and UAR change when recordings change in ways that leave the emotion as it is.

    Parameters
    ----------
    estimator : classifier
        Any scikit-learn classifier or pipeline that takes ``(waveform, rate)`` pairs as clips. One that is fitted is
        stressed on all clips as it is; one that is not is cross-validated, and each fold's classifier is stressed on
        the test part.
    X : sequence of clips, or table of clips and speakers
        Paths, waveforms or ``(waveform, rate)`` pairs; or what :func:`~sktimnet.speakers.with_speakers` gives, of which
        the clips are changed and the rest is kept.
    y : array-like of shape (n_clips,)
        The labels.
    speaker : array-like of shape (n_clips,), default=None
        Who speaks, for folds that hold out speakers and for the comparison of groups; None takes the speakers of X,
        where it names all of them. It is not given to the classifier.
    sex : array-like of shape (n_clips,), default=None
        Of the speaker, for the comparison of groups.
    sr : float, default=None
        Sampling rate in Hz of waveforms that come without one.
    perturbations : "default", list of str, or dict of str to callable, default="default"
        Names, or kinds, of :data:`~sktimnet.perturbations.PERTURBATIONS`; "default" is all of them. Of your own:
        callables that take a waveform, its rate and a :class:`numpy.random.Generator`, and give a waveform and its
        rate.
    thresholds : dict of str to dict of str to float, default=None
        In place of those of :data:`THRESHOLDS`, such as ``{"room:0.6s": {"lost": 0.05, "changed": 0.2}}``, as
        fractions. "sex", "speaker" and "length" have a "gap". ``{}`` as a perturbation's thresholds means none.
    cv : int, splitter or iterable of (train, test), default=None
        Folds of a classifier that is not fitted. An int holds out speakers in so many groups where they are known, else
        stratified folds of clips; None is 5.
    seed : int, default=0
        Decides everything random: the noise of a clip depends on the seed, the perturbation's name and the clip's
        position in X alone; for a classifier that is not fitted also folds and every nested `random_state`.
    batch_size : int, default=32
        Clips changed and classified together, then thrown away. The clips of a speaker whom X names stay together,
        even if there are more: a classifier may see them in relation to each other.
    n_jobs : int or None, default=None
        Batches to change and classify in parallel.
    verbose : int, default=0
        1 shows a progress bar over batches.

    Returns
    -------
    RobustnessReport
        Scores under each perturbation, what misses its threshold, and differences between groups of clips.

    Raises
    ------
    ValueError
        If clips cannot be read, or the classifier knows none of the labels.

    See Also
    --------
    evaluate : Scores on clips as they are.
    sktimnet.perturbations : What the perturbations are.

    Notes
    -----
    Codecs that this libsndfile cannot write are skipped; the report names them.

    Examples
    --------
    >>> from sktimnet.datasets import make_emotional_speech
    >>> from sktimnet.model_selection import robustness
    >>> from sktimnet.recipes import make_recipe
    >>> corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), random_state=0)
    >>> clips = [(clip, corpus.sr) for clip in corpus.data]
    >>> fitted = make_recipe("robust").fit(clips, corpus.target)
    >>> robustness(fitted, clips, corpus.target, perturbations=["gain"])
    <RobustnessReport: 16 clips, 5 perturbations, 0 failed>
    """
    options = dict(
        estimator=estimator, sr=sr, perturbations=perturbations, thresholds=thresholds, seed=seed, batch_size=batch_size
    )
    validate_parameter_constraints(_CONSTRAINTS, options | dict(n_jobs=n_jobs, verbose=verbose), "robustness")
    if isinstance(estimator, type) or not is_classifier(estimator):
        raise ValueError(f"estimator={estimator!r} is not a classifier.")
    if audio.is_path(X):
        raise ValueError(f"X is one path, {X!r}; expected a sequence of clips: wrap it in a list.")
    target: NDArray = check_labels(y, "y")
    check_consistent_length(X, target, speaker, sex)
    X, seconds = _read_all(X, sr)
    clips, named = clips_and_speakers(X)
    if speaker is None and all(name is not None for name in named):
        speaker = named
    speaker, sex = check_names("speaker", speaker), check_names("sex", sex)
    chosen, skipped = _choose(perturbations)
    limits = _check_thresholds(thresholds, chosen)
    folds = _make_folds(estimator, target, speaker, cv, seed)
    if folds[0].train is None:
        _check_classes(estimator, target)

    batches = [list(_batches(fold.test, named, batch_size)) for fold in folds]
    tested = np.concatenate([batch for some in batches for batch in some])
    bar = tqdm(total=sum(map(len, batches)) * (1 + len(chosen)), desc="Batches", unit="batch", disable=not verbose)
    with bar, joblib.Parallel(n_jobs=n_jobs, return_as="generator") as parallel:
        found = [
            _stress_fold(_fitted(estimator, X, target, fold, seed), X, some, chosen, seed, parallel, bar)
            for fold, some in zip(folds, batches, strict=True)
        ]
    answers = [_joined(name, [answers[name] for answers in found]) for name in ("clean", *chosen)]
    return RobustnessReport(
        classes=np.unique(np.concatenate([target, *(one.predicted for one in answers)])).tolist(),
        clip=tested.tolist(),
        path=paths_of(clips, tested),
        true=target[tested].tolist(),
        speaker=None if speaker is None else speaker[tested].tolist(),
        sex=None if sex is None else sex[tested].tolist(),
        seconds=seconds[tested].tolist(),
        answers=answers,
        changes={name: str(plain(change)) for name, change in chosen.items()},
        skipped=skipped,
        thresholds=limits,
        n_folds=None if folds[0].train is None else len(folds),
        unknown_classes=sorted({label for fold in folds for label in _unknown(estimator, fold, target)}),
        settings={**describe(estimator), "cv": _describe_folds(folds, speaker, cv), "seed": int(seed)},
        versions=library_versions(),
    )


# ---- what is given --------------------------------------------------------------------------------------------------


def _read_all(X: Any, sr: float | None) -> tuple[Any, NDArray[np.float64]]:
    """Return X with the rate beside each waveform in memory, and the seconds of each clip; name all unusable ones."""
    clips, _ = clips_and_speakers(X)
    usable, seconds, faults = [], [], []
    for i, clip in enumerate(clips):
        try:
            waveform, rate = audio.read(clip, sr)
        except audio.AudioError as error:
            faults.append((i, str(error)))
            continue
        usable.append(clip if audio.is_path(clip) else (waveform, rate))
        seconds.append(len(waveform) / rate)
    if faults:
        raise ValueError(fault_report(clips, faults, "raise"))
    return replace_clips(X, usable), np.array(seconds)


def _choose(perturbations: Any) -> tuple[dict[str, Callable], dict[str, str]]:
    """Return the perturbations by name, and why some are skipped."""
    if isinstance(perturbations, Mapping):
        chosen = dict(perturbations)
        if wrong := [name for name, change in chosen.items() if not isinstance(name, str) or not callable(change)]:
            raise ValueError(f"perturbations[{wrong[0]!r}] must be a callable under a name, got {chosen[wrong[0]]!r}.")
        if "clean" in chosen:
            raise ValueError("perturbations: 'clean' is the name of the clips as they are; take another.")
    else:
        default = isinstance(perturbations, str) and perturbations == "default"
        chosen = named_perturbations(PERTURBATIONS if default else perturbations)
    missing = {name: getattr(change, "missing", None) for name, change in chosen.items()}
    skipped = {name: reason for name, reason in missing.items() if reason}
    return {name: change for name, change in chosen.items() if name not in skipped}, skipped


def _check_thresholds(given: Any, chosen: Mapping[str, Callable]) -> dict[str, dict[str, float]]:
    """Return the thresholds of what is measured, those of the user before the default ones."""
    given = {} if given is None else given
    ways = ("sex", "speaker", "length")
    for name, limits in given.items():
        if name not in {*chosen, *PERTURBATIONS, *ways}:
            raise ValueError(f"thresholds[{name!r}] is of no perturbation; there are {', '.join([*chosen, *ways])}.")
        for measure, limit in dict(limits).items():
            allowed = _MEASURES[2:] if name in ways else _MEASURES[:2]
            if measure not in allowed or not isinstance(limit, Real) or not isfinite(limit):
                raise ValueError(
                    f"thresholds[{name!r}] must map {' or '.join(map(repr, allowed))} to a fraction, got {limits!r}."
                )
    merged = {**THRESHOLDS, **given}
    return {name: dict(merged[name]) for name in (*chosen, *ways) if name in merged}


def _make_folds(estimator: Any, y: NDArray, speaker: NDArray | None, cv: Any, seed: int) -> list[Trial]:
    if _is_fitted(estimator):
        if cv is not None:
            raise ValueError(f"cv={cv!r}, but the estimator is fitted; pass sklearn.base.clone(estimator), or cv=None.")
        return [Trial(None, np.arange(len(y)))]
    held_out = _hold_out_speakers(speaker, cv)
    number = 5 if cv is None else int(cv) if isinstance(cv, Integral) else None
    folds = make_splits(
        y,
        protocol="speaker" if held_out else "last-epoch",
        cv=cv if number is None else None,
        n_splits=number,
        seeds=[seed],
        speaker=speaker,
        text=None,
    )
    return [Trial(fold.train, fold.test) for fold in folds]


def _hold_out_speakers(speaker: NDArray | None, cv: Any) -> bool:
    return speaker is not None and len(np.unique(speaker)) > 1 and (cv is None or isinstance(cv, Integral))


def _describe_folds(folds: list[Trial], speaker: NDArray | None, cv: Any) -> Any:
    if folds[0].train is None:
        return None
    return "speakers held out" if _hold_out_speakers(speaker, cv) else describe_cv(5 if cv is None else cv)


def _is_fitted(estimator: Any) -> bool:
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def _unknown(estimator: Any, fold: Trial, y: NDArray) -> list:
    """List the labels of the test clips that the classifier was not trained on."""
    known = estimator.classes_ if fold.train is None else y[fold.train]
    return np.setdiff1d(y[fold.test], known).tolist()


def _check_classes(estimator: Any, y: NDArray) -> None:
    """Refuse a fitted classifier that can give no right answer."""
    if not np.isin(y, estimator.classes_).any():
        raise ValueError(
            f"The classifier knows none of the labels in y, {np.unique(y).tolist()}, but "
            f"{np.asarray(estimator.classes_).tolist()}: rename the labels in y."
        )


# ---- what is done with it -------------------------------------------------------------------------------------------


def _batches(test: NDArray[np.intp], named: NDArray, size: int) -> Iterator[list[int]]:
    """Split positions into batches of at most so many; clips of a named speaker stay together."""
    units: dict[tuple, list[int]] = {}
    for i in test.tolist():
        units.setdefault(("clip", i) if named[i] is None else ("speaker", str(named[i])), []).append(i)
    batch: list[int] = []
    for unit in units.values():
        if batch and len(batch) + len(unit) > size:
            yield batch
            batch = []
        batch = batch + unit
    yield batch


def _fitted(estimator: Any, X: Any, y: NDArray, fold: Trial, seed: int) -> Any:
    """Return the classifier of a fold."""
    return estimator if fold.train is None else seeded(estimator, seed).fit(safe_indexing(X, fold.train), y[fold.train])


def _stress_fold(
    fitted: Any, X: Any, batches: list[list[int]], chosen: Mapping[str, Callable], seed: int, parallel: Any, bar: Any
) -> dict[str, Answers]:
    """Classify every batch as it is and under each perturbation."""
    parts = [(safe_indexing(X, batch), batch) for batch in batches]
    clean = _collect(parallel(joblib.delayed(_classify)(fitted, part, batch) for part, batch in parts), bar)
    # Each question computes all features: where the most probable label is the answer, probabilities are enough.
    by_probability = all(answer.by_probability for answer in clean)
    tasks = [(name, change, part, batch) for name, change in chosen.items() for part, batch in parts]
    found = _collect(
        parallel(
            joblib.delayed(_classify)(fitted, part, batch, name, change, seed, by_probability)
            for name, change, part, batch in tasks
        ),
        bar,
    )
    answers = {"clean": _joined("clean", clean)}
    for name in chosen:
        some = [answer for (task, *_), answer in zip(tasks, found, strict=True) if task == name]
        answers[name] = _joined(name, some)
    return answers


class Classified(NamedTuple):
    """Answers on a batch, and whether each is the label of the highest probability."""

    predicted: list
    confidence: list[float] | None
    by_probability: bool


def _classify(
    fitted: Any,
    X: Any,
    positions: list[int],
    name: str = "clean",
    change: Callable | None = None,
    seed: int = 0,
    by_probability: bool = False,
) -> Classified:
    """Change a batch of clips at these positions of X, classify it, and throw it away."""
    clips = [audio.read(clip) for clip in clips_and_speakers(X)[0]]
    if change is not None:
        mark = zlib.crc32(name.encode())
        clips = [
            change(*clip, np.random.default_rng([seed, mark, i])) for clip, i in zip(clips, positions, strict=True)
        ]
    X = replace_clips(X, clips)
    if not hasattr(fitted, "predict_proba"):
        return Classified(np.asarray(fitted.predict(X)).tolist(), None, False)
    probabilities = np.asarray(fitted.predict_proba(X))  # (n_clips, n_classes)
    likeliest = np.asarray(fitted.classes_)[probabilities.argmax(axis=1)].tolist()
    predicted = likeliest if by_probability else np.asarray(fitted.predict(X)).tolist()
    return Classified(predicted, probabilities.max(axis=1).tolist(), predicted == likeliest)


def _collect(results: Iterator[Classified], bar: Any) -> list[Classified]:
    found = []
    for result in results:
        found.append(result)
        bar.update()
    return found


def _joined(name: str, parts: Sequence[Answers | Classified]) -> Answers:
    """Put answers of batches, or of folds, one after another."""
    confidence = [value for part in parts for value in part.confidence or ()]
    predicted = [label for part in parts for label in part.predicted]
    return Answers(perturbation=name, predicted=predicted, confidence=confidence or None)
