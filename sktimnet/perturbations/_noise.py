"""What is added to speech: white noise, babble, hum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sktimnet import audio
from sktimnet.datasets import make_emotional_speech
from sktimnet.perturbations._base import Audio, Perturbation, Random, add_noise


@dataclass(frozen=True)
class WhiteNoise(Perturbation):
    """White noise: ``y = x + g w``, ``w`` of independent standard normal samples.

    Parameters
    ----------
    snr : float
        Signal-to-noise ratio in dB over active speech, which decides ``g``: the power of the speech is the mean square
        of the samples at most 30 dB below the loudest frame, that of the noise is over all samples.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import WhiteNoise
    >>> noise, _ = WhiteNoise(20)(np.ones(16000), 16000, rng=0)
    >>> round(float(np.mean((noise - 1) ** 2)), 4)
    0.01
    """

    snr: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        return add_noise(waveform, np.random.default_rng(rng).standard_normal(len(waveform)), sr, self.snr), sr


@dataclass(frozen=True)
class Babble(Perturbation):
    """Others who talk: ``y[n] = x[n] + g sum_k v_k[(n + o_k) mod N]``, k from 1 to 6.

    The ``v_k`` are synthetic voices that say neutral texts (:func:`~sktimnet.datasets.make_emotional_speech`), each
    with a mean square of 1 and repeated without end; which six of eight, and from where (``o_k``), is random.

    Parameters
    ----------
    snr : float
        Signal-to-noise ratio in dB over active speech, as of :class:`WhiteNoise`.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Babble
    >>> babble, _ = Babble(0)(np.ones(16000), 16000, rng=0)
    >>> round(float(np.mean((babble - 1) ** 2)), 4)
    1.0
    """

    snr: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        rng = np.random.default_rng(rng)
        voices = _voices(sr)
        chosen, starts = rng.choice(voices, 6, replace=False), rng.integers(voices.shape[1], size=6)
        babble = np.zeros(len(waveform))
        for voice, start in zip(chosen, starts, strict=True):
            babble += np.resize(np.roll(voice, -start), len(waveform))
        return add_noise(waveform, babble, sr, self.snr), sr


@cache
def _voices(sr: float) -> NDArray[np.float32]:
    """Make eight voices of 7 s at a rate, each with a mean square of 1: (n_voices, n_samples)."""
    corpus = make_emotional_speech(n_speakers=8, n_texts=5, emotions=("neutral",), duration=1.4, random_state=0)
    spoken = corpus.data.reshape(8, -1)  # rows are ordered by speaker
    voices = np.stack([audio.load((voice, corpus.sr), sr) for voice in spoken])
    return voices / np.sqrt(np.mean(voices**2, axis=1, keepdims=True))


@dataclass(frozen=True)
class Hum(Perturbation):
    """Mains hum: ``y = x + g sum_k sin(2 pi 50 k t) / k``, k from 1 to 5.

    Parameters
    ----------
    snr : float
        Signal-to-noise ratio in dB over active speech, as of :class:`WhiteNoise`.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Hum
    >>> hum, _ = Hum(20)(np.ones(16000), 16000)
    >>> round(float(np.mean((hum - 1) ** 2)), 4)
    0.01
    """

    snr: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        t = np.arange(len(waveform)) / sr
        hum = sum(np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 6))
        return add_noise(waveform, np.asarray(hum), sr, self.snr), sr
