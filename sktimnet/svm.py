"""A support vector machine that sets each class against all others: :class:`OneVsRestSVC`."""

from __future__ import annotations

from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import label_binarize
from sklearn.svm import SVC
from sklearn.utils import gen_batches
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from sktimnet.validation import Interval, fit_context

__all__ = ["OneVsRestSVC"]

# Clips whose kernel with all support vectors is in memory at once.
_CLIPS_AT_ONCE = 1000


class OneVsRestSVC(ClassifierMixin, BaseEstimator):
    r"""Fit a support vector machine for each class against all others, with one kernel for all of them.

    It decides as ``OneVsRestClassifier(SVC(C=C, gamma=gamma))`` of scikit-learn, whose libsvm solves for each class.
    The kernel :math:`K(x, z) = \exp(-\gamma |x - z|^2)` of the training clips is computed once, and clips that are
    support vectors of several classes are kept once. The answer is the class of the highest decision, where ``SVC``
    counts votes of pairs of classes: decisions say how sure an answer is, and votes hardly do.

    Parameters
    ----------
    C : float, default=1.0
        Penalty on clips on the wrong side of a margin: the larger, the closer the training clips are followed.
    gamma : float or None, default=None
        How near another clip must be to count, the larger the nearer; None is 1 / n_features.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    support_vectors_ : ndarray of shape (n_support, n_features)
        Training clips that decide for or against any class.
    dual_coef_ : ndarray of shape (n_support, n_classes), or (n_support, 1) of two classes
        Coefficients of these in the decision for each class.
    intercept_ : ndarray of shape (n_classes,), or (1,) of two classes
        Constants of the decisions.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : ndarray of str
        Names of the features, where X was a data frame.

    See Also
    --------
    sklearn.svm.SVC : Sets each class against each other.
    sklearn.multiclass.OneVsRestClassifier : The same for any classifier, with the training clips once for each class.
    sklearn.calibration.CalibratedClassifierCV : Makes probabilities of decisions.

    Notes
    -----
    `fit` needs 12 bytes for each pair of training clips (8 where X is float64), and libsvm's cache of 200 MB: 1 GB for
    8,000 clips.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.svm import OneVsRestSVC
    >>> X, y = np.array([[0.0], [1.0], [4.0], [5.0], [8.0], [9.0]]), ["calm", "calm", "angry", "angry", "sad", "sad"]
    >>> OneVsRestSVC(C=10).fit(X, y).predict([[0.2], [4.2], [9.0]]).tolist()
    ['calm', 'angry', 'sad']
    """

    _parameter_constraints: dict = {
        "C": [Interval(Real, 0, None, closed="neither")],
        "gamma": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(self, *, C: float = 1.0, gamma: float | None = None):
        self.C = C
        self.gamma = gamma

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any) -> Self:
        """Find the support vectors of each class.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        y : array-like of shape (n_clips,)
            The labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X has missing or infinite values, or y a single class.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_ = unique_labels(y)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class, {self.classes_.tolist()[0]!r}; give clips of two or more classes.")
        is_class = label_binarize(y, classes=self.classes_)  # (n_clips, n_classes), or (n_clips, 1) of two
        kernel = rbf_kernel(X, gamma=self.gamma).astype(np.float64, copy=False)  # (n_clips, n_clips)
        coef = np.zeros(is_class.shape)
        self.intercept_ = np.empty(is_class.shape[1])
        for column, codes in enumerate(is_class.T):
            machine = SVC(C=self.C, kernel="precomputed").fit(kernel, codes)
            coef[machine.support_, column] = machine.dual_coef_[0]
            self.intercept_[column] = machine.intercept_[0]
        support = coef.any(axis=1)
        self.support_vectors_, self.dual_coef_ = X[support], coef[support]
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Compute the decision for each class: 1 at the margin of its clips, -1 at that of the others.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_clips, n_classes), or (n_clips,) of two classes
            Of two classes, that for ``classes_[1]``.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        found = np.empty((len(X), len(self.intercept_)))
        for batch in gen_batches(len(X), _CLIPS_AT_ONCE):
            kernel = rbf_kernel(X[batch], self.support_vectors_, gamma=self.gamma)  # (n_batch, n_support)
            found[batch] = kernel @ self.dual_coef_ + self.intercept_
        return found.ravel() if len(self.classes_) == 2 else found

    def predict(self, X: Any) -> NDArray:
        """Predict the label of each clip: the class of the highest decision.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_clips,)
            Members of `classes_`.
        """
        decision = self.decision_function(X)
        return self.classes_[(decision > 0).astype(int) if decision.ndim == 1 else decision.argmax(axis=1)]
