"""Frames to statistics of each clip: :class:`FunctionalsTransformer`."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from sktimnet.validation import Interval, fit_context

# Autocorrelation above which a frame is taken for voiced.
_VOICED = 0.45
_PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
_RANGES = ((25, 75), (5, 95))
_SMOOTHED = 3  # frames

_SHAPE = ("mean", "sd", "skewness", "kurtosis", *(f"percentile_{q}" for q in _PERCENTILES))
_VALUES = (*_SHAPE, "range_25_75", "range_5_95", "slope", "curvature", "residual_sd", "share_above_middle")
_DELTAS: tuple[str, ...] = (
    "sd",
    "skewness",
    "kurtosis",
    "percentile_1",
    "percentile_5",
    "percentile_25",
    "percentile_75",
)
_DELTAS += ("percentile_95", "percentile_99", "range_25_75", "range_5_95", "mean_size")
_DELTA_DELTAS: tuple[str, ...] = ("sd", "percentile_5", "percentile_95")
_RHYTHM: tuple[str, ...] = ("n_frames", "voiced_share", "voiced_rate", "voiced_mean", "voiced_sd", "voiced_max")
_RHYTHM += ("unvoiced_mean", "unvoiced_sd", "unvoiced_max")


class FunctionalsTransformer(TransformerMixin, BaseEstimator):
    """Describe each clip by statistics of its frames, for a classifier of two dimensions.

    Of each channel, smoothed over three frames: moments, percentiles, ranges, slope and curvature of a parabola through
    the clip, and the spread around it; of its deltas and delta-deltas moments and percentiles. Missing frames (NaN
    after a clip's end) are left out.

    Parameters
    ----------
    voicing : int or None, default=None
        The channel that holds voicing between 0 and 1, such as that of :class:`DescriptorTransformer`. It adds the same
        statistics over the voiced frames alone, and rhythm: how many frames the clip has, the share that is voiced, and
        how many and how long the voiced and unvoiced stretches are.

    Attributes
    ----------
    n_features_in_ : int
        Channels seen in `fit`.

    See Also
    --------
    sktimnet.recipes.make_recipe : Puts it before a support vector machine.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.feature_extraction import FunctionalsTransformer
    >>> X = np.random.default_rng(0).normal(size=(5, 3, 40))  # 5 clips, 3 channels, 40 frames
    >>> functionals = FunctionalsTransformer().fit(X)
    >>> functionals.transform(X).shape
    (5, 96)
    >>> functionals.get_feature_names_out()[:2].tolist()
    ['channel0_mean', 'channel1_mean']
    """

    _parameter_constraints: dict = {"voicing": [Interval(Integral, 0, None, closed="left"), None]}

    def __init__(self, *, voicing: int | None = None):
        self.voicing = voicing

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features; two dimensions are one frame a clip.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X has no channel `voicing`, or a clip without frames.
        """
        self._check(X, reset=True)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute the statistics of each clip.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_clips, n_functionals), float32
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        return np.stack([self._functionals(clip.astype(np.float64)).astype(np.float32) for clip in X])

    def get_feature_names_out(self, input_features: Any = None) -> NDArray:
        """Return the names of the statistics.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the channels; None calls them ``channel0`` and so on.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        channels = [f"channel{i}" for i in range(self.n_features_in_)] if input_features is None else input_features
        groups = {"": _VALUES, "delta_": _DELTAS, "delta_delta_": _DELTA_DELTAS}
        if self.voicing is not None:
            groups["voiced_"] = _VALUES
        names = [f"{c}_{group}{name}" for group, members in groups.items() for name in members for c in channels]
        return np.array([*names, *(_RHYTHM if self.voicing is not None else ())], dtype=object)

    def _functionals(self, clip: NDArray[np.float64]) -> NDArray[np.float64]:
        """Describe one clip of shape (n_features, n_frames)."""
        clip = clip.compress(~np.isnan(clip).all(axis=0), axis=1)  # unlike an index, it keeps frames side by side
        smooth = uniform_filter1d(clip, _SMOOTHED, axis=1)
        delta = np.gradient(smooth, axis=1) if clip.shape[1] > 1 else np.zeros_like(smooth)
        delta_delta = np.gradient(delta, axis=1) if clip.shape[1] > 1 else delta
        changes = _shape_and_ranges(delta) | {"mean_size": np.abs(delta).mean(axis=1)}
        bends = _shape(delta_delta)
        parts = [
            *_values(smooth),
            *(changes[name] for name in _DELTAS),
            *(bends[name] for name in _DELTA_DELTAS),
        ]
        if self.voicing is not None:
            voiced = clip[self.voicing] > _VOICED
            parts += [*_values(clip.compress(voiced, axis=1) if voiced.any() else clip), _rhythm(voiced)]
        return np.nan_to_num(np.concatenate(parts))  # moments of a constant are not defined

    def _check(self, X: Any, *, reset: bool) -> NDArray:
        X = validate_data(
            self, X, reset=reset, dtype=[np.float64, np.float32], allow_nd=True, ensure_all_finite="allow-nan"
        )
        if X.ndim > 3:
            raise ValueError(f"X must be (n_clips, n_features, n_frames), but has dimension {X.ndim}: {X.shape}.")
        if self.voicing is not None and self.voicing >= X.shape[1]:
            raise ValueError(f"voicing={self.voicing} is no channel of X, which has {X.shape[1]}.")
        X = X.reshape(*X.shape[:2], -1)
        partly = np.isnan(X).any(axis=1) & ~np.isnan(X).all(axis=1)
        unusable = np.flatnonzero(partly.any(axis=1) | np.isnan(X).all(axis=(1, 2)))
        if len(unusable):
            rows = ", ".join(map(str, unusable[:10]))
            raise ValueError(
                f"Input X contains NaN in {len(unusable)} row(s): {rows}. Only frames that are missing in all channels "
                "are left out; drop these clips or mend their recordings."
            )
        return X

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that X may have three dimensions, and that the result is float32."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _shape(x: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return moments and percentiles of each channel of x (n_features, n_frames)."""
    mean, sd = x.mean(axis=1), x.std(axis=1)
    varies = sd > 1e-6 * (1 + np.abs(x).max(axis=1))  # else skewness and kurtosis are 0
    z = (x - mean[:, np.newaxis]) / np.where(varies, sd, np.inf)[:, np.newaxis]
    square = z * z
    moments = {"mean": mean, "sd": sd, "skewness": (square * z).mean(axis=1)}
    moments["kurtosis"] = np.where(varies, (square * square).mean(axis=1) - 3, 0)
    return moments | {f"percentile_{q}": values for q, values in zip(_PERCENTILES, _percentiles(x), strict=True)}


