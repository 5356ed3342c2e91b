"""Cut a stream into windows that overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray


def cut_windows(
    blocks: Iterable[NDArray[np.float32]], length: int, hop: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Cut a stream of blocks into windows; no more than a window and a block is held.

    Parameters
    ----------
    blocks : iterable of ndarray of shape (n_samples,)
        The stream.
    length, hop : int
        Samples of a window, and from one to the next; `hop` is at most `length`.

    Yields
    ------
    start : int
        Where the window begins.
    window : ndarray of shape (length,)
        The last one ends with the stream; of a stream that is shorter than a window it is all.
    """
    held, start, step = np.empty(0, np.float32), 0, 0  # the next window begins at held[step]
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= step + length:
            held, start, step = held[step:], start + step, hop
            yield start, held[:length]
    none_yet = step == 0
    if none_yet and len(held):
        yield 0, held
    elif not none_yet and len(held) > length:
        yield start + len(held) - length, held[-length:]
