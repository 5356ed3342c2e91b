"""The paper's baseline (section 3.3): a temporal convolutional network of the same depth as TIM-Net."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sktimnet.nn._causal import CausalNetwork
from sktimnet.nn._checks import check_sizes
from sktimnet.nn._sub_block import Layer, SubBlock


class ResidualBlock(nn.Module):
    """Two sub-blocks beside a shortcut: ``relu(h + second(first(h)))``.

    Parameters
    ----------
    n_filters, kernel_size, dilation : int
        As in :class:`TemporalAwareBlock`.
    """

    def __init__(self, n_filters: int, kernel_size: int, dilation: int):
        super().__init__()
        self.sub_blocks: Any = nn.ModuleList(SubBlock(n_filters, kernel_size, dilation, 1) for _ in range(2))

    def forward(self, h: Tensor, layers: Sequence[Layer]) -> Tensor:
        """Return the output, of the shape of ``h``; ``layers`` is what the two sub-blocks compute."""
        first, second = layers
        return torch.relu(h + second(first(h)))

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights (Glorot uniform; zero biases) from ``generator``."""
        for sub_block in self.sub_blocks:
            sub_block.reset_parameters(generator)


class TCN(CausalNetwork):
    """Temporal convolutional network: the paper's baseline (section 3.3), of the same depth as :class:`TIMNet`.

    Dilated causal convolutions in residual blocks; the last block's output, averaged over time, enters the dense layer.

    Parameters
    ----------
    n_features, n_classes, n_blocks, n_filters, kernel_size, dropout, batch_norm_momentum, generator
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
        batch_norm_momentum: float = 0.01,
        generator: torch.Generator | None = None,
    ):
        check_sizes(n_blocks=n_blocks, kernel_size=kernel_size)
        super().__init__(n_features, n_classes, n_filters=n_filters, n_directions=1, dropout=dropout)
        self.blocks.extend(ResidualBlock(n_filters, kernel_size, 2**j) for j in range(n_blocks))
        self.set_batch_norm_momentum(batch_norm_momentum)
        self.reset_parameters(generator)

    def embed(self, x: Tensor, masks: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        """Average the last block over time, of shape (n_clips, n_filters); parameters as in :class:`Network`."""
        runs = self.runs(x, lengths)
        h, layers = self.start(x, masks, lengths, runs)
        for block, pair in zip(self.blocks, layers, strict=True):
            h = block(h, pair)
        return self.average(h, x, lengths, runs)[0, : self.input_bias.shape[1]].T
