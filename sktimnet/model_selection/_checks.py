"""Check the arguments of an evaluation, and say what is wrong with them."""

from __future__ import annotations

import pickle
from typing import Any

import joblib


def check_can_be_kept(estimator: Any, scorers: dict[str, Any], memory: Any) -> None:
    """Refuse what a cache of folds cannot know again: parameters that cannot be pickled.

    Parameters
    ----------
    estimator : estimator
        Any scikit-learn estimator.
    scorers : dict of str to str or callable
        Further measures.
    memory : str, path or joblib.Memory
        The cache, for the message.

    Raises
    ------
    ValueError
        If a parameter or a scorer cannot be pickled; the message names it.
    """
    named = estimator.get_params() | {f"scoring[{name!r}]": scorer for name, scorer in scorers.items()}
    failing = [name for name, value in named.items() if not _can_be_hashed(value)]
    if failing:
        deepest = max(failing, key=lambda name: name.count("__"))  # the steps around it fail with it
        raise ValueError(
            f"memory={memory!r} knows finished folds by the estimator's parameters, but {deepest}={named[deepest]!r} "
            "cannot be pickled: name a function that is defined with def in a module, or pass memory=None."
        )


def _can_be_hashed(value: Any) -> bool:
    try:
        joblib.hash(value)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True
