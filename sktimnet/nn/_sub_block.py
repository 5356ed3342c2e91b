"""Half of a block: :class:`SubBlock`, and :func:`prepared`, which makes what many of them compute at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from sktimnet.nn._checks import check_generator
from sktimnet.nn._kernels import BATCH_NORM_EPS, LearningSubBlock, causal_convolution, channel_padding, padded
from sktimnet.nn._runs import Run, one_run

#: What a sub-block computes: from (n_directions, channels, n_frames, n_clips) to the same shape.
Layer = Callable[[Tensor], Tensor]


class SubBlock(nn.Module):
    """Dilated causal convolution, batch normalisation, ReLU and spatial dropout (the paper's section 2.2).

    It holds parameters and running statistics; :func:`prepared` gives the function that computes with them.

    Parameters
    ----------
    n_filters : int
        Channels of input and output.
    kernel_size : int
        Taps of the convolution.
    dilation : int
        Frames between two taps.
    n_directions : int
        Directions computed side by side, each with weights of its own.
    """

    #: Weight of the newest batch in the running statistics.
    batch_norm_momentum = 0.01

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
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights (Glorot uniform; zero biases) from ``generator``."""
        fan = self.weight.shape[0] * self.weight.shape[-1]
        glorot_uniform_(self.weight, fan, fan, generator)
        for zeros in (self.bias, self.beta, self.running_mean):
            zeros.zero_()
        for ones in (self.gamma, self.running_var):
            ones.fill_(1)


def glorot_uniform_(weight: Tensor, fan_in: int, fan_out: int, generator: torch.Generator | None) -> None:
    """Fill a weight from U(-a, a) with ``a = sqrt(6 / (fan_in + fan_out))``."""
    check_generator(generator)
    limit = (6 / (fan_in + fan_out)) ** 0.5
    nn.init.uniform_(weight, -limit, limit, generator=generator)


def prepared(
    sub_blocks: Sequence[SubBlock],
    dropout: Iterable[Tensor | None] | None = None,
    present: Tensor | None = None,
    *,
    channels: int | None = None,
    runs: Sequence[Run] | None = None,
) -> list[Layer]:
    """Return what each sub-block computes, as a function of its input.

    All are made at once: stacking and padding the parameters one sub-block at a time takes a tenth of a short step.

    Parameters
    ----------
    sub_blocks : sequence of SubBlock
        Of one network, all of the same sizes.
    dropout : iterable of Tensor or None, default=None
        For each the dropout factors of shape (n_directions, channels, 1, n_clips), used in training.
    present : Tensor of shape (n_frames, n_clips), default=None
        1 for frames of the recording and 0 after its end; None where all are of it. Training leaves the frames after
        the end out of batch statistics; prediction does not need it.
    channels : int, default=None
        Channels of the tensors, those after the sub-blocks' own being 0; None means a number that makes whole vectors.
    runs : sequence of Run, default=None
        What stands in the columns in training, with tensors of shape (n_directions, channels, n_columns, 1) and
        `present` of shape (n_columns, 1); None means that all clips have `n_frames`.

    Returns
    -------
    list of function
        Each from a Tensor of shape (n_directions, channels, n_frames, n_clips) to one of the same shape.
    """
    n_filters = sub_blocks[0].weight.shape[-1]
    padding = channel_padding(n_filters) if channels is None else channels - n_filters
    factors = [None] * len(sub_blocks) if dropout is None else list(dropout)
    made = {
        training: _learning(sub_blocks, padding, factors, present, runs)
        if training
        else _predicting(sub_blocks, padding)
        for training in {sub_block.training for sub_block in sub_blocks}
    }
    return [made[sub_block.training][i] for i, sub_block in enumerate(sub_blocks)]


def _stacked(sub_blocks: Sequence[SubBlock], *names: str) -> list[Tensor]:
    return [torch.stack([getattr(sub_block, name) for sub_block in sub_blocks]) for name in names]


def _learning(
    sub_blocks: Sequence[SubBlock],
    padding: int,
    factors: Sequence[Tensor | None],
    present: Tensor | None,
    runs: Sequence[Run] | None,
) -> list[Layer]:
    weight, gamma, beta = _stacked(sub_blocks, "weight", "gamma", "beta")
    columns = None if present is None else present.flatten()  # (n_columns,)
    n = None if columns is None else columns.sum()
    ready = padded(weight, padding, padding), padded(gamma, padding), padded(beta, padding), factors
    return [
        partial(_learn, sub_block, *parameters, columns, n, runs)
        for sub_block, parameters in zip(sub_blocks, zip(*ready, strict=True), strict=True)
    ]


def _learn(
    sub_block: SubBlock,
    weight: Tensor,
    gamma: Tensor,
    beta: Tensor,
    dropout: Tensor | None,
    present: Tensor | None,
    n: Tensor | int | None,
    runs: Sequence[Run] | None,
    x: Tensor,
) -> Tensor:
    """Compute with the batch's own statistics, and let the running ones follow."""
    n_filters, columns = sub_block.weight.shape[-1], x.flatten(2)
    if columns.shape[-1] == 1:
        raise ValueError("Batch normalisation needs more than one frame in training; got one clip of one frame.")
    n = columns.shape[-1] if n is None else n
    runs = one_run(*x.shape[2:]) if runs is None else runs
    out, mean, var = LearningSubBlock.apply(columns, weight, gamma, beta, dropout, present, n, sub_block.dilation, runs)
    with torch.no_grad():
        sub_block.running_mean.lerp_(mean[:, :n_filters] + sub_block.bias, sub_block.batch_norm_momentum)
        sub_block.running_var.lerp_(var[:, :n_filters] * (n / (n - 1)), sub_block.batch_norm_momentum)
    return out.view_as(x)


def _predicting(sub_blocks: Sequence[SubBlock], padding: int) -> list[Layer]:
    """Fold batch normalisation, with fixed statistics a scale and a shift, into the convolutions."""
    names = "weight", "bias", "gamma", "beta", "running_mean", "running_var"
    weight, bias, gamma, beta, mean, var = _stacked(sub_blocks, *names)
    scale = gamma * (var + BATCH_NORM_EPS).rsqrt()
    weight, bias = weight * scale.unsqueeze(1), (bias - mean) * scale + beta
    folded = zip(padded(weight, padding, padding), padded(bias, padding), strict=True)
    return [partial(_predict, s, *parameters) for s, parameters in zip(sub_blocks, folded, strict=True)]


def _predict(sub_block: SubBlock, weight: Tensor, bias: Tensor, x: Tensor) -> Tensor:
    runs = one_run(*x.shape[2:])
    return causal_convolution(weight, x.flatten(2), sub_block.dilation, runs, bias).relu_().view_as(x)
