"""Classify new speakers: :class:`SpeakerNormalizedClassifier`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, Self
from zlib import crc32

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.utils import Tags, check_consistent_length, check_random_state
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from sktimnet.audio import Changed, is_path
from sktimnet.preprocessing import FeatureScaler
from sktimnet.speakers._scaling import LEAST_CLIPS, has_enough, held_out_folds, scale_by_speaker, scaled
from sktimnet.speakers._tables import as_speakers, clips_and_speakers
from sktimnet.validation import HasMethods, Interval, check_change, check_labels, fit_context

# Parts that are held out in turn to find from which score on clips are outliers, and the share of clips beyond it.
_OUTLIER_FOLDS = 4
_MARKED = 0.01


class SpeakerNormalizedClassifier(ClassifierMixin, BaseEstimator):
    """Classify clips relative to how each speaker usually sounds.

    Features are scaled over the clips of the same speaker that are predicted together, 10 at least, or those of the
    training set where the speaker is in it. No label is used, but a new speaker's clips are seen together: collect as
    many as you can, of several emotions. Clips whose speaker is not
    known are classified by a second copy of the classifier, trained on features scaled over the whole training set,
    each clip by itself.

    Parameters
    ----------
    features : transformer
        Takes clips, gives features of two or three dimensions.
    classifier : classifier
        Takes scaled features. It is cloned, once for known speakers and once for unknown ones.
    scaler : transformer, default=None
        Scales features; it is cloned and fitted for each speaker, and on the training set for unknown speakers. None is
        :class:`~sktimnet.preprocessing.FeatureScaler`, mean 0 and SD 1.
    augmentation : sequence of callable, default=()
        Changes of recordings (:mod:`sktimnet.perturbations`), or others that take a waveform, its rate and a
        :class:`numpy.random.Generator`, and give a waveform and its rate. The training set has each clip once more with
        each of them, as clips of further speakers. Clips to predict stay as they are.
    max_augmented : int, default=6000
        Changed clips to train on, at most; of a larger corpus each change gets an even part of the clips.
    calibration_folds : int or None, default=None
        Calibrate probabilities by a temperature, on so many parts of the training set that are held out in turn
        (:class:`~sklearn.calibration.CalibratedClassifierCV`): whole speakers where X or `groups` names two or more and
        each label is left with a training clip, else clips with all their changed copies. The order of the classes
        stays. None leaves probabilities as the classifier gives them.
    outlier_detector : estimator with `score_samples`, default=None
        Learns what training clips are like, to mark others (:meth:`is_outlier`):
        :class:`~sktimnet.outliers.PCAOutlierDetector` or an outlier detector of scikit-learn. It is cloned, and fitted
        on what the classifier for unknown speakers is. None marks no clip.
    random_state : int, RandomState instance or None, default=None
        Decides what is random in `augmentation`; pass an int for the same result each time.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    features_ : transformer
        The fitted transformer.
    scaler_ : transformer
        Fitted on the training set, for unknown speakers.
    known_ : classifier or None
        For known speakers; None where no training clip has one with at least 10 clips.
    speaker_scalers_ : dict of str to transformer
        Of each known speaker of the training set, whose further clips are scaled alike.
    unknown_ : classifier
        For clips of unknown speakers, and of speakers with fewer than 10 clips.
    outlier_detector_ : estimator
        Fitted; only with `outlier_detector`.
    outlier_threshold_ : float
        Score below which a clip is an outlier: 1 % of the training clips, each held out of a fit, have lower ones.

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
        "scaler": [HasMethods(["fit", "transform"]), None],
        "augmentation": [tuple, list],
        "max_augmented": [Interval(Integral, 1, None, closed="left")],
        "calibration_folds": [Interval(Integral, 2, None, closed="left"), None],
        "outlier_detector": [HasMethods(["fit", "score_samples"]), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        features: Any,
        classifier: Any,
        *,
        scaler: Any = None,
        augmentation: Sequence[Callable] = (),
        max_augmented: int = 6000,
        calibration_folds: int | None = None,
        outlier_detector: Any = None,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.features = features
        self.classifier = classifier
        self.scaler = scaler
        self.augmentation = augmentation
        self.max_augmented = max_augmented
        self.calibration_folds = calibration_folds
        self.outlier_detector = outlier_detector
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, *, groups: Any = None) -> Self:
        """Fit the features, and a classifier for known and one for unknown speakers.

        Parameters
        ----------
        X : data frame, structured array or sequence of clips
            A table has a column ``path`` or ``clip``, and may have ``speaker``; without it all speakers are unknown.
        y : array-like of shape (n_clips,)
            The labels.
        groups : array-like of shape (n_clips,), default=None
            Who speaks, where X does not say so and clips to predict will come alone: calibration and the threshold of
            outliers then hold out whole speakers, in place of those of X, and so does a network that stops early,
            where it is not calibrated. Clips are scaled by X's speakers only.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If known speakers lack a label that only clips of unknown ones have, or a member of `augmentation` gives no
            recording.
        """
        clips, speakers = clips_and_speakers(X)
        y = check_labels(y, "y")
        persons = speakers if groups is None else as_speakers(groups)
        check_consistent_length(clips, y, persons)
        known = has_enough(speakers)
        if known.any() and len(missing := np.setdiff1d(y, y[known])):
            raise ValueError(
                f"No clip of a known speaker has the label(s) {missing.tolist()}: name the speakers of such clips, "
                f"{LEAST_CLIPS} or more each, or leave the column speaker out."
            )
        self.features_ = clone(self.features).fit(clips, y)
        changed, origin, change = self._changed(clips)  # origin and change: (n_changed,)
        features = np.asarray(self.features_.transform([*clips, *changed]))
        origin = np.concatenate([np.arange(len(clips)), origin])
        change = np.concatenate([np.full(len(clips), -1), change])
        own_scaler = FeatureScaler() if self.scaler is None else self.scaler
        self.scaler_ = clone(own_scaler).fit(features[: len(clips)])
        self.classes_ = unique_labels(y)
        absolute = scaled(features, self.scaler_)
        self.unknown_ = self._trained(absolute, y[origin], persons[origin], origin)
        if self.outlier_detector is not None:
            self._learn_outliers(absolute, persons[origin], origin)
        # A speaker's changed clips count as those of another speaker.
        voices = np.array(
            [
                f"{number} {name}" if name is not None else None
                for number, name in zip(change, speakers[origin], strict=True)
            ],
            dtype=object,
        )
        use = has_enough(voices) & known[origin]
        self.speaker_scalers_ = {
            str(name): clone(own_scaler).fit(features[: len(clips)][speakers == name]) for name in set(speakers[known])
        }
        self.known_ = None
        if use.any():
            relative = scale_by_speaker(features[use], voices[use], own_scaler)
            self.known_ = self._trained(relative, y[origin][use], persons[origin][use], origin[use])
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
        check_is_fitted(self)
        return self._of_each(*self._described(X), "predict", self.classes_.dtype, ())

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
        return self.predict_proba_with_outliers(X)[0]

    def is_outlier(self, X: Any) -> NDArray[np.bool_]:
        """Tell which clips lie so far from the training clips that their answers should not be relied on.

        Parameters
        ----------
        X : data frame, structured array or sequence of clips
            As in :meth:`predict`; each clip is seen by itself.

        Returns
        -------
        ndarray of shape (n_clips,), bool
            False for all without `outlier_detector`.
        """
        check_is_fitted(self)
        _, absolute, _ = self._described(X)
        return self._outliers(absolute)

    def predict_proba_with_outliers(self, X: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Do what :meth:`predict_proba` and :meth:`is_outlier` do, and compute features once.

        Parameters
        ----------
        X : data frame, structured array or sequence of clips
            As in :meth:`predict`.

        Returns
        -------
        probabilities : ndarray of shape (n_clips, n_classes)
        outliers : ndarray of shape (n_clips,), bool
        """
        check_is_fitted(self)
        features, absolute, speakers = self._described(X)
        shape = (len(self.classes_),)
        probabilities = self._of_each(features, absolute, speakers, "predict_proba", np.dtype(float), shape)
        return probabilities, self._outliers(absolute)

    @property
    def holds_out(self) -> bool:
        """Whether `fit` holds clips out, whole speakers where they are known."""
        stops = getattr(self.classifier, "early_stopping", False)
        return stops or self.calibration_folds is not None or self.outlier_detector is not None

    def forget_speakers(self) -> Self:
        """Drop names and scales of the training speakers, to give the model away; they are new speakers then.

        Returns
        -------
        self
        """
        check_is_fitted(self)
        self.speaker_scalers_ = {}
        return self

    def _changed(self, clips: list) -> tuple[list, NDArray[np.intp], NDArray[np.intp]]:
        """Return changed training clips, the position of the clip that each is of, and the number of its change."""
        for number, function in enumerate(self.augmentation):
            check_change(function, f"augmentation[{number}]")
        n_changes = len(self.augmentation)
        n_each = min(len(clips), max(1, self.max_augmented // max(1, n_changes)))
        seeds = check_random_state(self.random_state).randint(np.iinfo(np.int32).max, size=n_changes)
        changed, origin, change = [], [], []
        for number, (function, seed) in enumerate(zip(self.augmentation, seeds.tolist(), strict=True)):
            # Evenly spread, and for each change other clips.
            for i in ((np.arange(n_each) + number / n_changes) * len(clips) / n_each).astype(int).tolist():
                changed.append(Changed(clips[i], function, _seed_of(clips[i], seed)))
                origin.append(i)
                change.append(number)
        return changed, np.array(origin, dtype=np.intp), np.array(change, dtype=np.intp)

    def _trained(self, X: NDArray, y: NDArray, speakers: NDArray, origin: NDArray) -> Any:
        """Fit a classifier, and calibrate it on speakers or clips that are held out."""
        classifier = clone(self.classifier)
        if self.calibration_folds is None:
            stops = getattr(classifier, "early_stopping", False) and has_fit_parameter(classifier, "groups")
            by_speaker = stops and None not in speakers and len(set(speakers)) > 1
            return classifier.fit(X, y, groups=speakers) if by_speaker else classifier.fit(X, y)
        folds = held_out_folds(y, speakers, origin, self.calibration_folds)
        # One temperature keeps the order of the classes; a sigmoid for each class cost 2 to 3 points of UAR on CASIA.
        return CalibratedClassifierCV(classifier, method="temperature", cv=folds, ensemble=False).fit(X, y)

    def _learn_outliers(self, X: NDArray, speakers: NDArray, origin: NDArray) -> None:
        """Fit the detector, and find its threshold on speakers or clips that are held out."""
        any_label = np.zeros(len(X))
        scores = np.empty(len(X))
        for train, test in held_out_folds(any_label, speakers, origin, _OUTLIER_FOLDS):
            scores[test] = clone(self.outlier_detector).fit(X[train]).score_samples(X[test])
        self.outlier_threshold_ = float(np.quantile(scores, _MARKED))
        self.outlier_detector_ = clone(self.outlier_detector).fit(X)

    def _outliers(self, absolute: NDArray) -> NDArray[np.bool_]:
        if self.outlier_detector is None:
            return np.zeros(len(absolute), dtype=bool)
        return self.outlier_detector_.score_samples(absolute) < self.outlier_threshold_

    def _described(self, X: Any) -> tuple[NDArray, NDArray, NDArray]:
        """Return the features of clips, the same scaled over the whole training set, and the speakers."""
        clips, speakers = clips_and_speakers(X)
        features = np.asarray(self.features_.transform(clips))
        return features, scaled(features, self.scaler_), speakers

    def _of_each(
        self,
        features: NDArray,
        absolute: NDArray,
        speakers: NDArray,
        method: str,
        dtype: np.dtype,
        shape: tuple[int, ...],
    ) -> NDArray:
        known = has_enough(speakers, self.speaker_scalers_) & (self.known_ is not None)
        found = np.empty((len(features), *shape), dtype=dtype)
        if known.any():
            relative = scale_by_speaker(features[known], speakers[known], self.scaler_, self.speaker_scalers_)
            found[known] = getattr(self.known_, method)(relative)
        if not known.all():
            found[~known] = getattr(self.unknown_, method)(absolute[~known])
        return found

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "known_")  # the last that fit sets

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that X is clips."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = True
        return tags


def _seed_of(clip: Any, seed: int) -> int:
    """Return a seed that a clip keeps, whatever other clips stand beside it and wherever its corpus is."""
    mark = "/".join(Path(clip).parts[-3:]) if is_path(clip) else joblib.hash(clip, coerce_mmap=True)
    return crc32(f"{seed} {mark}".encode())
