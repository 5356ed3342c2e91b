"""How a network is trained: :class:`Net`, a skorch net fed with whole batches; :class:`Checkpoints` of it on disk."""

from sktimnet.training._batches import Batches, Clips
from sktimnet.training._checkpoints import Checkpoints
from sktimnet.training._net import Net

__all__ = ["Batches", "Checkpoints", "Clips", "Net"]
