"""Recordings to mel-frequency cepstral coefficients (MFCCs): :class:`MFCCTransformer`."""

from __future__ import annotations

import os
from numbers import Integral
from typing import Any

import joblib

from sktimnet.feature_extraction._frame_transformer import FrameTransformer
from sktimnet.feature_extraction._mfcc import MFCCSettings, make_window
from sktimnet.validation import Interval

#: Framings by name: "paper" is that of the paper's text (MFCCTransformer's defaults), "released" the one behind its
#: published figures and weights. ``MFCCTransformer(**FRONT_ENDS["released"])`` takes it.
FRONT_ENDS: dict[str, dict[str, Any]] = {
    "paper": {},
    "released": {"win_length": 2048, "hop_length": 512, "window": "hann"},
}


class MFCCTransformer(FrameTransformer):
    """Turn recordings into MFCCs, the input of :class:`~sktimnet.TIMNetClassifier`.

    Each clip is decoded, mixed to mono, resampled, padded or cut on both sides to one length, and described
    frame by frame by its first mel-frequency cepstral coefficients. The defaults are the framing of the
    TIM-Net paper (section 2.1): 50 ms Hamming windows every 12.5 ms, a 2,048-point Fourier transform and 39
    coefficients at 22.05 kHz.

    Parameters
    ----------
    sr : int, default=22050
        Sampling rate in Hz that every clip is converted to (soxr at quality HQ).
    n_mfcc : int, default=39
        Number of coefficients, at most `n_mels`.
    n_fft : int, default=2048
        Length of the Fourier transform in samples.
    win_length : int or float, default=0.050
        Length of the window: an int is samples, a float is seconds, rounded to the nearest sample (half to
        even). At most `n_fft` samples.
    hop_length : int or float, default=0.0125
        Step from frame to frame; samples or seconds as for `win_length`.
    window : str or tuple, default="hamming"
        Window that :func:`scipy.signal.get_window` knows.
    n_mels : int, default=128
        Number of mel bands.
    clip_length : int, float or None, default=None
        Length of every clip after padding or cutting; samples (no fewer than a window has) or seconds as for
        `win_length`. None takes the longest clip seen in `fit`.
    padding : {"zero", "nan"}, default="zero"
        What stands beyond a recording that is shorter. "zero" is silence on both sides, as in the published figures.
        "nan" is missing frames (NaN) after its end, which the classifiers of this package leave out: a clip's answer
        then depends on no other clip. With ``clip_length=None`` clips keep their own lengths and none is cut.
    trim : int, float or None, default=None
        Remove silence at both ends: what is more than so many dB below the clip's peak, as
        :func:`librosa.effects.trim` does. None keeps it.
    normalize : bool, default=False
        Subtract each clip's mean and scale it to a peak of 1 (:func:`librosa.util.normalize`), so that no feature
        depends on its gain or constant offset.
    on_error : {"raise", "warn"}, default="raise"
        What happens in `transform` to clips that cannot be used. "raise" names all of them in one error.
        "warn" gives them NaN features and names all of them in one warning.
    memory : str, path, joblib.Memory or None, default=None
        Where to keep the features of each file, so that cross-validation and grid search at a fixed
        `clip_length` decode it once. A file that changes (by size or time of modification), other parameters
        and other versions of the libraries are computed anew. Waveforms are not kept. `fit` makes the directory; a
        fitted transformer that is taken to another machine makes none there.
    n_jobs : int or None, default=None
        Number of clips read in parallel. None is 1 unless in a :class:`joblib.parallel_config` context; -1 is
        one for each processor.
    verbose : int, default=0
        0 is silent, 1 shows a progress bar.

    Attributes
    ----------
    clip_length_ : int
        Length in samples that every clip is padded or cut to; of ``padding="nan"`` with ``clip_length=None``, that of
        the longest clip seen in `fit`.
    longest_clip_ : int
        Samples of the longest clip seen in `fit`, before padding or cutting.
    win_length_, hop_length_ : int
        Length of the window and step from frame to frame, in samples.
    n_frames_ : int
        Number of frames of `clip_length_` samples, ``1 + clip_length_ // hop_length_`` for an even `n_fft`.
    settings_ : MFCCSettings
        All that decides the features of a clip, as it was in `fit`.
    n_features_in_ : int
        Number of samples of each clip seen in `fit`. Only where X was a 2-D array; other lengths are welcome
        in `transform`.
    feature_names_in_ : ndarray of str
        Names of the columns of X, where it was a data frame of samples.

    See Also
    --------
    sktimnet.TIMNetClassifier : The network that classifies these features.
    librosa.feature.mfcc : Gives the same values for one waveform.

    Notes
    -----
    Frames are centred: frame `i` is around sample ``i * hop_length_``, with zeros beyond the ends. The
    spectrum is of power, its mel bands are in dB, at most 80 dB below the loudest of the clip, and the cosine
    transform is orthonormal. Coefficients are not scaled.

    The features behind the figures of the paper use other frames than its text says; they are
    ``MFCCTransformer(**FRONT_ENDS["released"], clip_length=96_000)`` for EMODB, which is
    ``win_length=2048, hop_length=512, window="hann"``.

    Damaged MP3 files can make the decoder inside libsndfile write notes to the standard error stream, which
    cannot be turned off.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet import MFCCTransformer
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> MFCCTransformer().fit_transform([tone, tone[:11025]]).shape
    (2, 39, 80)
    """

    _parameter_constraints: dict = {
        **FrameTransformer._parameter_constraints,
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
        "n_fft": [Interval(Integral, 2, None, closed="left")],
        "window": [str, tuple],
        "n_mels": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        sr: int = 22050,
        n_mfcc: int = 39,
        n_fft: int = 2048,
        win_length: int | float = 0.050,
        hop_length: int | float = 0.0125,
        window: str | tuple = "hamming",
        n_mels: int = 128,
        clip_length: int | float | None = None,
        padding: str = "zero",
        trim: float | None = None,
        normalize: bool = False,
        on_error: str = "raise",
        memory: str | os.PathLike | joblib.Memory | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ):
        self.sr = sr
        self.n_mfcc = n_mfcc
        self.n_fft = n_fft
        self.win_length = win_length
        self.hop_length = hop_length
        self.window = window
        self.n_mels = n_mels
        self.clip_length = clip_length
        self.padding = padding
        self.trim = trim
        self.normalize = normalize
        self.on_error = on_error
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    def make_settings(self, clip_length: int | None) -> MFCCSettings:
        """Check the parameters, and return all that decides the features of a clip.

        Parameters
        ----------
        clip_length : int or None
            Samples of every clip; None where clips keep their own lengths.

        Returns
        -------
        MFCCSettings

        Raises
        ------
        ValueError
            If parameters do not fit one another.
        """
        win_length, hop_length = self.to_samples("win_length"), self.to_samples("hop_length")
        if isinstance(self.clip_length, Integral) and self.clip_length < win_length:
            raise ValueError(
                f"clip_length={self.clip_length!r} is samples, fewer than one window of {win_length}; write "
                f"{float(self.clip_length)!r} for seconds"
            )
        if win_length > self.n_fft:
            raise ValueError(
                f"win_length={self.win_length!r} is {win_length} samples at sr={self.sr}, "
                f"more than n_fft={self.n_fft}; shorten win_length or raise n_fft"
            )
        if self.n_mfcc > self.n_mels:
            raise ValueError(f"n_mfcc={self.n_mfcc} is more than n_mels={self.n_mels}; the mel bands bound it")
        try:
            make_window(self.window, win_length)
        except (IndexError, TypeError, ValueError) as error:
            raise ValueError(f"window={self.window!r} makes no window: {error}; see scipy.signal.get_window") from error
        return MFCCSettings(
            sr=int(self.sr),
            n_mfcc=int(self.n_mfcc),
            n_fft=int(self.n_fft),
            win_length=win_length,
            hop_length=hop_length,
            window=self.window,
            n_mels=int(self.n_mels),
            clip_length=clip_length,
            padding=self.padding,
            trim=self.trim,
            normalize=bool(self.normalize),
        )

    @property
    def win_length_(self) -> int:
        """Length of the window in samples."""
        return self.settings_.win_length

    @property
    def hop_length_(self) -> int:
        """Step from frame to frame in samples."""
        return self.settings_.hop_length

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open pickles of version 0.1 too, which have other names and fewer parameters."""
        if "_settings" in state:
            added = {"settings_": state["_settings"], "longest_clip_": state["clip_length_"]}
            state = {"padding": "zero", "trim": None, "normalize": False, **added, **state}
            state = {
                name: value for name, value in state.items() if name not in ("_settings", "win_length_", "hop_length_")
            }
        super().__setstate__(state)
