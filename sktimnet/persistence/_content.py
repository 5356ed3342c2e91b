"""The content of a safe file: estimators as JSON and tensors (:class:`Writer`), and back (:class:`Reader`).

Each estimator is a dict of its class, parameters and fitted state, and stands after those that it holds. Values that
JSON lacks are dicts of one tag, such as ``{"tuple": [...]}`` or ``{"array": "3"}``, which names a tensor of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, TypeAlias

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.utils import Bunch
from torch import Tensor

from sktimnet import perturbations
from sktimnet.augmentation import SpecAugment
from sktimnet.classifiers import TCNClassifier, TIMNetClassifier
from sktimnet.feature_extraction import ChannelUnion, DescriptorTransformer, FunctionalsTransformer, MFCCTransformer
from sktimnet.outliers import PCAOutlierDetector
from sktimnet.preprocessing import FeatureScaler, RankScaler
from sktimnet.speakers import SpeakerNormalizedClassifier

Content: TypeAlias = dict[str, Any]

# Those that hold numbers, labels, arrays and estimators only.
_SCIKIT_LEARN: tuple[type, ...] = (
    FeatureUnion,
    LabelEncoder,
    LogisticRegression,
    Pipeline,
    StandardScaler,
    VotingClassifier,
)
_KNOWN: tuple[type, ...] = (
    ChannelUnion,
    DescriptorTransformer,
    FeatureScaler,
    FunctionalsTransformer,
    MFCCTransformer,
    PCAOutlierDetector,
    RankScaler,
    SpeakerNormalizedClassifier,
    SpecAugment,
    TCNClassifier,
    TIMNetClassifier,
    *_SCIKIT_LEARN,
)
_PERTURBATIONS = {
    name: kind
    for name, kind in vars(perturbations).items()
    if isinstance(kind, type) and issubclass(kind, perturbations.Perturbation)
}
# Parameters of the machine and session that trained, or code; caches and checkpoints of strangers hold pickles.
_LEFT_BEHIND = frozenset({"memory", "checkpoint", "callbacks", "random_state"})


class MissingClassError(ValueError):
    """Raised for a class that is neither of this package nor passed."""


class Writer:
    """Turn estimators into content.

    Attributes
    ----------
    tensors : dict of str to Tensor
        All arrays and tensors.
    classes : list of type
        Of the estimators.
    """

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
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
                if name not in _LEFT_BEHIND
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
        if type(value) in _PERTURBATIONS.values():
            given = {field.name: self._write(getattr(value, field.name), name) for field in fields(value)}
            return {"perturbation": type(value).__name__, "parameters": given}
        if isinstance(value, dict):  # as pairs, since JSON has strings as keys only
            pairs = [[self._write(key, name), self._write(item, name)] for key, item in value.items()]
            return {"bunch" if isinstance(value, Bunch) else "dict": pairs}
        if isinstance(value, Tensor):
            return {"tensor": self._keep(value.detach().cpu().clone())}
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            return {"array": self._keep(torch.from_numpy(np.array(value, order="C")))}
        if isinstance(value, np.ndarray) and all(isinstance(label, str) for label in value.flat):
            return {"labels": value.tolist(), "dtype": value.dtype.str}
        raise ValueError(f"pipeline holds {name}={value!r:.200}, which a safe file cannot keep. Use joblib.dump.")

    def _keep(self, tensor: Tensor) -> str:
        name = str(len(self.tensors))
        self.tensors[name] = tensor.contiguous()
        return name


class Reader:
    """Turn content into estimators.

    Parameters
    ----------
    content : dict
        As :meth:`Writer.write` returns it; it may be of anybody.
    tensors : dict of str to Tensor
        The tensors beside it.
    classes : iterable of type
        Classes that it may hold beside those of this package.
    """

    def __init__(self, content: Content, tensors: dict[str, Tensor], classes: Iterable[type]):
        self._content, self._tensors = content, tensors
        self._classes = {kind.__name__: kind for kind in (*_KNOWN, *classes)}
        self._built: list[Any] = []

    def read(self) -> Any:
        """Return the last estimator of the content."""
        for estimator in self._content["estimators"]:
            self._built.append(self._read_estimator(estimator))
        return self._built[-1]

    def _read_estimator(self, written: Content) -> Any:
        kind = self._classes.get(written["class"])
        if kind is None:
            raise MissingClassError(
                f"holds the class {written['module']}.{written['class']}, which is none of this package. If you trust "
                f"it, import it and pass it: load(path, classes=[{written['class']}])."
            )
        parameters = self._read_items(written["parameters"])
        if forbidden := _LEFT_BEHIND.intersection(parameters):
            raise ValueError(f"it sets {', '.join(sorted(forbidden))}, which save leaves out")
        estimator = kind(**parameters)
        state = self._read_items(written["state"])
        if not state:
            return estimator
        if hasattr(kind, "set_fitted_state"):
            estimator.set_fitted_state(state)
            return estimator
        if methods := [name for name in state if callable(getattr(kind, name, None))]:
            raise ValueError(f"it would replace {', '.join(methods)} of {kind.__name__}")
        vars(estimator).update(state)
        return estimator

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
            "tensor": lambda name: self._tensors[name],
            "array": lambda name: self._tensors[name].numpy(),
            "perturbation": lambda kind: _PERTURBATIONS[kind](**self._read_items(value["parameters"])),
            "labels": lambda labels: _as_labels(labels, value["dtype"]),
        }
        return readers[tag](value[tag])


def _check_kept(estimator: Any) -> None:
    """Raise ValueError for estimators of scikit-learn whose state a file does not keep."""
    kind = type(estimator)
    if kind in _SCIKIT_LEARN or not kind.__module__.startswith("sklearn."):
        return
    way_out = "Save its best_estimator_." if hasattr(estimator, "best_estimator_") else "Use joblib.dump, or skops."
    raise ValueError(f"pipeline holds {kind.__name__} of scikit-learn, which a safe file cannot keep. {way_out}")


def _fitted_state(estimator: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what an estimator learned: its ``get_fitted_state()``, or all attributes that are no parameters."""
    if not hasattr(estimator, "get_fitted_state"):
        return {name: value for name, value in vars(estimator).items() if name not in parameters}
    try:
        return estimator.get_fitted_state()
    except NotFittedError:  # one that another estimator clones
        return {}


def _as_labels(labels: list, dtype: str) -> np.ndarray:
    if np.dtype(dtype).kind not in "UO":
        raise ValueError(f"dtype={dtype!r} is not one of labels")
    return np.array(labels, dtype=dtype)
