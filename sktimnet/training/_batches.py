"""What a network trains on: :class:`Clips` in memory, and :class:`Batches` of clips of similar length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from skorch.dataset import Dataset
from torch import Tensor

# Batches among which clips are sorted by length: few batches of all lengths, or many of clips far apart.
_POOL = 4


class Batch(NamedTuple):
    """Some clips, padded to the longest of them; `lengths` is None where all are of one length."""

    X: Tensor  # (n_clips, n_features, n_frames)
    y: Tensor
    weight: Tensor | None
    lengths: Tensor | None


class Clips(Dataset):
    """Features, class indices and weights that stay in the memory of one device.

    Parameters
    ----------
    X : Tensor of shape (n_clips, n_features, n_frames)
        The features.
    y : Tensor of shape (n_clips,)
        Class indices.
    weight : Tensor of shape (n_clips,), default=None
        What each clip's loss is multiplied with.
    lengths : Tensor of shape (n_clips,), int64, default=None
        Frames of each clip; None where all have `n_frames`.
    """

    def __init__(self, X: Tensor, y: Tensor, weight: Tensor | None = None, lengths: Tensor | None = None):
        self.X, self.y, self.weight, self.lengths = X, y, weight, lengths

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, index: int | Tensor) -> tuple[Tensor, Tensor]:
        return self.X[index], self.y[index]

    def batch(self, index: Tensor) -> Batch:
        """Return the clips at some positions, without the frames that none of them has."""
        weight = None if self.weight is None else self.weight[index]
        if self.lengths is None:
            return Batch(self.X[index], self.y[index], weight, None)
        lengths = self.lengths[index]
        return Batch(self.X[index, :, : int(lengths.max())], self.y[index], weight, lengths)


class Batches:
    """Index a whole batch at once: a DataLoader, which collects clip by clip, takes longer than a small network.

    Parameters
    ----------
    clips : Clips
        What is trained on or scored.
    batch_size : int
        Clips in a batch; the last one can be shorter.
    generator : torch.Generator or None
        Shuffles the clips; None keeps their order, or the order of their lengths.
    """

    def __init__(self, clips: Clips, batch_size: int, generator: torch.Generator | None):
        self.clips, self.batch_size, self.generator = clips, min(batch_size, len(clips)), generator

    def __iter__(self) -> Iterator[Batch]:
        indices = self._in_order() if self.generator is None else self._shuffled(self.generator)
        return (self.clips.batch(index.to(self.clips.X.device)) for index in indices)

    def _in_order(self) -> list[Tensor]:
        lengths = self.clips.lengths
        order = torch.arange(len(self.clips)) if lengths is None else lengths.cpu().argsort(stable=True)
        return list(order.split(self.batch_size))

    def _shuffled(self, generator: torch.Generator) -> list[Tensor]:
        shuffled = torch.randperm(len(self.clips), generator=generator, device="cpu")
        indices = list(shuffled.split(self.batch_size))
        if self.clips.lengths is not None:
            indices = self._of_similar_length(shuffled, generator)
        if len(indices) > 1 and self._n_frames(indices[-1]) == 1:
            # Batch normalisation cannot take one clip of one frame.
            indices[-2:] = [torch.cat(indices[-2:])]
        return indices

    def _of_similar_length(self, shuffled: Tensor, generator: torch.Generator) -> list[Tensor]:
        """Sort each pool of a few batches by length, and go through all batches in random order."""
        lengths = self.clips.lengths.cpu()  # type: ignore[union-attr]
        pools = shuffled.split(_POOL * self.batch_size)
        sorted_pools = [pool[lengths[pool].argsort(stable=True)] for pool in pools]
        indices = [index for pool in sorted_pools for index in pool.split(self.batch_size)]
        order = torch.randperm(len(indices), generator=generator, device="cpu").tolist()
        return [indices[i] for i in order]

    def _n_frames(self, index: Tensor) -> int:
        if self.clips.lengths is None:
            return len(index) * self.clips.X.shape[2]
        return int(self.clips.lengths[index.to(self.clips.lengths.device)].sum())
