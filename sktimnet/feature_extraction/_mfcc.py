"""The arithmetic of MFCCs: the values of :func:`librosa.feature.mfcc`, faster."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.sparse import csr_array

# Frames transformed at a time, so that their spectra stay in the processor's cache.
_FRAMES = 64
#: Mel bands lie at most so many dB below the loudest of their clip.
TOP_DB = 80.0
#: Power of silence.
MIN_POWER = 1e-10


class MFCCSettings(NamedTuple):
    """All that decides the features of a clip; lengths in samples."""

    sr: int
    n_mfcc: int
    n_fft: int
    win_length: int
    hop_length: int
    window: str | tuple
    n_mels: int
    clip_length: int | None  # None where clips keep their own lengths
    padding: str = "zero"
    trim: float | None = None
    normalize: bool = False

    @property
    def n_features(self) -> int:
        """Channels of the result."""
        return self.n_mfcc

    def n_frames(self, n_samples: int) -> int:
        """Return the number of centred frames of so many samples."""
        return 1 + (n_samples - self.n_fft % 2) // self.hop_length

    def features(self, waveform: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the MFCCs of a waveform, of shape (n_mfcc, n_frames)."""
        return mfcc(waveform, self)


def make_window(window: str | tuple, win_length: int) -> NDArray[np.float32]:
    """Make a window that :func:`scipy.signal.get_window` knows.

    Raises
    ------
    TypeError, ValueError, IndexError
        If it knows none of that name, or its values are not finite.
    """
    from scipy.signal import get_window  # slow to import

    hash(window)  # as part of the settings it is the key of a cache
    with np.errstate(all="ignore"):
        made = get_window(window, win_length).astype(np.float32)
    if not np.isfinite(made).all():
        raise ValueError("not all of its values are finite")
    return made


@lru_cache(maxsize=8)
def _front_end(
    window: str | tuple, win_length: int, sr: int, n_fft: int, n_mels: int
) -> tuple[NDArray[np.float32], csr_array]:
    """Make what all clips share: the window, and the mel filter bank, which is mostly zeros."""
    from librosa.filters import mel  # slow to import

    return make_window(window, win_length), csr_array(mel(sr=sr, n_fft=n_fft, n_mels=n_mels))


def mfcc(waveform: NDArray[np.float32], settings: MFCCSettings) -> NDArray[np.float32]:
    """Compute MFCCs: power spectra of windowed frames, mel bands in dB, cosine transform.

    Parameters
    ----------
    waveform : ndarray of shape (n_samples,)
        One clip.
    settings : MFCCSettings
        The framing.

    Returns
    -------
    ndarray of shape (n_mfcc, n_frames), float32
        The values of :func:`librosa.feature.mfcc`.
    """
    n_fft, win_length, hop_length = settings.n_fft, settings.win_length, settings.hop_length
    window, mel_bank = _front_end(settings.window, win_length, settings.sr, n_fft, settings.n_mels)
    n_frames = settings.n_frames(len(waveform))
    padded = np.pad(waveform, n_fft // 2)
    # A shorter window lies in the middle of n_fft samples; where changes only phases: the rest is left out.
    padded = padded[(n_fft - win_length) // 2 :]
    # frames: (n_frames, win_length), a view
    frames = sliding_window_view(padded, win_length)[::hop_length][:n_frames]
    bands = np.zeros((settings.n_mels, n_frames), dtype=np.float32)
    for start in range(0, n_frames, _FRAMES):
        stop = start + _FRAMES
        if not padded[start * hop_length : stop * hop_length + win_length].any():
            continue  # padding has no power
        spectrum = scipy.fft.rfft(frames[start:stop] * window, n=n_fft, axis=1)  # (_FRAMES, 1 + n_fft // 2)
        bands[:, start:stop] = mel_bank @ (spectrum.real**2 + spectrum.imag**2).T
    # Power to dB, in place. The natural logarithm is several times faster than log10.
    np.log(np.maximum(bands, MIN_POWER, out=bands), out=bands)
    bands *= 10 / np.log(10)
    np.maximum(bands, bands.max() - TOP_DB, out=bands)
    return scipy.fft.dct(bands, axis=0, norm="ortho")[: settings.n_mfcc]
