"""Several corpora as one: :func:`concatenate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils import Bunch


def concatenate(
    corpora: Mapping[str, Bunch], *, labels: Sequence | None = None, mapping: Mapping[Any, Any] | None = None
) -> Bunch:
    """Join corpora, and keep the clips of the labels that all of them have.

    Parameters
    ----------
    corpora : mapping of str to :class:`~sklearn.utils.Bunch`
        Corpora by name, each with `data` and `target`, perhaps `speaker`, as the loaders give them.
    labels : sequence, default=None
        The labels to keep; None keeps those that all corpora share.
    mapping : mapping, default=None
        Other names of labels, such as ``{"excited": "happy"}``, applied first.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        data : list
            The clips.
        target : ndarray of shape (n_clips,)
            Their labels.
        speaker : ndarray of shape (n_clips,) or None
            ``"<corpus>/<speaker>"``: speakers of two corpora are never the same. None where one corpus has none.
        corpus : ndarray of shape (n_clips,), str
            The corpus that each clip is of.
        DESCR : str
            What was joined.

    Raises
    ------
    ValueError
        If there is no corpus, or a label to keep that a corpus lacks, or fewer than two labels are shared.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.datasets import concatenate, make_emotional_speech
    >>> one = make_emotional_speech(n_speakers=1, n_texts=2, emotions=("angry", "sad"), random_state=0)
    >>> two = make_emotional_speech(n_speakers=2, n_texts=2, emotions=("angry", "sad", "happy"), random_state=1)
    >>> both = concatenate({"one": one, "two": two})
    >>> len(both.data), np.unique(both.target).tolist(), len(set(both.speaker))
    (12, ['angry', 'sad'], 3)
    """
    if not corpora:
        raise ValueError("corpora is empty; pass corpora by name, such as {'EMODB': load_emodb(...)}.")
    targets = {name: _renamed(corpus.target, mapping or {}) for name, corpus in corpora.items()}
    known = [set(target.tolist()) for target in targets.values()]
    shared = sorted(set.intersection(*known)) if labels is None else list(labels)
    for name, found in zip(targets, known, strict=True):
        if missing := [label for label in shared if label not in found]:
            raise ValueError(f"The corpus {name!r} has no clip with the label(s) {missing}; it has {sorted(found)}.")
    if len(shared) < 2:
        raise ValueError(f"The corpora {list(corpora)} share the labels {shared}: name those alike with mapping=.")
    kept = {name: np.flatnonzero(np.isin(target, shared)) for name, target in targets.items()}
    speakers = None
    if all(corpus.get("speaker") is not None for corpus in corpora.values()):
        speakers = np.array([f"{name}/{corpora[name].speaker[i]}" for name, index in kept.items() for i in index])
    counts = ", ".join(f"{len(index)} of {name}" for name, index in kept.items())
    return Bunch(
        data=[corpora[name].data[i] for name, index in kept.items() for i in index],
        target=np.concatenate([targets[name][index] for name, index in kept.items()]),
        speaker=speakers,
        text=None,
        corpus=np.repeat(list(kept), [len(index) for index in kept.values()]),
        DESCR=f"Clips with the labels {', '.join(map(str, shared))}: {counts}.",
    )


def _renamed(target: Any, mapping: Mapping[Any, Any]) -> np.ndarray:
    return np.array([mapping.get(label, label) for label in np.asarray(target).tolist()])
