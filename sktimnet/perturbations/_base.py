"""What every perturbation is: a callable that gives a changed waveform and its rate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: A waveform of shape (n_samples,), float32, and its sampling rate in Hz.
Audio: TypeAlias = tuple[NDArray[np.float32], float]
#: What decides everything random: a seed, a generator, or None for another result each time.
Random: TypeAlias = int | np.random.Generator | None


@dataclass(frozen=True)
class Perturbation(ABC):
    """Base of the perturbations: a change of a recording that leaves the emotion as it is.

    Subclasses are frozen dataclasses whose fields are their settings: reports and caches know them by their repr.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from sktimnet.perturbations import Perturbation
    >>> @dataclass(frozen=True)
    ... class Delay(Perturbation):
    ...     seconds: float
    ...
    ...     def __call__(self, waveform, sr, rng=None):
    ...         return np.concatenate([np.zeros(round(self.seconds * sr), np.float32), waveform]), sr
    >>> delayed, sr = Delay(0.5)(np.ones(16000, np.float32), 16000)
    >>> len(delayed), sr
    (24000, 16000)
    """

    @property
    def missing(self) -> str | None:
        """What it lacks here to be made; None where it can be."""
        return None

    @abstractmethod
    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        """Return the changed recording.

        Parameters
        ----------
        waveform : ndarray of shape (n_samples,)
            Samples, about -1 to 1; they stay as they are.
        sr : float
            Their rate in Hz.
        rng : int, numpy.random.Generator or None, default=None
            Decides everything random; most perturbations have nothing random.

        Returns
        -------
        waveform : ndarray of shape (n_samples_changed,), float32
        sr : float
            Its rate in Hz.
        """


def active_power(waveform: NDArray, sr: float) -> float:
    """Return the mean square of the samples in which someone speaks.

    These are the stretches that :func:`librosa.effects.split` keeps: frames of 25 ms, every 10 ms, at most 30 dB below
    the loudest one.

    Parameters
    ----------
    waveform : ndarray of shape (n_samples,)
        The recording.
    sr : float
        Its rate in Hz.

    Returns
    -------
    float
        0 for digital silence.
    """
    from librosa.effects import split  # slow to import

    frame, hop = max(2, round(0.025 * sr)), max(1, round(0.010 * sr))
    stretches = split(waveform, top_db=30, frame_length=frame, hop_length=hop)
    samples = np.concatenate([waveform[start:end] for start, end in stretches] or [waveform])
    return float(np.mean(np.square(samples, dtype=np.float64)))


def add_noise(waveform: NDArray, noise: NDArray, sr: float, snr: float) -> NDArray[np.float32]:
    """Add noise at a ratio of the power of active speech to that of the noise.

    Parameters
    ----------
    waveform, noise : ndarray of shape (n_samples,)
        The recording and the noise, at whatever level.
    sr : float
        Their rate in Hz.
    snr : float
        Signal-to-noise ratio in dB: 10 log10 of :func:`active_power` over the mean square of what is added.

    Returns
    -------
    ndarray of shape (n_samples,), float32
        Digital silence stays silent.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import add_noise
    >>> noisy = add_noise(np.ones(16000), 3 * np.random.default_rng(0).standard_normal(16000), 16000, snr=20)
    >>> round(float(np.mean((noisy - 1) ** 2)), 4)
    0.01
    """
    power = np.mean(np.square(noise, dtype=np.float64))
    if power == 0:
        return waveform.astype(np.float32)
    scale = np.sqrt(active_power(waveform, sr) / power * 10 ** (-snr / 10))
    return (waveform + scale * noise).astype(np.float32)
