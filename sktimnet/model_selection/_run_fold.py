"""Run one fold: fit on its training part, score its test part under one protocol or several."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch.callbacks import EarlyStopping
from skorch.utils import noop

from sktimnet.classifiers import NetworkClassifier
from sktimnet.model_selection._groups import can_stop_by, fit_with_groups
from sktimnet.model_selection._networks import final_network, may_choose_epoch
from sktimnet.model_selection._scoring import further_scores
from sktimnet.validation import safe_indexing

# What skorch calls the scores of an epoch, and what a report calls them.
_MEASURES = {"loss": "loss", "acc": "accuracy", "bal_acc": "UAR"}


@dataclass
class Outcome:
    """The result of training and test under one protocol."""

    predicted: list
    probabilities: dict[Any, list[float]] | None  # of each class of training, a value for each test clip
    measures: dict[str, float | None]
    best_epoch: int | None
    curves: dict[str, list[float | None]]
    torch_threads: int
    device: str | None
    fit_seconds: float
    score_seconds: float


class BestEpoch(EarlyStopping):
    """Keep the weights of the epoch with the best WAR on the validation clips, the first of equals; stop nothing."""

    def __init__(self) -> None:
        super().__init__(
            "valid_acc", patience=sys.maxsize, threshold=0, lower_is_better=False, sink=noop, load_best=True
        )

    def on_train_end(self, net: Any, **kwargs: Any) -> None:
        """Leave the network at its last epoch."""

    def restore(self, net: Any) -> None:
        """Return the network to the best epoch."""
        net.module_.load_state_dict(self.best_model_weights_)


def run_fold(
    estimator: Any,
    X: Any,
    y: NDArray,
    train: NDArray,
    test: NDArray,
    *,
    places: dict[str, Any],
    groups: NDArray | None,
    protocols: Sequence[str],
    scorers: dict[str, Any],
    data: str,
) -> list[Outcome]:
    """Fit on one part of the clips and predict the other, once for each protocol.

    Parameters
    ----------
    estimator : classifier
        Unfitted, or frozen.
    X, y : sequence of clips, ndarray of shape (n_clips,)
        All clips and their labels.
    train, test : ndarray of int
        Positions in X.
    places : dict
        Parameters of the estimator that say where it keeps something.
    groups : ndarray of shape (n_clips,) or None
        Who speaks, for inner searches that hold out speakers and for early stopping.
    protocols : sequence of str
        "best-epoch" needs a network that ends the estimator.
    scorers : dict of str to str or callable
        Further measures.
    data : str
        Identifies X and y for a cache, which does not hash them.

    Returns
    -------
    list of Outcome
        One for each protocol, all of one training.
    """
    estimator.set_params(**places)
    X_train, X_test = safe_indexing(X, train), safe_indexing(X, test)
    start = time.perf_counter()
    network = final_network(estimator)
    groups = None if groups is None else groups[train]
    if network is None:
        fit_with_groups(estimator, X_train, y[train], groups)
        outcome = _outcome(estimator, (X_test, y[test]), scorers, fit_seconds=time.perf_counter() - start)
        return [outcome for _ in protocols]
    if network is not estimator and len(estimator) > 1:
        features = estimator[:-1]
        X_train, X_test = features.fit_transform(X_train, y[train]), features.transform(X_test)
    train_set, test_set = (X_train, y[train]), (X_test, y[test])
    if "best-epoch" in protocols:
        best, validated = _fit_keeping_best_epoch(network, train_set, test_set), "test"
    else:
        best, validated = None, _fit_to_last_epoch(network, train_set, test_set, groups)
    fit_seconds = time.perf_counter() - start
    curves = _curves(network.net_.history, validated)
    outcomes = {}
    for protocol in sorted(protocols, reverse=True):  # "best-epoch" last: it changes the weights
        outcome = _outcome(
            network,
            test_set,
            scorers,
            fit_seconds=fit_seconds,
            curves=curves,
            best=best if protocol == "best-epoch" else None,
        )
        outcomes[protocol] = outcome
    return [outcomes[protocol] for protocol in protocols]


def _fit_to_last_epoch(network: NetworkClassifier, train: tuple, test: tuple, groups: NDArray | None) -> str:
    """Fit, monitoring the test fold unless the network may choose by it; tell which clips the network validated on."""
    if may_choose_epoch(network):
        network.fit(*train, groups=groups if groups is not None and can_stop_by(groups, network) else None)
        return "validation"
    network.fit(*train, **_monitored(train, test))
    return "test"


def _fit_keeping_best_epoch(network: NetworkClassifier, train: tuple, test: tuple) -> BestEpoch:
    """Fit, monitoring the test fold, and keep the weights of the epoch that did best on it."""
    if not (monitored := _monitored(train, test)):
        raise ValueError(f"protocol='best-epoch' cannot choose an epoch: no clip of {set(test[1])} is trained on.")
    network.set_params(callbacks=[("best_epoch", BestEpoch()), *(network.callbacks or [])])
    network.fit(*train, **monitored)
    return dict(network.net_.callbacks_)["best_epoch"]


def _monitored(train: tuple, test: tuple) -> dict[str, Any]:
    """Return the test clips of trained classes, if any: the network has no output for other classes."""
    (_, y_train), (X_test, y_test) = train, test
    known = np.flatnonzero(np.isin(y_test, y_train))
    return {"X_val": safe_indexing(X_test, known), "y_val": y_test[known]} if len(known) else {}


def _outcome(
    fitted: Any,
    test: tuple,
    scorers: dict[str, Any],
    *,
    fit_seconds: float,
    curves: dict[str, list[float | None]] | None = None,
    best: BestEpoch | None = None,
) -> Outcome:
    """Predict and score the test clips with what was fitted, a network at its best epoch where that was kept."""
    start = time.perf_counter()
    if best is not None:
        best.restore(fitted.net_)
    X, y = test
    probabilities = None
    if hasattr(fitted, "predict_proba"):
        probabilities = dict(zip(fitted.classes_.tolist(), fitted.predict_proba(X).T.tolist(), strict=True))
    return Outcome(
        predicted=fitted.predict(X).tolist(),
        probabilities=probabilities,
        measures=further_scores(fitted, X, y, scorers),
        best_epoch=None if best is None else best.best_epoch_,
        curves=curves or {},
        torch_threads=torch.get_num_threads(),
        device=getattr(fitted, "device_", None),
        fit_seconds=fit_seconds,
        score_seconds=time.perf_counter() - start,
    )


def _curves(history: Any, validated: str) -> dict[str, list[float | None]]:
    """Return the scores of each epoch by name, such as train_loss; `validated` names the clips validated on."""
    parts = {"train": "train", "valid": validated}
    names = {f"{part}_{measure}": (part, measure) for part in parts for measure in _MEASURES}
    return {
        f"{parts[part]}_{_MEASURES[measure]}": [_finite(value) for value in history[:, name]]
        for name, (part, measure) in names.items()
        if name in history[0]
    }


def _finite(value: float) -> float | None:
    """Return the number, or None, which JSON knows, where training diverged."""
    return float(value) if isfinite(value) else None
