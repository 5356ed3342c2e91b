"""Find the network in an estimator, and ask what it may do."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline

from sktimnet.classifiers import NetworkClassifier


def final_network(estimator: Any) -> NetworkClassifier | None:
    """Return the network that the estimator is or ends in, or None.

    Parameters
    ----------
    estimator : estimator
        Any scikit-learn estimator.

    Returns
    -------
    NetworkClassifier or None
    """
    last = estimator[-1] if type(estimator) is Pipeline and estimator.steps else estimator
    return last if isinstance(last, NetworkClassifier) else None


def may_choose_epoch(network: NetworkClassifier) -> bool:
    """Tell whether the network may end the training, or choose its weights, by the scores on validation clips."""
    return network.early_stopping or bool(network.callbacks)
