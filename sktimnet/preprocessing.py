"""Scale features before a classifier: :class:`FeatureScaler` of frames, :class:`RankScaler` of clips."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from sktimnet.validation import Interval, fit_context

__all__ = ["FeatureScaler", "RankScaler"]


class FeatureScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Give each channel mean 0 and SD 1 over the frames and clips of the training set.

    It is scikit-learn's ``StandardScaler`` for features of shape (n_clips, n_features, n_frames). Missing frames (NaN)
    are left out of mean and SD, and stay missing.

    Parameters
    ----------
    with_mean : bool, default=True
        Subtract the mean.
    with_std : bool, default=True
        Divide by the SD (population); a channel without spread is not divided.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features,)
        Mean of each channel.
    scale_ : ndarray of shape (n_features,)
        SD of each channel, 1 where it has no spread.
    n_features_in_ : int
        Channels seen in `fit`.
    feature_names_in_ : ndarray of str
        Names of the columns of X, where it was a data frame.

    See Also
    --------
    sklearn.preprocessing.StandardScaler : For features of two dimensions.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.preprocessing import FeatureScaler
    >>> X = np.array([[[1.0, 3.0, np.nan]], [[5.0, 7.0, 9.0]]])  # 2 clips of 1 channel, the first a frame shorter
    >>> FeatureScaler().fit(X).mean_
    array([5.])
    >>> FeatureScaler().fit_transform(X)[0].round(2)
    array([[-1.41, -0.71,   nan]], dtype=float32)
    """

    _parameter_constraints: dict = {"with_mean": ["boolean"], "with_std": ["boolean"]}

    def __init__(self, *, with_mean: bool = True, with_std: bool = True):
        self.with_mean = with_mean
        self.with_std = with_std

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn mean and SD of each channel.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features; NaN is missing.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X is infinite somewhere, or has more than three dimensions.
        """
        X = self._check(X, reset=True)
        axes = (0, 2)[: X.ndim - 1]
        present = ~np.isnan(X)
        n = np.maximum(present.sum(axis=axes), 1)
        mean = X.sum(axis=axes, where=present, dtype=np.float64) / n
        centred = X - _column(mean, X.ndim)
        variance = np.square(centred, where=present, out=np.zeros_like(centred)).sum(axis=axes, dtype=np.float64) / n
        spread = np.sqrt(variance)
        constant = spread <= 10 * np.finfo(X.dtype).eps * np.abs(mean)  # rounding alone
        self.mean_ = mean if self.with_mean else np.zeros_like(mean)
        self.scale_ = np.where(constant, 1.0, spread) if self.with_std else np.ones_like(mean)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Scale features.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of the shape of X, float32
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        return ((X - _column(self.mean_, X.ndim)) / _column(self.scale_, X.ndim)).astype(np.float32)

    def inverse_transform(self, X: Any) -> NDArray[np.float32]:
        """Undo the scaling.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            Scaled features.

        Returns
        -------
        ndarray of the shape of X, float32
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        return (X * _column(self.scale_, X.ndim) + _column(self.mean_, X.ndim)).astype(np.float32)

    def _check(self, X: Any, *, reset: bool) -> NDArray:
        X = validate_data(
            self, X, reset=reset, dtype=[np.float64, np.float32], allow_nd=True, ensure_all_finite="allow-nan"
        )
        if X.ndim > 3:
            raise ValueError(f"X must be (n_clips, n_features, n_frames), but has dimension {X.ndim}: {X.shape}.")
        return X

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that NaN is allowed, and that the result is float32."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _column(values: NDArray, ndim: int) -> NDArray:
    """Return values of each channel so that they meet features of two or three dimensions."""
    return values[:, np.newaxis] if ndim == 3 else values


class RankScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Replace each feature of a clip by the normal score of its rank among the training clips.

    With :math:`n` training values of which :math:`b` are below the clip's and :math:`e` equal to it, the result is
    :math:`\Phi^{-1}((b + e / 2) / n)`, the probability held within :math:`[1 / 2n, 1 - 1 / 2n]`: 0 at the median, and
    no value is extreme. :math:`\Phi` is the standard normal distribution.

    Parameters
    ----------
    n_quantiles : int, default=200
        Training values kept of each feature; of more, so many in even steps of rank.

    Attributes
    ----------
    quantiles_ : ndarray of shape (n_kept, n_features), float32
        Training values kept, sorted.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : ndarray of str
        Names of the features, where X was a data frame.

    See Also
    --------
    sklearn.preprocessing.QuantileTransformer : Interpolates between quantiles; of few clips its ends lie 5 SDs out.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.preprocessing import RankScaler
    >>> RankScaler().fit_transform(np.array([[1.0], [2.0], [1000.0]])).round(2)
    array([[-0.97],
           [ 0.  ],
           [ 0.97]], dtype=float32)
    """

    _parameter_constraints: dict = {"n_quantiles": [Interval(Integral, 2, None, closed="left")]}

    def __init__(self, *, n_quantiles: int = 200):
        self.n_quantiles = n_quantiles

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Keep the training values, sorted.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X has missing or infinite values, or other than two dimensions.
        """
        ordered = np.sort(validate_data(self, X, dtype=np.float32), axis=0)
        rows = np.arange(len(ordered))
        if len(ordered) > self.n_quantiles:
            rows = np.linspace(0, len(ordered) - 1, self.n_quantiles).round().astype(int)
        self.quantiles_ = ordered[rows]
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute normal scores.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_clips, n_features), float32
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float32)
        n = len(self.quantiles_)
        scores = np.empty(X.shape[::-1], dtype=np.float32)  # a feature at a time: all in float64 take many times X
        columns = zip(np.ascontiguousarray(self.quantiles_.T), np.ascontiguousarray(X.T), scores, strict=True)
        for known, values, result in columns:
            share = (known.searchsorted(values) + known.searchsorted(values, "right")) / (2 * n)
            result[:] = ndtri(np.clip(share, 0.5 / n, 1 - 0.5 / n))
        return scores.T

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that the result is float32."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
