"""Clips of several lengths in one batch, with few frames after their ends: :class:`Run`.

A batch padded to its longest clip may be twice as long as its clips. In runs, clips of similar length that follow each
other in the batch are padded to the longest of them. All runs stand side by side as columns of one tensor, so that
batch statistics are those of the whole batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

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
    present : Tensor of shape (n_frames, n_clips)
        1 for frames of each recording, 0 after its end; None in :func:`one_run`.
    """

    n_frames: int
    n_clips: int
    columns: slice
    clips: slice
    present: Any = None


def one_run(n_frames: int, n_clips: int) -> list[Run]:
    """Return a whole batch as one run."""
    return [Run(n_frames, n_clips, slice(0, n_frames * n_clips), slice(0, n_clips))]


def make_runs(lengths: Tensor, dtype: torch.dtype) -> list[Run]:
    """Return runs of clips of similar length, in the order of the batch, which is best sorted by length.

    Parameters
    ----------
    lengths : Tensor of shape (n_clips,), int64
        Frames of each clip.
    dtype : torch.dtype
        Of what tells the frames of each clip from those after its end.

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
        end, clips = column + n_frames * n_clips, slice(clip, clip + n_clips)
        present = (torch.arange(n_frames, device=lengths.device).unsqueeze(1) < lengths[clips]).to(dtype)
        runs.append(Run(n_frames, n_clips, slice(column, end), clips, present))
        column, clip = end, clips.stop
    return runs


def mirrored_frames(frame: Tensor, lengths: Tensor) -> Tensor:
    """Return which frame of a clip stands where it is reversed in time within its own length."""
    return torch.where(frame < lengths, lengths - 1 - frame, frame)


def directions_in_runs(x: Tensor, n_directions: int, lengths: Tensor, runs: Sequence[Run]) -> Tensor:
    """Take the frames of runs from a batch and, as the second direction, each clip reversed within its own length.

    Parameters
    ----------
    x : Tensor of shape (n_clips, n_features, n_frames)
        The features.
    n_directions : {1, 2}
        1 for the clips alone.
    lengths : Tensor of shape (n_clips,), int64
        Frames of each clip.
    runs : sequence of Run
        Which frames stand in the columns.

    Returns
    -------
    Tensor of shape (n_directions, n_features, n_columns, 1)
    """
    rows = x.transpose(1, 2).flatten(0, 1)  # (n_clips * n_frames, n_features): a frame is copied in one piece
    source: list[list[Tensor]] = [[] for _ in range(n_directions)]
    for run in runs:
        # The row of each clip's first frame, and how far the others are from it.
        first = torch.arange(run.clips.start, run.clips.stop, device=x.device) * x.shape[2]
        frame = torch.arange(run.n_frames, device=x.device).unsqueeze(1)
        both = frame, mirrored_frames(frame, lengths[run.clips])
        for found, direction in zip(source, both, strict=False):
            found.append((first + direction).flatten())
    return rows[torch.stack([torch.cat(found) for found in source])].mT.unsqueeze(-1)


def separate(runs: Sequence[Run], columns: Tensor) -> list[tuple[Run, Tensor]]:
    """Return each run with its columns of a Tensor (..., n_columns), as a view of shape (..., n_frames, n_clips)."""
    parts = columns.split([run.n_frames * run.n_clips for run in runs], dim=-1)
    return [
        (run, part.view(*part.shape[:-1], run.n_frames, run.n_clips)) for run, part in zip(runs, parts, strict=True)
    ]
