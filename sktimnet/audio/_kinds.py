"""What a clip is: a path, a file object, a waveform with or without its rate; :class:`AudioError`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np


class AudioError(ValueError):
    """A clip that cannot be used; the message says why."""


class Changed(NamedTuple):
    """A clip that is changed when it is read, such as a training clip in the telephone band.

    Parameters
    ----------
    clip : clip
        The recording.
    change : callable
        Called with its waveform, rate and a :class:`numpy.random.Generator`, returns a waveform and its rate; one of
        :mod:`sktimnet.perturbations`.
    seed : int or numpy.random.Generator
        Decides what is random.
    """

    clip: Any
    change: Callable[[np.ndarray, float, np.random.Generator], tuple[np.ndarray, float]]
    seed: int | np.random.Generator


def is_path(clip: Any) -> bool:
    """Tell whether a clip is a path and not a waveform."""
    return isinstance(clip, str | os.PathLike)


def is_file(clip: Any) -> bool:
    """Tell whether a clip is encoded audio, a path or a file object, and not a waveform."""
    return is_path(clip) or (hasattr(clip, "read") and hasattr(clip, "seek"))


def has_rate(clip: Any) -> bool:
    """Tell whether a clip is a waveform that comes with its sampling rate."""
    return isinstance(clip, Mapping) or (isinstance(clip, tuple) and len(clip) == 2)
