"""TIM-Net of torch's own layers, one direction at a time: the reference of numerics and the yardstick of speed."""

import torch
import torch.nn.functional as F
from torch import nn


class PlainSubBlock(nn.Module):
    """Conv1d, BatchNorm1d, ReLU, Dropout1d, of one direction, on (n_clips, n_filters, n_frames)."""

    def __init__(self, n_filters, kernel_size, dilation, dropout):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv = nn.Conv1d(n_filters, n_filters, kernel_size, dilation=dilation)
        self.norm = nn.BatchNorm1d(n_filters, eps=1e-3, momentum=0.01)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, x):
        return self.dropout(F.relu(self.norm(self.conv(F.pad(x, (self.pad, 0))))))

    @torch.no_grad()
    def copy_from(self, sub_block, direction):
        """Take over weights and statistics of one direction of a sub-block of this package; return self."""
        self.conv.weight.copy_(sub_block.weight[:, direction].permute(1, 2, 0))
        self.conv.bias.copy_(sub_block.bias[direction, :, 0])
        for ours, theirs in [("gamma", "weight"), ("beta", "bias"), ("running_mean",) * 2, ("running_var",) * 2]:
            getattr(self.norm, theirs).copy_(getattr(sub_block, ours)[direction, :, 0])
        return self


class PlainTIMNet(nn.Module):
    """From (n_clips, n_features, n_frames) to logits."""

    def __init__(self, n_features, n_classes, *, n_blocks=8, n_filters=39, kernel_size=2, dropout=0.1):
        super().__init__()
        self.inputs = nn.ModuleList(nn.Conv1d(n_features, n_filters, 1) for _ in range(2))
        self.directions = nn.ModuleList(
            nn.ModuleList(
                nn.Sequential(*(PlainSubBlock(n_filters, kernel_size, 2**j, dropout) for _ in range(2)))
                for j in range(n_blocks)
            )
            for _ in range(2)
        )
        self.fusion_weights = nn.Parameter(torch.empty(n_blocks).uniform_(-0.05, 0.05))
        self.output = nn.Linear(n_filters, n_classes)

    def forward(self, x):
        forward, backward = self.inputs[0](x), self.inputs[1](x.flip(-1))
        pooled = []
        for ahead, back in zip(*self.directions, strict=True):
            forward, backward = torch.sigmoid(ahead(forward)) * forward, torch.sigmoid(back(backward)) * backward
            pooled.append((forward + backward).mean(-1))
        return self.output((torch.stack(pooled, -1) * self.fusion_weights).sum(-1))

    @torch.no_grad()
    def copy_from(self, network):
        """Take over weights and statistics of a TIMNet of the same sizes; return self."""
        for d, (inputs, blocks) in enumerate(zip(self.inputs, self.directions, strict=True)):
            inputs.weight.copy_(network.input_weight[d].unsqueeze(2))
            inputs.bias.copy_(network.input_bias[d, :, 0])
            for plain, block in zip(blocks, network.blocks, strict=True):
                for sub_block, theirs in zip(plain, block.sub_blocks, strict=True):
                    sub_block.copy_from(theirs, d)
        self.fusion_weights.copy_(network.fusion_weights)
        self.output.load_state_dict(network.output.state_dict())
        return self
