"""Apply a network to many clips, batch by batch and without gradients: :func:`apply_network`."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sktimnet.nn import Network
from sktimnet.training import Clips

# Frames that a CPU predicts at a time: a tensor of so many stays in its cache.
_FRAMES_IN_CACHE = 7000
# Clips of which any number of frames fills whole vectors of columns.
_WHOLE_VECTOR = 16


def apply_network(
    network: Network, method: str, clips: Clips, device: torch.device, batch_size: int
) -> NDArray[np.float32]:
    """Return what a method of the network gives of each clip.

    Parameters
    ----------
    network : Network
        On the CPU, where it stays.
    method : str
        A method that takes ``(x, lengths=...)``.
    clips : Clips
        On the CPU.
    device : torch.device
        Where to compute.
    batch_size : int
        Clips at a time on another device than the CPU.

    Returns
    -------
    ndarray of shape (n_clips, ...)
        Where the network keeps the time axis, NaN stands after the frames that a batch needs.
    """
    if device.type != "cpu":  # a copy, so that another thread may predict at the same time
        network = copy.deepcopy(network).to(device)
    outputs: Any = [None] * len(clips)
    with torch.inference_mode():
        for index in _in_batches(clips, device, batch_size):
            batch = clips.batch(index)
            lengths = None if batch.lengths is None else batch.lengths.to(device)
            found = getattr(network, method)(batch.X.to(device), lengths=lengths).cpu()
            if found.ndim > 2:
                found = F.pad(found, (0, clips.X.shape[2] - found.shape[-1]), value=torch.nan)
            for i, row in zip(index.tolist(), found, strict=True):
                outputs[i] = row
    return torch.stack(outputs).numpy()


def _in_batches(clips: Clips, device: torch.device, batch_size: int) -> list[Tensor]:
    """Return positions of clips of similar length, as many at a time as fit the CPU's cache."""
    n_clips, _, n_frames = clips.X.shape
    if clips.lengths is None:
        order, lengths = torch.arange(n_clips), torch.full((n_clips,), n_frames)
    else:
        order = clips.lengths.argsort(stable=True, descending=True)
        lengths = clips.lengths[order]
    indices, start = [], 0
    while start < n_clips:
        size = max(1, _FRAMES_IN_CACHE // int(lengths[start]))
        size -= size % _WHOLE_VECTOR if size > _WHOLE_VECTOR else 0
        size = size if device.type == "cpu" else batch_size
        indices.append(order[start : start + size])
        start += size
    return indices
