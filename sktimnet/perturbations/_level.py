"""Changes of the level and of the single sample: gain, clipping, offset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sktimnet.perturbations._base import Audio, Perturbation, Random


@dataclass(frozen=True)
class Gain(Perturbation):
    """Another level: ``y = 10^(db / 20) x``.

    Exactly linear: samples beyond -1 and 1 are kept. Written to a file of integers they would be clipped;
    :class:`Clipping` stands for that.

    Parameters
    ----------
    db : float
        The gain in dB.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Gain
    >>> Gain(-20)(np.array([0.5, -1.0]), 16000)
    (array([ 0.05, -0.1 ], dtype=float32), 16000)
    """

    db: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        return (10 ** (self.db / 20) * waveform).astype(np.float32), sr


@dataclass(frozen=True)
class Clipping(Perturbation):
    """A recording that was too loud: ``y = min(max(x, -c), c)`` with ``c = share * max|x|``.

    Parameters
    ----------
    share : float
        Where samples are cut off, as a share of the peak.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Clipping
    >>> Clipping(0.5)(np.array([0.2, -0.8]), 16000)
    (array([ 0.2, -0.4], dtype=float32), 16000)
    """

    share: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        limit = self.share * np.abs(waveform).max()
        return np.clip(waveform, -limit, limit).astype(np.float32), sr


@dataclass(frozen=True)
class Offset(Perturbation):
    """A DC offset: ``y = x + share * max|x|``.

    Parameters
    ----------
    share : float
        The offset, as a share of the peak.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Offset
    >>> Offset(0.1)(np.array([0.5, -1.0]), 16000)
    (array([ 0.6, -0.9], dtype=float32), 16000)
    """

    share: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        return (waveform + self.share * np.abs(waveform).max()).astype(np.float32), sr
