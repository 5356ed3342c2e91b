"""Recordings to mel-frequency cepstral coefficients (MFCCs), as a scikit-learn transformer."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from numbers import Integral
from typing import Any, NamedTuple

import joblib
import numpy as np
import scipy.fft
import soundfile
import soxr
from librosa.version import version as librosa_version
from numpy.lib.stride_tricks import sliding_window_view
from scipy.sparse import csr_array, issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import check_is_fitted, check_memory, validate_data
from tqdm.auto import tqdm

from sktimnet import __version__, audio
from sktimnet.validation import HasMethods, Interval, RealNotInt, StrOptions, fit_context

# Clips that a worker takes at a time: long enough to hide joblib's overhead, short enough to stay small.
_BATCH = 16
# Frames transformed at a time, so that their spectra stay in the processor's cache.
_FRAMES = 64
_TOP_DB = 80.0
_MIN_POWER = 1e-10

#: Framings by name: "paper" is that of the paper's text (MFCCTransformer's defaults), "released" the one behind its
#: published figures and weights. ``MFCCTransformer(**FRONT_ENDS["released"])`` takes it.
FRONT_ENDS: dict[str, dict[str, Any]] = {
    "paper": {},
    "released": {"win_length": 2048, "hop_length": 512, "window": "hann"},
}


class MFCCTransformer(TransformerMixin, BaseEstimator):
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
    on_error : {"raise", "warn"}, default="raise"
        What happens in `transform` to clips that cannot be used. "raise" names all of them in one error.
        "warn" gives them NaN features and names all of them in one warning.
    memory : str, path, joblib.Memory or None, default=None
        Where to keep the features of each file, so that cross-validation and grid search at a fixed
        `clip_length` decode it once. A file that changes (by size or time of modification), other parameters
        and other versions of the libraries are computed anew. Waveforms are not kept.
    n_jobs : int or None, default=None
        Number of clips read in parallel. None is 1 unless in a :class:`joblib.parallel_config` context; -1 is
        one for each processor.
    verbose : int, default=0
        0 is silent, 1 shows a progress bar.

    Attributes
    ----------
    clip_length_ : int
        Length in samples that every clip is padded or cut to.
    win_length_, hop_length_ : int
        Length of the window and step from frame to frame, in samples.
    n_frames_ : int
        Number of frames of every clip, ``1 + clip_length_ // hop_length_`` for an even `n_fft`.
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
        "sr": [Interval(Integral, 1, None, closed="left")],
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
        "n_fft": [Interval(Integral, 2, None, closed="left")],
        "win_length": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, None, closed="neither"),
        ],
        "hop_length": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, None, closed="neither"),
        ],
        "window": [str, tuple],
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "clip_length": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, None, closed="neither"),
            None,
        ],
        "on_error": [StrOptions({"raise", "warn"})],
        "memory": [str, os.PathLike, HasMethods(["cache"]), None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
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
        self.on_error = on_error
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters and the headers of the clips, and learn the length of the longest one.

        Parameters
        ----------
        X : sequence of clips
            Paths, 1-D waveforms at rate `sr`, or ``(waveform, rate)`` pairs; a 2-D array is one waveform a
            row. Waveforms of type uint8, int16 and int32 are scaled to [-1, 1).
        y : None
            Ignored.

        Returns
        -------
        self : MFCCTransformer
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter is out of range, or if the headers of files or waveforms show clips that cannot be
            used: all of them are named.
        """
        self._check_parameters()
        clips = self._as_clips(X, reset=True)
        lengths, faults = [], []
        for start, (counted, found) in self._run(_read_batch, clips, "Reading headers", audio.count_samples, self.sr):
            lengths += counted
            faults += [(start + i, reason) for i, reason in found]
        if faults and (self.on_error == "raise" or not lengths):
            decoded = self._run(_read_batch, clips, "Reading clips", audio.load, self.sr)  # to name all at once
            faults = [(start + i, reason) for start, (_, found) in decoded for i, reason in found] or faults
            raise ValueError(fault_report(clips, faults, self.on_error))
        self.clip_length_ = max(lengths) if self.clip_length is None else self._to_samples("clip_length")
        self.win_length_ = self._to_samples("win_length")
        self.hop_length_ = self._to_samples("hop_length")
        self._settings = _Settings(
            sr=int(self.sr),
            n_mfcc=int(self.n_mfcc),
            n_fft=int(self.n_fft),
            win_length=self.win_length_,
            hop_length=self.hop_length_,
            window=self.window,
            n_mels=int(self.n_mels),
            clip_length=self.clip_length_,
        )
        self.n_frames_ = self._settings.n_frames
        return self

    def transform(self, X) -> np.ndarray:
        """Give the MFCCs of clips.

        Parameters
        ----------
        X : sequence of clips
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_clips, n_mfcc, n_frames), float32
            The coefficients of each frame of each clip.

        Raises
        ------
        ValueError
            If clips cannot be used and `on_error` is "raise": all of them are named.
        """
        check_is_fitted(self)
        clips = self._as_clips(X, reset=False)
        memory = check_memory(os.fspath(self.memory) if isinstance(self.memory, os.PathLike) else self.memory)
        # features: (n_clips, n_mfcc, n_frames)
        features = np.empty((len(clips), self._settings.n_mfcc, self.n_frames_), dtype=np.float32)
        faults = []
        for start, (batch, found) in self._run(_mfcc_batch, clips, "Reading clips", self._settings, memory):
            features[start : start + len(batch)] = batch
            faults += [(start + i, reason) for i, reason in found]
        if faults and self.on_error == "raise":
            raise ValueError(fault_report(clips, faults, self.on_error))
        if faults:
            # Above scikit-learn's wrapper of transform: the line of the caller.
            warnings.warn(fault_report(clips, faults, self.on_error), UserWarning, stacklevel=3)
        return features

    def _to_samples(self, name: str) -> int:
        """Give a length in samples: an int is samples already, a float is seconds."""
        value = getattr(self, name)
        samples = int(value) if isinstance(value, Integral) else round(value * self.sr)
        if samples < 1:
            raise ValueError(f"{name}={value!r} seconds is less than one sample at sr={self.sr}; an int is samples")
        return samples

    def _check_parameters(self) -> None:
        """Refuse parameters that do not fit one another."""
        for name in ("win_length", "hop_length") + (() if self.clip_length is None else ("clip_length",)):
            self._to_samples(name)
        win_length = self._to_samples("win_length")
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
            _window(self.window, win_length)
        except (IndexError, TypeError, ValueError) as error:
            raise ValueError(f"window={self.window!r} makes no window: {error}; see scipy.signal.get_window") from error

    def _as_clips(self, X: Any, *, reset: bool) -> list:
        """Give X as a list of clips; leave what is wrong with X as a whole to scikit-learn's messages."""
        if audio.is_path(X):
            raise ValueError(f"X is one path, {os.fspath(X)!r}; expected a sequence of clips: wrap it in a list")
        if not hasattr(X, "__len__") and not hasattr(X, "__array__"):
            raise ValueError(f"X must be a sequence of clips, got {X!r:.80}; make a list of it, if it gives clips.")
        if _is_column_of_paths(X):
            raise ValueError(
                "X is a table with one column of paths; expected the column itself, such as frame['path'], or "
                "'path' in place of ['path'] in a ColumnTransformer."
            )
        if reset:
            self.__dict__.pop("n_features_in_", None)
            self.__dict__.pop("feature_names_in_", None)
        if isinstance(X, list | tuple) or _is_series(X):
            if len(X) == 0:
                raise ValueError("Found 0 clips in X (shape=(0,)) while a minimum of 1 is required.")
            return list(X)
        # Names of columns are checked, the number of samples is free.
        validate_data(self, X, reset=reset, skip_check_array=True, ensure_2d=False)
        X = check_array(X, dtype="numeric", ensure_all_finite=False, estimator=self, input_name="X")
        if reset:
            self.n_features_in_ = X.shape[1]
        return list(X)

    def _run(self, function: Callable, clips: list, title: str, *args: Any) -> Iterator[tuple[int, Any]]:
        """Call a function on batches of clips in parallel; give the start of each batch and its result."""
        workers = joblib.effective_n_jobs(self.n_jobs)
        size = min(_BATCH, -(-len(clips) // workers))
        starts = range(0, len(clips), size)
        parallel = joblib.Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")
        tasks = (joblib.delayed(function)(clips[start : start + size], *args) for start in starts)
        results = zip(starts, parallel(tasks), strict=True)
        if not self.verbose:
            yield from results
            return
        with tqdm(total=len(clips), desc=title, unit="clip") as bar:
            for start, result in results:
                yield start, result
                bar.update(min(size, len(clips) - start))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_settings")  # the last that fit sets

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that X may be a 2-D array or strings, and that the result is float32."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags


class _Settings(NamedTuple):
    """All that decides the features of a clip; lengths in samples."""

    sr: int
    n_mfcc: int
    n_fft: int
    win_length: int
    hop_length: int
    window: str | tuple
    n_mels: int
    clip_length: int

    @property
    def n_frames(self) -> int:
        """Number of centred frames of one clip."""
        return 1 + (self.clip_length - self.n_fft % 2) // self.hop_length


def _is_series(X: Any) -> bool:
    """Tell whether X is a 1-D array or pandas Series of clips, and not one waveform."""
    return len(getattr(X, "shape", ())) == 1 and np.asarray(X).dtype.kind not in "biufc"


def _is_column_of_paths(X: Any) -> bool:
    """Tell whether X is a table of one column that holds paths."""
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if len(shape) != 2 or shape[0] == 0 or shape[1] != 1 or issparse(X):  # NumPy makes no array of sparse ones
        return False
    return audio.is_path(np.asarray(X)[0, 0])


def fault_report(clips: Sequence, faults: list[tuple[int, str]], on_error: str) -> str:
    """Name every bad clip and say why.

    Parameters
    ----------
    clips : sequence of clips
        All of them.
    faults : list of (int, str)
        Positions of the bad ones, and why they are bad.
    on_error : {"raise", "warn"}
        What becomes of them.

    Returns
    -------
    str
    """
    clips = list(clips)
    lines = [
        f"- {str(os.fspath(clips[i]))!r} (clip {i}) {reason}" if audio.is_path(clips[i]) else f"- clip {i} {reason}"
        for i, reason in faults
    ]
    end = (
        "Remove them; or, in Python, set MFCCTransformer(on_error='warn') to get NaN features for them."
        if on_error == "raise"
        else "Their features are NaN; remove these rows before a classifier sees them."
    )
    return "\n".join([f"{len(faults)} of {len(clips)} clips cannot be used:", *lines, end])


def _read_batch(clips: list, read: Callable[[Any, int], Any], sr: int) -> tuple[list, list[tuple[int, str]]]:
    """Read clips, their headers alone or all of them; list the bad ones as (position, reason)."""
    results, faults = [], []
    for i, clip in enumerate(clips):
        try:
            results.append(read(clip, sr))
        except audio.AudioError as error:
            faults.append((i, str(error)))
    return results, faults


def _mfcc_batch(clips: list, settings: _Settings, memory: joblib.Memory):
    """Give the features of clips, NaN for bad ones, and list these as (position, reason)."""
    cached = memory.cache(_mfcc_bytes, ignore=["clip", "settings"])
    features = np.empty((len(clips), settings.n_mfcc, settings.n_frames), dtype=np.float32)
    faults = []
    for i, clip in enumerate(clips):
        try:
            if audio.is_path(clip):
                data = cached(_cache_key(clip, settings), clip, settings)
                features[i] = np.frombuffer(data, dtype=np.float32).reshape(features.shape[1:])
            else:
                features[i] = _mfcc(audio.load(clip, settings.sr), settings)
        except audio.AudioError as error:
            features[i] = np.nan
            faults.append((i, str(error)))
    return features, faults


def _cache_key(path: Any, settings: _Settings) -> str:
    """Name the state of a file, the settings and the libraries that made its features."""
    size, mtime = audio.file_state(path)
    versions = (
        __version__,
        librosa_version,
        np.__version__,
        scipy.__version__,
        soundfile.__version__,
        soundfile.__libsndfile_version__,
        soxr.__version__,
    )
    return repr((os.path.abspath(path), size, mtime, tuple(settings), versions))


def _mfcc_bytes(key: str, clip: Any, settings: _Settings) -> bytes:
    """Give the features of a file as bytes, which joblib reads back faster than an array."""
    return _mfcc(audio.load(clip, settings.sr), settings).tobytes()


def _window(window: str | tuple, win_length: int) -> np.ndarray:
    """Make a window."""
    from scipy.signal import get_window  # slow to import

    hash(window)  # as part of the settings it is the key of a cache
    with np.errstate(all="ignore"):
        made = get_window(window, win_length).astype(np.float32)
    if not np.isfinite(made).all():
        raise ValueError("not all of its values are finite")
    return made


@lru_cache(maxsize=8)
def _front_end(settings: _Settings):
    """Make what all clips share: the window as a column, and the mel filter bank, which is mostly zeros."""
    from librosa.filters import mel  # slow to import

    mel_bank = csr_array(mel(sr=settings.sr, n_fft=settings.n_fft, n_mels=settings.n_mels))
    return _window(settings.window, settings.win_length)[:, np.newaxis], mel_bank


def _mfcc(waveform: np.ndarray, settings: _Settings) -> np.ndarray:
    """Give the MFCCs of one waveform, (n_mfcc, n_frames): the values of :func:`librosa.feature.mfcc`."""
    window, mel_bank = _front_end(settings)
    n_fft, win_length, hop_length = settings.n_fft, settings.win_length, settings.hop_length
    padded = np.pad(audio.fit_length(waveform, settings.clip_length), n_fft // 2)
    # A shorter window lies in the middle of n_fft samples; where changes only phases: the rest is left out.
    padded = padded[(n_fft - win_length) // 2 :]
    # frames: (win_length, n_frames), a view
    frames = sliding_window_view(padded, win_length)[::hop_length][: settings.n_frames].T
    bands = np.zeros((settings.n_mels, settings.n_frames), dtype=np.float32)
    for start in range(0, settings.n_frames, _FRAMES):
        stop = start + _FRAMES
        if not padded[start * hop_length : stop * hop_length + win_length].any():
            continue  # padding has no power
        framed = np.multiply(frames[:, start:stop], window, order="C")
        spectrum = scipy.fft.rfft(framed, n=n_fft, axis=0)  # (1 + n_fft // 2, _FRAMES)
        bands[:, start:stop] = mel_bank @ (spectrum.real**2 + spectrum.imag**2)
    # Power to dB, in place. The natural logarithm is several times faster than log10.
    np.log(np.maximum(bands, _MIN_POWER, out=bands), out=bands)
    bands *= 10 / np.log(10)
    np.maximum(bands, bands.max() - _TOP_DB, out=bands)
    return scipy.fft.dct(bands, axis=0, norm="ortho")[: settings.n_mfcc]
