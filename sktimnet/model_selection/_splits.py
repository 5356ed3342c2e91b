"""Split clips into folds: the clips that each trains on and those that it tests."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import isqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, StratifiedKFold, check_cv
from sklearn.utils.metadata_routing import get_routing_for_object

#: The protocols of :func:`~sktimnet.model_selection.evaluate`, each with what it means.
PROTOCOLS = {
    "last-epoch": "the paper's *: the weights after the last epoch; the test fold is only monitored",
    "best-epoch": "OPTIMISTIC, the paper's **: the epoch is chosen on the test fold itself",
    "speaker": "no speaker of the test fold is in training",
    "speaker+text": "the test fold is held-out speakers saying held-out texts; training shares neither",
}
#: What the protocols that make folds of their own must know of each clip, beside its label.
NEEDS = {"speaker": ("speaker",), "speaker+text": ("speaker", "text")}


class Split(NamedTuple):
    """One fold: positions of its clips."""

    seed: int
    fold: int  # from 1
    train: NDArray[np.intp]
    test: NDArray[np.intp]


def make_splits(
    y: NDArray,
    *,
    protocol: str,
    cv: Any,
    n_splits: int | None,
    seeds: Sequence[int],
    speaker: NDArray | None,
    text: NDArray | None,
    groups: NDArray | None = None,
) -> list[Split]:
    """Make the folds of every seed.

    Parameters
    ----------
    y : ndarray of shape (n_clips,)
        The labels.
    protocol : str
        One of :data:`PROTOCOLS`.
    cv, n_splits, seeds, speaker, text, groups
        As in :func:`evaluate`.

    Returns
    -------
    list of Split

    Raises
    ------
    ValueError
        If the protocol is unknown, or what it needs is missing.
    """
    _check_protocol(protocol, cv, n_splits, speaker, text)
    given = None if cv is None else check_cv(cv, y, classifier=True)
    splits = []
    for seed in seeds:
        if protocol == "speaker":
            folds = _held_out_speakers(y, speaker, n_splits, seed)
        elif protocol == "speaker+text":
            folds = _held_out_pairs(y, speaker, text, n_splits, seed)
        else:
            splitter = _stratified(y, n_splits) if given is None else given
            folds = _with_seed(splitter, seed).split(np.zeros(len(y)), y, _groups(splitter, speaker, groups))
            folds = (_checked(fold, number, len(y)) for number, fold in enumerate(folds, start=1))
        splits += [Split(seed, number, *fold) for number, fold in enumerate(folds, start=1)]
    if not splits:
        raise ValueError(f"There are no folds: cv={cv!r}, n_splits={n_splits!r}.")
    return splits


def _stratified(y: NDArray, n_splits: Any) -> StratifiedKFold:
    labels, counts = np.unique(y, return_counts=True)
    if n_splits > counts.max():
        raise ValueError(
            f"n_splits={n_splits} is more than any class has clips ({counts.max()}, {labels[counts.argmax()]}); take "
            "fewer folds."
        )
    return StratifiedKFold(n_splits, shuffle=True)


def choose_folds(splits: list[Split], folds: Sequence[int]) -> list[Split]:
    """Return the folds of these numbers, of every seed.

    Parameters
    ----------
    splits : list of Split
        All folds.
    folds : sequence of int
        Numbers, from 1.

    Returns
    -------
    list of Split

    Raises
    ------
    ValueError
        If there is no number, or no fold of one.
    """
    known = {split.fold for split in splits}
    wanted = list(folds)
    if not wanted or not known.issuperset(wanted):
        raise ValueError(f"folds={folds!r} must be one or more of the folds' numbers, 1 to {max(known)}.")
    return [split for split in splits if split.fold in wanted]


def hash_splits(splits: Iterable[Split]) -> str:
    """Identify folds by a hash that is the same on every machine."""
    digest = hashlib.sha256()
    for split in splits:
        for part in ([split.seed, split.fold], split.train, split.test):
            digest.update(np.array([len(part), *part], dtype="<i8").tobytes())
    return digest.hexdigest()


def _check_protocol(
    protocol: str, cv: Any, n_splits: int | None, speaker: NDArray | None, text: NDArray | None
) -> None:
    if protocol not in PROTOCOLS:
        raise ValueError(
            f"protocol={protocol!r} is unknown; known are {', '.join(map(repr, PROTOCOLS))}. Name folds of your own "
            f"together with what they mean: protocol={{{protocol!r}: 'no ... of the test fold is in training'}}, cv=..."
        )
    needed = NEEDS.get(protocol, ())
    for name in needed:
        values = {"speaker": speaker, "text": text}[name]
        if values is None:
            raise ValueError(
                f"protocol={protocol!r} needs the {name} of each clip, but {name}=None; pass an array beside y, "
                f"such as a corpus's {name} array."
            )
        if len(np.unique(values)) < 2:
            raise ValueError(f"protocol={protocol!r} needs at least two {name}s, got only {values.tolist()[0]!r}.")
    if needed and cv is not None:
        raise ValueError(
            f"protocol={protocol!r} makes its own folds, but cv={cv!r}; leave cv=None and set n_splits, or name your "
            "own folds, such as protocol={'site': 'no recording site of the test fold is in training'}."
        )
    if isinstance(cv, type):
        raise ValueError(f"cv is the class {cv.__name__}; make a splitter of it: cv={cv.__name__}().")
    least = 4 if protocol == "speaker+text" else 2
    if n_splits is None and not needed and cv is None:
        raise ValueError(f"n_splits=None is for the speaker protocols; protocol={protocol!r} needs a number of folds.")
    if n_splits is not None and n_splits < least:
        raise ValueError(f"n_splits={n_splits!r} is too few; protocol={protocol!r} needs {least} or more.")


def _groups(splitter: Any, speaker: NDArray | None, groups: NDArray | None) -> NDArray | None:
    """Return the groups, or the speakers where there are none, for a splitter that holds out groups."""
    if not get_routing_for_object(splitter).consumes("split", {"groups"}):
        return None
    if groups is None and speaker is None:
        raise ValueError(
            f"cv={splitter!r} holds out groups, but speaker=None; pass who speaks in each clip, or other groups as "
            "groups."
        )
    return speaker if groups is None else groups


def _with_seed(splitter: Any, seed: int) -> Any:
    """Return the splitter with the seed as `random_state`, unless it has one of its own or does not shuffle."""
    if getattr(splitter, "random_state", seed) is not None or not getattr(splitter, "shuffle", True):
        return splitter
    splitter = copy.copy(splitter)
    splitter.random_state = seed
    return splitter


def _checked(fold: Any, number: int, n_clips: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the fold, given as positions or masks, as positions; refuse training on test clips."""
    try:
        train, test = map(_positions, fold)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Fold {number} of cv must be positions to train on and to test, got {fold!r}.") from error
    if not len(train) or not len(test):
        raise ValueError(f"Fold {number} of cv has {len(train)} training and {len(test)} test clips; both need some.")
    positions = np.concatenate([train, test])
    if positions.min() < 0 or positions.max() >= n_clips:
        raise ValueError(
            f"Fold {number} of cv has positions from {positions.min()} to {positions.max()}; "
            f"{n_clips} clips have positions from 0 to {n_clips - 1}."
        )
    if len(shared := np.intersect1d(train, test)):
        raise ValueError(
            f"Fold {number} of cv trains on {len(shared)} of its {len(test)} test clips, such as clip {shared[0]}; "
            "take them out of its training part."
        )
    return train, test


