r"""TIM-Net in the order and the symbols of the paper's section 2.2.

Tensors are ``(n_directions, n_filters, n_frames, n_clips)``: :math:`\overrightarrow F` and :math:`\overleftarrow F`
side by side, each on its own time axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sktimnet.nn._causal import CausalNetwork
from sktimnet.nn._checks import check_directions, check_sizes, check_variant
from sktimnet.nn._kernels import mirrored
from sktimnet.nn._runs import Run
from sktimnet.nn._sub_block import Layer, SubBlock, prepared


class TemporalAwareBlock(nn.Module):
    r"""Weigh each frame and channel by attention learned from the frames before it (TAB, the paper's section 2.2).

    Two sub-blocks (dilated causal convolution, batch normalisation, ReLU, spatial dropout) and a sigmoid give the
    attention map :math:`\mathcal{A}(F_j)`; the output is :math:`\mathcal{A}(F_j) \odot F_j` (equations 1 and 2).

    Parameters
    ----------
    n_filters : int
        Channels of input and output.
    kernel_size : int, default=2
        Taps of each convolution.
    dilation : int, default=1
        Frames between two taps.
    n_directions : int, default=1
        Directions computed side by side, each with weights of its own.
    generator : torch.Generator, default=None
        Draws the initial weights; None means torch's global generator.

    See Also
    --------
    TIMNet : The network made of these blocks.

    Examples
    --------
    >>> import torch
    >>> from sktimnet.nn import TemporalAwareBlock
    >>> block = TemporalAwareBlock(39, dilation=4).eval()
    >>> block(torch.ones(1, 39, 100, 5)).shape  # 100 frames of 5 clips
    torch.Size([1, 39, 100, 5])
    """

    def __init__(
        self,
        n_filters: int,
        *,
        kernel_size: int = 2,
        dilation: int = 1,
        n_directions: int = 1,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        check_sizes(n_filters=n_filters, kernel_size=kernel_size, dilation=dilation, n_directions=n_directions)
        self.sub_blocks: Any = nn.ModuleList(SubBlock(n_filters, kernel_size, dilation, n_directions) for _ in range(2))
        self.reset_parameters(generator)

    def attention(self, F: Tensor, layers: Sequence[Layer] | None = None) -> Tensor:
        r"""Compute the attention map :math:`\mathcal{A}(F)`.

        Parameters
        ----------
        F : Tensor of shape (n_directions, n_filters, n_frames, n_clips)
            The block's input.
        layers : pair of function, default=None
            The functions of the two sub-blocks (:func:`prepared`); None makes them, without dropout.

        Returns
        -------
        Tensor of the shape of ``F``, between 0 and 1
        """
        if layers is None:
            check_directions(F, self.sub_blocks[0].weight)
            layers = prepared(self.sub_blocks, channels=F.shape[1])
        first, second = layers
        return torch.sigmoid(second(first(F)))

    def forward(self, F: Tensor, layers: Sequence[Layer] | None = None) -> Tensor:
        r"""Return :math:`\mathcal{A}(F) \odot F` (equations 1 and 2); parameters as in :meth:`attention`."""
        return self.attention(F, layers) * F

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights (Glorot uniform; zero biases) from ``generator``."""
        for sub_block in self.sub_blocks:
            sub_block.reset_parameters(generator)


class TIMNet(CausalNetwork):
    r"""Temporal-aware bi-directional multi-scale network, from features to logits (the paper's section 2.2).

    A subclass may set another `block_class`, or override :meth:`over_time` or :meth:`fuse`: training and prediction
    follow it.

    Parameters
    ----------
    n_features : int
        Channels of the input, 39 MFCCs in the paper.
    n_classes : int
        Logits of the output.
    n_blocks : int, default=8
        Temporal-aware blocks per direction; block j has dilation :math:`2^{j-1}`.
    n_filters : int, default=39
        Channels within.
    kernel_size : int, default=2
        Taps of each convolution.
    dropout : float, default=0.1
        Probability with which a sub-block drops a channel of a clip in training, in [0, 1).
    batch_norm_momentum : float, default=0.01
        Weight of the newest batch in the running statistics.
    bidirectional : bool, default=True
        False leaves out the backward direction (the paper's w/o BD).
    fusion : {"dynamic", "average", "last"}, default="dynamic"
        Weights of the blocks in the embedding (equation 4): learned, all ``1 / n_blocks`` (w/o DF), or the last block
        alone (w/o MS).
    generator : torch.Generator, default=None
        Draws the initial weights; None means torch's global generator.

    See Also
    --------
    sktimnet.TIMNetClassifier : The same network as a scikit-learn classifier.

    Examples
    --------
    >>> import torch
    >>> from sktimnet.nn import TIMNet
    >>> network = TIMNet(39, 7)
    >>> network(torch.randn(4, 39, 188)).shape
    torch.Size([4, 7])
    >>> sum(weight.numel() for weight in network.parameters())
    104496
    """

    #: The block of each scale, with the constructor of :class:`TemporalAwareBlock`.
    block_class = TemporalAwareBlock

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        *,
        n_blocks: int = 8,
        n_filters: int = 39,
        kernel_size: int = 2,
        dropout: float = 0.1,
        batch_norm_momentum: float = 0.01,
        bidirectional: bool = True,
        fusion: str = "dynamic",
        generator: torch.Generator | None = None,
    ):
        check_variant(bidirectional, fusion)
        check_sizes(n_blocks=n_blocks, kernel_size=kernel_size)
        n_directions = 2 if bidirectional else 1
        super().__init__(n_features, n_classes, n_filters=n_filters, n_directions=n_directions, dropout=dropout)
        self.fusion = fusion
        self.blocks.extend(
            self.block_class(
                n_filters, kernel_size=kernel_size, dilation=2**j, n_directions=n_directions, generator=generator
            )
            for j in range(n_blocks)
        )
        weights = torch.empty(n_blocks)
        if fusion == "dynamic":
            self.fusion_weights = nn.Parameter(weights)
        else:
            self.register_buffer("fusion_weights", weights)
        self.set_batch_norm_momentum(batch_norm_momentum)
        self.reset_parameters(generator)

    def scales(
        self,
        x: Tensor,
        masks: Tensor | None = None,
        *,
        lengths: Tensor | None = None,
        runs: Sequence[Run] | None = None,
    ) -> Iterator[Tensor]:
        r"""Yield :math:`F_{j+1} = \mathcal{A}(F_j) \odot F_j` of each block (equations 1 and 2).

        Parameters are as in :meth:`start`, and so are the shapes.
        """
        F, layers = self.start(x, masks, lengths, runs)
        for block, pair in zip(self.blocks, layers, strict=True):
            F = block(F, pair)
            yield F

    def pool(self, x: Tensor, masks: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        r"""Average both directions over time, :math:`g_j = T(\overrightarrow F_{j+1} + \overleftarrow F_{j+1})`.

        This is equation 3; parameters as in :meth:`embed`.

        Returns
        -------
        Tensor of shape (n_clips, n_blocks, n_filters)
        """
        runs = self.runs(x, lengths)
        scales = self.scales(x, masks, lengths=lengths, runs=runs)
        # (n_directions, channels, n_clips) each; the average of a sum is the sum of averages.
        averages = [self.average(F, x, lengths, runs) for F in scales]
        return torch.stack(averages).sum(1)[:, : self.input_bias.shape[1]].permute(2, 0, 1)

    def fuse(self, g: Tensor) -> Tensor:
        r"""Weigh the scales, :math:`g_{drf} = \sum_j w_j g_j` (equation 4).

        Parameters
        ----------
        g : Tensor of shape (n_clips, n_blocks, n_filters)
            As :meth:`pool` returns it.

        Returns
        -------
        Tensor of shape (n_clips, n_filters)
        """
        return torch.einsum("bjc,j->bc", g, self.fusion_weights)

    def embed(self, x: Tensor, masks: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        """Fuse all scales of a clip into g_drf, of shape (n_clips, n_filters); parameters as in :class:`Network`."""
        return self.fuse(self.pool(x, masks, lengths=lengths))

    def attention_maps(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        r"""Compute the attention maps :math:`\mathcal{A}(F_j)` of each block, in both directions over the clip's time.

        Parameters
        ----------
        x : Tensor of shape (n_clips, n_features, n_frames)
            The features.
        lengths : Tensor of shape (n_clips,), int64, default=None
            Frames of each clip.

        Returns
        -------
        Tensor of shape (n_clips, n_blocks, n_directions, n_filters, n_frames)
            NaN after a clip's end.
        """
        F, layers = self.start(x, None, lengths)
        maps = []
        for block, pair in zip(self.blocks, layers, strict=True):
            forward, *backward = block.attention(F, pair)[:, : self.input_bias.shape[1], : x.shape[2]]
            maps.append(torch.stack([forward, *(mirrored(direction, lengths) for direction in backward)]))
            F = block(F, pair)
        whole = torch.stack(maps)  # (n_blocks, n_directions, n_filters, n_frames, n_clips)
        present = self.present(x, lengths)
        return (whole if present is None else whole.masked_fill(present == 0, torch.nan)).permute(4, 0, 1, 2, 3)

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights (Glorot uniform; zero biases; fusion U(-0.05, 0.05)) from ``generator``."""
        super().reset_parameters(generator)
        if self.fusion == "dynamic":
            self.fusion_weights.uniform_(-0.05, 0.05, generator=generator)
        elif self.fusion == "average":
            self.fusion_weights.fill_(1 / len(self.blocks))
        else:
            self.fusion_weights.zero_()[-1] = 1
