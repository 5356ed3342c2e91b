"""Hand the speakers of the training clips to whatever asks for groups: inner searches, calibration, early stopping."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.utils.metadata_routing import get_routing_for_object

from sktimnet.classifiers import NetworkClassifier
from sktimnet.model_selection._estimators import parts
from sktimnet.speakers import SpeakerNormalizedClassifier


def group_splitters(estimator: Any) -> list:
    """Return the splitters inside an estimator that hold out groups, such as the ``cv=GroupKFold()`` of a search.

    Parameters
    ----------
    estimator : estimator or list of fitted classifiers
        Any scikit-learn estimator.

    Returns
    -------
    list of splitters
    """
    splitters = [part for part in parts(estimator) if hasattr(part, "split") and hasattr(part, "get_metadata_routing")]
    return [cv for cv in splitters if get_routing_for_object(cv).consumes("split", {"groups"})]


def asks_for_groups(estimator: Any) -> bool:
    """Tell whether a part of an estimator uses groups in fit: a splitter, early stopping or calibration."""
    uses = [
        part.early_stopping if isinstance(part, NetworkClassifier) else part.holds_out
        for part in _with_groups(estimator)
    ]
    return any(uses) or bool(group_splitters(estimator))


def fit_with_groups(estimator: Any, X: Any, y: NDArray, groups: NDArray | None) -> Any:
    """Fit an estimator, and pass the groups by scikit-learn's metadata routing where a part of it uses them.

    Parameters
    ----------
    estimator : estimator
        Unfitted. Its parts that take groups are set to request them.
    X, y : sequence of clips, ndarray of shape (n_clips,)
        The training clips and their labels.
    groups : ndarray of shape (n_clips,) or None
        Who speaks.

    Returns
    -------
    estimator
        The fitted estimator itself.
    """
    if groups is None or not asks_for_groups(estimator):
        return estimator.fit(X, y)
    with sklearn.config_context(enable_metadata_routing=True):
        for part in _with_groups(estimator):
            part.set_fit_request(groups=len(np.unique(groups)) > 1)
        consumed = get_routing_for_object(estimator).consumes("fit", {"groups"})
        return estimator.fit(X, y, **({"groups": groups} if consumed else {}))


def can_stop_by(groups: NDArray, network: NetworkClassifier) -> bool:
    """Tell whether a network stops early and could set a whole group aside for that."""
    return network.early_stopping and len(np.unique(groups)) > 1


def _with_groups(estimator: Any) -> list:
    """Return the parts whose fit takes groups, used or not: scikit-learn routes past none that says nothing."""
    return [part for part in parts(estimator) if isinstance(part, NetworkClassifier | SpeakerNormalizedClassifier)]