def _positions(part: Any) -> NDArray[np.intp]:
    part = np.asarray(part)
    if part.dtype == bool:
        part = np.flatnonzero(part)
    if part.ndim != 1 or (len(part) and part.dtype.kind not in "iu"):
        raise TypeError(f"{part!r} are no positions")
    return part


def _held_out_speakers(y: NDArray, speaker: Any, n_splits: int | None, seed: int) -> Iterator[tuple[NDArray, NDArray]]:
    """Hold out every group of speakers."""
    group = _group(y, speaker, n_splits, seed)
    for number in np.unique(group):
        yield np.flatnonzero(group != number), np.flatnonzero(group == number)


def _held_out_pairs(
    y: NDArray, speaker: Any, text: Any, n_splits: int | None, seed: int
) -> Iterator[tuple[NDArray, NDArray]]:
    """Hold out every pair of a group of speakers and a group of texts, about `n_splits` pairs in all."""
    n_speakers, n_texts = len(np.unique(speaker)), len(np.unique(text))
    if n_splits is not None:  # with few speakers, more groups of texts, and the other way round
        n_speakers = min(n_speakers, n_splits // min(n_texts, isqrt(n_splits)))
        n_texts = min(n_texts, n_splits // n_speakers)
    speakers, texts = _group(y, speaker, n_speakers, seed), _group(y, text, n_texts, seed)
    for i, j in product(np.unique(speakers), np.unique(texts)):
        train = np.flatnonzero((speakers != i) & (texts != j))
        test = np.flatnonzero((speakers == i) & (texts == j))
        if len(train) and len(test):  # not every speaker says every text
            yield train, test


def _group(y: NDArray, names: Any, n_groups: int | None, seed: int) -> NDArray[np.intp]:
    """Return the number of each clip's group: clips of one name share a group, and groups have similar classes."""
    found, position = np.unique(names, return_inverse=True)
    if n_groups is None or n_groups >= len(found):
        return position
    stratified = np.unique(y, return_counts=True)[1].min() >= n_groups
    splitter = (StratifiedGroupKFold if stratified else GroupKFold)(n_groups, shuffle=True, random_state=seed)
    group = np.empty(len(y), dtype=np.intp)
    for number, (_, members) in enumerate(splitter.split(y, y, names)):
        group[members] = number
    return group
