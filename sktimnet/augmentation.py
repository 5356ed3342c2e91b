"""Change training features in ways that leave the emotion as it is: :class:`SpecAugment`."""

from __future__ import annotations

import torch
from sklearn.base import BaseEstimator
from torch import Tensor

__all__ = ["SpecAugment"]


class SpecAugment(BaseEstimator):
    """Set stretches of time and bands of channels to 0, anew for each clip and step.

    Features should have mean 0 (:class:`~sktimnet.preprocessing.FeatureScaler`), so that 0 says nothing. Pass it as
    `augmentation` of a classifier; predictions are made of whole features.

    Parameters
    ----------
    n_time_masks : int, default=2
        Stretches of time set to 0 in each clip.
    time_share : float, default=0.125
        Longest stretch, as a share of the batch's frames.
    n_channel_masks : int, default=1
        Bands of neighbouring channels set to 0 in each clip.
    max_channels : int, default=6
        Channels of the widest band.

    References
    ----------
    D. S. Park et al., "SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition",
    Interspeech 2019.

    Examples
    --------
    >>> import torch
    >>> from sktimnet.augmentation import SpecAugment
    >>> masked = SpecAugment()(torch.ones(8, 39, 100), torch.Generator().manual_seed(0))
    >>> masked.shape, bool((masked == 0).any())
    (torch.Size([8, 39, 100]), True)
    """

    def __init__(
        self,
        *,
        n_time_masks: int = 2,
        time_share: float = 0.125,
        n_channel_masks: int = 1,
        max_channels: int = 6,
    ):
        self.n_time_masks = n_time_masks
        self.time_share = time_share
        self.n_channel_masks = n_channel_masks
        self.max_channels = max_channels

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return changed features.

        Parameters
        ----------
        x : Tensor of shape (n_clips, n_features, n_frames)
            The features of a batch; they stay as they are.
        generator : torch.Generator
            Decides what is masked.

        Returns
        -------
        Tensor of the shape of x
        """
        n_clips, n_features, n_frames = x.shape
        kept = torch.ones_like(x)
        for _ in range(self.n_time_masks):
            longest = max(1, int(self.time_share * n_frames))
            kept *= _outside(n_clips, n_frames, longest, generator).to(x).unsqueeze(1)
        for _ in range(self.n_channel_masks):
            widest = min(self.max_channels, n_features)
            kept *= _outside(n_clips, n_features, widest, generator).to(x).unsqueeze(2)
        return x * kept


def _outside(n_clips: int, n: int, longest: int, generator: torch.Generator) -> Tensor:
    """Tell of n places whether they lie outside of a random stretch, (n_clips, n)."""
    device = generator.device
    length = torch.randint(longest + 1, (n_clips, 1), generator=generator, device=device)
    start = (torch.rand(n_clips, 1, generator=generator, device=device) * (n - length + 1)).long()
    place = torch.arange(n, device=device)
    return (place < start) | (place >= start + length)
