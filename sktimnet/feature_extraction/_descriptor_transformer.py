"""Recordings to low-level descriptors: :class:`DescriptorTransformer`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from numbers import Integral, Real

import joblib

from sktimnet.feature_extraction._descriptors import DESCRIPTORS, DescriptorSettings
from sktimnet.feature_extraction._frame_transformer import FrameTransformer
from sktimnet.validation import Interval, StrOptions


class DescriptorTransformer(FrameTransformer):
    """Turn recordings into pitch, voicing, energy and the shape of the spectrum, frame by frame.

    The channels stand beside MFCCs in a :class:`~sklearn.pipeline.FeatureUnion`, where both transformers have the same
    `sr`, `hop_length`, `clip_length`, `padding` and `trim`.

    Parameters
    ----------
    descriptors : "all" or sequence of str, default="all"
        Which, of `DescriptorTransformer.known`. ``("pitch", "voicing", "energy")`` is prosody.

        - "pitch": fundamental frequency by YIN (:func:`librosa.yin`), in semitones above `fmin`
        - "voicing": autocorrelation at that period over autocorrelation at 0, between 0 and 1
        - "energy": in dB below the clip's loudest frame, at most 60
        - "centroid", "bandwidth", "rolloff_25", "rolloff_50", "rolloff_75", "rolloff_90": of the power spectrum, in Hz
        - "flux": distance of the square roots of neighbouring spectra, each of sum 1
        - "flatness": geometric over arithmetic mean of the power, in dB; "entropy": of the power spectrum, in nats
        - "alpha_ratio": energy of 50 to 1,000 Hz over that of 1 to 5 kHz, in dB
        - "hammarberg_index": strongest peak below 2 kHz over that of 2 to 5 kHz, in dB
        - "slope_0_500", "slope_500_1500": of the log power in that band (Hz)
        - "zero_crossing_rate": share of samples at which the sign changes
    sr : int, default=16000
        Sampling rate in Hz that every clip is converted to; at least 10,000.
    n_fft : int, default=1024
        Samples of the Fourier transform, and of the frames of pitch; at least two periods of `fmin`.
    win_length : int or float, default=0.050
        Window (Hann): an int is samples, a float is seconds. At most `n_fft` samples.
    hop_length : int or float, default=0.016
        Step from frame to frame; samples or seconds.
    fmin, fmax : float, default=60.0, 500.0
        Range of pitch in Hz.
    clip_length : int, float or None, default=None
        As in :class:`MFCCTransformer`, like the parameters below.
    padding : {"zero", "nan"}, default="zero"
        What stands beyond a shorter recording: silence, or missing frames.
    trim : int, float or None, default=None
        Remove silence at both ends, so many dB below the clip's peak.
    normalize : bool, default=False
        Subtract each clip's mean and scale it to a peak of 1.
    on_error : {"raise", "warn"}, default="raise"
        What becomes of clips that cannot be used.
    memory : str, path, joblib.Memory or None, default=None
        Where to keep the features of each file.
    n_jobs : int or None, default=None
        Clips read in parallel.
    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    clip_length_, n_frames_ : int
        Samples and frames of every clip, as in :class:`MFCCTransformer`.
    longest_clip_ : int
        Samples of the longest clip seen in `fit`.
    settings_ : DescriptorSettings
        All that decides the features of a clip, as it was in `fit`.
    n_features_in_, feature_names_in_
        As in :class:`MFCCTransformer`.

    See Also
    --------
    FunctionalsTransformer : Statistics of these channels over each clip.

    References
    ----------
    F. Eyben et al., "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for Voice Research and Affective
    Computing", IEEE Transactions on Affective Computing, 2016: the alpha ratio, the Hammarberg index and the slopes.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.feature_extraction import DescriptorTransformer
    >>> tone = np.sin(2 * np.pi * 120 * np.arange(16000) / 16000)
    >>> features = DescriptorTransformer(descriptors=("pitch", "voicing")).fit_transform([tone])
    >>> features.shape, features[0, 0, 30].round(1).item()  # 120 Hz is 12 semitones above 60 Hz
    ((1, 2, 63), 12.0)
    """

    #: Names of all descriptors.
    known = DESCRIPTORS

    _parameter_constraints: dict = {
        **FrameTransformer._parameter_constraints,
        "descriptors": [StrOptions({"all"}), tuple, list],
        "n_fft": [Interval(Integral, 64, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="neither")],
        "fmax": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        descriptors: str | Sequence[str] = "all",
        sr: int = 16000,
        n_fft: int = 1024,
        win_length: int | float = 0.050,
        hop_length: int | float = 0.016,
        fmin: float = 60.0,
        fmax: float = 500.0,
        clip_length: int | float | None = None,
        padding: str = "zero",
        trim: float | None = None,
        normalize: bool = False,
        on_error: str = "raise",
        memory: str | os.PathLike | joblib.Memory | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ):
        self.descriptors = descriptors
        self.sr = sr
        self.n_fft = n_fft
        self.win_length = win_length
        self.hop_length = hop_length
        self.fmin = fmin
        self.fmax = fmax
        self.clip_length = clip_length
        self.padding = padding
        self.trim = trim
        self.normalize = normalize
        self.on_error = on_error
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    def make_settings(self, clip_length: int | None) -> DescriptorSettings:
        """Check the parameters, and return all that decides the features of a clip.

        Parameters
        ----------
        clip_length : int or None
            Samples of every clip; None where clips keep their own lengths.

        Returns
        -------
        DescriptorSettings

        Raises
        ------
        ValueError
            If parameters do not fit one another.
        """
        names = DESCRIPTORS if isinstance(self.descriptors, str) else tuple(self.descriptors)
        unknown = [name for name in names if name not in DESCRIPTORS]
        if unknown or not names:
            raise ValueError(f"descriptors={self.descriptors!r} must be of {', '.join(DESCRIPTORS)}, or 'all'.")
        if self.sr < 10_000:
            raise ValueError(f"sr={self.sr} is too low: the descriptors take bands of up to 5 kHz; take 10000 or more.")
        win_length = self.to_samples("win_length")
        if win_length > self.n_fft:
            raise ValueError(
                f"win_length={self.win_length!r} is {win_length} samples at sr={self.sr}, "
                f"more than n_fft={self.n_fft}; shorten win_length or raise n_fft."
            )
        lowest = 2 * self.sr / self.n_fft
        if not lowest <= self.fmin < self.fmax <= self.sr / 2:
            raise ValueError(
                f"fmin={self.fmin!r} and fmax={self.fmax!r} must lie in order between {lowest:.1f} Hz, "
                f"of which n_fft={self.n_fft} samples hold two periods, and half of sr={self.sr}."
            )
        return DescriptorSettings(
            sr=int(self.sr),
            descriptors=names,
            n_fft=int(self.n_fft),
            win_length=win_length,
            hop_length=self.to_samples("hop_length"),
            fmin=float(self.fmin),
            fmax=float(self.fmax),
            clip_length=clip_length,
            padding=self.padding,
            trim=self.trim,
            normalize=bool(self.normalize),
        )
