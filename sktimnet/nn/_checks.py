"""Check the arguments of networks, with messages that name the argument and show its value."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from torch import Tensor


def check_sizes(**sizes: Any) -> None:
    """Raise ValueError unless all are positive integers."""
    for name, size in sizes.items():
        if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} must be a positive integer, got {size!r}.")


def check_dropout(dropout: Any) -> None:
    """Raise ValueError unless it is a number in [0, 1)."""
    if not isinstance(dropout, Real) or not 0 <= float(dropout) < 1:
        raise ValueError(f"dropout must be a number in [0, 1), got {dropout!r}.")


def check_variant(bidirectional: Any, fusion: Any) -> None:
    """Raise ValueError unless both name a variant of TIM-Net."""
    if not isinstance(bidirectional, bool | np.bool_):
        raise ValueError(f"bidirectional must be True or False, got {bidirectional!r}.")
    if not isinstance(fusion, str) or fusion not in ("dynamic", "average", "last"):
        raise ValueError(f"fusion must be 'dynamic', 'average' or 'last', got {fusion!r}.")


def check_generator(generator: Any) -> None:
    """Raise TypeError unless it is a torch.Generator or None."""
    if not isinstance(generator, torch.Generator | None):
        raise TypeError(f"generator must be a torch.Generator or None, got {generator!r}.")


def check_features(x: Any, weight: Tensor) -> None:
    """Check a batch of features against an input convolution's weight (n_directions, n_filters, n_features)."""
    n_features = weight.shape[-1]
    if not isinstance(x, Tensor) or x.ndim != 3 or 0 in x.shape or x.shape[1] != n_features:
        raise ValueError(f"x must be a Tensor of shape (n_clips, {n_features}, n_frames), got {_shown(x)}.")
    _check_dtype(x, weight)


def check_lengths(lengths: Any, x: Tensor) -> None:
    """Raise ValueError unless they are the number of frames of each clip of x, or None."""
    if lengths is None:
        return
    if not isinstance(lengths, Tensor) or lengths.shape != x.shape[:1] or lengths.dtype != torch.int64:
        raise ValueError(f"lengths must be an int64 Tensor of shape ({len(x)},), got {_shown(lengths)}.")
    if torch.compiler.is_compiling() or lengths.device.type != "cpu":  # reading them would wait for the device
        return
    if lengths.min() < 1 or lengths.max() > x.shape[2]:
        found = f"{lengths.min().item()} to {lengths.max().item()}"
        raise ValueError(f"lengths must be from 1 to the {x.shape[2]} frames of x, but are from {found}.")


def check_directions(F: Any, weight: Tensor) -> None:
    """Check the input of a block against its weight (taps, n_directions, n_filters, n_filters)."""
    _, n_directions, n_filters, _ = weight.shape
    if not isinstance(F, Tensor) or F.ndim != 4 or 0 in F.shape or F.shape[:2] != (n_directions, n_filters):
        shape = f"({n_directions}, {n_filters}, n_frames, n_clips)"
        raise ValueError(f"F must be a Tensor of shape {shape}, got {_shown(F)}.")
    _check_dtype(F, weight)


def check_masks(masks: Any, n_clips: int) -> None:
    """Raise ValueError for dropout masks of another number of clips."""
    if masks is not None and (not isinstance(masks, Tensor) or masks.shape[-1] != n_clips):
        raise ValueError(f"masks must be what dropout_masks({n_clips}) gave, got {_shown(masks)}.")


def _shown(x: Any) -> str:
    return str(tuple(x.shape)) if isinstance(x, Tensor) else repr(x)


def _check_dtype(x: Tensor, weight: Tensor) -> None:
    if torch.is_autocast_enabled(x.device.type):
        raise TypeError("autocast is not supported: the networks compute with the dtype of their weights, as of .to().")
    if x.dtype != weight.dtype:
        raise TypeError(f"x must be {weight.dtype} as the weights are, got {x.dtype}; convert it with x.to().")
