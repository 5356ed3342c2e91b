"""Content as estimators: :class:`Reader`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.utils import Bunch

from sktimnet.persistence._calibrated import set_calibrated_state
from sktimnet.persistence._content import LEFT_BEHIND, OWN, PERTURBATIONS, SCIKIT_LEARN, Content


class MissingClassError(ValueError):
    """Raised for a class that is neither of this package nor passed."""


class Reader:
    """Turn content into estimators.

    Parameters
    ----------
    content : dict
        As :meth:`Writer.write` returns it; it may be of anybody.
    arrays : dict of str to ndarray
        The arrays beside it.
    classes : iterable of type
        Classes that it may hold beside those of this package.
    """

    def __init__(self, content: Content, arrays: dict[str, np.ndarray], classes: Iterable[type]):
        self._content, self._arrays = content, arrays
        self._classes = {kind.__name__: kind for kind in (*SCIKIT_LEARN, *classes)}
        self._built: list[Any] = []

    def read(self) -> Any:
        """Return the last estimator of the content."""
        for estimator in self._content["estimators"]:
            self._built.append(self._read_estimator(estimator))
        return self._built[-1]

    def _read_estimator(self, written: Content) -> Any:
        kind = self._find_class(written["class"])
        if kind is None:
            raise MissingClassError(
                f"holds the class {written['module']}.{written['class']}, which is none of this package. If you trust "
                f"it, import it and pass it: load(path, classes=[{written['class']}])."
            )
        parameters = self._read_items(written["parameters"])
        if forbidden := LEFT_BEHIND.intersection(parameters):
            raise ValueError(f"it sets {', '.join(sorted(forbidden))}, which save leaves out")
        estimator = kind(**parameters)
        state = self._read_items(written["state"])
        if not state:
            return estimator
        if kind is CalibratedClassifierCV:
            set_calibrated_state(estimator, state)
            return estimator
        if hasattr(kind, "set_fitted_state"):
            estimator.set_fitted_state(state)
            return estimator
        if methods := [name for name in state if callable(getattr(kind, name, None))]:
            raise ValueError(f"it would replace {', '.join(methods)} of {kind.__name__}")
        vars(estimator).update(state)
        return estimator

    def _find_class(self, name: str) -> type | None:
        if name in self._classes:
            return self._classes[name]
        return getattr(import_module(OWN[name]), name) if name in OWN else None

    def _read_items(self, written: Content) -> dict[str, Any]:
        return {name: self._read(value) for name, value in written.items()}

    def _read(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._read(item) for item in value]
        if not isinstance(value, dict):
            return value
        tag, *_ = value
        readers: dict[str, Callable[[Any], Any]] = {
            "estimator": lambda place: self._built[place],
            "tuple": lambda items: tuple(self._read(items)),
            "dict": lambda pairs: {self._read(key): self._read(item) for key, item in pairs},
            "bunch": lambda pairs: Bunch(**{key: self._read(item) for key, item in pairs}),
            "tensor": lambda name: _as_tensor(self._arrays[name]),
            "array": lambda name: self._arrays[name],
            "perturbation": lambda kind: PERTURBATIONS[kind](**self._read_items(value["parameters"])),
            "labels": lambda labels: _as_labels(labels, value["dtype"]),
        }
        return readers[tag](value[tag])


def _as_tensor(array: np.ndarray) -> Any:
    import torch  # slow to import

    return torch.from_numpy(array)


def _as_labels(labels: list, dtype: str) -> np.ndarray:
    if np.dtype(dtype).kind not in "UO":
        raise ValueError(f"dtype={dtype!r} is not one of labels")
    return np.array(labels, dtype=dtype)
