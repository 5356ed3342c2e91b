"""Several changes, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sktimnet.perturbations._base import Audio, Perturbation, Random


@dataclass(frozen=True)
class Chain(Perturbation):
    """Apply several perturbations, one after the other.

    Parameters
    ----------
    changes : tuple of Perturbation
        In their order.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Chain, Gain, Speed
    >>> changed, sr = Chain((Speed(1.25), Gain(-20)))(np.zeros(16000), 16000)
    >>> len(changed), sr
    (12800, 16000)
    """

    changes: tuple[Perturbation, ...]

    @property
    def missing(self) -> str | None:
        """What its members lack here to be made; None where all can be."""
        found = (getattr(change, "missing", None) for change in self.changes)
        return next((missing for missing in found if missing is not None), None)

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        """Return the changed recording; parameters as in :class:`Perturbation`."""
        rng = np.random.default_rng(rng)
        for change in self.changes:
            waveform, sr = change(waveform, sr, rng)
        return waveform.astype(np.float32), sr
