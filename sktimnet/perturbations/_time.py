"""Changes of length and time: silence, cuts, speed, pitch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sktimnet import audio
from sktimnet.perturbations._base import Audio, Perturbation, Random, active_power


@dataclass(frozen=True)
class Silence(Perturbation):
    """Silence before and after the clip: digital zeros, or white noise.

    Parameters
    ----------
    seconds : float
        How long, on each side.
    snr : float or None, default=None
        Power of active speech over that of the noise in dB, as of :class:`WhiteNoise`; None adds zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Silence
    >>> padded, _ = Silence(3)(np.ones(16000), 16000)
    >>> len(padded), float(padded.sum())
    (112000, 16000.0)
    """

    seconds: float
    snr: float | None = None

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        sides = np.zeros((2, round(self.seconds * sr)))
        if self.snr is not None:
            level = np.sqrt(active_power(waveform, sr) * 10 ** (-self.snr / 10))
            sides = level * np.random.default_rng(rng).standard_normal(sides.shape)
        return np.concatenate([sides[0], waveform, sides[1]]).astype(np.float32), sr


@dataclass(frozen=True)
class Cut(Perturbation):
    """Both ends cut off: the longer of a share of the clip and of so many seconds, at most a quarter of the clip.

    Parameters
    ----------
    share : float, default=0
        What is cut from each end, as a share of the clip.
    seconds : float, default=0
        What is cut from each end, in seconds.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Cut
    >>> Cut(share=0.2)(np.arange(5.0), 16000)
    (array([1., 2., 3.], dtype=float32), 16000)
    """

    share: float = 0
    seconds: float = 0

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        n = len(waveform)
        cut = min(max(round(self.share * n), round(self.seconds * sr)), n // 4)
        return waveform[cut : n - cut].astype(np.float32), sr


@dataclass(frozen=True)
class Speed(Perturbation):
    """Another speed, pitch and formants with it: ``y(t) = x(factor t)``, resampled by soxr at quality HQ.

    Parameters
    ----------
    factor : float
        More than 1 is faster.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Speed
    >>> faster, sr = Speed(1.25)(np.zeros(16000), 16000)
    >>> len(faster), sr
    (12800, 16000)
    """

    factor: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        return audio.load((waveform, sr * self.factor), sr), sr


@dataclass(frozen=True)
class Pitch(Perturbation):
    """Another pitch at the same length, formants with it, by :func:`librosa.effects.pitch_shift`.

    A phase vocoder with frames of about 93 ms (a power of two samples) makes the clip ``2^(semitones / 12)`` times as
    long, and resampling as short as it was.

    Parameters
    ----------
    semitones : float
        More than 0 is higher.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Pitch
    >>> tone = np.sin(2 * np.pi * 400 * np.arange(16000) / 16000)
    >>> octave, _ = Pitch(12)(tone, 16000)
    >>> int(np.abs(np.fft.rfft(octave)).argmax())
    800
    """

    semitones: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        from librosa.effects import pitch_shift  # slow to import

        n_fft = 2 ** max(5, round(np.log2(0.093 * sr)))
        padded = audio.fit_length(waveform.astype(np.float32), max(n_fft, len(waveform)), centre=False)
        return pitch_shift(padded, sr=sr, n_steps=self.semitones, n_fft=n_fft)[: len(waveform)], sr
