"""Check the arguments of an evaluation; each error shows the value and the way out."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_is_fitted

from sktimnet.model_selection._groups import group_splitters
from sktimnet.model_selection._networks import final_network, may_choose_epoch
from sktimnet.model_selection._splits import NEEDS, PROTOCOLS, Split


def check_two_labels(y: NDArray) -> None:
    """Refuse clips that all have the same label.

    Parameters
    ----------
    y : ndarray of shape (n_clips,)
        The labels.

    Raises
    ------
    ValueError
        If there is one label only.
    """
    if len(labels := np.unique(y)) < 2:
        raise ValueError(
            f"All {len(y)} clips have the same label, {labels.tolist()[0]!r}: there is nothing to tell apart. In a "
            "folder of recordings each label is a directory of its own; name the one that holds these."
        )


def check_seeds(seeds: Iterable[int]) -> list[int]:
    """Return the seeds as a list; refuse what is no set of seeds.

    Parameters
    ----------
    seeds : iterable of int
        One or more, each once.

    Returns
    -------
    list of int

    Raises
    ------
    ValueError
        If there is none, one occurs twice, or one is no integer from 0 to 2**32 - 1.
    """
    found = list(seeds) if isinstance(seeds, Iterable) and getattr(seeds, "ndim", None) != 0 else []
    whole = all(isinstance(seed, Integral) and 0 <= seed < 2**32 for seed in found)
    if not found or not whole or len(set(found)) < len(found):
        raise ValueError(f"seeds={seeds!r} must be one or more different integers from 0 to 2**32 - 1, such as (0, 1).")
    return [int(seed) for seed in found]


def check_names(what: str, values: Any) -> NDArray | None:
    """Return the speakers, texts or groups of all clips; refuse unknown ones, which would count as one of them.

    Parameters
    ----------
    what : str
        The argument's name, such as "speaker".
    values : array-like of shape (n_clips,) or None
        Strings or numbers.

    Returns
    -------
    ndarray of shape (n_clips,) or None

    Raises
    ------
    ValueError
        If a clip lacks one, or some are strings and others numbers.
    """
    if values is None:
        return None
    names = np.asarray(values, dtype=object).ravel().tolist()
    unknown = [i for i, name in enumerate(names) if not isinstance(name, str | Real) or name != name or name == ""]
    if unknown:
        raise ValueError(
            f"{what} must be a string or a number for each clip, but clip {unknown[0]} has {names[unknown[0]]!r} "
            f"({len(unknown)} of {len(names)} clips lack one); leave such clips out, or do without: pass {what}=None, "
            "or remove the column of the table."
        )
    if len({isinstance(name, str) for name in names}) > 1:
        raise ValueError(f"{what} has strings and numbers, from {names[0]!r} on; make all of them strings.")
    return column_or_1d(values)


def check_own_protocol(protocol: Mapping, cv: Any) -> tuple[str, str]:
    """Return name and meaning of a protocol of one's own.

    Parameters
    ----------
    protocol : mapping of str to str
        One name, and what its figures mean.
    cv : splitter or iterable of (train, test) or None
        The folds.

    Returns
    -------
    name, meaning : str

    Raises
    ------
    ValueError
        If there is no name, no meaning or more than one, the name is one of the package's, or there are no folds.
    """
    texts = [text for pair in protocol.items() for text in pair]
    if len(texts) != 2 or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ValueError(
            f"protocol={protocol!r} must be one name with its meaning, such as "
            "{'site': 'no recording site of the test fold is in training'}."
        )
    name, meaning = texts
    if name.strip().lower() in PROTOCOLS:
        raise ValueError(f"protocol={protocol!r} has a name that means something else; take another.")
    if cv is None:
        raise ValueError(f"protocol={protocol!r} needs its folds; pass them as cv, such as cv=LeaveOneGroupOut().")
    return name, meaning


def check_protocols(estimator: Any, protocol: str | Sequence[str]) -> list[str]:
    """Return the protocols as a list; refuse several that one training cannot score.

    Parameters
    ----------
    estimator : classifier or list of fitted classifiers
        What is evaluated.
    protocol : str or sequence of str
        As in :func:`evaluate`.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If they are others than "last-epoch" and "best-epoch", or the network may end its training earlier.
    """
    if isinstance(protocol, str):
        return [protocol]
    if sorted(protocol) != ["best-epoch", "last-epoch"]:
        raise ValueError(
            f"protocol={protocol!r}: only 'last-epoch' and 'best-epoch' together can be scored from one training; "
            "call evaluate once for each other protocol."
        )
    network = None if isinstance(estimator, list) else final_network(estimator)
    if isinstance(estimator, list) or (network is not None and may_choose_epoch(network)):
        found = "fitted classifiers" if network is None else f"{network!r} with callbacks or early_stopping=True"
        raise ValueError(
            f"protocol={protocol!r} needs a network that evaluate trains to its last epoch, got {found}; "
            "call evaluate once for each protocol."
        )
    return list(protocol)


def check_estimator(estimator: Any, *, protocols: Sequence[str], seeds: Sequence[int], speaker: NDArray | None) -> None:
    """Refuse an estimator that is no classifier, or not one for these protocols.

    Parameters
    ----------
    estimator : classifier or list of fitted classifiers
        What is evaluated.
    protocols : sequence of str
        The protocols.
    seeds : sequence of int
        The seeds.
    speaker : ndarray of shape (n_clips,) or None
        Who speaks.

    Raises
    ------
    TypeError, ValueError
        If the estimator cannot be evaluated so.
    """
    if isinstance(estimator, list):
        _check_fitted(estimator, protocols, seeds)
        return
    if isinstance(estimator, type) or not is_classifier(estimator):
        raise ValueError(f"estimator={estimator!r} is not a classifier.")
    if speaker is None and (splitters := group_splitters(estimator)):
        raise ValueError(
            f"The estimator's cv={splitters[0]!r} holds out groups, but speaker=None; pass who speaks in each clip."
        )
    last = estimator[-1] if type(estimator) is Pipeline else estimator
    if "best-epoch" in protocols and final_network(estimator) is None:
        raise ValueError(
            f"protocol='best-epoch' needs the scores of each epoch, which {type(last).__name__} does not give; "
            "take a TIMNetClassifier or TCNClassifier, alone or last in a Pipeline, or another protocol."
        )


def check_number(estimator: Any, splits: Sequence[Split]) -> None:
    """Refuse fitted classifiers that are more or fewer than the folds.

    Parameters
    ----------
    estimator : classifier or list of fitted classifiers
        What is evaluated.
    splits : sequence of Split
        The folds.

    Raises
    ------
    ValueError
        If the numbers differ.
    """
    n_folds = max(split.fold for split in splits)
    if isinstance(estimator, list) and len(estimator) != n_folds:
        raise ValueError(f"estimator: {len(estimator)} fitted classifiers for {n_folds} folds; pass one for each fold.")


def check_can_be_kept(estimator: Any, scorers: dict[str, Any], memory: Any) -> None:
    """Refuse parameters that cannot be pickled, by which a cache identifies finished folds.

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
            f"memory={memory!r} identifies finished folds by the estimator's parameters, but "
            f"{deepest}={named[deepest]!r} cannot be pickled: name a function that is defined with def in a module, or "
            "pass memory=None."
        )


def _can_be_hashed(value: Any) -> bool:
    try:
        joblib.hash(value)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


def _check_fitted(classifiers: list, protocols: Sequence[str], seeds: Sequence[int]) -> None:
    for fitted in classifiers:
        if isinstance(fitted, type) or not hasattr(fitted, "predict"):
            raise TypeError(f"estimator as a list must hold fitted classifiers, got {fitted!r}.")
        check_is_fitted(fitted)
    if protocols[0] in NEEDS:
        raise ValueError(
            f"protocol={protocols[0]!r} holds out speakers, but fitted classifiers may have been trained on any of "
            "them; pass the folds that they were trained on as cv, with protocol='last-epoch' or 'best-epoch'."
        )
    if len(seeds) > 1:
        raise ValueError(f"seeds={seeds!r}, but fitted classifiers belong to the folds of one seed.")
