"""Look into an estimator: its parts, its seeds, and its parameters as a report holds them."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

_PLACES = ("memory", "checkpoint")


def parts(estimator: Any) -> list:
    """Return the estimator and the values of all its parameters, at whatever depth.

    Parameters
    ----------
    estimator : estimator or list of fitted classifiers
        A list has no parameters, and so no parts.

    Returns
    -------
    list
    """
    return [] if isinstance(estimator, list) else [estimator, *estimator.get_params().values()]


def seeded(estimator: Any, seed: int) -> Any:
    """Return a clone in which the seed decides everything random.

    Parameters
    ----------
    estimator : estimator
        Any scikit-learn estimator.
    seed : int
        What every `random_state` becomes, at whatever depth.

    Returns
    -------
    estimator
    """
    estimator = clone(estimator)
    names = [name for name in estimator.get_params() if name.split("__")[-1] == "random_state"]
    estimator.set_params(**dict.fromkeys(names, seed))  # FrozenEstimator's returns nothing
    return estimator


def is_fitted_elsewhere(estimator: Any) -> bool:
    """Tell whether the estimator, or a part of it, was fitted before the evaluation.

    Parameters
    ----------
    estimator : estimator or list of fitted classifiers
        Any scikit-learn estimator.

    Returns
    -------
    bool
    """
    return isinstance(estimator, list) or any(
        isinstance(part, FrozenEstimator) or (isinstance(part, str) and part == "prefit") for part in parts(estimator)
    )


def without_places(estimator: Any) -> tuple[Any, dict[str, Any]]:
    """Separate an estimator from the places where it keeps something, which decide no figure.

    Parameters
    ----------
    estimator : estimator
        Any scikit-learn estimator.

    Returns
    -------
    estimator
        A clone whose every `memory` and `checkpoint` is None.
    places : dict
        These parameters, to set them again.
    """
    estimator = clone(estimator)
    places = {name: value for name, value in estimator.get_params().items() if name.split("__")[-1] in _PLACES}
    estimator.set_params(**dict.fromkeys(places))
    return estimator, places


def describe(estimator: Any) -> dict[str, Any]:
    """Return the estimator and its parameters in a form that JSON keeps.

    Parameters
    ----------
    estimator : estimator or list of fitted classifiers
        Any scikit-learn estimator.

    Returns
    -------
    dict
        ``estimator`` (str) and ``parameters`` (dict).
    """
    if isinstance(estimator, list):
        first = describe(estimator[0])
        return first | {"estimator": f"{len(estimator)} fitted classifiers, the first of them {first['estimator']}"}
    estimator, _ = without_places(estimator)
    parameters = {name: plain(value) for name, value in estimator.get_params().items()}
    return {"estimator": re.sub(r"\s+", " ", str(plain(estimator))), "parameters": parameters}


def plain(value: Any) -> str | int | float | None:
    """Return the value if JSON keeps it, else its repr without addresses in memory."""
    if value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


def describe_cv(cv: Any) -> str | int | None:
    """Return `cv` in a form that JSON keeps; of folds given as positions, only that they were given."""
    return plain(cv) if isinstance(cv, int) or cv is None or hasattr(cv, "split") else "given folds"  # type: ignore[return-value]
