"""The networks as plain torch modules: :class:`TIMNet` (the paper's section 2.2) and its baseline :class:`TCN`.

Inside, tensors are laid out ``(n_directions, n_filters, n_frames * n_clips)`` with time before clips. Then a causal
convolution is one matrix product per tap on a contiguous slice, for both directions and all clips at once. Channels of
zeros fill ``n_filters`` up to a multiple of 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from sktimnet._checks import (
    check_clips,
    check_columns,
    check_dropout,
    check_generator,
    check_masks,
    check_sizes,
    check_variant,
)

__all__ = ["TCN", "TIMNet", "TemporalAwareBlock"]

_BATCH_NORM_EPS = 1e-3
_BATCH_NORM_MOMENTUM = 0.01
_COLUMNS = 16
_CHANNELS = 8


def _glorot_uniform_(weight: Tensor, fan_in: int, fan_out: int, generator: torch.Generator | None) -> None:
    check_generator(generator)
    limit = (6 / (fan_in + fan_out)) ** 0.5
    nn.init.uniform_(weight, -limit, limit, generator=generator)


def _causal_convolution(weight: Tensor, x: Tensor, step: int, bias: Tensor | None = None) -> Tensor:
    """Convolve ``x`` (directions, channels, n) with ``weight`` (taps, directions, channels, channels), causally.

    The last tap sees the present, the one before it ``step`` columns earlier, and so on; zeros stand to the left.
    """
    *past, present = weight.unbind()
    y = torch.bmm(present, x) if bias is None else torch.baddbmm(bias, present, x)
    for taps_back, tap in enumerate(reversed(past), start=1):
        seen = max(x.shape[-1] - taps_back * step, 0)
        y[..., x.shape[-1] - seen :].baddbmm_(tap, x[..., :seen])
    return y


class _TrainingSubBlock(torch.autograd.Function):
    """Convolution, batch normalisation, ReLU and dropout in training, with few passes through memory.

    The plain chain of torch operations keeps and re-reads a tensor for each link; here the backward pass needs the
    input, the centred convolution and the output alone: where dropout or ReLU gave 0 no gradient passes, elsewhere
    dropout is one factor. The convolution's bias is left out: subtracting the batch mean removes it.
    """

    @staticmethod
    def forward(ctx, x, weight, gamma, beta, mask, step):
        y = _causal_convolution(weight, x, step)
        mean = y.mean(-1, keepdim=True)
        y.sub_(mean)
        var = torch.linalg.vector_norm(y, dim=-1, keepdim=True).square_().div_(y.shape[-1])
        rstd = (var + _BATCH_NORM_EPS).rsqrt()
        out = y.mul(gamma * rstd).add_(beta).relu_()
        if mask is not None:
            _per_clip(out, mask.shape[-1]).mul_(mask)
        ctx.save_for_backward(x, weight, gamma, mask, y, rstd, out)
        ctx.step = step
        ctx.mark_non_differentiable(mean, var)
        return out, mean, var

    @staticmethod
    @once_differentiable
    def backward(ctx, grad, _grad_mean, _grad_var):
        x, weight, gamma, mask, y, rstd, out = ctx.saved_tensors
        n, scale = y.shape[-1], rstd if mask is None else rstd * mask.amax()
        grad = torch.ops.aten.threshold_backward(grad, out, 0)
        total, along_y = grad.sum(-1, keepdim=True), torch.linalg.vecdot(grad, y).unsqueeze(-1)
        grad.sub_(total / n).addcmul_(y, along_y * rstd.square() / -n)

        # The factor of the whole gradient goes into the small matrices.
        factor = gamma * scale
        scaled = weight * factor
        grad_x = torch.bmm(scaled[-1].mT, grad)
        grad_taps = [torch.bmm(grad, x.mT)]
        for taps_back in range(1, len(weight)):
            seen = max(n - taps_back * ctx.step, 0)
            late = grad[..., n - seen :]
            grad_x[..., :seen].baddbmm_(scaled[-1 - taps_back].mT, late)
            grad_taps.insert(0, torch.bmm(late, x[..., :seen].mT))
        return grad_x, torch.stack(grad_taps).mul_(factor), along_y * scale, total * (scale / rstd), None, None


def _per_clip(x: Tensor, n_clips: int, n_frames: int = -1) -> Tensor:
    """View ``x`` (directions, channels, frames * clips) as (directions, channels, frames, clips)."""
    return x[..., : n_frames * n_clips if n_frames > 0 else None].view(*x.shape[:2], n_frames, n_clips)


def _padded(weight: Tensor, rows: int, columns: int = 0) -> Tensor:
    """Add rows and columns of zeros to matrices: channels that stay 0."""
    return F.pad(weight, (0, columns, 0, rows)) if rows else weight


class _Padded(NamedTuple):
    """What a sub-block learns: its parameters, with channels of zeros."""

    weight: Tensor
    gamma: Tensor
    beta: Tensor


class _Folded(NamedTuple):
    """What a sub-block predicts with: batch normalisation, with fixed statistics a scale and a shift, is within."""

    weight: Tensor
    bias: Tensor


class _SubBlock(nn.Module):
    """Dilated causal convolution, batch normalisation, ReLU, spatial dropout: half of a block."""

    def __init__(self, n_filters: int, kernel_size: int, dilation: int, n_directions: int):
        super().__init__()
        self.dilation = dilation
        column = (n_directions, n_filters, 1)
        self.weight = nn.Parameter(torch.empty(kernel_size, n_directions, n_filters, n_filters))
        self.bias = nn.Parameter(torch.empty(column))
        self.gamma = nn.Parameter(torch.empty(column))
        self.beta = nn.Parameter(torch.empty(column))
        self.running_mean: Tensor
        self.running_var: Tensor
        self.register_buffer("running_mean", torch.empty(column))
        self.register_buffer("running_var", torch.empty(column))

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None) -> None:
        fan = self.weight.shape[0] * self.weight.shape[-1]
        _glorot_uniform_(self.weight, fan, fan, generator)
        for zeros in (self.bias, self.beta, self.running_mean):
            zeros.zero_()
        for ones in (self.gamma, self.running_var):
            ones.fill_(1)

    def forward(self, x: Tensor, n_clips: int, mask: Tensor | None, ready: _Padded | _Folded) -> Tensor:
        step = self.dilation * n_clips
        if isinstance(ready, _Folded):
            return _causal_convolution(ready.weight, x, step, ready.bias).relu_()
        return self._learn(x, step, mask, ready)

    def _learn(self, x: Tensor, step: int, mask: Tensor | None, padded: _Padded) -> Tensor:
        n, n_filters = x.shape[-1], self.weight.shape[-1]
        if n == 1:
            raise ValueError("Batch normalisation needs more than one frame in training; got one clip of one frame.")
        out, mean, var = _TrainingSubBlock.apply(x, *padded, mask, step)
        with torch.no_grad():
            self.running_mean.lerp_(mean[:, :n_filters] + self.bias, _BATCH_NORM_MOMENTUM)
            self.running_var.lerp_(var[:, :n_filters] * (n / (n - 1)), _BATCH_NORM_MOMENTUM)
        return out


def _stacked(sub_blocks: Sequence[_SubBlock], *names: str) -> Iterator[Tensor]:
    # All at once: one by one they would take a tenth of a short step.
    return (torch.stack([getattr(sub_block, name) for sub_block in sub_blocks]) for name in names)


def _ready(sub_blocks: Sequence[_SubBlock], padding: int) -> list[_Padded | _Folded]:
    """Make what each sub-block learns or, where it is in evaluation mode, predicts with."""
    made: dict[bool, Sequence[_Padded | _Folded]] = {
        training: (_to_learn if training else _to_predict)(sub_blocks, padding)
        for training in {sub_block.training for sub_block in sub_blocks}
    }
    return [made[sub_block.training][i] for i, sub_block in enumerate(sub_blocks)]


def _to_learn(sub_blocks: Sequence[_SubBlock], padding: int) -> list[_Padded]:
    weight, gamma, beta = _stacked(sub_blocks, "weight", "gamma", "beta")
    columns = _padded(gamma, padding), _padded(beta, padding)
    return list(map(_Padded, _padded(weight, padding, padding), *columns))


def _to_predict(sub_blocks: Sequence[_SubBlock], padding: int) -> list[_Folded]:
    names = "weight", "bias", "gamma", "beta", "running_mean", "running_var"
    weight, bias, gamma, beta, mean, var = _stacked(sub_blocks, *names)
    scale = gamma * (var + _BATCH_NORM_EPS).rsqrt()
    weight, bias = weight * scale.unsqueeze(1), (bias - mean) * scale + beta
    return list(map(_Folded, _padded(weight, padding, padding), _padded(bias, padding)))


def _chain(
    sub_blocks: nn.ModuleList, x: Tensor, n_clips: int, masks: Tensor | None, ready: Sequence[_Padded | _Folded]
) -> Tensor:
    for i, sub_block in enumerate(sub_blocks):
        x = sub_block(x, n_clips, None if masks is None else masks[i], ready[i])
    return x


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
    >>> block(torch.ones(1, 39, 100 * 5), n_clips=5).shape  # 100 frames of 5 clips
    torch.Size([1, 39, 500])
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
        self.sub_blocks: Any = nn.ModuleList(
            _SubBlock(n_filters, kernel_size, dilation, n_directions) for _ in range(2)
        )
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights (Glorot uniform; zero biases) from ``generator``."""
        for sub_block in self.sub_blocks:
            sub_block.reset_parameters(generator)

    def attention(self, x: Tensor, n_clips: int, masks: Tensor | None = None) -> Tensor:
        r"""Compute the attention map :math:`\mathcal{A}`.

        Parameters
        ----------
        x : Tensor of shape (n_directions, n_filters, n_frames * n_clips)
            Time before clips on the last axis.
        n_clips : int
            Clips on the last axis.
        masks : Tensor of shape (2, n_directions, n_filters, 1, n_clips), default=None
            Dropout factors of both sub-blocks in training, 0 or one number common to all; None for no dropout.

        Returns
        -------
        Tensor of the shape of ``x``, between 0 and 1
        """
        check_sizes(n_clips=n_clips)
        check_columns(x, self.sub_blocks[0].weight, n_clips)
        check_masks(masks, n_clips)
        return torch.sigmoid(_chain(self.sub_blocks, x, n_clips, masks, _ready(self.sub_blocks, padding=0)))

    def forward(self, x: Tensor, n_clips: int, masks: Tensor | None = None) -> Tensor:
        r"""Return :math:`\mathcal{A}(x) \odot x`; parameters as in :meth:`attention`."""
        return self.attention(x, n_clips, masks) * x


