"""Check what classifiers are given beside their parameters: features, labels, callbacks, weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch.callbacks import Callback
from torch import Tensor


def check_finite(X: NDArray[np.float32], name: str, classifier: str) -> None:
    """Raise ValueError for features that are NaN or infinite, other than missing frames."""
    bad = np.flatnonzero(~np.isfinite(X).all(axis=(1, 2)))
    if len(bad):
        rows = ", ".join(map(str, bad[:10])) + (", ..." if len(bad) > 10 else "")
        raise ValueError(
            f"Input {name} contains NaN or infinity in {len(bad)} row(s): {rows}. "
            f"{classifier} does not accept missing values, except frames that are missing in all channels "
            "after a clip's end; drop these clips or mend their recordings."
        )


def check_known(y: NDArray, classes: NDArray, name: str = "y") -> None:
    """Raise ValueError for labels that are none of `classes`."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(
            f"{name} contains labels that are none of the known classes: {unknown.tolist()}; known: "
            f"{np.asarray(classes).tolist()}."
        )


def check_callbacks(callbacks: Sequence | None) -> None:
    """Raise ValueError unless all are callbacks of skorch, or pairs of a name and one."""
    for item in callbacks or ():
        name, callback = item if isinstance(item, tuple | list) and len(item) == 2 else ("", item)
        kind = callback if isinstance(callback, type) else type(callback)
        if not isinstance(name, str) or not issubclass(kind, Callback):
            raise ValueError(f"callbacks must hold skorch callbacks or pairs of a name and one, got {item!r}.")


def check_weights(weights: dict[str, Tensor], network_class: Any, parameters: dict[str, Any]) -> None:
    """Raise ValueError for the weights of another network, before a network of these parameters takes memory."""
    with torch.device("meta"):
        network = network_class(**parameters, generator=None)
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in weights.items()}
    if found != expected:
        name = next(name for name in [*expected, *found] if found.get(name) != expected.get(name))
        raise ValueError(
            f"The weights are those of another network: {name} is {found.get(name, 'missing')}, and in "
            f"{network_class.__name__} {expected.get(name, 'unknown')}."
        )


def check_partial_fit(classifier: Any) -> None:
    """Raise ValueError for parameters that need the whole training set, or plan a whole training."""
    if isinstance(classifier.class_weight, str):
        raise ValueError(
            f"class_weight={classifier.class_weight!r} cannot be used in partial_fit, which does not see all clips; "
            "compute it over your whole training set and pass a dict."
        )
    if classifier.schedule != "constant" or classifier.early_stopping:
        raise ValueError(
            f"schedule={classifier.schedule!r} and early_stopping={classifier.early_stopping!r} plan a whole training, "
            "and partial_fit trains for one epoch: use schedule='constant' and early_stopping=False, or fit."
        )
    if classifier.weight_averaging is not None:
        raise ValueError(
            f"weight_averaging={classifier.weight_averaging!r} averages over a whole training, and partial_fit trains "
            "for one epoch: use weight_averaging=None, or fit."
        )
