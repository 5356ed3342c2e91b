"""A network as a scikit-learn classifier: :class:`NetworkClassifier`."""

from __future__ import annotations

import copy
from abc import ABC
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import check_is_fitted

from sktimnet.classifiers._checks import check_known, check_partial_fit
from sktimnet.classifiers._data import check_validation, check_X, check_X_y, clip_weights, set_aside
from sktimnet.classifiers._devices import is_available, resolve_device
from sktimnet.classifiers._making import draw_seed
from sktimnet.classifiers._parameters import TrainingParameters
from sktimnet.classifiers._predicting import apply_network
from sktimnet.classifiers._state import FittedState
from sktimnet.classifiers._training import train
from sktimnet.nn import Network
from sktimnet.training import Clips
from sktimnet.validation import check_labels, fit_context


class NetworkClassifier(
    ClassNamePrefixFeaturesOutMixin, ClassifierMixin, TransformerMixin, FittedState, TrainingParameters, ABC
):
    """Train a network and answer as a scikit-learn classifier.

    A subclass names its network in `network_class`. Its own parameters, beside those of training below, are handed to
    the network's constructor by name, with `n_features`, `n_classes` and a `generator` that draws the initial weights.
    A constructor that ends in ``**training`` has the parameters below too.

    Parameters
    ----------
    lr : float, default=1e-3
        Adam's learning rate.
    betas : tuple of two floats, default=(0.93, 0.98)
        Adam's decay rates.
    weight_decay : float, default=0.0
        Share of each weight, times `lr`, that a step takes away (AdamW), beside what the gradient does.
    weight_averaging : float or None, default=None
        Share of the average that a step keeps, such as 0.99: scores of each epoch and predictions are those of the
        exponential moving average of the weights. None takes the last step's weights.
    batch_size : int, default=64
        Clips in a training step. The last, shorter batch of an epoch is kept.
    max_epochs : int, default=500
        Passes through the training set.
    label_smoothing : float, default=0.1
        Share of the target that is spread over all classes in training.
    schedule : {"constant", "one-cycle"}, default="constant"
        The learning rate over the training: always `lr`, or up to `lr` over the first 30 % of the steps and down again,
        which needs fewer epochs (:class:`torch.optim.lr_scheduler.OneCycleLR`).
    augmentation : callable, default=None
        Changes the features of each training batch, such as :class:`~sktimnet.augmentation.SpecAugment`; called with
        them and a ``torch.Generator``.
    early_stopping : bool, default=False
        Set clips aside, end the training when the loss on them has not fallen for `n_iter_no_change` epochs, and keep
        the weights of the best epoch. Where ``fit`` has `X_val`, that is scored instead.
    validation_fraction : float, default=0.1
        Share of the clips set aside; of speakers where ``fit`` has `groups`.
    n_iter_no_change : int, default=20
        Epochs without improvement.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes; "balanced" makes each class count alike.
    callbacks : list of skorch callbacks, default=None
        For instance ``[skorch.callbacks.EarlyStopping()]``; ``fit`` works on a copy.
    device : str or torch.device, default="auto"
        Where to compute; "auto" is CUDA, else MPS, else the CPU. Where its device is missing, a fitted classifier
        predicts as with "auto".
    compile : bool, default=False
        Compile the network with :func:`torch.compile`, which pays for long trainings.
    checkpoint : str or path-like, default=None
        A directory in which ``fit`` keeps the last two complete epochs, to go on from there after it was killed.
    warm_start : bool, default=False
        Continue in ``fit`` from the weights of the last ``fit``.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, shuffles and dropout; pass an int for the same result each time.
    verbose : int, default=0
        1 prints a line for each epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Channels seen in ``fit``.
    n_iter_ : int
        Epochs trained.
    net_ : sktimnet.training.Net
        The skorch net, with the scores of each epoch in ``net_.history`` and the torch module in ``net_.module_``.
    device_ : str
        Where ``fit`` computed.

    See Also
    --------
    sktimnet.nn.Network : Base class of the networks.
    TIMNetClassifier, TCNClassifier : The networks of the paper.

    Examples
    --------
    A network that averages its features over time:

    >>> import numpy as np
    >>> from sktimnet.classifiers import NetworkClassifier
    >>> from sktimnet.nn import Network
    >>> class Average(Network):
    ...     def __init__(self, n_features, n_classes, *, generator=None):
    ...         super().__init__(n_features, n_classes)
    ...         self.reset_parameters(generator)
    ...     def embed(self, x, masks=None, *, lengths=None):
    ...         return x.mean(2) if lengths is None else x.sum(2) / lengths[:, None]
    >>> class AverageClassifier(NetworkClassifier):
    ...     network_class = Average
    >>> y = np.repeat(["calm", "angry"], 20)
    >>> X = np.random.default_rng(0).normal(size=(40, 4, 30)) + 9 * (y == "angry")[:, None, None]
    >>> AverageClassifier(lr=0.1, max_epochs=20, random_state=0).fit(X, y).score(X, y)
    1.0
    """

    #: The network, whose constructor takes `n_features`, `n_classes`, `generator` and the estimator's own parameters.
    network_class: type[Network]

    def variants(self) -> dict[str, dict[str, Any] | BaseEstimator]:
        """Name what :func:`sktimnet.model_selection.ablations` compares; a subclass overrides it.

        Returns
        -------
        dict of str to (dict or classifier)
            For each name the parameters that the variant sets, or a classifier in this one's place. Empty by default.
        """
        return {}

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        groups: Any = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features; two dimensions are one frame a clip.
        y : array-like of shape (n_clips,)
            The labels, strings or integers.
        sample_weight : array-like of shape (n_clips,), default=None
            Factor of each clip's loss, scaled to mean 1.
        X_val, y_val : array-like, default=None
            Clips that are scored after each epoch and never trained on; `net_.history` holds `valid_loss`, `valid_acc`
            and `valid_bal_acc`.
        groups : array-like of shape (n_clips,), default=None
            The speaker of each clip. With `early_stopping`, whole speakers are set aside then.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If the data or a parameter is out of range; the message names it.

        Warns
        -----
        sklearn.exceptions.ConvergenceWarning
            If the training is too short for batch normalisation's statistics, or diverged.
        """
        warm = self.warm_start and hasattr(self, "net_")
        if not warm:
            self.__dict__.pop("net_", None)  # an interrupted fit leaves no half-fitted classifier
        features, y = check_X_y(self, X, y, reset=not warm)
        if warm:
            net, classes = copy.deepcopy(self.net_), self.classes_
            check_known(y, classes)
        else:
            net, classes = None, unique_labels(y)
        weight = clip_weights(y, sample_weight, class_weight=self.class_weight, classes=classes)
        if weight is not None:
            weight = weight / weight.mean()
        validation = check_validation(self, X_val, y_val, classes)
        if self.early_stopping and validation is None:
            seed = draw_seed(self.random_state)
            kept, aside = set_aside(y, groups, validation_fraction=self.validation_fraction, seed=seed)
            validation = features.at(aside), y[aside]
            features, y, weight = features.at(kept), y[kept], None if weight is None else weight[kept]
        train(self, net, features, y, weight=weight, classes=classes, validation=validation)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch more, on these clips, with the parameters of the first call.

        Only `class_weight`, `device` and `compile` are taken as they are now.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features.
        y : array-like of shape (n_clips,)
            The labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will bring; the first call needs it.
        sample_weight : array-like of shape (n_clips,), default=None
            Factor of each clip's loss, beside `class_weight`. Neither is scaled, since no call has the whole
            training set.

        Returns
        -------
        self
            The classifier, one epoch further.
        """
        check_partial_fit(self)
        first = not hasattr(self, "net_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        named = None if classes is None else unique_labels(check_labels(classes, "classes"))
        known: Any = named if first else self.classes_
        if named is not None and not np.array_equal(known, named):
            raise ValueError(f"classes={classes!r} is not the same as on the first call: {np.asarray(known).tolist()}.")
        features, y = check_X_y(self, X, y, reset=first)
        check_known(y, known)
        net = None if first else copy.deepcopy(self.net_)
        weight = clip_weights(y, sample_weight, class_weight=self.class_weight, classes=known)
        train(self, net, features, y, weight=weight, classes=known, epochs=1)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Estimate the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            Columns in the order of `classes_`.
        """
        return softmax(self.network_output(X).astype(np.float64), axis=1)

    def predict(self, X: Any) -> NDArray:
        """Predict the most probable class.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_clips,)
            Members of `classes_`.
        """
        most_probable = self.network_output(X).argmax(axis=1)
        return self.classes_[most_probable]

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute the embedding of each clip, the input of the network's last layer (in TIM-Net g_drf, equation 4).

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_clips, n_filters), float32
        """
        return self.network_output(X, "embed")

    @property
    def n_iter_(self) -> int:
        """Epochs trained, over all calls."""
        return len(self.net_.history)

    @property
    def _n_features_out(self) -> int:
        return self.net_.module_.output.in_features

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "net_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def network_output(self, X: Any, method: str = "forward") -> NDArray[np.float32]:
        """Apply the network, or another method of it, batch by batch and without gradients.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features.
        method : str, default="forward"
            "forward" for logits, "embed" for embeddings, or another method that takes ``(x, lengths=...)``.

        Returns
        -------
        ndarray of shape (n_clips, ...)
            Where the network keeps the time axis, NaN stands after the frames that a batch needs.
        """
        check_is_fitted(self)
        features = check_X(self, X, reset=False)
        device = resolve_device(self.device if is_available(self.device) else "auto")
        x, lengths = features.tensors(torch.device("cpu"))
        clips = Clips(x, torch.empty(len(x)), lengths=lengths)
        return apply_network(self.net_.module_, method, clips, device, self.net_.batch_size)
