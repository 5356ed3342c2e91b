"""Decode each file once: keep features that no training set decides as long as an evaluation takes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import joblib
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sktimnet.feature_extraction import FrameTransformer


@contextmanager
def keeping_features(estimator: Any) -> Iterator[Any]:
    """Keep the features of files in a temporary directory, for transformers without a `memory` of their own.

    Parameters
    ----------
    estimator : estimator or list of fitted classifiers
        Any scikit-learn estimator.

    Yields
    ------
    estimator
        A clone whose transformers share the directory; the estimator itself where none can use it.
    """
    parameters = {} if isinstance(estimator, list) else estimator.get_params()
    found = {name: part for name, part in parameters.items() if isinstance(part, FrameTransformer)}
    names = [f"{name}__memory" for name, part in found.items() if part.memory is None and has_fixed_features(part)]
    if not names:
        yield estimator
        return
    with tempfile.TemporaryDirectory(prefix="sktimnet-", ignore_cleanup_errors=True) as directory:
        yield clone(estimator).set_params(**dict.fromkeys(names, joblib.Memory(directory, verbose=0)))


def has_fixed_features(transformer: FrameTransformer) -> bool:
    """Tell whether a clip's features are the same whatever the transformer is fitted on."""
    return transformer.clip_length is not None or transformer.padding == "nan"


def transformers_of_clips(estimator: Any) -> Iterator[FrameTransformer]:
    """Find the transformers that get the clips themselves, and not what a step before them made of these.

    Parameters
    ----------
    estimator : object
        Any scikit-learn estimator; anything else has no transformers.

    Yields
    ------
    FrameTransformer
    """
    if isinstance(estimator, FrameTransformer):
        yield estimator
    elif isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:1]:
            yield from transformers_of_clips(step)
    elif hasattr(estimator, "get_params") and not isinstance(estimator, type):
        for value in estimator.get_params(deep=False).values():
            named = isinstance(value, list) and all(isinstance(item, tuple) and len(item) > 1 for item in value)
            for member in [item[1] for item in value] if named else [value]:
                yield from transformers_of_clips(member)
