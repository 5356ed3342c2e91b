"""Whether there is speech: :class:`SpeechDetector`, by level, voicing and how they vary."""

from __future__ import annotations

import numpy as np
import scipy.fft
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sktimnet.feature_extraction import pitch_and_voicing

__all__ = ["SpeechDetector"]

_SR = 8_000  # Hz; pitch and level need no more
_FRAME, _HOP = 512, 256  # samples: 64 and 32 ms
_FMIN, _FMAX = 60, 500  # Hz

_SILENCE = -60.0  # dB below full scale
_RANGE = 40.0  # dB below the loudest
_VOICED = 0.5  # normalised autocorrelation
# What speech has, measured in windows of 1 to 3 seconds of two corpora, clean and with noise at 10 dB: the share of
# voiced frames, how many of these follow another (noise: few), the SD of the level in dB (hum and steady tones: below
# 0.3), and the share of the steps from voiced frame to voiced frame at which pitch glides, in semitones (tones and
# notes: less; noise that passes for voiced: more).
_LEAST_VOICED = 0.1
_LEAST_JOINED = 0.4
_LEAST_LEVEL_SD = 3.0
_GLIDE = (0.08, 2.0)
_LEAST_GLIDING = 0.45
# Tones and notes with vibrato vary as well. They repeat themselves more exactly than a voice does, which is nearly
# periodic in few frames, or, several at once, keep the shape of their spectrum, which articulation changes: the median
# distance of neighbouring voiced frames, of the logarithms of their energy in four octaves.
_PERIODIC = 0.9  # normalised autocorrelation
_MOST_PERIODIC = 0.75  # share of frames
_LEAST_ARTICULATED = 0.5
_OCTAVES = (4, 32, 64, 128)  # first bins: 62.5, 500, 1000 and 2000 Hz
_ENOUGH = 45  # frames (1.5 s); of fewer, level and pitch have less time to vary, and less is asked for


class SpeechDetector:
    """Tell how much of a recording is speech, window by window.

    Speech is louder than silence, voiced in parts, varies in level and pitch, is seldom exactly periodic, and changes
    the shape of its spectrum. Silence, hum, noise, tones and notes, with vibrato or without, are not taken for speech;
    singing can be, whispering is not.

    Attributes
    ----------
    loudest : float
        Level of the loudest speech so far in dB below full scale; windows more than 40 dB below it are silence.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.datasets import make_emotional_speech
    >>> from sktimnet.speech import SpeechDetector
    >>> corpus = make_emotional_speech(n_speakers=1, n_texts=1, emotions=("neutral",), random_state=0)
    >>> SpeechDetector().share(corpus.data[0], corpus.sr) > 0.3
    True
    >>> hum = np.sin(2 * np.pi * 50 * np.arange(16_000) / 16_000)
    >>> SpeechDetector().share(hum, 16_000)
    0.0
    """

    def __init__(self) -> None:
        self.loudest = -np.inf

    def share(self, waveform: NDArray, sr: float) -> float:
        """Return the share of voiced frames of a window that has speech, 0 of one that has none.

        Parameters
        ----------
        waveform : ndarray of shape (n_samples,)
            A window; of less than two seconds, noise and notes pass for speech more often.
        sr : float
            Its sampling rate in Hz.

        Returns
        -------
        float
            Between 0 and 1. About half of fluent speech is voiced.
        """
        frames = _frames(waveform, sr)
        level = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-12)
        peak = level.max()
        active = level > peak - _RANGE
        asked = min(1.0, len(frames) / _ENOUGH)
        if peak < max(_SILENCE, self.loudest - _RANGE) or level[active].std() < asked * _LEAST_LEVEL_SD:
            return 0.0
        frequency, voicing = np.ones(len(frames)), np.zeros(len(frames))
        frequency[active], voicing[active] = pitch_and_voicing(frames[active], sr=_SR, fmin=_FMIN, fmax=_FMAX)
        voiced = voicing > _VOICED
        step = np.abs(12 * np.diff(np.log2(frequency)))[voiced[1:] & voiced[:-1]]
        gliding = (step > _GLIDE[0]) & (step < _GLIDE[1])
        if voiced.mean() < _LEAST_VOICED or len(step) < asked * _LEAST_JOINED * voiced.sum():
            return 0.0
        if gliding.sum() <= asked * _LEAST_GLIDING * len(step):
            return 0.0
        if (voicing[active] > _PERIODIC).mean() > 1 - asked * (1 - _MOST_PERIODIC):
            return 0.0
        if _articulation(frames, voiced) < asked * _LEAST_ARTICULATED:
            return 0.0
        self.loudest = max(self.loudest, peak)
        return float(voiced.mean())


def _frames(waveform: NDArray, sr: float) -> NDArray[np.float32]:
    """Return frames without their mean, (n_frames, _FRAME), at `_SR`."""
    waveform = soxr.resample(np.asarray(waveform, dtype=np.float32), sr, _SR, quality="LQ")
    padded = np.pad(waveform, (0, max(0, _FRAME - len(waveform))))
    frames = sliding_window_view(padded, _FRAME)[::_HOP]
    return frames - frames.mean(axis=1, keepdims=True)


def _articulation(frames: NDArray[np.float32], voiced: NDArray[np.bool_]) -> float:
    """Return by how much the shape of the spectrum changes from voiced frame to voiced frame, without its level."""
    power = np.square(np.abs(scipy.fft.rfft(frames * np.hanning(_FRAME).astype(np.float32), axis=1)))
    shape = np.log(np.add.reduceat(power, _OCTAVES, axis=1) + 1e-9)  # (n_frames, n_octaves)
    shape -= shape.mean(axis=1, keepdims=True)
    change = np.linalg.norm(np.diff(shape, axis=0), axis=1)[voiced[1:] & voiced[:-1]]
    return float(np.median(change)) if len(change) else 0.0
