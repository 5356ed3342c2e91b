"""Devices on which a network computes: which there are, whether torch compiles for them; the dtype of new networks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def is_available(device: str | torch.device) -> bool:
    """Tell whether a device is there; "auto" always is.

    Raises
    ------
    ValueError
        If it is no device at all.
    """
    if str(device) == "auto":
        return True
    try:
        device = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"device={device!r} is no device; expected 'auto', 'cpu', 'cuda' or 'mps'.") from error
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or (device.type == "mps" and torch.backends.mps.is_available())


def resolve_device(device: str | torch.device) -> torch.device:
    """Return the device; "auto" is CUDA, else MPS, else the CPU.

    Raises
    ------
    ValueError
        If it is not available here.
    """
    if str(device) == "auto":
        device = next(kind for kind in ("cuda", "mps", "cpu") if is_available(kind))
    if not is_available(device):
        raise ValueError(f"device={str(device)!r} is not available on this machine; device='auto' takes what there is.")
    return torch.device(device)


def can_compile(device: torch.device) -> bool:
    """Tell whether torch compiles for a device; where it does not, warn of it."""
    try:
        torch.compile(lambda x: x + 1)(torch.zeros(1, device=device))
    except Exception as error:
        warnings.warn(
            f"compile=True has no effect, since torch.compile does not work here ({type(error).__name__}): "
            "install a C++ compiler, or set compile=False.",
            stacklevel=2,
        )
        return False
    return True


@contextmanager
def float32_by_default() -> Iterator[None]:
    """Make float32 torch's default, since the same seed gives other weights in float64."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
