"""What a fitted classifier is kept as, in a pickle and in a safe file: :class:`FittedState`."""

from __future__ import annotations

import inspect
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from sktimnet.classifiers._checks import check_weights
from sktimnet.classifiers._making import new_net
from sktimnet.versions import library_versions, warn_of_other_versions


class FittedState(BaseEstimator):
    """Give and take the state of a fitted :class:`~sktimnet.classifiers.NetworkClassifier`."""

    network_class: Any
    network_parameters: Any

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_versions": library_versions()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        warn_of_other_versions(state.pop("_versions"), f"This {type(self).__name__}")
        parameters = inspect.signature(type(self)).parameters
        defaults = {name: parameter.default for name, parameter in parameters.items()}
        super().__setstate__(defaults | state)  # an earlier version had fewer parameters

    def with_weights(self, weights: dict[str, Tensor], classes: ArrayLike, n_features: int) -> Self:
        """Become a fitted classifier with weights that were trained elsewhere, so that `n_iter_` is 0.

        Parameters
        ----------
        weights : dict of str to Tensor
            The network's ``state_dict``.
        classes : array-like of shape (n_classes,)
            The labels, in the order of the network's outputs.
        n_features : int
            Channels of the features.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If parameters are out of range, or the weights are those of another network.
        """
        self._validate_params()
        parameters = {"n_features": n_features, "n_classes": len(np.asarray(classes)), **self.network_parameters}
        check_weights(weights, self.network_class, parameters)
        net = new_net(self, n_features, len(np.asarray(classes)))
        net.module_.eval().load_state_dict(weights)
        self.net_, self.classes_, self.device_, self.n_features_in_ = net, np.array(classes), "cpu", n_features
        return self

    def get_fitted_state(self) -> dict[str, Any]:
        """Return what `fit` learned, for :func:`sktimnet.persistence.save`.

        Returns
        -------
        dict
            Weights, labels and the scores of each epoch; the optimiser's state is left out.
        """
        check_is_fitted(self)
        state = {
            "weights": dict(self.net_.module_.state_dict()),
            "classes": self.classes_,
            "n_features_in": self.n_features_in_,
            "history": list(self.net_.history),
        }
        return state | {name: getattr(self, name) for name in ("feature_names_in_",) if hasattr(self, name)}

    def set_fitted_state(self, state: dict[str, Any]) -> None:
        """Become fitted with what :meth:`get_fitted_state` gave, and the same parameters.

        Parameters
        ----------
        state : dict
            The state.

        Raises
        ------
        ValueError
            If parameters are out of range, or the weights are those of another network.
        """
        self.with_weights(state["weights"], state["classes"], state["n_features_in"])
        self.net_.history.extend(state["history"])
        if "feature_names_in_" in state:
            self.feature_names_in_ = state["feature_names_in_"]
