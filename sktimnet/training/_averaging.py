"""Averages of a network's weights over the steps of a training: :class:`WeightAverage`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class WeightAverage:
    """The exponential moving average of weights and running statistics, to be exchanged with those in training.

    Between epochs the network holds the average, which is what is scored, kept and saved, and this object holds what
    is trained further.

    Parameters
    ----------
    decay : float
        Share of the average that a step keeps.
    """

    def __init__(self, decay: float):
        self.decay = decay
        self.tensors: dict[str, Tensor] = {}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the weights after a step; the first ones are the average."""
        current = _floats(network)
        if self.tensors:
            get_ema_multi_avg_fn(self.decay)(list(self.tensors.values()), list(current.values()), 0)
        else:
            self.tensors = {name: tensor.clone() for name, tensor in current.items()}

    @torch.no_grad()
    def exchange(self, network: nn.Module) -> None:
        """Put the tensors held here into the network, and hold the network's; nothing before the first step."""
        current = _floats(network)
        for name, held in self.tensors.items():
            kept = held.clone()
            held.copy_(current[name])
            current[name].copy_(kept)

    def move(self, device: torch.device | str) -> None:
        """Take the tensors to a device."""
        self.tensors = {name: tensor.to(device) for name, tensor in self.tensors.items()}


def _floats(network: nn.Module) -> dict[str, Tensor]:
    """Return weights and running statistics, without the counts of torch's own batch normalisation."""
    return {name: tensor for name, tensor in network.state_dict().items() if tensor.is_floating_point()}
