"""Evaluate any scikit-learn classifier under a protocol whose name says what its figures mean."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted, check_memory
from tqdm.auto import tqdm

from sktimnet import audio
from sktimnet.feature_extraction import MFCCTransformer, fault_report
from sktimnet.model_selection._audit import audit_split, fingerprints
from sktimnet.model_selection._checks import check_can_be_kept
from sktimnet.model_selection._estimators import describe, is_fitted_elsewhere, parts, plain, seeded
from sktimnet.model_selection._folds import Outcome, may_choose_epoch, run_fold
from sktimnet.model_selection._groups import asks_for_groups, group_splitters
from sktimnet.model_selection._networks import final_network
from sktimnet.model_selection._report import Fold, Report
from sktimnet.model_selection._scoring import Scoring, scorers_by_name
from sktimnet.model_selection._splits import Split, hash_splits, make_splits
from sktimnet.validation import HasMethods, check_labels, safe_indexing, validate_parameter_constraints
from sktimnet.versions import library_versions

_CONSTRAINTS: dict = {
    "estimator": [HasMethods(["fit", "predict"]), list],
    "protocol": [str, tuple, list],
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
    protocol: str | Sequence[str] = "last-epoch",
    cv: Any = None,
    n_splits: int | None = 10,
    seeds: Iterable[int] = (0,),
    folds: Sequence[int] | None = None,
    scoring: Scoring | None = None,
    n_jobs: int | None = None,
    memory: str | os.PathLike | joblib.Memory | None = None,
    verbose: int = 0,
) -> Any:
    r"""Cross-validate a classifier and report what a reviewer asks for.

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
        estimator whose `cv` holds out groups, such as ``GridSearchCV(..., cv=GroupKFold(3))``, and networks with
        ``early_stopping=True`` get the speakers of the training fold as groups.
    protocol : {"last-epoch", "best-epoch", "speaker", "speaker+text"} or both of the first two, default="last-epoch"
        - "last-epoch": stratified folds, scored after the last epoch (the paper's \*). The test fold is never trained
          on; its curves are monitored only.
        - "best-epoch": each fold is scored at the epoch with the best WAR on that same fold, the first of equals (the
          paper's \*\*). Optimistic, and labelled so; for comparison with figures published that way.
        - "speaker": the speakers of a test fold are not heard in training: one speaker a fold, or `n_splits` groups.
        - "speaker+text": a test fold is held-out speakers saying held-out texts; clips that share either with it are
          left out of training, and counted.

        ``("last-epoch", "best-epoch")`` scores both from one training of each fold.
    cv : int, splitter or iterable of (train, test), default=None
        Other folds for "last-epoch" and "best-epoch". ``KFold(10, shuffle=True)`` gives folds as in the paper. A
        shuffled splitter without a `random_state` gets the seed; one of groups, such as ``GroupKFold``, the speakers.
    n_splits : int or None, default=10
        Number of folds; no more than there are speakers under "speaker". Under "speaker+text" folds are pairs of a
        group of speakers and a group of texts, in a square where there are as many of each, and no more than `n_splits`
        (9 in 10: three by three). None holds out every speaker (and every text) by itself.
    seeds : iterable of int, default=(0,)
        The folds are run once with each seed: it sets every nested `random_state` and shuffles the folds.
    folds : sequence of int, default=None
        Numbers, from 1, of the folds to run of each seed; None runs all. :meth:`Report.merge` joins reports of others,
        such as those of another session or machine.
    scoring : str, list of str or dict, default=None
        Further measures of each fold, beside UAR and WAR: names of scikit-learn's scorers, such as "f1_macro", or a
        dict of scorers by a name of your own. A scorer that is called with a pipeline's network gets its features.
    n_jobs : int or None, default=None
        Folds to run in parallel. Workers have fewer torch threads, which changes the order of float sums: the
        report records the number.
    memory : str, path, joblib.Memory or None, default=None
        Where to keep finished folds: a call that was interrupted, made again, runs the missing ones only. They are
        known by estimator, data, folds, seed and versions. Fitted classifiers are scored anew each time.
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
    Everything, features included, is fitted on the training part of each fold alone.

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
    # Not scikit-learn's decorator, which would say of a wrong parameter of the estimator that it is one of evaluate.
    validate_parameter_constraints(_CONSTRAINTS, options, "evaluate")
    target: NDArray = check_labels(y, "y")
    check_two_labels(target)
    seeds = check_seeds(seeds)
    check_consistent_length(X, target, speaker, text)
    speaker, text = _check_names("speaker", speaker), _check_names("text", text)
    protocols = _check_protocols(estimator, protocol)
    scorers = scorers_by_name(scoring)
    _check_estimator(estimator, protocols, seeds, speaker)
    if memory is not None and not isinstance(estimator, list):
        check_can_be_kept(estimator, scorers, memory)
    splits = make_splits(
        target, protocol=protocols[0], cv=cv, n_splits=n_splits, seeds=seeds, speaker=speaker, text=text
    )
    _check_number(estimator, splits)
    split_hash = hash_splits(splits)
    splits = splits if folds is None else _chosen(splits, folds)
    prints = fingerprints_of_usable(estimator, X, n_jobs)
    audits = [audit_split(split, target, prints, speaker, text) for split in splits]
    outcomes = list(
        _outcomes(
            estimator,
            X,
            target,
            splits,
            protocols=protocols,
            scorers=scorers,
            speaker=speaker if asks_for_groups(estimator) else None,
            prints=prints,
            n_jobs=n_jobs,
            memory=memory,
            verbose=verbose,
        )
    )
    settings = {
        **describe(estimator),
        "fitted_elsewhere": is_fitted_elsewhere(estimator),
        "cv": _describe_cv(cv),
        "n_splits": n_splits,
        "seeds": seeds,
        **({"scoring": {name: plain(scorer) for name, scorer in scorers.items()}} if scorers else {}),
    }
    reports = []
    for number, name in enumerate(protocols):
        results = [
            Fold(
                seed=split.seed,
                fold=split.fold,
                n_train=len(split.train),
                n_discarded=len(target) - len(split.train) - len(split.test),
                test=split.test.tolist(),
                speaker=None if speaker is None else speaker[split.test].tolist(),
                true=target[split.test].tolist(),
                path=_paths(X, split.test),
                **vars(outcome[number]),
                **audit,
            )
            for split, outcome, audit in zip(splits, outcomes, audits, strict=True)
        ]
        classes: list = np.unique([*target.tolist(), *(label for fold in results for label in fold.predicted)]).tolist()
        reports.append(
            Report(
                protocol=name,
                classes=classes,
                class_counts=[int((target == label).sum()) for label in classes],
                n_repeated=len(prints) - len(np.unique(prints)),
                folds=[_with_columns(fold, classes) for fold in results],
                settings=settings,
                versions=library_versions(),
                split_hash=split_hash,
            )
        )
    return reports[0] if isinstance(protocol, str) else tuple(reports)


def _check_protocols(estimator: Any, protocol: str | Sequence[str]) -> list[str]:
    """Return the protocols as a list; refuse several that one training cannot score."""
    if isinstance(protocol, str):
        return [protocol]
    if sorted(protocol) != ["best-epoch", "last-epoch"]:
        raise ValueError(
            f"protocol={protocol!r}: only 'last-epoch' and 'best-epoch' together can be scored from one training; "
            "call evaluate once for each other protocol."
        )
    network = None if isinstance(estimator, list) else final_network(estimator)
    if isinstance(estimator, list) or (network is not None and may_choose_epoch(network)):
        found = "fitted classifiers" if network is None else f"{network!r} with callbacks or early_stopping=True"
        raise ValueError(
            f"protocol={protocol!r} needs a network that evaluate trains to its last epoch, got {found}; "
            "call evaluate once for each protocol."
        )
    return list(protocol)


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


def check_two_labels(y: NDArray) -> None:
    """Refuse clips that all have the same label.

    Parameters
    ----------
    y : ndarray of shape (n_clips,)
        The labels.

    Raises
    ------
    ValueError
        If there is nothing to tell apart.
    """
    if len(labels := np.unique(y)) < 2:
        raise ValueError(
            f"All {len(y)} clips have the same label, {labels.tolist()[0]!r}: there is nothing to tell apart. In a "
            "folder of recordings each label is a directory of its own; name the one that holds these."
        )


def check_seeds(seeds: Iterable[int]) -> list[int]:
    """Return the seeds as a list, or say what is wrong with them.

    Parameters
    ----------
    seeds : iterable of int
        One or more, each once.

    Returns
    -------
    list of int

    Raises
    ------
    ValueError
        If there is none, one is no integer that can be a seed, or one occurs twice.
    """
    found = list(seeds) if isinstance(seeds, Iterable) and getattr(seeds, "ndim", None) != 0 else []
    whole = all(isinstance(seed, Integral) and 0 <= seed < 2**32 for seed in found)
    if not found or not whole or len(set(found)) < len(found):
        raise ValueError(f"seeds={seeds!r} must be one or more different integers from 0 to 2**32 - 1, such as (0, 1).")
    return [int(seed) for seed in found]


def _outcomes(
    estimator: Any,
    X: Any,
    y: NDArray,
    splits: list[Split],
    *,
    protocols: Sequence[str],
    scorers: dict[str, Any],
    speaker: NDArray | None,
    prints: NDArray[np.str_],
    n_jobs: int | None,
    memory: Any,
    verbose: int,
) -> Iterator[list[Outcome]]:
    """Run the folds in parallel, behind a progress bar; finished ones are taken from memory."""
    if isinstance(estimator, list):
        memory = None  # a fitted network's pickle, by which a cache would know it, differs from time to time
    memory = check_memory(os.fspath(memory) if isinstance(memory, os.PathLike) else memory)
    run = memory.cache(run_fold, ignore=["X", "y"])
    decides = {
        "groups": speaker,
        "protocols": protocols,
        "scorers": scorers,
        "data": joblib.hash((prints, y, library_versions())),
    }
    tasks = (
        joblib.delayed(run)(_of_split(estimator, split), X, y, split.train, split.test, **decides) for split in splits
    )
    outcomes = joblib.Parallel(n_jobs=n_jobs, return_as="generator")(tasks)
    yield from tqdm(outcomes, total=len(splits), desc="Folds", unit="fold", disable=not verbose)


def _of_split(estimator, split):
    """Return what the fold fits, or its fitted classifier, which fit leaves alone."""
    fitted = isinstance(estimator, list)
    return FrozenEstimator(estimator[split.fold - 1]) if fitted else seeded(estimator, split.seed)


def _check_names(what: str, values: Any) -> NDArray | None:
    """Return who speaks or what is said, known for every clip: unknown ones would pass for one and the same."""
    if values is None:
        return None
    names = np.asarray(values, dtype=object).ravel().tolist()
    unknown = [i for i, name in enumerate(names) if not isinstance(name, str | Real) or name != name or name == ""]
    if unknown:
        raise ValueError(
            f"Each clip needs a {what}, a string or a number, but clip {unknown[0]} has {names[unknown[0]]!r} "
            f"({len(unknown)} of {len(names)} clips lack one); leave such clips out, or do without any {what}: pass "
            f"{what}=None, or remove the column of the table."
        )
    if len({isinstance(name, str) for name in names}) > 1:
        raise ValueError(f"{what} has strings and numbers, from {names[0]!r} on; make all of them strings.")
    return column_or_1d(values)


def _check_estimator(estimator: Any, protocols: list[str], seeds: list[int], speaker: NDArray | None) -> None:
    if isinstance(estimator, list):
        for fitted in estimator:
            if isinstance(fitted, type) or not hasattr(fitted, "predict"):
                raise TypeError(f"estimator as a list must hold fitted classifiers, got {fitted!r}.")
            check_is_fitted(fitted)
        if protocols[0] in ("speaker", "speaker+text"):
            raise ValueError(
                f"protocol={protocols[0]!r} would count speakers as unheard whom fitted classifiers may have heard; "
                "pass the folds that they were trained on as cv, with protocol='last-epoch' or 'best-epoch'."
            )
        if len(seeds) > 1:
            raise ValueError(f"seeds={seeds!r}, but fitted classifiers belong to the folds of one seed.")
        return
    if isinstance(estimator, type) or not is_classifier(estimator):
        raise ValueError(f"estimator={estimator!r} is not a classifier.")
    if speaker is None and (splitters := group_splitters(estimator)):
        raise ValueError(
            f"The estimator's cv={splitters[0]!r} holds out groups, but speaker=None; pass who speaks in each clip."
        )
    last = estimator[-1] if type(estimator) is Pipeline else estimator
    if "best-epoch" in protocols and final_network(estimator) is None:
        raise ValueError(
            f"protocol='best-epoch' needs the scores of each epoch, which {type(last).__name__} does not give; "
            "take a TIMNetClassifier or TCNClassifier, alone or last in a Pipeline, or another protocol."
        )


def _check_number(estimator, splits):
    n_folds = max(split.fold for split in splits)
    if isinstance(estimator, list) and len(estimator) != n_folds:
        raise ValueError(f"estimator: {len(estimator)} fitted classifiers for {n_folds} folds; pass one for each fold.")


def _paths(X: Any, test: NDArray[np.intp]) -> list[str] | None:
    """Return the test clips' files, or None where X is no sequence of paths."""
    clips = list(safe_indexing(X, test))
    return [os.fspath(clip) for clip in clips] if all(map(audio.is_path, clips)) else None


def _with_columns(fold: Fold, classes: list) -> Fold:
    """Return the fold with a row of probabilities for each clip, in the order of `classes`; 0 for untrained ones."""
    if fold.probabilities is None:
        return fold
    columns: Any = fold.probabilities  # dict of class to column
    rows = zip(*(columns.get(label, [0.0] * len(fold.test)) for label in classes), strict=True)
    return replace(fold, probabilities=[list(row) for row in rows])


def _chosen(splits: list[Split], folds: Sequence[int]) -> list[Split]:
    """Return the folds of these numbers, of every seed."""
    known = {split.fold for split in splits}
    wanted = list(folds)
    if not wanted or not known.issuperset(wanted):
        raise ValueError(f"folds={folds!r} must be one or more of the folds' numbers, 1 to {max(known)}.")
    return [split for split in splits if split.fold in wanted]


def _describe_cv(cv):
    return plain(cv) if isinstance(cv, int) or cv is None or hasattr(cv, "split") else "given folds"
