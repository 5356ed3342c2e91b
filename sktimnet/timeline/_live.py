"""Live audio: :func:`live`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sktimnet import audio
from sktimnet.timeline._answers import Answer, answer_windows, check_model, check_windows, model_rate


def live(
    pipeline: Any, blocks: Iterable[ArrayLike], *, sr: int, window: float = 3.0, hop: float = 1.0
) -> Iterator[Answer]:
    """Answer audio as it comes: blocks in, an answer out as soon as a window is complete.

    No more than a window and a block is held. The answers are those of :func:`timeline` of the same audio.

    Parameters
    ----------
    pipeline : classifier
        Fitted on recordings, with `predict_proba`.
    blocks : iterable of array-like of shape (n_samples,) or (n_samples, n_channels)
        The audio in pieces of any length, such as a microphone gives them. Integers of type uint8, int16 and int32 are
        scaled to [-1, 1), channels are averaged.
    sr : int
        Sampling rate of the blocks in Hz.
    window, hop : float, default=3.0, 1.0
        Seconds of a window, and from one to the next.

    Yields
    ------
    Answer
        Start, end, label, probabilities and share of speech. Where the blocks end, the last window ends with them.

    Raises
    ------
    TypeError, ValueError
        If the pipeline gives no probabilities, windows leave parts out, or a block cannot be used.

    See Also
    --------
    timeline : For a recording.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.datasets import make_emotional_speech
    >>> from sktimnet.recipes import make_recipe
    >>> from sktimnet.timeline import live
    >>> corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), random_state=0)
    >>> model = make_recipe("robust").fit(corpus.data, corpus.target)
    >>> blocks = np.array_split(np.concatenate(corpus.data[:8]), 100)
    >>> for answer in live(model, blocks, sr=corpus.sr, window=2.0):
    ...     answer.start, answer.label  # doctest: +SKIP
    """
    check_model(pipeline)
    check_windows(window, hop)
    if isinstance(sr, bool) or not isinstance(sr, Real) or not 0 < sr < np.inf:
        raise ValueError(f"sr={sr!r} must be a positive number of Hz.")
    rate = model_rate(pipeline, sr)
    mono = (_mono(block, sr) for block in blocks if np.size(block))
    return answer_windows(pipeline, audio.resample_blocks(mono, sr, rate), rate, window=window, hop=hop)


def _mono(block: ArrayLike, sr: int) -> NDArray[np.float32]:
    """Return a block as one channel."""
    if np.ndim(block) == 0:
        raise TypeError(f"blocks must give arrays of samples, got {block!r:.80}; of one waveform make [waveform].")
    return audio.load((block, sr), sr)
