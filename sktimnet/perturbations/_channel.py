"""What stands between the mouth and the file: room, band, codec, sampling rate."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from sktimnet import audio
from sktimnet.perturbations._base import Audio, Perturbation, Random

# libvorbis overflows its stack where it gets a long clip at once.
_BLOCK = 2**15


@dataclass(frozen=True)
class Room(Perturbation):
    """A synthetic room: ``y = x * h``, cut to the length of ``x``.

    The impulse response is ``h(t) = d(t) + g w(t) 10^(-3 t / rt60)`` for t up to `rt60`: the direct sound, and normal
    noise that loses 60 dB in `rt60` seconds, with as much energy (``g``) as the direct sound.

    Parameters
    ----------
    rt60 : float
        Reverberation time in seconds.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Room
    >>> response, _ = Room(0.5)(np.eye(1, 16000)[0], 16000, rng=0)  # of an impulse
    >>> round(float(response[0]), 4), round(float(np.sum(response[1:] ** 2)), 4)
    (1.0, 1.0)
    """

    rt60: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        t = np.arange(1, max(2, round(self.rt60 * sr))) / sr
        tail = np.random.default_rng(rng).standard_normal(len(t)) * 10 ** (-3 * t / self.rt60)
        response = np.concatenate([[1], tail / np.linalg.norm(tail)])
        return fftconvolve(waveform, response)[: len(waveform)].astype(np.float32), sr


@dataclass(frozen=True)
class Band(Perturbation):
    """A band of frequencies: a Butterworth filter, -3 dB at both ends, 24 dB an octave beyond.

    Parameters
    ----------
    low, high : float
        Ends of the band in Hz; `high` is left out where it is above the clip's own band.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Band
    >>> tone = np.sin(2 * np.pi * 100 * np.arange(16000) / 16000)
    >>> filtered, _ = Band(300, 3400)(tone, 16000)
    >>> bool(np.abs(filtered[8000:]).max() < 0.02)
    True
    """

    low: float
    high: float

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        if self.high < sr / 2:
            sos = butter(4, [self.low, self.high], "bandpass", output="sos", fs=sr)
        else:
            sos = butter(4, self.low, "highpass", output="sos", fs=sr)
        return sosfilt(sos, waveform).astype(np.float32), sr


@dataclass(frozen=True)
class Codec(Perturbation):
    """A lossy codec: encoded by libsndfile at its default quality, and decoded.

    Samples beyond -1 and 1 are clipped. What the codec adds before and after the clip is kept.

    Parameters
    ----------
    file_format, subtype : str
        As libsndfile names them, such as "MP3" and "MPEG_LAYER_III".
    rates : tuple of int, default=()
        Sampling rates in Hz that the codec knows, ascending. The clip is resampled to the lowest one that is not below
        its own, or to the highest. None of them: at the clip's own rate.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Codec
    >>> decoded, sr = Codec("WAV", "ULAW", rates=(8000,))(np.zeros(16000), 16000)
    >>> len(decoded), sr
    (8000, 8000)
    """

    file_format: str
    subtype: str
    rates: tuple[int, ...] = ()

    @property
    def missing(self) -> str | None:
        """What it lacks here to be made: an encoder of this libsndfile."""
        known = soundfile.available_formats()
        if self.file_format in known and self.subtype in soundfile.available_subtypes(self.file_format):
            return None
        return f"this libsndfile cannot write {self.file_format} {self.subtype}"

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        rate = next((rate for rate in self.rates if rate >= sr), self.rates[-1]) if self.rates else round(sr)
        clipped = np.clip(audio.load((waveform, sr), rate), -1, 1)
        memory = io.BytesIO()
        with soundfile.SoundFile(memory, "w", rate, 1, self.subtype, format=self.file_format) as file:
            for start in range(0, len(clipped), _BLOCK):
                file.write(clipped[start : start + _BLOCK])
        memory.seek(0)
        return soundfile.read(memory, dtype="float32")[0], rate


@dataclass(frozen=True)
class Rate(Perturbation):
    """Another sampling rate, by soxr at quality HQ: what is above half of it is lost.

    Parameters
    ----------
    sr : int
        The rate in Hz.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.perturbations import Rate
    >>> resampled, sr = Rate(8000)(np.zeros(16000), 16000)
    >>> len(resampled), sr
    (8000, 8000)
    """

    sr: int

    def __call__(self, waveform: NDArray, sr: float, rng: Random = None) -> Audio:
        return audio.load((waveform, sr), self.sr), self.sr
