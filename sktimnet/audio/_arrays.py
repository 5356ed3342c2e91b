"""Waveforms in memory: find their rate, and make them mono."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from sktimnet.audio._kinds import AudioError, has_rate
from sktimnet.audio._waveforms import checked

_PCM = {"uint8": (128, 128), "int16": (0, 2**15), "int32": (0, 2**31)}  # dtype: (offset, scale)


def from_array(clip: Any, sr: float | None) -> tuple[np.ndarray, float]:
    """Give a waveform in memory as float32, channels averaged, with its rate."""
    waveform, rate = in_memory(clip, sr)
    return to_mono(waveform), rate


def in_memory(clip: Any, sr: float | None) -> tuple[np.ndarray, float]:
    """Give a waveform in memory, of shape (n_samples,) or (n_samples, n_channels), with its rate."""
    with_rate = has_rate(clip)
    waveform, rate = _pair(clip) if with_rate else (clip, sr)
    if rate is None:
        raise AudioError(f"comes without its sampling rate; pass (waveform, rate): {_short(clip)}")
    try:
        waveform = np.asarray(waveform)
    except (RuntimeError, TypeError, ValueError) as error:  # RuntimeError: a tensor that requires gradients
        raise AudioError(f"is neither a path nor a 1-D waveform ({error})") from error
    if waveform.dtype.kind not in "fiu":
        raise AudioError(f"is neither a path nor a waveform of real numbers: {_short(clip)}")
    if waveform.ndim == 2 and with_rate:
        return _channels_last(waveform), rate
    if waveform.ndim != 1:
        way_out = "; average its channels first, or pass (waveform, rate)" if waveform.ndim == 2 else ""
        raise AudioError(f"has the shape {waveform.shape}; expected a 1-D waveform{way_out}: {_short(clip)}")
    return waveform, rate


def to_mono(waveform: np.ndarray) -> np.ndarray:
    """Give a waveform of shape (n_samples,) or (n_samples, n_channels) as float32, channels averaged."""
    offset, scale = _PCM.get(waveform.dtype.name, (0, 1))
    with np.errstate(over="ignore", invalid="ignore"):  # checked refuses what is not finite
        waveform = np.ascontiguousarray(waveform, dtype=np.float32)
        if scale != 1:
            waveform = (waveform - offset) / np.float32(scale)
        return checked(waveform if waveform.ndim == 1 else waveform.mean(axis=1))


def _pair(clip: Any) -> tuple[Any, float]:
    """Give a waveform and its rate, of a pair or a mapping."""
    if isinstance(clip, Mapping) and not {"array", "sampling_rate"} <= set(clip):
        raise AudioError(f"is a mapping without 'array' and 'sampling_rate'; it has {_short(list(clip))}")
    waveform, rate = (clip["array"], clip["sampling_rate"]) if isinstance(clip, Mapping) else clip
    if not isinstance(rate, Real) or isinstance(rate, bool):
        raise AudioError(f"has a sampling rate of {_short(rate)}; expected a pair of a waveform and a positive number")
    try:
        return waveform, float(rate)
    except OverflowError:  # an int beyond all floats
        return waveform, math.inf


def _channels_last(waveform: np.ndarray) -> np.ndarray:
    """Give a waveform of two dimensions as (n_samples, n_channels): the shorter one is channels."""
    n_rows, n_columns = waveform.shape
    if n_rows == n_columns:
        raise AudioError(f"has the shape {waveform.shape}: either side could be channels; average them first")
    if 0 in waveform.shape:
        raise AudioError("has no samples")
    return waveform if n_rows > n_columns else waveform.T


def _short(value: Any, length: int = 60) -> str:
    """Show a value in at most so many characters."""
    shown = repr(value)
    return shown if len(shown) <= length else shown[:length] + "..."
