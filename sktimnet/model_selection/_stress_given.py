"""What a stress test is given, checked: clips, perturbations, thresholds and folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sktimnet import audio
from sktimnet.feature_extraction import fault_report
from sktimnet.model_selection._estimators import describe_cv
from sktimnet.model_selection._splits import make_splits
from sktimnet.perturbations import PERTURBATIONS, named_perturbations
from sktimnet.speakers import clips_and_speakers, replace_clips
from sktimnet.validation import check_change

_NOISE = {30: 0.05, 20: 0.10, 10: 0.20, 0: 0.40}  # SNR in dB: UAR lost
#: The most, as fractions, that a perturbation may cost: UAR "lost", answers "changed"; and the largest "gap" of UAR
#: between groups of clips.
THRESHOLDS: Mapping[str, Mapping[str, float]] = {
    **{name: {"changed": 0.02} for name in PERTURBATIONS if name.startswith(("gain", "offset"))},
    **{f"white-noise:{snr}dB": {"lost": lost} for snr, lost in _NOISE.items()},
    **{f"babble:{snr}dB": {"lost": lost} for snr, lost in _NOISE.items()},
    "room:0.3s": {"lost": 0.05},
    "room:0.6s": {"lost": 0.10},
    **{name: {"lost": 0.10} for name in ("band:telephone", "codec:gsm", "codec:ulaw")},
    **{name: {"lost": 0.03} for name in ("codec:vorbis", "codec:mp3", "codec:opus")},
    "clipping:50%": {"lost": 0.05},
    "clipping:20%": {"lost": 0.10},
    "hum:20dB": {"lost": 0.05},
    "hum:10dB": {"lost": 0.10},
    **{name: {"changed": 0.05} for name in ("silence:3s", "silence:3s-noise")},
    **{name: {"lost": 0.05} for name in ("cut:10%", "cut:0.2s")},
    "rate:8000Hz": {"lost": 0.10},
    "rate:11025Hz": {"lost": 0.05},
    "rate:16000Hz": {"lost": 0.03},
    **{name: {"changed": 0.02} for name in ("rate:44100Hz", "rate:48000Hz")},
    **{name: {"lost": 0.05} for name in PERTURBATIONS if name.startswith(("speed", "pitch"))},
    "sex": {"gap": 0.10},
    "length": {"gap": 0.10},
}

_MEASURES = ("lost", "changed", "gap")


class Trial(NamedTuple):
    """Positions of clips to train on, none for a classifier that came fitted, and of those to stress."""

    train: NDArray[np.intp] | None
    test: NDArray[np.intp]


def read_all(X: Any, sr: float | None) -> tuple[Any, NDArray[np.float64]]:
    """Return X with the rate beside each waveform in memory, and the seconds of each clip; name all unusable ones."""
    clips, _ = clips_and_speakers(X)
    usable, seconds, faults = [], [], []
    for i, clip in enumerate(clips):
        try:
            waveform, rate = audio.read(clip, sr)
        except audio.AudioError as error:
            faults.append((i, str(error)))
            continue
        usable.append(clip if audio.is_path(clip) else (waveform, rate))
        seconds.append(len(waveform) / rate)
    if faults:
        raise ValueError(fault_report(clips, faults, "raise"))
    return replace_clips(X, usable), np.array(seconds)


def choose(perturbations: Any) -> tuple[dict[str, Callable], dict[str, str]]:
    """Return the perturbations by name, and why some are skipped."""
    if isinstance(perturbations, Mapping):
        chosen = dict(perturbations)
        for name, change in chosen.items():
            if not isinstance(name, str):
                raise ValueError(f"perturbations[{name!r}] must be a callable under a name, got {change!r}.")
            check_change(change, f"perturbations[{name!r}]")
        if "clean" in chosen:
            raise ValueError("perturbations: 'clean' is the name of the clips as they are; take another.")
    else:
        if own := [change for change in perturbations if callable(change)]:
            raise ValueError(f"perturbations has {own[0]!r} without a name; pass a dict: {{'mine': {own[0]!r}}}.")
        default = isinstance(perturbations, str) and perturbations == "default"
        chosen = named_perturbations(PERTURBATIONS if default else perturbations)
    missing = {name: getattr(change, "missing", None) for name, change in chosen.items()}
    skipped = {name: reason for name, reason in missing.items() if reason}
    return {name: change for name, change in chosen.items() if name not in skipped}, skipped


def check_thresholds(given: Any, chosen: Mapping[str, Callable]) -> dict[str, dict[str, float]]:
    """Return the thresholds of what is measured, those of the user before the default ones."""
    given = {} if given is None else given
    ways = ("sex", "speaker", "length")
    for name, limits in given.items():
        if name not in {*chosen, *PERTURBATIONS, *ways}:
            raise ValueError(f"thresholds[{name!r}] is of no perturbation; there are {', '.join([*chosen, *ways])}.")
        allowed = _MEASURES[2:] if name in ways else _MEASURES[:2]
        if not isinstance(limits, Mapping) or not all(
            measure in allowed and isinstance(limit, Real) and isfinite(limit) for measure, limit in limits.items()
        ):
            raise ValueError(
                f"thresholds[{name!r}] must map {' or '.join(map(repr, allowed))} to a fraction, got {limits!r}."
            )
    merged = {**THRESHOLDS, **given}
    return {name: dict(merged[name]) for name in (*chosen, *ways) if name in merged}


def make_trials(estimator: Any, y: NDArray, speaker: NDArray | None, cv: Any, seed: int) -> list[Trial]:
    """Return one trial of a classifier that came fitted, else one a fold."""
    if _is_fitted(estimator):
        if cv is not None:
            raise ValueError(f"cv={cv!r}, but the estimator is fitted; pass sklearn.base.clone(estimator), or cv=None.")
        return [Trial(None, np.arange(len(y)))]
    held_out = _hold_out_speakers(speaker, cv)
    number = 5 if cv is None else int(cv) if isinstance(cv, Integral) else None
    folds = make_splits(
        y,
        protocol="speaker" if held_out else "last-epoch",
        cv=cv if number is None else None,
        n_splits=number,
        seeds=[seed],
        speaker=speaker,
        text=None,
    )
    return [Trial(fold.train, fold.test) for fold in folds]


def _hold_out_speakers(speaker: NDArray | None, cv: Any) -> bool:
    return speaker is not None and len(np.unique(speaker)) > 1 and (cv is None or isinstance(cv, Integral))


def describe_trials(folds: list[Trial], speaker: NDArray | None, cv: Any) -> Any:
    """Describe the folds for the report; None for a classifier that came fitted."""
    if folds[0].train is None:
        return None
    return "speakers held out" if _hold_out_speakers(speaker, cv) else describe_cv(5 if cv is None else cv)


def _is_fitted(estimator: Any) -> bool:
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def unknown_labels(estimator: Any, fold: Trial, y: NDArray) -> list:
    """List the labels of the test clips that the classifier was not trained on."""
    known = estimator.classes_ if fold.train is None else y[fold.train]
    return np.setdiff1d(y[fold.test], known).tolist()


def check_classes(estimator: Any, y: NDArray) -> None:
    """Refuse a fitted classifier that can give no right answer."""
    if not np.isin(y, estimator.classes_).any():
        raise ValueError(
            f"The classifier knows none of the labels in y, {np.unique(y).tolist()}, but "
            f"{np.asarray(estimator.classes_).tolist()}: rename the labels in y."
        )