def _percentiles(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``np.percentile(x, _PERCENTILES, axis=1)``, by one sort, which is faster than NumPy's partition."""
    ordered = np.sort(x, axis=1)
    position = np.array(_PERCENTILES) / 100 * (x.shape[1] - 1)
    below, above = np.floor(position).astype(int), np.ceil(position).astype(int)
    return (ordered[:, below] + (position - below) * (ordered[:, above] - ordered[:, below])).T


def _shape_and_ranges(x: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    shape = _shape(x)
    ranges = {f"range_{low}_{high}": shape[f"percentile_{high}"] - shape[f"percentile_{low}"] for low, high in _RANGES}
    return shape | ranges


def _values(x: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return all statistics of `_VALUES`, each of shape (n_features,)."""
    time = np.linspace(-1, 1, x.shape[1]) if x.shape[1] > 1 else np.zeros(1)
    parabola = time**2 - np.mean(time**2)
    mean = x.mean(axis=1)
    slope = _projection(x, time)
    residual = x - mean[:, np.newaxis] - slope[:, np.newaxis] * time
    found = _shape_and_ranges(x)
    found |= {"slope": slope, "curvature": _projection(x, parabola), "residual_sd": residual.std(axis=1)}
    middle = (found["percentile_25"] + found["percentile_75"]) / 2
    found["share_above_middle"] = (x > middle[:, np.newaxis]).mean(axis=1)
    return [found[name] for name in _VALUES]


def _projection(x: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least-squares weight of a direction of mean 0."""
    power = np.square(direction).sum()
    return x @ direction / power if power > 0 else np.zeros(len(x))


def _rhythm(voiced: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Describe the voiced and unvoiced stretches of a clip; lengths in frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced.astype(int), [0]])))
    stretches, gaps = edges[1::2] - edges[::2], edges[2::2] - edges[1:-1:2]
    of_each = [f(lengths) if len(lengths) else 0.0 for lengths in (stretches, gaps) for f in (np.mean, np.std, np.max)]
    return np.array([len(voiced), voiced.mean(), len(stretches) / len(voiced), *of_each], dtype=float)
