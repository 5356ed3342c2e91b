"""Clips of several lengths in one batch, with few frames after their ends: :class:`Run`.

A batch padded to its longest clip may be twice as long as its clips. In runs, clips of similar length that follow each
other in the batch are padded to the longest of them. All runs stand side by side as columns of one tensor, so that
batch statistics are those of the whole batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

# Shorter runs mean less padding, and more matrix products: a run ends where a clip is so much longer than its first.
_LONGER = 1.1
_FEWEST_CLIPS = 4


class Run(NamedTuple):
    """Clips that follow each other, padded to the longest of them.

    Attributes
    ----------
    n_frames, n_clips : int
        The sizes; time stands before clips.
    columns : slice
        Where the run stands among the columns, ``n_frames * n_clips`` of them.
    clips : slice
        Where its clips stand in the batch.
    """

    n_frames: int
    n_clips: int
    columns: slice
    clips: slice


def one_run(n_frames: int, n_clips: int) -> list[Run]:
    """Return a whole batch as one run."""
    return [Run(n_frames, n_clips, slice(0, n_frames * n_clips), slice(0, n_clips))]


def make_runs(lengths: Tensor) -> list[Run]:
    """Return runs of clips of similar length, in the order of the batch, which is best sorted by length.

    Parameters
    ----------
    lengths : Tensor of shape (n_clips,), int64
        Frames of each clip.

    Returns
    -------
    list of Run
    """
    groups: list[list[int]] = [[]]
    for length in lengths.tolist():
        if len(groups[-1]) >= _FEWEST_CLIPS and length > _LONGER * groups[-1][0]:
            groups.append([])
        groups[-1].append(length)
    runs, column, clip = [], 0, 0
    for group in groups:
        n_frames, n_clips = max(group), len(group)
        end = column + n_frames * n_clips
        runs.append(Run(n_frames, n_clips, slice(column, end), slice(clip, clip + n_clips)))
        column, clip = end, clip + n_clips
    return runs


def joined(runs: Sequence[Run], x: Tensor) -> Tensor:
    """Take the frames of runs from a batch: (..., n_frames, n_clips) to (..., n_columns, 1)."""
    return torch.cat([x[..., : run.n_frames, run.clips].flatten(-2) for run in runs], dim=-1).unsqueeze(-1)


def separate(runs: Sequence[Run], columns: Tensor) -> list[Tensor]:
    """Undo :func:`joined`: for each run a Tensor of shape (..., n_frames, n_clips)."""
    parts = columns.squeeze(-1).split([run.n_frames * run.n_clips for run in runs], dim=-1)
    return [part.view(*part.shape[:-1], run.n_frames, run.n_clips) for run, part in zip(runs, parts, strict=True)]
