"""Base class of all networks: :class:`Network`."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from sktimnet.nn._checks import check_generator, check_sizes


class Network(nn.Module, ABC):
    """A network from features to logits: an embedding of each clip, and one dense layer.

    A subclass computes the embedding in :meth:`embed`. With that alone it trains and predicts in a
    :class:`~sktimnet.classifiers.NetworkClassifier`.

    Parameters
    ----------
    n_embedding : int
        Values in the embedding of a clip.
    n_classes : int
        Logits of the output.

    Attributes
    ----------
    recordable : bool
        Whether training on a GPU may record a step and replay it, which is several times faster: True where a step
        depends on tensors alone and never waits for the GPU. What Python computes is replayed as it was recorded.
    """

    recordable = False

    def __init__(self, n_embedding: int, n_classes: int):
        super().__init__()
        check_sizes(n_embedding=n_embedding, n_classes=n_classes)
        # Without torch's own first draw, which would change the caller's random state.
        self.output = nn.utils.skip_init(nn.Linear, n_embedding, n_classes, device=torch.get_default_device())

    @abstractmethod
    def embed(self, x: Tensor, masks: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        """Compute what the dense layer sees.

        Parameters
        ----------
        x : Tensor of shape (n_clips, n_features, n_frames)
            The features; any finite values after a clip's end.
        masks : Tensor, default=None
            As :meth:`dropout_masks` returns them.
        lengths : Tensor of shape (n_clips,), int64, default=None
            Frames of each clip, at least 1; None where all have `n_frames`. The result must not depend on the frames
            after a clip's end.

        Returns
        -------
        Tensor of shape (n_clips, n_embedding)
        """

    def forward(self, x: Tensor, masks: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        """Compute the logits, of shape (n_clips, n_classes); parameters as in :meth:`embed`."""
        return self.output(self.embed(x, masks, lengths=lengths))

    def dropout_masks(self, n_clips: int, generator: torch.Generator | None = None) -> Tensor | None:
        """Draw what dropout multiplies with in training, or None for a network without dropout of its own.

        Parameters
        ----------
        n_clips : int
            Clips in the batch.
        generator : torch.Generator, default=None
            Draws the masks; None means torch's global generator.

        Returns
        -------
        Tensor or None
        """
        return None

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new weights of the dense layer (Glorot uniform; zero biases) from ``generator``."""
        check_generator(generator)
        nn.init.xavier_uniform_(self.output.weight, generator=generator)
        self.output.bias.zero_()
