"""Further measures of a fold, beside UAR and WAR, by scikit-learn's scorers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, TypeAlias

from numpy.typing import NDArray
from sklearn.metrics import check_scoring, get_scorer

#: Names of scorers, or scorers by a name of one's own.
Scoring: TypeAlias = str | Sequence[str] | Mapping[str, str | Callable[[Any, Any, Any], float]]


def scorers_by_name(scoring: Scoring | None) -> dict[str, Any]:
    """Return the scorers of further measures by name.

    Parameters
    ----------
    scoring : str, list of str, dict or None
        As in :func:`evaluate`.

    Returns
    -------
    dict of str to str or callable
        Empty for None.

    Raises
    ------
    ValueError
        If a scorer is unknown, or a measure has the name UAR or WAR.
    """
    if scoring is None:
        return {}
    names = [scoring] if isinstance(scoring, str) else scoring
    found = dict(names) if isinstance(names, Mapping) else {name: name for name in names}
    if taken := sorted({"UAR", "WAR"}.intersection(found)):
        raise ValueError(f"scoring names {', '.join(taken)}, which every report has; name further measures only.")
    for scorer in found.values():
        get_scorer(scorer)
    return found


def further_scores(fitted: Any, X: Any, y: NDArray, scorers: dict[str, Any]) -> dict[str, float | None]:
    """Score test clips by further measures.

    Parameters
    ----------
    fitted : classifier
        Fitted.
    X, y : sequence of clips, ndarray of shape (n_clips,)
        The test clips as the classifier takes them, and their labels.
    scorers : dict of str to str or callable
        What :func:`scorers_by_name` returned.

    Returns
    -------
    dict of str to float or None
        None, and a warning, where a measure is undefined or its scorer fails on these clips.
    """
    if not scorers:
        return {}
    scores = check_scoring(fitted, scoring=scorers, raise_exc=False)(fitted, X, y)
    return {name: _number(name, score) for name, score in scores.items()}


def _number(name: str, score: Any) -> float | None:
    if isinstance(score, str):  # the traceback of a scorer that failed
        warnings.warn(
            f"scoring={name!r} fails on a test fold, which is left out of its mean: {score.splitlines()[-1]}",
            stacklevel=2,
        )
        return None
    return float(score) if isfinite(score) else None
