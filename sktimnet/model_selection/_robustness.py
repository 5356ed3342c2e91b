"""Stress a classifier: change its clips in ways that leave the emotion as it is, and see what it answers."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier
from sklearn.utils import check_consistent_length
from tqdm.auto import tqdm

from sktimnet import audio
from sktimnet.model_selection._checks import check_names
from sktimnet.model_selection._clips import paths_of
from sktimnet.model_selection._estimators import describe, plain, seeded
from sktimnet.model_selection._groups import fit_with_groups
from sktimnet.model_selection._robustness_report import Answers, RobustnessReport
from sktimnet.model_selection._stress_given import (
    Trial,
    check_classes,
    check_thresholds,
    choose,
    describe_trials,
    make_trials,
    read_all,
    unknown_labels,
)
from sktimnet.parallel import return_as
from sktimnet.speakers import clips_and_speakers, replace_clips
from sktimnet.validation import HasMethods, Interval, check_labels, safe_indexing, validate_parameter_constraints
from sktimnet.versions import library_versions

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
        where it names all of them. Recipes calibrate on training speakers that are held out; of the clips that are
        tested the classifier knows what X says.
    sex : array-like of shape (n_clips,), default=None
        Of the speaker, for the comparison of groups.
    sr : float, default=None
        Sampling rate in Hz of waveforms that come without one.
    perturbations : "default", list of str, or dict of str to callable, default="default"
        Names, or kinds, of :data:`~sktimnet.perturbations.PERTURBATIONS`; "default" is all of them. Of your own:
        a dict of callables that take a waveform, its rate and a :class:`numpy.random.Generator`, and give a waveform
        and its rate, such as subclasses of :class:`~sktimnet.perturbations.Perturbation`.
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
        If clips cannot be read, a perturbation gives no recording, or the classifier knows none of the labels.

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
    X, seconds = read_all(X, sr)
    clips, named = clips_and_speakers(X)
    if speaker is None and all(name is not None for name in named):
        speaker = named
    speaker, sex = check_names("speaker", speaker), check_names("sex", sex)
    chosen, skipped = choose(perturbations)
    limits = check_thresholds(thresholds, chosen)
    folds = make_trials(estimator, target, speaker, cv, seed)
    if folds[0].train is None:
        check_classes(estimator, target)

    batches = [list(_batches(fold.test, named, batch_size)) for fold in folds]
    tested = np.concatenate([batch for some in batches for batch in some])
    bar = tqdm(total=sum(map(len, batches)) * (1 + len(chosen)), desc="Batches", unit="batch", disable=not verbose)
    with bar, joblib.Parallel(n_jobs=n_jobs, return_as=return_as()) as parallel:
        found = [
            _stress_fold(_fitted(estimator, X, target, speaker, fold, seed), X, some, chosen, seed, parallel, bar)
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
        unknown_classes=sorted({label for fold in folds for label in unknown_labels(estimator, fold, target)}),
        settings={**describe(estimator), "cv": describe_trials(folds, speaker, cv), "seed": int(seed)},
        versions=library_versions(),
    )


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


def _fitted(estimator: Any, X: Any, y: NDArray, speaker: NDArray | None, fold: Trial, seed: int) -> Any:
    """Return the classifier of a fold."""
    if fold.train is None:
        return estimator
    groups = None if speaker is None else speaker[fold.train]
    return fit_with_groups(seeded(estimator, seed), safe_indexing(X, fold.train), y[fold.train], groups)


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
    clips, mark = clips_and_speakers(X)[0], zlib.crc32(name.encode())
    if change is not None:
        clips = [
            audio.Changed(clip, change, np.random.default_rng([seed, mark, i]))
            for clip, i in zip(clips, positions, strict=True)
        ]
    X = replace_clips(X, [_read(clip, name, i) for clip, i in zip(clips, positions, strict=True)])
    if not hasattr(fitted, "predict_proba"):
        return Classified(np.asarray(fitted.predict(X)).tolist(), None, False)
    probabilities = np.asarray(fitted.predict_proba(X))  # (n_clips, n_classes)
    likeliest = np.asarray(fitted.classes_)[probabilities.argmax(axis=1)].tolist()
    predicted = likeliest if by_probability else np.asarray(fitted.predict(X)).tolist()
    return Classified(predicted, probabilities.max(axis=1).tolist(), predicted == likeliest)


def _read(clip: Any, name: str, position: int) -> tuple[NDArray, float]:
    """Read a clip; name the perturbation that makes no recording of it."""
    try:
        return audio.read(clip)
    except audio.AudioError as error:
        raise ValueError(f"perturbations[{name!r}]: clip {position} {error}.") from error


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
