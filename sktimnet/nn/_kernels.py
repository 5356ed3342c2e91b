"""Fast convolutions. Each function names the plain formula that it equals; the networks are in other files.

Tensors are laid out ``(n_directions, n_filters, n_frames, n_clips)``. With time before clips, a causal convolution is
one matrix product for each tap, on a contiguous slice, for both directions and all clips at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from sktimnet.nn._runs import Run, mirrored_frames, separate

#: Added to variances by batch normalisation.
BATCH_NORM_EPS = 1e-3
# Matrix products of whole vectors are faster; those of other widths round the last columns otherwise.
_CHANNELS = 8
_COLUMNS = 16


def channel_padding(n_filters: int) -> int:
    """Return how many channels of zeros fill a tensor up to whole vectors."""
    return -n_filters % _CHANNELS


def padded(weight: Tensor, rows: int, columns: int = 0) -> Tensor:
    """Append rows and columns of zeros to matrices: channels that stay 0."""
    return F.pad(weight, (0, columns, 0, rows)) if rows else weight


def directions(x: Tensor, n_directions: int, lengths: Tensor | None) -> Tensor:
    """Stack clips and, as the second direction, the same clips reversed in time, each within its own length.

    Parameters
    ----------
    x : Tensor of shape (n_clips, n_features, n_frames)
        The features.
    n_directions : {1, 2}
        1 for the clips alone.
    lengths : Tensor of shape (n_clips,), int64, or None
        Frames of each clip; None where all have `n_frames`.

    Returns
    -------
    Tensor of shape (n_directions, n_features, n_frames, n_clips)
        In both directions the padding is after a clip's end, so that no frame of a causal network depends on it.
    """
    x = x.permute(1, 2, 0)  # (n_features, n_frames, n_clips)
    if n_directions == 1:
        return x.unsqueeze(0)
    return torch.stack([x, mirrored(x, lengths)])


def mirrored(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Reverse each clip of ``x`` (channels, n_frames, n_clips) in time within its own length."""
    if lengths is None:
        return x.flip(1)
    frame = torch.arange(x.shape[1], device=x.device).unsqueeze(1)  # (n_frames, 1)
    return x.gather(1, mirrored_frames(frame, lengths).expand_as(x))


def whole_vectors(x: Tensor) -> Tensor:
    """Append frames of zeros until all columns fill whole vectors: a clip's answer then depends on no other clip."""
    if torch.compiler.is_exporting():  # any number of frames and clips, on another runtime
        return x
    n_frames, n_clips = x.shape[2:]
    missing = next(frames for frames in range(_COLUMNS) if (n_frames + frames) * n_clips % _COLUMNS == 0)
    return F.pad(x, (0, 0, 0, missing)) if missing else x


