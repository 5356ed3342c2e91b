"""Base class of networks of causal convolutions: first convolution, dropout masks, average over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktimnet.nn._checks import check_dropout, check_features, check_generator, check_lengths, check_masks, check_sizes
from sktimnet.nn._kernels import SumsOverTime, channel_padding, directions, pointwise_convolution, whole_vectors
from sktimnet.nn._network import Network
from sktimnet.nn._runs import Run, directions_in_runs, make_runs, separate
from sktimnet.nn._sub_block import Layer, glorot_uniform_, prepared


class CausalNetwork(Network):
    """A 1x1 convolution, blocks of two sub-blocks each, and one dense layer.

    Parameters
    ----------
    n_features, n_classes, n_filters : int
        Channels of the input, logits of the output, channels within.
    n_directions : {1, 2}
        2 to compute each clip forward and backward.
    dropout : float
        Probability with which a sub-block drops a channel of a clip in training, in [0, 1).
    """

    recordable = True

    def __init__(self, n_features: int, n_classes: int, *, n_filters: int, n_directions: int, dropout: float):
        check_sizes(n_features=n_features, n_classes=n_classes, n_filters=n_filters)
        check_dropout(dropout)
        super().__init__(n_filters, n_classes)
        self.dropout = dropout
        self.input_weight = nn.Parameter(torch.empty(n_directions, n_filters, n_features))
        self.input_bias = nn.Parameter(torch.empty(n_directions, n_filters, 1))
        self.blocks: Any = nn.ModuleList()

    def set_batch_norm_momentum(self, momentum: float) -> None:
        """Set the weight of the newest batch in the running statistics of all sub-blocks."""
        for block in self.blocks:
            for sub_block in block.sub_blocks:
                sub_block.batch_norm_momentum = momentum

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights (Glorot uniform; zero biases) from ``generator``."""
        n_filters, n_features = self.input_weight.shape[1:]
        glorot_uniform_(self.input_weight, n_features, n_filters, generator)
        self.input_bias.zero_()
        for block in self.blocks:
            block.reset_parameters(generator)
        super().reset_parameters(generator)

    @property
    def receptive_field(self) -> int:
        """Frames that the last block sees of one direction, ``1 + 2 (kernel_size - 1) (2^n_blocks - 1)``."""
        kernel_size = len(self.blocks[0].sub_blocks[0].weight)
        return 1 + 2 * (kernel_size - 1) * (2 ** len(self.blocks) - 1)

    def start(
        self, x: Tensor, masks: Tensor | None, lengths: Tensor | None, runs: Sequence[Run] | None = None
    ) -> tuple[Tensor, Iterator[tuple[Layer, Layer]]]:
        """Apply the first convolution, and make ready what the sub-blocks compute; parameters as in :meth:`embed`.

        Returns
        -------
        F_0 : Tensor of shape (n_directions, channels, n_frames, n_clips)
            In prediction some frames of zeros follow, on which no earlier frame of a causal network depends.
            With `runs`, as :meth:`runs` gives them, (n_directions, channels, n_columns, 1).
        layers : iterator of pairs of function
            The functions of the two sub-blocks of each block.
        """
        if runs is None or lengths is None:
            present = self.present(x, lengths)
            both = directions(x, len(self.input_weight), lengths)  # (n_directions, n_features, n_frames, n_clips)
        else:
            present = torch.cat([run.present.flatten() for run in runs])
            both = directions_in_runs(x, len(self.input_weight), lengths, runs)
        both = both if self.training else whole_vectors(both)
        layers = self._layers(x.shape[0], masks, present, runs)  # len(x) would fix it in an exported graph
        return pointwise_convolution(both, self.input_weight, self.input_bias), layers

    def _layers(
        self, n_clips: int, masks: Tensor | None, present: Tensor | None, runs: Sequence[Run] | None
    ) -> Iterator[tuple[Layer, Layer]]:
        check_masks(masks, n_clips)
        masks = self.dropout_masks(n_clips) if masks is None and self.training else masks
        if masks is not None:
            masks = F.pad(masks, (0, 0, 0, 0, 0, channel_padding(masks.shape[3]))).flatten(0, 1)
        sub_blocks = [sub_block for block in self.blocks for sub_block in block.sub_blocks]
        made = prepared(sub_blocks, masks, present, runs=runs)
        return zip(made[::2], made[1::2], strict=True)

    def runs(self, x: Tensor, lengths: Tensor | None) -> list[Run] | None:
        """Return in which runs to train on clips of several lengths; None for a batch padded to its longest clip.

        Compiled, or on a GPU, few large products are faster than many small ones.
        """
        check_features(x, self.input_weight)
        check_lengths(lengths, x)
        if lengths is None or not self.training or lengths.device.type != "cpu" or torch.compiler.is_compiling():
            return None
        return make_runs(lengths, x.dtype)

    def present(self, x: Tensor, lengths: Tensor | None) -> Tensor | None:
        """Return 1 for frames of each recording and 0 after its end; None for whole clips.

        Parameters are as in :meth:`embed`.

        Returns
        -------
        Tensor of shape (n_frames, n_clips) or None
        """
        check_features(x, self.input_weight)
        check_lengths(lengths, x)
        if lengths is None:
            return None
        return (torch.arange(x.shape[2], device=x.device).unsqueeze(1) < lengths).to(x.dtype)

    def average(self, h: Tensor, x: Tensor, lengths: Tensor | None, runs: Sequence[Run] | None) -> Tensor:
        """Return :meth:`over_time` of a block's output, of each run where there are `runs`.

        Parameters are as in :meth:`start`, whose shapes `h` has; the result is (n_directions, channels, n_clips).
        """
        if runs is None:
            return self.over_time(h[:, :, : x.shape[2]], self.present(x, lengths))
        h = h.squeeze(-1)
        if type(self).over_time is CausalNetwork.over_time:
            return SumsOverTime.apply(h, runs) / lengths  # all runs at once
        return torch.cat([self.over_time(part, run.present) for run, part in separate(runs, h)], dim=-1)

    def over_time(self, h: Tensor, present: Tensor | None) -> Tensor:
        """Average a block's output over the frames of each clip, without those after its end.

        Parameters
        ----------
        h : Tensor of shape (n_directions, channels, n_frames, n_clips)
            The output, in each direction on that direction's own time axis.
        present : Tensor of shape (n_frames, n_clips) or None
            1 for frames of the recording, 0 after its end; None where all are of it.

        Returns
        -------
        Tensor of shape (n_directions, channels, n_clips)
        """
        return h.sum(2) / h.shape[2] if present is None else (h * present).sum(2) / present.sum(0)

    def dropout_masks(self, n_clips: int, generator: torch.Generator | None = None) -> Tensor | None:
        """Draw what dropout multiplies whole channels with, 0 or 1 / (1 - dropout), for all blocks at once.

        Parameters
        ----------
        n_clips : int
            Clips in the batch.
        generator : torch.Generator, default=None
            Draws the masks; None means torch's global generator.

        Returns
        -------
        Tensor of shape (n_blocks, 2, n_directions, n_filters, 1, n_clips), or None where nothing is dropped
        """
        check_sizes(n_clips=n_clips)
        check_generator(generator)
        if not (self.training and self.dropout):
            return None
        n_directions, n_filters, _ = self.input_bias.shape
        device = self.input_bias.device if generator is None else generator.device
        masks = torch.empty(
            len(self.blocks), 2, n_directions, n_filters, 1, n_clips, device=device, dtype=self.input_bias.dtype
        )
        keep = 1 - self.dropout
        return masks.bernoulli_(keep, generator=generator).div_(keep).to(self.input_bias)