class _Network(nn.Module):
    """What both networks share: a 1x1 convolution in, blocks, and one dense layer out."""

    def __init__(self, n_features: int, n_classes: int, n_filters: int, n_directions: int, dropout: float):
        super().__init__()
        check_sizes(n_features=n_features, n_classes=n_classes, n_filters=n_filters)
        check_dropout(dropout)
        self.dropout = dropout
        self.input_weight = nn.Parameter(torch.empty(n_directions, n_filters, n_features))
        self.input_bias = nn.Parameter(torch.empty(n_directions, n_filters, 1))
        # Without torch's own first draw, which would change the caller's random state.
        self.output = nn.utils.skip_init(nn.Linear, n_filters, n_classes)
        self.blocks: Any = nn.ModuleList()

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights (Glorot uniform; zero biases) from ``generator``."""
        n_filters, n_features = self.input_weight.shape[1:]
        _glorot_uniform_(self.input_weight, n_features, n_filters, generator)
        self.input_bias.zero_()
        for block in self.blocks:
            block.reset_parameters(generator)
        nn.init.xavier_uniform_(self.output.weight, generator=generator)
        self.output.bias.zero_()

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        """Compute the logits.

        Parameters
        ----------
        x : Tensor of shape (n_clips, n_features, n_frames)
            The features.
        masks : Tensor, default=None
            What :meth:`dropout_masks` gave; None draws it from torch's global generator in training.

        Returns
        -------
        Tensor of shape (n_clips, n_classes)
        """
        return self.output(self.embed(x, masks))

    def embed(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        """Compute what the dense layer sees, of shape (n_clips, n_filters); parameters as in :meth:`forward`."""
        raise NotImplementedError

    def _input_convolution(self, x: Tensor) -> Tensor:
        x = x.permute(1, 2, 0)  # (n_features, n_frames, n_clips)
        directions = [x, x.flip(1)][: len(self.input_weight)]  # the second hears the clip backwards
        stacked = torch.stack(directions).flatten(2)  # (n_directions, n_features, n_frames * n_clips)
        if not self.training:
            # Matrix products round the last, odd columns otherwise. Some columns of silence after the end, which a
            # causal network cannot hear, keep a clip's answer nearly free of the clips beside it.
            stacked = F.pad(stacked, (0, -stacked.shape[-1] % _COLUMNS))
        weight, bias = _padded(self.input_weight, self._padding), _padded(self.input_bias, self._padding)
        return torch.baddbmm(bias, weight, stacked)

    @property
    def _padding(self) -> int:
        # Matrix products of whole vectors of channels are faster, compiled ones several times.
        return -self.input_bias.shape[1] % _CHANNELS

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

    def _each_block(
        self, n_clips: int, masks: Tensor | None
    ) -> Iterator[tuple[Any, Tensor | None, Sequence[_Padded | _Folded]]]:
        """Yield each block with its masks and what its two sub-blocks learn or predict with."""
        check_masks(masks, n_clips)
        masks = self.dropout_masks(n_clips) if masks is None else masks
        nothing = [None] * len(self.blocks)
        of_each = nothing if masks is None else F.pad(masks, (0, 0, 0, 0, 0, self._padding)).unbind()
        ready = _ready([sub_block for block in self.blocks for sub_block in block.sub_blocks], self._padding)
        return zip(self.blocks, of_each, zip(ready[::2], ready[1::2], strict=True), strict=True)


class TIMNet(_Network):
    r"""Temporal-aware bi-directional multi-scale network, from features to logits (the paper's section 2.2).

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

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        *,
        n_blocks: int = 8,
        n_filters: int = 39,
        kernel_size: int = 2,
        dropout: float = 0.1,
        bidirectional: bool = True,
        fusion: str = "dynamic",
        generator: torch.Generator | None = None,
    ):
        check_variant(bidirectional, fusion)
        check_sizes(n_blocks=n_blocks, kernel_size=kernel_size)
        n_directions = 2 if bidirectional else 1
        super().__init__(n_features, n_classes, n_filters, n_directions, dropout)
        self.fusion = fusion
        self.blocks.extend(
            TemporalAwareBlock(
                n_filters, kernel_size=kernel_size, dilation=2**j, n_directions=n_directions, generator=generator
            )
            for j in range(n_blocks)
        )
        weights = torch.empty(n_blocks)
        if fusion == "dynamic":
            self.fusion_weights = nn.Parameter(weights)
        else:
            self.register_buffer("fusion_weights", weights)
        self.reset_parameters(generator)

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

    def embed(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        """Fuse the blocks into g_drf (equation 4), of shape (n_clips, n_filters); parameters as in :meth:`forward`."""
        return torch.einsum("bjc,j->bc", self.pool(x, masks), self.fusion_weights)

    def pool(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        """Average each block over time (equation 3): g, of shape (n_clips, n_blocks, n_filters)."""
        check_clips(x, self.input_weight)
        n_clips, _, n_frames = x.shape
        sums = [_per_clip(h, n_clips, n_frames).sum(2) for _, h in self._walk(x, masks)]
        pooled = torch.stack(sums).sum(1) / n_frames  # (n_blocks, padded filters, n_clips)
        return pooled[:, : self.input_bias.shape[1]].permute(2, 0, 1)

    def attention_maps(self, x: Tensor) -> Tensor:
        """Show where each block looks: its attention, on the clip's own time axis in both directions.

        Parameters
        ----------
        x : Tensor of shape (n_clips, n_features, n_frames)
            The features.

        Returns
        -------
        Tensor of shape (n_clips, n_blocks, n_directions, n_filters, n_frames)
        """
        check_clips(x, self.input_weight)
        n_clips, _, n_frames = x.shape
        maps = []
        for attention, _ in self._walk(x):
            attention = _per_clip(attention, n_clips, n_frames)[:, : self.input_bias.shape[1]]
            forward, *backward = attention  # (n_filters, n_frames, n_clips) each
            maps.append(torch.stack([forward, *(direction.flip(1) for direction in backward)]))
        return torch.stack(maps).permute(4, 0, 1, 2, 3)

    def _walk(self, x: Tensor, masks: Tensor | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield each block's attention and output, both (n_directions, padded filters, n_frames * n_clips)."""
        h = self._input_convolution(x)
        for block, mask, ready in self._each_block(len(x), masks):
            attention = torch.sigmoid(_chain(block.sub_blocks, h, len(x), mask, ready))
            h = attention * h
            yield attention, h


class _ResidualBlock(nn.Module):
    """Two sub-blocks beside a shortcut: the block of a temporal convolutional network."""

    def __init__(self, n_filters: int, kernel_size: int, dilation: int):
        super().__init__()
        self.sub_blocks: Any = nn.ModuleList(_SubBlock(n_filters, kernel_size, dilation, 1) for _ in range(2))

    def reset_parameters(self, generator: torch.Generator | None) -> None:
        for sub_block in self.sub_blocks:
            sub_block.reset_parameters(generator)

    def forward(self, x: Tensor, n_clips: int, masks: Tensor | None, ready: Sequence[_Padded | _Folded]) -> Tensor:
        return torch.relu(x + _chain(self.sub_blocks, x, n_clips, masks, ready))


class TCN(_Network):
    """Temporal convolutional network: the paper's baseline (section 3.3), of the same depth as :class:`TIMNet`.

    Dilated causal convolutions in residual blocks; the last block's output, averaged over time, enters the dense layer.

    Parameters
    ----------
    n_features, n_classes, n_blocks, n_filters, kernel_size, dropout, generator
        As in :class:`TIMNet`.

    See Also
    --------
    sktimnet.TCNClassifier : The same network as a scikit-learn classifier.

    Examples
    --------
    >>> import torch
    >>> from sktimnet.nn import TCN
    >>> TCN(39, 7)(torch.randn(4, 39, 188)).shape
    torch.Size([4, 7])
    """

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        *,
        n_blocks: int = 8,
        n_filters: int = 39,
        kernel_size: int = 2,
        dropout: float = 0.1,
        generator: torch.Generator | None = None,
    ):
        check_sizes(n_blocks=n_blocks, kernel_size=kernel_size)
        super().__init__(n_features, n_classes, n_filters, 1, dropout)
        self.blocks.extend(_ResidualBlock(n_filters, kernel_size, 2**j) for j in range(n_blocks))
        self.reset_parameters(generator)

    def embed(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        """Average the last block over time, of shape (n_clips, n_filters); parameters as in :meth:`forward`."""
        check_clips(x, self.input_weight)
        h = self._input_convolution(x)
        for block, mask, ready in self._each_block(len(x), masks):
            h = block(h, len(x), mask, ready)
        return _per_clip(h, len(x), x.shape[-1])[0, : self.input_bias.shape[1]].mean(1).T
