"""Cross-validate any scikit-learn classifier under a named protocol: :func:`evaluate`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_memory
from tqdm.auto import tqdm

from sktimnet.model_selection._audit import audit_split
from sktimnet.model_selection._checks import (
    check_can_be_kept,
    check_estimator,
    check_names,
    check_number,
    check_own_protocol,
    check_protocols,
    check_seeds,
    check_two_labels,
)
from sktimnet.model_selection._clips import paths_of, split_table
from sktimnet.model_selection._estimators import (
    describe,
    describe_cv,
    is_fitted_elsewhere,
    plain,
    seeded,
    without_places,
)
from sktimnet.model_selection._extra import TrainingData, training_on_extra, with_extra
from sktimnet.model_selection._fingerprints import fingerprints_of_usable
from sktimnet.model_selection._fold import Fold
from sktimnet.model_selection._groups import asks_for_groups
from sktimnet.model_selection._report import Report
from sktimnet.model_selection._run_fold import Outcome, run_fold
from sktimnet.model_selection._scoring import Scoring, scorers_by_name
from sktimnet.model_selection._shared_features import keeping_features
from sktimnet.model_selection._splits import Split, choose_folds, hash_splits, make_splits
from sktimnet.parallel import return_as
from sktimnet.validation import HasMethods, check_labels, validate_parameter_constraints
from sktimnet.versions import library_versions

_CONSTRAINTS: dict = {
    "estimator": [HasMethods(["fit", "predict"]), list],
    "protocol": [str, tuple, list, Mapping],
    "n_splits": [Integral, None],
    "folds": ["array-like", None],
    "scoring": [str, list, tuple, dict, None],
    "n_jobs": [Integral, None],
    "memory": [str, os.PathLike, HasMethods(["cache"]), None],
    "verbose": ["verbose"],
}


def evaluate(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    speaker: ArrayLike | None = None,
    text: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    protocol: str | Sequence[str] | Mapping[str, str] = "last-epoch",
    cv: Any = None,
    n_splits: int | None = 10,
    seeds: Iterable[int] = (0,),
    folds: Sequence[int] | None = None,
    extra: Any = None,
    scoring: Scoring | None = None,
    n_jobs: int | None = None,
    memory: str | os.PathLike | joblib.Memory | None = None,
    verbose: int = 0,
) -> Any:
    r"""Cross-validate a classifier and report scores, intervals, confusion matrix, curves and an audit.

    Parameters
    ----------
    estimator : classifier or list of fitted classifiers
        Any scikit-learn classifier or pipeline; it is cloned and stays as it is. Those that end in
        :class:`~sktimnet.TIMNetClassifier` or :class:`~sktimnet.TCNClassifier` give learning curves. A list holds one
        fitted classifier for each fold of one seed, such as weights that others published; they are scored as they
        are. Where their epoch was chosen on the test fold, as it was for the paper's released weights, say
        ``protocol="best-epoch"``.
    X : sequence of clips
        What the estimator takes, such as paths.
    y : array-like of shape (n_clips,)
        The labels.
    speaker, text : array-like of shape (n_clips,), default=None
        Who speaks and what is said, for the protocols that hold them out and for the audit. Searches inside the
        estimator whose `cv` holds out groups, such as ``GridSearchCV(..., cv=GroupKFold(3))``, networks with
        ``early_stopping=True`` and recipes that calibrate get the speakers of the training fold as groups.
    groups : array-like of shape (n_clips,), default=None
        What else clips share, such as recording sites or sessions: for a `cv` that holds out groups, in place of the
        speakers, and for the audit.
    protocol : str, pair of str, or dict of str to str, default="last-epoch"
        - "last-epoch": stratified folds, scored after the last epoch (the paper's \*). The test fold is never trained
          on; its curves are monitored only.
        - "best-epoch": each fold is scored at the epoch with the best WAR on that same fold, the first of equals (the
          paper's \*\*). Optimistic, and labelled so; for comparison with figures published that way.
        - "speaker": the speakers of a test fold are not in training: one speaker a fold, or `n_splits` groups.
        - "speaker+text": a test fold is held-out speakers saying held-out texts; clips that share either with it are
          left out of training, and counted.

        ``("last-epoch", "best-epoch")`` scores both from one training of each fold. A dict names a protocol of your
        own, whose folds are those of `cv`, and says what it means: ``{"site": "no recording site of the test fold is in
        training"}``. It is scored after the last epoch.
    cv : int, splitter or iterable of (train, test), default=None
        Other folds for "last-epoch" and "best-epoch", and those of a protocol of your own. ``KFold(10, shuffle=True)``
        gives folds as in the paper. A shuffled splitter without a `random_state` gets the seed; one of groups, such as
        ``GroupKFold``, gets `groups`, or the speakers where there are none.
    n_splits : int or None, default=10
        Number of folds; no more than there are speakers under "speaker". Under "speaker+text" folds are pairs of a
        group of speakers and a group of texts, in a square where there are as many of each, and no more than `n_splits`
        (9 in 10: three by three). None holds out every speaker (and every text) by itself.
    seeds : iterable of int, default=(0,)
        The folds are run once with each seed: it sets every nested `random_state` and shuffles the folds.
    folds : sequence of int, default=None
        Numbers, from 1, of the folds to run of each seed; None runs all. :meth:`Report.merge` joins reports of others,
        such as those of another session or machine.
    extra : :class:`~sklearn.utils.Bunch`, default=None
        Another corpus (`data`, `target`, perhaps `speaker`) whose clips every fold trains on too, and none tests. Its
        labels must be labels of y; :func:`~sktimnet.datasets.concatenate` joins several. The audit says so.
    scoring : str, list of str or dict, default=None
        Further measures of each fold, beside UAR and WAR: names of scikit-learn's scorers, such as "f1_macro", or a
        dict of scorers by a name of your own. A scorer that is called with a pipeline's network gets its features.
    n_jobs : int or None, default=None
        Folds to run in parallel. Workers have fewer torch threads, which changes the order of float sums: the
        report records the number.
    memory : str, path, joblib.Memory or None, default=None
        Where to keep finished folds: after an interruption the same call runs the missing ones only. Folds are
        identified by estimator, data, positions, seed, measures and versions. Fitted classifiers are scored anew each
        time.
    verbose : int, default=0
        1 shows a progress bar over folds.

    Returns
    -------
    Report, or a tuple of Report for several protocols
        Scores, confusion matrix, curves, audit and settings.

    Raises
    ------
    ValueError
        If all clips have one label, files cannot be read, the protocol lacks what it needs, "best-epoch" is asked of an
        estimator without scores per epoch, or `memory` is given with a parameter that cannot be pickled.

    Notes
    -----
    Everything, features included, is fitted on the training part of each fold alone. Where a transformer of recordings
    has a fixed `clip_length`, or ``padding="nan"``, a clip's features are the same in every fold: each file is decoded
    once, and its features are kept in a temporary directory until the evaluation ends, or in the transformer's
    `memory`. Recordings with the same features count as repeats of each other then.

    Where the network has `callbacks` or ``early_stopping=True``, the test fold is not monitored except under
    "best-epoch", since they would choose the epoch by it.

    See Also
    --------
    sklearn.model_selection.cross_validate : Scores alone.
    cross_corpus : Train on one corpus and test on another.
    ablations : The network without each of its parts.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sktimnet.model_selection import evaluate
    >>> y = np.repeat(["calm", "angry"], 20)
    >>> X = np.repeat([[0.0], [9.0]], 20, axis=0)
    >>> evaluate(LogisticRegression(), X, y, speaker=np.tile(["Ann", "Ben"], 20), protocol="speaker")
    <Report: protocol 'speaker', 2 folds, in %: UAR 100.0 +/- 0.0, WAR 100.0 +/- 0.0>
    """
    options = dict(
        estimator=estimator,
        protocol=protocol,
        n_splits=n_splits,
        folds=folds,
        scoring=scoring,
        n_jobs=n_jobs,
        memory=memory,
        verbose=verbose,
    )
    # scikit-learn's decorator would name a wrong parameter of the estimator as one of evaluate.
    validate_parameter_constraints(_CONSTRAINTS, options, "evaluate")
    target: NDArray = check_labels(y, "y")
    check_two_labels(target)
    seeds = check_seeds(seeds)
    check_consistent_length(X, target, speaker, text, groups)
    speaker, text, groups = check_names("speaker", speaker), check_names("text", text), check_names("groups", groups)
    meaning = None
    if isinstance(protocol, Mapping):
        protocol, meaning = check_own_protocol(protocol, cv)
    protocols, scorers = check_protocols(estimator, protocol), scorers_by_name(scoring)
    check_estimator(estimator, protocols=protocols, seeds=seeds, speaker=speaker)
    if memory is not None and not isinstance(estimator, list):
        check_can_be_kept(estimator, scorers, memory)
    all_splits = make_splits(
        target,
        protocol=protocols[0] if meaning is None else "last-epoch",
        cv=cv,
        n_splits=n_splits,
        seeds=seeds,
        speaker=speaker,
        text=text,
        groups=groups,
    )
    check_number(estimator, all_splits)
    chosen = all_splits if folds is None else choose_folds(all_splits, folds)
    data = with_extra(X, target, speaker, text, extra)
    n_extra = len(data.y) - len(target)
    splits = training_on_extra(chosen, len(target), n_extra)
    with keeping_features(estimator) as kept:
        prints = fingerprints_of_usable(kept, data.X, n_jobs)
        decides = {
            "groups": data.speaker if asks_for_groups(estimator) else None,
            "protocols": protocols,
            "scorers": scorers,
            "data": joblib.hash((prints, split_table(data.X)[1], data.y, library_versions())),
        }
        outcomes = _run_folds(kept, data.X, data.y, splits, decides, n_jobs=n_jobs, memory=memory, verbose=verbose)
    audits = [audit_split(split, data.y, prints, data.speaker, data.text, groups) for split in splits]
    common = {
        "n_repeated": len(target) - len(np.unique(prints[: len(target)])),
        "settings": {
            **describe(estimator),
            "fitted_elsewhere": is_fitted_elsewhere(estimator),
            "cv": describe_cv(cv),
            "n_splits": n_splits,
            "seeds": seeds,
            **({} if meaning is None else {"meaning": meaning}),
            **({} if split_table(X)[1] is None else {"speakers_in_X": True}),
            **({"n_extra": n_extra} if n_extra else {}),
            **({"scoring": {name: plain(scorer) for name, scorer in scorers.items()}} if scorers else {}),
        },
        "versions": library_versions(),
        "split_hash": hash_splits(all_splits),
    }
    reports = []
    for number, name in enumerate(protocols):
        found = [
            _fold(split, outcome[number], audit, data=data, speaker=speaker, groups=groups)
            for split, outcome, audit in zip(splits, outcomes, audits, strict=True)
        ]
        reports.append(_report(found, target, protocol=name, **common))
    return reports[0] if isinstance(protocol, str) else tuple(reports)


def _run_folds(
    estimator: Any,
    X: Any,
    y: NDArray,
    splits: Sequence[Split],
    decides: dict[str, Any],
    *,
    n_jobs: int | None,
    memory: Any,
    verbose: int,
) -> list[list[Outcome]]:
    """Run the folds in parallel, behind a progress bar; finished ones are taken from memory."""
    if isinstance(estimator, list):
        memory = None  # pickles of the same fitted network differ, and a cache would never find it again
    memory = check_memory(os.fspath(memory) if isinstance(memory, os.PathLike) else memory)
    run = memory.cache(run_fold, ignore=["X", "y", "places"])
    tasks = (
        joblib.delayed(run)(fitted, X, y, split.train, split.test, places=places, **decides)
        for split in splits
        for fitted, places in [_of_split(estimator, split)]
    )
    outcomes = joblib.Parallel(n_jobs=n_jobs, return_as=return_as())(tasks)
    return list(tqdm(outcomes, total=len(splits), desc="Folds", unit="fold", disable=not verbose))


def _of_split(estimator: Any, split: Split) -> tuple[Any, dict[str, Any]]:
    """Return the estimator that the fold fits, and its places; or the fold's fitted classifier, frozen."""
    if isinstance(estimator, list):
        return FrozenEstimator(estimator[split.fold - 1]), {}
    return without_places(seeded(estimator, split.seed))


def _fold(
    split: Split,
    outcome: Outcome,
    audit: dict[str, Any],
    *,
    data: TrainingData,
    speaker: NDArray | None,
    groups: NDArray | None,
) -> Fold:
    return Fold(
        seed=split.seed,
        fold=split.fold,
        n_train=len(split.train),
        n_discarded=len(data.y) - len(split.train) - len(split.test),
        test=split.test.tolist(),
        speaker=None if speaker is None else speaker[split.test].tolist(),
        group=None if groups is None else groups[split.test].tolist(),
        true=data.y[split.test].tolist(),
        path=paths_of(data.X, split.test),
        **vars(outcome),
        **audit,
    )


def _report(folds: Sequence[Fold], y: NDArray, **common: Any) -> Report:
    """Join the folds of one protocol; classes are the labels of y and those predicted."""
    classes: list = np.unique([*y.tolist(), *(label for fold in folds for label in fold.predicted)]).tolist()
    return Report(
        classes=classes,
        class_counts=[int((y == label).sum()) for label in classes],
        folds=[_with_columns(fold, classes) for fold in folds],
        **common,
    )


def _with_columns(fold: Fold, classes: list) -> Fold:
    """Return the fold with a row of probabilities for each clip, in the order of `classes`; 0 for untrained ones."""
    if fold.probabilities is None:
        return fold
    columns: Any = fold.probabilities  # dict of class to column
    rows = zip(*(columns.get(label, [0.0] * len(fold.test)) for label in classes), strict=True)
    return replace(fold, probabilities=[list(row) for row in rows])
