"""Estimators as content: :class:`Writer`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch
from torch import Tensor

from sktimnet.persistence._calibrated import get_calibrated_state
from sktimnet.persistence._content import LEFT_BEHIND, PERTURBATIONS, SCIKIT_LEARN, Content


class Writer:
    """Turn estimators into content.

    Attributes
    ----------
    arrays : dict of str to ndarray
        All arrays and tensors.
    classes : list of type
        Of the estimators.
    """

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.classes: list[type] = []
        self._estimators: list[Content] = []
        self._places: dict[int, int] = {}

    def write(self, estimator: BaseEstimator) -> Content:
        """Return the content of one estimator, the last of ``content["estimators"]``."""
        self._place(estimator)
        return {"estimators": self._estimators}

    def _place(self, estimator: Any) -> int:
        """Return the position of an estimator, which is written once however often it occurs."""
        if id(estimator) not in self._places:
            written = self._write_estimator(estimator)
            self._places[id(estimator)] = len(self._estimators)
            self._estimators.append(written)
        return self._places[id(estimator)]

    def _write_estimator(self, estimator: Any) -> Content:
        kind = type(estimator)
        _check_kept(estimator)
        self.classes.append(kind)
        parameters = estimator.get_params(deep=False)
        return {
            "class": kind.__name__,
            "module": kind.__module__,
            "parameters": {
                name: self._write(value, f"{kind.__name__}.{name}")
                for name, value in parameters.items()
                if name not in LEFT_BEHIND
            },
            "state": {
                name: self._write(value, f"{kind.__name__}.{name}")
                for name, value in _fitted_state(estimator, parameters).items()
            },
        }

    def _write(self, value: Any, name: str) -> Any:
        """Return a value as JSON; the name is for the message about one that cannot be kept."""
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, torch.device):
            return str(value)
        if isinstance(value, BaseEstimator):
            return {"estimator": self._place(value)}
        if isinstance(value, list):
            return [self._write(item, name) for item in value]
        if isinstance(value, tuple):
            return {"tuple": [self._write(item, name) for item in value]}
        if type(value) in PERTURBATIONS.values():
            given = {field.name: self._write(getattr(value, field.name), name) for field in fields(value)}
            return {"perturbation": type(value).__name__, "parameters": given}
        if isinstance(value, dict):  # as pairs, since JSON has strings as keys only
            pairs = [[self._write(key, name), self._write(item, name)] for key, item in value.items()]
            return {"bunch" if isinstance(value, Bunch) else "dict": pairs}
        if isinstance(value, Tensor) and value.dtype != torch.bfloat16:  # which NumPy lacks
            return {"tensor": self._keep(value.detach().cpu().numpy())}
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            return {"array": self._keep(value)}
        if isinstance(value, np.ndarray) and all(isinstance(label, str) for label in value.flat):
            return {"labels": value.tolist(), "dtype": value.dtype.str}
        raise ValueError(f"pipeline holds {name}={value!r:.200}, which a safe file cannot keep. Use joblib.dump.")

    def _keep(self, array: np.ndarray) -> str:
        name = str(len(self.arrays))
        self.arrays[name] = np.array(array, order="C")
        return name


def _check_kept(estimator: Any) -> None:
    """Raise ValueError for estimators of scikit-learn whose state a file does not keep."""
    kind = type(estimator)
    if kind in SCIKIT_LEARN or not kind.__module__.startswith("sklearn."):
        return
    way_out = "Save its best_estimator_." if hasattr(estimator, "best_estimator_") else "Use joblib.dump, or skops."
    raise ValueError(f"pipeline holds {kind.__name__} of scikit-learn, which a safe file cannot keep. {way_out}")


def _fitted_state(estimator: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what an estimator learned: its ``get_fitted_state()``, or all attributes that are no parameters."""
    if isinstance(estimator, CalibratedClassifierCV):
        return get_calibrated_state(estimator)
    if not hasattr(estimator, "get_fitted_state"):
        not_learned = {*parameters, "_metadata_request"}
        return {name: value for name, value in vars(estimator).items() if name not in not_learned}
    try:
        return estimator.get_fitted_state()
    except NotFittedError:  # one that another estimator clones
        return {}
