"""Which clips lie far from those that were learned: :class:`PCAOutlierDetector`."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted, validate_data

from sktimnet.validation import Interval, fit_context

__all__ = ["PCAOutlierDetector"]


class PCAOutlierDetector(BaseEstimator):
    """Score clips by how far they lie from the subspace in which the training clips vary most.

    The subspace is that of principal component analysis (:class:`~sklearn.decomposition.PCA`). A clip of another kind
    than the training clips has values that do not go together in any of them: it lies far from the subspace, wherever
    in it its nearest point is. Where the scores of outliers begin is for others to say, such as
    :class:`~sktimnet.speakers.SpeakerNormalizedClassifier`, which holds training clips out.

    Parameters
    ----------
    n_components : int, default=20
        Dimensions of the subspace; as many as there are clips and features, at most.
    random_state : int, RandomState instance or None, default=None
        Decides what is random in the search for components; pass an int for the same result each time.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features,)
        Mean of the training clips.
    components_ : ndarray of shape (n_components, n_features)
        Orthonormal directions of the subspace.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : ndarray of str
        Names of the features, where X was a data frame.

    See Also
    --------
    sklearn.covariance.EllipticEnvelope, sklearn.ensemble.IsolationForest : Other detectors with `score_samples`.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.outliers import PCAOutlierDetector
    >>> X = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    >>> detector = PCAOutlierDetector(n_components=1).fit(X)
    >>> detector.score_samples([[9.0, 9.0], [0.0, 2.0]]).round(1) + 0
    array([ 0., -2.])
    """

    _parameter_constraints: dict = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, *, n_components: int = 20, random_state: int | np.random.RandomState | None = None):
        self.n_components = n_components
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the subspace.

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
            If X has missing or infinite values, other than two dimensions, or a single clip.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        pca = PCA(min(self.n_components, *X.shape), random_state=self.random_state).fit(X)
        self.mean_, self.components_ = pca.mean_, pca.components_
        return self

    def score_samples(self, X: Any) -> NDArray:
        """Score clips.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_clips,)
            Minus the squared distance from the subspace: the lower, the further.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        centred = X - self.mean_
        inside = centred @ self.components_.T  # (n_clips, n_components)
        return np.square(inside).sum(axis=1) - np.square(centred).sum(axis=1)
