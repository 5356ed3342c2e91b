"""Classify new speakers: :class:`SpeakerNormalizedClassifier`, and clips that come with their speaker's name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import check_is_fitted

from sktimnet.validation import HasMethods, check_labels, fit_context

__all__ = [
    "SpeakerNormalizedClassifier",
    "clips_and_speakers",
    "normalize_by_speaker",
    "replace_clips",
    "with_speakers",
]

# Clips from which the mean and SD of a speaker are taken; of fewer they would be those of the emotion.
_LEAST = 5
# Beyond so many SDs a value says no more than that it is extreme.
_EXTREME = 8.0


def with_speakers(clips: Sequence, speaker: ArrayLike) -> NDArray:
    """Put clips beside who speaks in them, as :class:`SpeakerNormalizedClassifier` takes them.

    Parameters
    ----------
    clips : sequence of clips
        Paths, waveforms or ``(waveform, rate)`` pairs.
    speaker : array-like of shape (n_clips,)
        Who speaks; None, NaN or "" where not known.

    Returns
    -------
    ndarray of shape (n_clips,)
        A structured array with the fields ``clip`` and ``speaker``. A data frame with the columns ``path`` (or
        ``clip``) and ``speaker`` does as well.

    Examples
    --------
    >>> from sktimnet.speakers import with_speakers
    >>> with_speakers(["a.wav", "b.wav"], ["Ann", "Ben"])["speaker"].tolist()
    ['Ann', 'Ben']
    """
    names = np.asarray(speaker, dtype=object).ravel()
    check_consistent_length(clips, names)
    table = np.empty(len(names), dtype=[("clip", object), ("speaker", object)])
    for row, clip, name in zip(table, clips, names, strict=True):
        row["clip"], row["speaker"] = clip, name
    return table


def clips_and_speakers(X: Any) -> tuple[list, NDArray]:
    """Split X into clips and speakers.

    Parameters
    ----------
    X : data frame, structured array or sequence of clips
        A table has the columns ``path`` or ``clip``, and may have ``speaker``.

    Returns
    -------
    clips : list
    speakers : ndarray of shape (n_clips,), object
        None where not known.
    """
    names = _columns(X)
    column = _clip_column(names)
    if column is None:
        return list(X), np.full(len(X), None, dtype=object)
    speakers = np.full(len(X), None, dtype=object)
    if "speaker" in names:
        given = np.asarray(X["speaker"], dtype=object)
        known = [name is not None and name == name and name != "" for name in given]
        speakers[known] = given[known]
    return list(X[column]), speakers


def replace_clips(X: Any, clips: Sequence) -> Any:
    """Put other clips in place of those in X, and keep the rest of a table.

    Parameters
    ----------
    X : data frame, structured array or sequence of clips
        As :func:`clips_and_speakers` takes it; it stays as it is.
    clips : sequence of clips
        As many.

    Returns
    -------
    data frame, structured array or list
        A list where X is no table.
    """
    check_consistent_length(X, clips)
    column = _clip_column(_columns(X))
    if column is None:
        return list(clips)
    if hasattr(X, "columns"):
        return X.assign(**{column: list(clips)})
    table = np.empty(len(X), dtype=[(name, object if name == column else X.dtype[name]) for name in X.dtype.names])
    for name in X.dtype.names:
        table[name] = X[name]
    for i, clip in enumerate(clips):  # one by one: NumPy would make an array of equal waveforms
        table[column][i] = clip
    return table


def normalize_by_speaker(X: NDArray, groups: NDArray) -> NDArray[np.float32]:
    """Give each feature mean 0 and SD 1 over the clips of each group.

    Parameters
    ----------
    X : ndarray of shape (n_clips, n_features) or (n_clips, n_features, n_frames)
        The features; of three dimensions, mean and SD are also over frames, missing ones (NaN) left out.
    groups : ndarray of shape (n_clips,)
        Who speaks.

    Returns
    -------
    ndarray of the shape of X, float32
        At most 8 SDs from 0.
    """
    axes = (0, 2)[: X.ndim - 1]
    normalized = np.empty(X.shape, dtype=np.float32)
    for group in dict.fromkeys(groups.tolist()):
        of_group = np.flatnonzero(groups == group)
        some = X[of_group].astype(np.float64)
        mean, sd = np.nanmean(some, axis=axes, keepdims=True), np.nanstd(some, axis=axes, keepdims=True)
        normalized[of_group] = np.clip((some - mean) / np.where(sd > 1e-6, sd, 1), -_EXTREME, _EXTREME)
    return normalized


class SpeakerNormalizedClassifier(ClassifierMixin, BaseEstimator):
    """Classify clips relative to how each speaker usually sounds.

    Each feature is taken relative to mean and SD over the clips of the same speaker that are predicted together. No
    label is used, but a speaker's clips are seen together: collect about as many as you can, of several emotions. Clips
    whose speaker is not known are classified by a second copy, trained on all clips relative to the whole training set,
    each clip by itself.

    Parameters
    ----------
    features : transformer
        Takes clips, gives features of two or three dimensions.
    classifier : classifier
        Takes normalized features. It is cloned, once for known speakers and once for unknown ones.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    features_ : transformer
        The fitted transformer.
    known_ : classifier or None
        For known speakers; None where no training clip has one with at least 5 clips.
    unknown_ : classifier
        For clips of unknown speakers, and of speakers with fewer than 5 clips.
    mean_, sd_ : ndarray
        Of each feature over the training set.

    See Also
    --------
    with_speakers : Puts clips beside their speakers' names.
    sktimnet.recipes.make_recipe : Whole pipelines.

    Notes
    -----
    Speakers must be the same persons in all clips that share a name. Evaluated on held-out speakers, the report says
    that other clips of test speakers were seen, without labels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from sklearn.svm import SVC
    >>> from sktimnet.speakers import SpeakerNormalizedClassifier, with_speakers
    >>> rng = np.random.default_rng(0)
    >>> speaker = np.repeat(["Ann", "Ben"], 20)
    >>> y = np.tile(["calm", "angry"], 20)
    >>> loudness = rng.normal(size=40) + 6 * (y == "angry") + 100 * (speaker == "Ben")
    >>> X = with_speakers(list(loudness[:, np.newaxis]), speaker)
    >>> classifier = SpeakerNormalizedClassifier(FunctionTransformer(np.asarray), SVC())
    >>> cy = with_speakers(list(loudness[:, np.newaxis] + 900), np.where(speaker == "Ann", "Cy", "Di"))
    >>> classifier.fit(X, y).score(cy, y)
    1.0
    """

    _parameter_constraints: dict = {
        "features": [HasMethods(["fit", "transform"])],
        "classifier": [HasMethods(["fit", "predict"])],
    }

    def __init__(self, features: Any, classifier: Any):
        self.features = features
        self.classifier = classifier

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any) -> Self:
        """Fit the features, and a classifier for known and one for unknown speakers.

        Parameters
        ----------
        X : data frame, structured array or sequence of clips
            A table has a column ``path`` or ``clip``, and may have ``speaker``; without it all speakers are unknown.
        y : array-like of shape (n_clips,)
            The labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If known speakers lack a label that only clips of unknown ones have.
        """
        clips, speakers = clips_and_speakers(X)
        y = check_labels(y, "y")
        check_consistent_length(clips, y)
        self.features_ = clone(self.features)
        features = np.asarray(self.features_.fit_transform(clips, y))
        axes = (0, 2)[: features.ndim - 1]
        self.mean_ = np.nanmean(features, axis=axes, keepdims=True, dtype=np.float64)
        sd = np.nanstd(features, axis=axes, keepdims=True, dtype=np.float64)
        self.sd_ = np.where(sd > 1e-6, sd, 1)
        self.classes_ = unique_labels(y)
        known = _has_enough(speakers)
        self.known_ = None
        if known.any():
            if len(missing := np.setdiff1d(self.classes_, y[known])):
                raise ValueError(
                    f"No clip of a known speaker has the label(s) {missing.tolist()}: name the speakers of such clips, "
                    f"{_LEAST} or more each, or leave the column speaker out."
                )
            self.known_ = clone(self.classifier).fit(normalize_by_speaker(features[known], speakers[known]), y[known])
        self.unknown_ = clone(self.classifier).fit(self._relative_to_all(features), y)
        return self

    def predict(self, X: Any) -> NDArray:
        """Predict the label of each clip.

        Parameters
        ----------
        X : data frame, structured array or sequence of clips
            As in :meth:`fit`; all clips of a speaker together.

        Returns
        -------
        ndarray of shape (n_clips,)
            Members of `classes_`.
        """
        return self._of_each(X, "predict", self.classes_.dtype, ())

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Estimate the probability of each class.

        Parameters
        ----------
        X : data frame, structured array or sequence of clips
            As in :meth:`predict`.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            Columns in the order of `classes_`.
        """
        return self._of_each(X, "predict_proba", np.dtype(float), (len(self.classes_),))

    def _of_each(self, X: Any, method: str, dtype: np.dtype, shape: tuple[int, ...]) -> NDArray:
        check_is_fitted(self)
        clips, speakers = clips_and_speakers(X)
        features = np.asarray(self.features_.transform(clips))
        known = _has_enough(speakers) & (self.known_ is not None)
        found = np.empty((len(clips), *shape), dtype=dtype)
        if known.any():
            normalized = normalize_by_speaker(features[known], speakers[known])
            found[known] = getattr(self.known_, method)(normalized)
        if not known.all():
            found[~known] = getattr(self.unknown_, method)(self._relative_to_all(features[~known]))
        return found

    def _relative_to_all(self, features: NDArray) -> NDArray[np.float32]:
        return np.clip((features - self.mean_) / self.sd_, -_EXTREME, _EXTREME).astype(np.float32)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "unknown_")

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that X is clips."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = True
        return tags


def _columns(X: Any) -> list:
    """Name the columns of a table; of anything else there are none."""
    columns: Any = getattr(X, "columns", None)
    return list(columns) if columns is not None else list(getattr(getattr(X, "dtype", None), "names", None) or ())


def _clip_column(names: list) -> str | None:
    """Name the column that holds the clips, or None."""
    return next((name for name in ("clip", "path") if name in names), None)


def _has_enough(speakers: NDArray) -> NDArray[np.bool_]:
    """Tell of each clip whether its speaker is known by enough clips."""
    names, counts = np.unique(np.array([str(name) for name in speakers]), return_counts=True)
    enough = set(names[counts >= _LEAST].tolist())
    return np.array([name is not None and str(name) in enough for name in speakers], dtype=bool)
