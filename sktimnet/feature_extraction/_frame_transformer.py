"""What transformers of recordings share: :class:`FrameTransformer`."""

from __future__ import annotations

import os
import warnings
from abc import ABC, abstractmethod
from functools import partial
from numbers import Integral
from typing import Any, Self

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from sktimnet import audio
from sktimnet.feature_extraction._clips import as_clips, fault_report
from sktimnet.feature_extraction._reading import (
    Settings,
    features_of_batch,
    first_frame,
    in_batches,
    open_memory,
    read_batch,
    trimmed_length,
)
from sktimnet.validation import HasMethods, Interval, RealNotInt, StrOptions, fit_context

#: Limits of a length: an int is samples, a float is seconds.
LENGTH = [Interval(Integral, 1, None, closed="left"), Interval(RealNotInt, 0, None, closed="neither")]

# A clip so many times as long as the model's, and longer than all of the training set, is not cut without a word.
_LONG = 2.5


class FrameTransformer(TransformerMixin, BaseEstimator, ABC):
    """Turn recordings into features of shape (n_clips, n_features, n_frames); subclasses say which.

    A subclass has the parameters named below beside its own, and returns in :meth:`make_settings` all that decides the
    features of a clip.
    """

    _parameter_constraints: dict = {
        "sr": [Interval(Integral, 1, None, closed="left")],
        "win_length": LENGTH,
        "hop_length": LENGTH,
        "clip_length": [*LENGTH, None],
        "padding": [StrOptions({"zero", "nan"})],
        "trim": [Interval(RealNotInt, 0, None, closed="neither"), Interval(Integral, 1, None, closed="left"), None],
        "normalize": ["boolean"],
        "on_error": [StrOptions({"raise", "warn"})],
        "memory": [str, os.PathLike, HasMethods(["cache"]), None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    sr: int
    clip_length: int | float | None
    padding: str
    trim: float | None
    on_error: str
    memory: str | os.PathLike | joblib.Memory | None
    n_jobs: int | None
    verbose: int
    settings_: Any

    @abstractmethod
    def make_settings(self, clip_length: int | None) -> Settings:
        """Check the parameters, and return all that decides the features of a clip."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters and the headers of the clips, and learn the length of the longest one.

        Parameters
        ----------
        X : sequence of clips
            Paths, binary file objects, 1-D waveforms at rate `sr`, ``(waveform, rate)`` pairs, or mappings
            ``{"array": waveform, "sampling_rate": rate}``. A waveform with its rate may have channels: of two
            dimensions the shorter one. A 2-D array as X is one waveform a row. Waveforms of type uint8, int16 and int32
            are scaled to [-1, 1).
        y : None
            Ignored.

        Returns
        -------
        self
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter is out of range, or if the headers of files or waveforms show clips that cannot be
            used: all of them are named.
        """
        settings = self.make_settings(None if self.clip_length is None else self.to_samples("clip_length"))
        clips = as_clips(X, self, reset=True)
        longest = self._longest(clips, settings)
        self.longest_clip_ = longest
        if isinstance(self.memory, str | os.PathLike):
            os.makedirs(self.memory, exist_ok=True)
        self._set_clip_length(longest if settings.clip_length is None else settings.clip_length)
        return self

    def _set_clip_length(self, clip_length: int) -> None:
        of_each = self.clip_length is None and self.padding == "nan"
        settings = self.make_settings(None if of_each else clip_length)
        self.clip_length_, self.n_frames_ = clip_length, settings.n_frames(clip_length)
        self.settings_ = settings

    def get_fitted_state(self) -> dict[str, Any]:
        """Return what `fit` learned, for :func:`sktimnet.persistence.save`.

        Returns
        -------
        dict
            Plain values only.
        """
        check_is_fitted(self)
        return {
            "clip_length": self.clip_length_,
            "longest_clip": self.longest_clip_,
            "settings": self.settings_._asdict(),
        }

    def set_fitted_state(self, state: dict[str, Any]) -> None:
        """Become fitted with what :meth:`get_fitted_state` gave, and the same parameters.

        Parameters
        ----------
        state : dict
            The state.

        Raises
        ------
        ValueError
            If parameters are out of range, or others than those of `fit`.
        """
        self._validate_params()
        clip_length = state["clip_length"]
        longest = state.get("longest_clip", clip_length)  # files of version 0.1 have none
        for samples in (clip_length, longest):
            if not isinstance(samples, int) or samples < 1:
                raise ValueError(f"{samples!r} is no number of samples.")
        self.longest_clip_ = longest
        self._set_clip_length(clip_length)
        settings = self.settings_._asdict()
        if state.get("settings", settings) != settings:  # files of version 0.1 have none
            raise ValueError(f"Parameters of {type(self).__name__} are others than those of fit.")

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute the features of clips.

        Parameters
        ----------
        X : sequence of clips
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_clips, n_features, n_frames), float32
            The features of each frame of each clip. With ``padding="nan"`` frames after a clip's end are NaN, and
            `n_frames` is that of the longest clip of X.

        Raises
        ------
        ValueError
            If clips cannot be used and `on_error` is "raise": all of them are named.

        Warns
        -----
        UserWarning
            If clips are cut to less than 40 % of their length, unless clips as long were seen in `fit`.
        """
        check_is_fitted(self)
        clips = as_clips(X, self, reset=False)
        settings = self.settings_
        of_any_length = self.padding == "nan"
        n_frames = 1 if of_any_length else self.n_frames_
        features = np.full((len(clips), settings.n_features, n_frames), np.nan, dtype=np.float32)
        faults, computed = [], {}
        for start, (batch, found) in self._run(
            features_of_batch, clips, settings, open_memory(self.memory), title="Reading clips"
        ):
            faults += [(start + i, reason) for i, reason in found]
            for i, of_clip in enumerate(batch, start):
                if of_clip is None:
                    continue
                if of_any_length:
                    computed[i] = of_clip
                else:
                    features[i] = of_clip
        self._report(clips, faults)
        self._warn_of_cuts(clips)
        return _joined(len(clips), settings.n_features, computed) if of_any_length else features

    def load(self, X: Any) -> list[tuple[NDArray[np.float32], int]]:
        """Decode clips, so that what needs them several times reads each file once.

        Parameters
        ----------
        X : sequence of clips
            As in :meth:`fit`.

        Returns
        -------
        list of (waveform, rate)
            Mono, at the rate of `fit`. :meth:`transform` gives the same features of them.

        Raises
        ------
        ValueError
            If clips cannot be used: all of them are named.
        """
        check_is_fitted(self)
        clips, sr = as_clips(X, self, reset=False), self.settings_.sr
        waveforms, faults = self._read(clips, partial(audio.load, sr=sr), "Reading clips")
        if faults:
            raise ValueError(fault_report(clips, faults, "raise"))
        return [(waveform, sr) for waveform in waveforms]

    def frame_times(self, X: Any) -> NDArray[np.float64]:
        """Compute when the frames of each clip are in its recording.

        Parameters
        ----------
        X : sequence of clips
            As in :meth:`fit`.

        Returns
        -------
        ndarray of shape (n_clips, n_frames)
            Seconds from the start of the recording to the middle of each frame that :meth:`transform` gives; NaN for
            missing frames.
        """
        settings = self.settings_
        firsts = [first_frame(clip, settings) for clip in self.load(X)]
        times = np.full((len(firsts), max(n_frames for _, n_frames in firsts)), np.nan)
        for row, (start, n_frames) in zip(times, firsts, strict=True):
            row[:n_frames] = (start + np.arange(n_frames) * settings.hop_length) / settings.sr
        return times

    def to_samples(self, name: str) -> int:
        """Return a parameter in samples: an int is samples already, a float is seconds."""
        value = getattr(self, name)
        samples = int(value) if isinstance(value, Integral) else round(value * self.sr)
        if samples < 1:
            raise ValueError(f"{name}={value!r} seconds is less than one sample at sr={self.sr}; an int is samples")
        return samples

    def _longest(self, clips: list, settings: Settings) -> int:
        """Return the samples of the longest clip; raise the faults that headers show."""
        needs_trimming = self.trim is not None and self.clip_length is None and self.padding == "zero"
        count = (
            partial(trimmed_length, settings=settings) if needs_trimming else partial(audio.count_samples, sr=self.sr)
        )
        lengths, faults = self._read(clips, count, "Reading headers")
        if faults and (self.on_error == "raise" or not lengths):
            _, decoded = self._read(clips, partial(audio.load, sr=self.sr), "Reading clips")  # to name all at once
            raise ValueError(fault_report(clips, decoded or faults, self.on_error))
        return max(lengths)

    def _read(self, clips: list, read: Any, title: str) -> tuple[list, list[tuple[int, str]]]:
        results, faults = [], []
        for start, (batch, found) in self._run(read_batch, clips, read, title=title):
            results += batch
            faults += [(start + i, reason) for i, reason in found]
        return results, faults

    def _run(self, function: Any, clips: list, *arguments: Any, title: str) -> Any:
        return in_batches(function, clips, *arguments, n_jobs=self.n_jobs, title=title, verbose=self.verbose)

    def _report(self, clips: list, faults: list[tuple[int, str]]) -> None:
        if faults and self.on_error == "raise":
            raise ValueError(fault_report(clips, faults, self.on_error))
        if faults:
            # Above scikit-learn's wrapper of transform: the line of the caller.
            warnings.warn(fault_report(clips, faults, self.on_error), UserWarning, stacklevel=4)

    def _warn_of_cuts(self, clips: list) -> None:
        settings = self.settings_
        if settings.clip_length is None:
            return
        limit = max(self.longest_clip_, _LONG * settings.clip_length)
        seconds = settings.clip_length / settings.sr
        lengths, _ = read_batch(clips, partial(_samples_beyond, settings=settings, limit=limit))
        n_cut = np.count_nonzero(lengths)
        if n_cut:
            warnings.warn(
                f"{n_cut} of {len(clips)} clips are much longer than the {seconds:.3g} s of this model's, the longest "
                f"{max(lengths) / settings.sr:.3g} s: only the middle of them is used. Take sktimnet.timeline.timeline "
                "for long recordings, or fit with clip_length=None and padding='nan'.",
                UserWarning,
                stacklevel=4,
            )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "settings_")  # the last that fit sets

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that X may be a 2-D array or strings, and that the result is float32."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _samples_beyond(clip: Any, settings: Settings, limit: float) -> int:
    """Return the samples of a clip if they are more than a limit, silence at its ends left out, else 0."""
    n_samples = audio.count_samples(clip, settings.sr)
    if n_samples > limit and settings.trim is not None:
        n_samples = trimmed_length(clip, settings)
    return n_samples if n_samples > limit else 0


def _joined(n_clips: int, n_features: int, computed: dict[int, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Join features of different lengths; what is missing is NaN, as are clips that could not be used."""
    n_frames = max((of_clip.shape[1] for of_clip in computed.values()), default=1)
    features = np.full((n_clips, n_features, n_frames), np.nan, dtype=np.float32)
    for i, of_clip in computed.items():
        features[i, :, : of_clip.shape[1]] = of_clip
    return features
