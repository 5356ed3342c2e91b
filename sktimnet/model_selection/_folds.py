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

from sktimnet.model_selection._networks import final_network
from sktimnet.validation import safe_indexing

_CURVES = {
    "train_loss": "train_loss",
    "train_acc": "train_accuracy",
    "valid_loss": "test_loss",
    "valid_acc": "test_accuracy",
    "valid_bal_acc": "test_UAR",
}


@dataclass
class Outcome:
    """What a fold gives under one protocol that is not known beforehand."""

    predicted: list
    probabilities: dict[Any, list[float]] | None  # of each class of training, a value for each test clip
    best_epoch: int | None
    curves: dict[str, list[float | None]]
    torch_threads: int
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
    estimator: Any, X: Any, y: NDArray, train: NDArray, test: NDArray, protocols: Sequence[str], data: str
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
    protocols : sequence of str
        "best-epoch" needs a network that ends the estimator.
    data : str
        Tells a cache which clips X and y are.

    Returns
    -------
    list of Outcome
        One for each protocol, all of one training.
    """
    X_train, X_test = safe_indexing(X, train), safe_indexing(X, test)
    start = time.perf_counter()
    network = final_network(estimator)
    if network is None:
        estimator.fit(X_train, y[train])
        return [_outcome(estimator, X_test, None, time.perf_counter() - start) for _ in protocols]
    if network is not estimator and len(estimator) > 1:
        features = estimator[:-1]
        X_train, X_test = features.fit_transform(X_train, y[train]), features.transform(X_test)
    best = _fit_network(network, X_train, y[train], X_test, y[test], protocols)
    fit_seconds = time.perf_counter() - start
    outcomes = {}
    for protocol in sorted(protocols, reverse=True):  # "best-epoch" last: it changes the weights
        if protocol == "best-epoch" and best is not None:
            best.restore(network.net_)
        chosen = best.best_epoch_ if protocol == "best-epoch" and best is not None else None
        outcomes[protocol] = _outcome(network, X_test, chosen, fit_seconds)
    return [outcomes[protocol] for protocol in protocols]


def _outcome(fitted: Any, X_test: Any, best_epoch: int | None, fit_seconds: float) -> Outcome:
    """Predict the test clips with what was fitted."""
    start = time.perf_counter()
    predicted, probabilities = fitted.predict(X_test).tolist(), None
    if hasattr(fitted, "predict_proba"):
        columns = fitted.predict_proba(X_test).T.tolist()
        probabilities = dict(zip(fitted.classes_.tolist(), columns, strict=True))
    curves = _curves(fitted.net_.history) if final_network(fitted) is not None else {}
    score_seconds = time.perf_counter() - start
    return Outcome(predicted, probabilities, best_epoch, curves, torch.get_num_threads(), fit_seconds, score_seconds)


def _fit_network(
    network: Any, X_train: Any, y_train: NDArray, X_test: Any, y_test: NDArray, protocols: Sequence[str]
) -> BestEpoch | None:
    """Fit with an eye on the test fold; under "best-epoch", keep the weights of the epoch that did best on it."""
    known = np.flatnonzero(np.isin(y_test, y_train))  # the network has no output for other classes
    monitored = {"X_val": safe_indexing(X_test, known), "y_val": y_test[known]} if len(known) else {}
    if "best-epoch" not in protocols:
        # A callback could choose by what is monitored.
        network.fit(X_train, y_train, **({} if network.callbacks else monitored))
        return None
    if not monitored:
        raise ValueError(f"protocol='best-epoch' cannot choose an epoch: no clip of {set(y_test)} is trained on.")
    network.set_params(callbacks=[("best_epoch", BestEpoch()), *(network.callbacks or [])])
    network.fit(X_train, y_train, **monitored)
    return dict(network.net_.callbacks_)["best_epoch"]


def _curves(history: Any) -> dict[str, list[float | None]]:
    names = [name for name in _CURVES if name in history[0]]
    return {_CURVES[name]: [_finite(value) for value in history[:, name]] for name in names}


def _finite(value: float) -> float | None:
    """Return the number, or None, which JSON knows, where training diverged."""
    return float(value) if isfinite(value) else None
