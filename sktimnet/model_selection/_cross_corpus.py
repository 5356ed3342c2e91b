"""Train on one corpus and test on another, as in the paper's Table 2, for any corpora: :func:`cross_corpus`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import product
from numbers import Integral
from typing import Any

import joblib
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils import check_consistent_length
from tqdm.auto import tqdm

from sktimnet.model_selection._checks import check_seeds
from sktimnet.model_selection._cross_corpus_report import Case, CrossCorpusReport
from sktimnet.model_selection._estimators import describe, is_fitted_elsewhere, seeded
from sktimnet.model_selection._fingerprints import fingerprints_of_usable
from sktimnet.model_selection._scores import uar, war
from sktimnet.model_selection._shared_features import keeping_features
from sktimnet.parallel import return_as
from sktimnet.validation import HasMethods, check_labels, safe_indexing, validate_parameter_constraints
from sktimnet.versions import library_versions

_CONSTRAINTS: dict = {"estimator": [HasMethods(["fit", "predict"])], "n_jobs": [Integral, None], "verbose": ["verbose"]}


def cross_corpus(
    estimator: Any,
    corpora: Mapping[str, Any],
    *,
    seeds: Iterable[int] = range(10),
    labels: Sequence | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> CrossCorpusReport:
    """Train on each corpus and test on every other one (Table 2).

    Parameters
    ----------
    estimator : classifier
        Any scikit-learn classifier or pipeline; it is cloned and stays as it is.
    corpora : mapping of str to Bunch
        Two or more corpora by name, each with ``data`` and ``target``.
    seeds : iterable of int, default=range(10)
        Each sets every nested `random_state` of one run over all pairs.
    labels : sequence, default=None
        The classes to keep. None keeps those that all corpora share: for the paper's five corpora angry, fear, happy,
        neutral and sad.
    n_jobs : int or None, default=None
        Trainings to run in parallel.
    verbose : int, default=0
        1 shows a progress bar over trainings.

    Returns
    -------
    CrossCorpusReport
        The scores of every case, their mean and SD, and an audit of the recordings that two corpora share.

    Raises
    ------
    ValueError
        If there are fewer than two corpora, shared labels or `labels`, or a corpus lacks one of `labels`.

    See Also
    --------
    evaluate : One corpus.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.utils import Bunch
    >>> from sktimnet.model_selection import cross_corpus
    >>> X = np.repeat([[0.0], [9.0]], 5, axis=0)
    >>> y = np.repeat(["calm", "angry"], 5)
    >>> corpora = {"here": Bunch(data=X, target=y), "there": Bunch(data=X + 1, target=y)}
    >>> cross_corpus(LogisticRegression(), corpora, seeds=[0])
    <CrossCorpusReport: 2 cases, in %: UAR 100.0, WAR 100.0>
    """
    options = {"estimator": estimator, "n_jobs": n_jobs, "verbose": verbose}
    validate_parameter_constraints(_CONSTRAINTS, options, "cross_corpus")
    seeds = check_seeds(seeds)
    if isinstance(estimator, type) or not is_classifier(estimator):
        raise ValueError(f"estimator={estimator!r} is not a classifier.")
    labels = _shared_labels(corpora, labels)
    parts = {name: _with_labels(corpus, labels) for name, corpus in corpora.items()}
    tasks = [(seed, train) for seed, train in product(seeds, parts)]
    with keeping_features(estimator) as kept:
        prints = {name: fingerprints_of_usable(kept, X, n_jobs) for name, (X, _) in parts.items()}
        runs = joblib.Parallel(n_jobs=n_jobs, return_as=return_as())(
            joblib.delayed(_run_source)(seeded(kept, seed), parts, prints, train, seed) for seed, train in tasks
        )
        bar = tqdm(runs, total=len(tasks), desc="Trainings", unit="training", disable=not verbose)
        cases = [case for run in bar for case in run]
    return CrossCorpusReport(
        labels=labels,
        cases=cases,
        settings={**describe(estimator), "fitted_elsewhere": is_fitted_elsewhere(estimator), "seeds": seeds},
        versions=library_versions(),
    )


def _shared_labels(corpora: Any, labels: Any) -> list:
    if not isinstance(corpora, Mapping):
        raise TypeError(
            f'corpora must be a mapping of names to corpora, such as {{"EMODB": ...}}, got {corpora!r:.80}.'
        )
    if len(corpora) < 2:
        raise ValueError(f"cross_corpus needs two corpora or more, got {list(corpora)}.")
    known = {name: _labels_of(name, corpus) for name, corpus in corpora.items()}
    if labels is None:
        shared = reduce(np.intersect1d, known.values())
        if len(shared) < 2:
            raise ValueError(f"The corpora share only the labels {shared.tolist()}: rename labels until two are alike.")
        return shared.tolist()
    kept = np.unique(check_labels([labels] if isinstance(labels, str) else labels, "labels"))
    for name, found in known.items():
        if len(missing := np.setdiff1d(kept, found)):
            raise ValueError(f"{name} has no clips labelled {missing.tolist()}; it has {found.tolist()}.")
    if len(kept) < 2:
        raise ValueError(f"labels={labels!r} must name two classes or more.")
    return kept.tolist()


def _labels_of(name: str, corpus: Any) -> NDArray:
    """Return the classes of a corpus; refuse what is no corpus."""
    if not (hasattr(corpus, "data") and hasattr(corpus, "target")):
        raise TypeError(f"corpora[{name!r}] must have data and target, as what load_emodb returns, got {corpus!r:.80}.")
    try:
        check_consistent_length(corpus.data, corpus.target)
        return np.unique(check_labels(corpus.target, "target"))
    except (TypeError, ValueError) as error:
        raise ValueError(f"corpora[{name!r}]: {error}") from error


def _with_labels(corpus: Any, labels: list) -> tuple[Any, NDArray]:
    """Return the clips of a corpus that have one of the labels, and their labels."""
    kept = np.flatnonzero(np.isin(corpus.target, labels))
    return safe_indexing(corpus.data, kept), np.asarray(corpus.target)[kept]


def _run_source(
    estimator: Any,
    parts: dict[str, tuple[Any, NDArray]],
    prints: dict[str, NDArray[np.str_]],
    train: str,
    seed: int,
) -> list[Case]:
    """Train once on one corpus, and test on all others."""
    X, y = parts[train]
    start = time.perf_counter()
    estimator.fit(X, y)
    seconds = time.perf_counter() - start
    cases = []
    for test, (X_test, y_test) in parts.items():
        if test != train:
            predicted = estimator.predict(X_test)
            cases.append(
                Case(
                    seed=seed,
                    train=train,
                    test=test,
                    n_train=len(y),
                    n_test=len(y_test),
                    n_duplicates=int(np.isin(prints[test], prints[train]).sum()),
                    UAR=uar(y_test, predicted),
                    WAR=war(y_test, predicted),
                    chance_WAR=float(np.unique(y_test, return_counts=True)[1].max() / len(y_test)),
                    torch_threads=torch.get_num_threads(),
                    fit_seconds=seconds,
                )
            )
    return cases