def pointwise_convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Compute ``y[d, :, t, b] = weight[d] @ x[d, :, t, b] + bias[d]``, with channels of zeros appended."""
    padding = channel_padding(bias.shape[1])
    y = torch.baddbmm(padded(bias, padding), padded(weight, padding), x.flatten(2))
    return y.view(len(weight), -1, *x.shape[2:])


def causal_convolution(
    weight: Tensor, x: Tensor, dilation: int, runs: Sequence[Run], bias: Tensor | None = None
) -> Tensor:
    """Compute ``y[..., t] = bias + sum over taps k of weight[-1 - k] @ x[..., t - k * dilation]`` for each clip.

    x is 0 before a clip's first frame.

    Parameters
    ----------
    weight : Tensor of shape (taps, n_directions, channels, channels)
        The last tap sees the present.
    x : Tensor of shape (n_directions, channels, n_columns)
        In each run time before clips.
    dilation : int
        Frames between two taps.
    runs : sequence of Run
        What stands in the columns.
    bias : Tensor of shape (n_directions, channels, 1), default=None
        Added to each column.

    Returns
    -------
    Tensor of the shape of `x`
    """
    if torch.compiler.is_exporting():
        return _exported_convolution(weight, x, dilation * runs[0].n_clips, bias)
    *past, present = weight.unbind()
    y = torch.bmm(present, x) if bias is None else torch.baddbmm(bias, present, x)
    for taps_back, tap in enumerate(reversed(past), start=1):
        for late, early in _reached(taps_back * dilation, runs):
            y[..., late].baddbmm_(tap, x[..., early])
    return y


def _reached(frames: int, runs: Sequence[Run]) -> Iterator[tuple[slice, slice]]:
    """Yield for each run the columns with a frame so long before them, and the columns of those frames."""
    for run in runs:
        shift = min(frames, run.n_frames) * run.n_clips
        yield slice(run.columns.start + shift, run.columns.stop), slice(run.columns.start, run.columns.stop - shift)


def _exported_convolution(weight: Tensor, x: Tensor, step: int, bias: Tensor | None) -> Tensor:
    """Compute the same of one run, without a choice by the number of columns: a graph keeps it for all other clips."""
    n_columns, past = x.shape[-1], (len(weight) - 1) * step
    x = F.pad(x, (past, 0))
    seen = (tap @ x[..., k * step : k * step + n_columns] for k, tap in enumerate(weight.unbind()))
    return sum(seen, torch.zeros(()) if bias is None else bias)


class LearningSubBlock(torch.autograd.Function):
    """Compute ``relu(batch_norm(causal_convolution(weight, x)) * gamma + beta) * dropout`` and its gradients.

    Batch normalisation takes mean and variance over the columns where `present` is 1, all where it is None. The plain
    chain of torch operations keeps and re-reads a tensor for each link; here the backward pass needs the input, the
    centred convolution and the output alone: where dropout or ReLU gave 0 no gradient passes, elsewhere dropout is one
    factor. The convolution's bias is left out: subtracting the batch mean removes it.

    The gradient must be 0 in columns that are not present, as it is of a loss that leaves them out: a causal
    convolution takes nothing from them to earlier ones.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        gamma: Tensor,
        beta: Tensor,
        dropout: Any,
        present: Any,
        n: Any,
        dilation: int,
        runs: Sequence[Run],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the output of shape (n_directions, channels, columns), and the batch's mean and variance."""
        y = causal_convolution(weight, x, dilation, runs)
        if present is None:
            mean = y.mean(-1, keepdim=True)
            y.sub_(mean)
        else:
            mean = (y @ present / n).unsqueeze(-1)
            y.sub_(mean).mul_(present)
        var = torch.linalg.vector_norm(y, dim=-1, keepdim=True).square_().div_(n)
        rstd = (var + BATCH_NORM_EPS).rsqrt()
        out = y.mul(gamma * rstd).add_(beta).relu_()
        if dropout is not None:
            for run, part in separate(runs, out):
                part.mul_(dropout[..., run.clips])
        ctx.save_for_backward(x, weight, gamma, dropout, present, y, rstd, out)
        ctx.n, ctx.dilation, ctx.runs = n, dilation, runs
        ctx.mark_non_differentiable(mean, var)
        return out, mean, var

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, _grad_mean: Tensor, _grad_var: Tensor) -> tuple:
        """Return the gradients of x, weight, gamma and beta."""
        x, weight, gamma, dropout, present, y, rstd, out = ctx.saved_tensors
        scale = rstd if dropout is None else rstd * dropout.amax()
        grad = torch.ops.aten.threshold_backward(grad, out, 0)
        total, along_y = grad.sum(-1, keepdim=True), torch.linalg.vecdot(grad, y).unsqueeze(-1)
        if present is None:
            grad.sub_(total / ctx.n)
        else:
            grad.addcmul_(total / -ctx.n, present)
        grad.addcmul_(y, along_y * rstd.square() / -ctx.n)

        # The factor of the whole gradient goes into the small matrices.
        factor = gamma * scale
        scaled = weight * factor
        grad_x = torch.bmm(scaled[-1].mT, grad)
        grad_taps = [torch.bmm(grad, x.mT)]
        for taps_back in range(1, len(weight)):
            grad_tap = torch.zeros_like(weight[0])
            for late, early in _reached(taps_back * ctx.dilation, ctx.runs):
                grad_x[..., early].baddbmm_(scaled[-1 - taps_back].mT, grad[..., late])
                grad_tap.baddbmm_(grad[..., late], x[..., early].mT)
            grad_taps.insert(0, grad_tap)
        grad_weight = torch.stack(grad_taps).mul_(factor)
        return grad_x, grad_weight, along_y * scale, total * (scale / rstd), None, None, None, None, None


class SumsOverTime(torch.autograd.Function):
    """Compute ``(part * run.present).sum(time)`` of each run, and the gradients of all runs in one tensor."""

    @staticmethod
    def forward(ctx: Any, h: Tensor, runs: Sequence[Run]) -> Tensor:
        """Sum (n_directions, channels, n_columns) over time, to (n_directions, channels, n_clips)."""
        ctx.runs = runs
        return torch.cat([(part * run.present).sum(2) for run, part in separate(runs, h)], dim=-1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple:
        """Return the gradient of h."""
        grad_h = grad.new_empty(*grad.shape[:2], ctx.runs[-1].columns.stop)
        for run, part in separate(ctx.runs, grad_h):
            torch.mul(grad[..., run.clips].unsqueeze(2), run.present, out=part)
        return grad_h, None
