"""A network as a scikit-learn classifier: :class:`NetworkClassifier`."""

from __future__ import annotations

import copy
import inspect
import os
import pickle
import warnings
from abc import ABC
from numbers import Integral, Real
from typing import Any, Self

import joblib
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import Tags, check_consistent_length, check_random_state, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from skorch.utils import noop
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR

from sktimnet.classifiers._checks import check_callbacks, check_finite, check_known, check_weights
from sktimnet.classifiers._devices import can_compile, float32_by_default, is_available, resolve_device
from sktimnet.classifiers._features import Features, joined, split_missing
from sktimnet.classifiers._predicting import apply_network
from sktimnet.classifiers._signature import with_inherited
from sktimnet.nn import Network
from sktimnet.training import Checkpoints, Clips, Net
from sktimnet.validation import Interval, StrOptions, check_labels, check_sample_weight, fit_context
from sktimnet.versions import library_versions, warn_of_other_versions


class NetworkClassifier(ClassNamePrefixFeaturesOutMixin, ClassifierMixin, TransformerMixin, BaseEstimator, ABC):
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

    _parameter_constraints: dict = {
        "lr": [Interval(Real, 0, None, closed="neither")],
        "betas": [tuple, list],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "label_smoothing": [Interval(Real, 0, 1, closed="both")],
        "schedule": [StrOptions({"constant", "one-cycle"})],
        "augmentation": [callable, None],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "callbacks": [list, None],
        "device": [str, torch.device],
        "compile": ["boolean"],
        "checkpoint": [str, os.PathLike, None],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.93, 0.98),
        batch_size: int = 64,
        max_epochs: int = 500,
        label_smoothing: float = 0.1,
        schedule: str = "constant",
        augmentation: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 20,
        class_weight: dict | str | None = None,
        callbacks: list | None = None,
        device: str | torch.device = "auto",
        compile: bool = False,
        checkpoint: str | os.PathLike | None = None,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ):
        self.lr = lr
        self.betas = betas
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.label_smoothing = label_smoothing
        self.schedule = schedule
        self.augmentation = augmentation
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.callbacks = callbacks
        self.device = device
        self.compile = compile
        self.checkpoint = checkpoint
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Put the inherited parameters in place of ``**training``: scikit-learn reads them from the signature."""
        if "__init__" in vars(cls):
            inherited = super(cls, cls).__init__
            cls.__init__.__signature__ = with_inherited(cls.__init__, inherited)  # type: ignore[attr-defined]
        super().__init_subclass__(**kwargs)

    @property
    def network_parameters(self) -> dict[str, Any]:
        """The parameters that are the network's own, by name."""
        training = NetworkClassifier._get_param_names()
        return {name: value for name, value in self.get_params(deep=False).items() if name not in training}

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
        """
        warm = self.warm_start and hasattr(self, "net_")
        if not warm:
            self.__dict__.pop("net_", None)  # an interrupted fit leaves no half-fitted classifier
        features, y = self._check_X_y(X, y, reset=not warm)
        if warm:
            net, classes = copy.deepcopy(self.net_), self.classes_
            check_known(y, classes)
        else:
            net, classes = None, unique_labels(y)
        weight = self._weights(y, sample_weight, classes)
        if weight is not None:
            weight = weight / weight.mean()
        validation = self._checked_validation(X_val, y_val, classes)
        if self.early_stopping and validation is None:
            kept, aside = self._set_aside(y, groups)
            validation = features.at(aside), y[aside]
            features, y, weight = features.at(kept), y[kept], None if weight is None else weight[kept]
        return self._train(net, features, y, weight=weight, classes=classes, validation=validation)

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
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} cannot be used in partial_fit, which does not see all clips; "
                "compute it over your whole training set and pass a dict."
            )
        if self.schedule != "constant" or self.early_stopping:
            raise ValueError(
                f"schedule={self.schedule!r} and early_stopping={self.early_stopping!r} plan a whole training, and "
                "partial_fit trains for one epoch: use schedule='constant' and early_stopping=False, or fit."
            )
        first = not hasattr(self, "net_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        named = None if classes is None else unique_labels(check_labels(classes, "classes"))
        known: Any = named if first else self.classes_
        if named is not None and not np.array_equal(known, named):
            raise ValueError(f"classes={classes!r} is not the same as on the first call: {np.asarray(known).tolist()}.")
        features, y = self._check_X_y(X, y, reset=first)
        check_known(y, known)
        net = None if first else copy.deepcopy(self.net_)
        weight = self._weights(y, sample_weight, known)
        return self._train(net, features, y, weight=weight, classes=known, epochs=1)

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

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_versions": library_versions()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        warn_of_other_versions(state.pop("_versions"), f"This {type(self).__name__}")
        parameters = inspect.signature(type(self)).parameters
        defaults = {name: parameter.default for name, parameter in parameters.items()}
        super().__setstate__(defaults | state)  # an earlier version had fewer parameters

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "net_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    # ---- what fit does ----------------------------------------------------------------------------------------------

    def _check_X_y(self, X: Any, y: Any, *, reset: bool) -> tuple[Features, NDArray]:
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        features = self._check_X(X, reset=reset, ensure_min_samples=2)
        y = check_labels(y, "y")
        check_consistent_length(features.X, y)
        if features.X.shape[2] == 1 and self.batch_size == 1:
            raise ValueError("batch_size=1 cannot train on clips of one frame: batch normalisation needs two values.")
        return features, y

    def _check_X(self, X: Any, *, reset: bool, ensure_min_samples: int = 1, name: str = "X") -> Features:
        first = next(iter(X), None) if isinstance(X, list | tuple) or getattr(X, "ndim", None) == 1 else None
        if isinstance(first, str | os.PathLike):
            raise ValueError(
                f"{name} holds paths or other strings, such as {str(first)!r}, not features; put an MFCCTransformer "
                f"before {type(self).__name__} in a Pipeline."
            )
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite and is named below
            X = validate_data(
                self,
                joined(X),
                reset=reset,
                dtype=np.float32,
                allow_nd=True,
                ensure_all_finite=False,
                ensure_min_samples=ensure_min_samples,
            )
        if X.ndim > 3:
            raise ValueError(f"{name} must be (n_clips, n_features, n_frames), but has dimension {X.ndim}: {X.shape}.")
        if 0 in X.shape:
            raise ValueError(f"{name} has no features or no frames (0 feature(s)): shape={X.shape}; one is required.")
        features = split_missing(X.reshape(*X.shape[:2], -1))
        check_finite(features.X, name, type(self).__name__)
        # Torch takes no memory that it may not write or that runs backwards.
        return features._replace(X=np.require(features.X, requirements=["C", "W"]))

    def _weights(self, y: NDArray, sample_weight: Any, classes: NDArray) -> NDArray | None:
        """Return sample_weight times class_weight, or None where all are alike."""
        if sample_weight is None and self.class_weight is None:
            return None
        weight = check_sample_weight(sample_weight, y, dtype=np.float64, ensure_non_negative=True)
        if self.class_weight == "balanced":  # of a warm start's classes some may be missing
            classes = np.unique(y)
        weight = weight * compute_class_weight(self.class_weight, classes=classes, y=y)[np.searchsorted(classes, y)]
        if not (weight.min() >= 0 and weight.max() <= np.finfo(np.float32).max):
            raise ValueError(
                f"sample_weight (times class_weight={self.class_weight!r}) must be finite and not negative, "
                f"but is from {weight.min()} to {weight.max()}."
            )
        if not weight.any():
            raise ValueError("All weights are zero: sample_weight (times class_weight) leaves no clip to train on.")
        return weight

    def _train(
        self,
        net: Net | None,
        features: Features,
        y: NDArray,
        *,
        weight: NDArray | None,
        classes: NDArray,
        validation: tuple[Features, NDArray] | None = None,
        epochs: int | None = None,
    ) -> Self:
        """Train a new net, or the given one further, and store it at the end."""
        device = resolve_device(self.device)
        clips = _clips(features, np.searchsorted(classes, y), device, weight)
        valid = None if validation is None else _clips(validation[0], np.searchsorted(classes, validation[1]), device)
        if net is None:
            net = self._new_net(features.X.shape[1], len(classes), n_clips=len(y))
        elif epochs is None:
            net.continue_with(**self._training_parameters(len(y)))
        net.compile = self.compile and can_compile(device)
        net.move(device)
        if epochs is None:
            net = self._train_with_checkpoints(net, clips, valid)
        else:
            net.train(clips, valid, epochs, resumed=len(net.history) > 0)
        net.move("cpu")  # at rest on the CPU, so that a pickle opens on any machine
        self.net_, self.classes_, self.device_ = net, classes, str(device)
        loss = net.history[-1]["train_loss"]  # of before the last step
        if not (np.isfinite(loss) and all(bool(weight.isfinite().all()) for weight in net.module_.parameters())):
            found = "not all of its weights are finite" if np.isfinite(loss) else f"its loss is {loss}"
            warnings.warn(
                f"The training diverged, {found}: lower lr={self.lr!r}, or look for extreme features.",
                ConvergenceWarning,
                stacklevel=4,  # above fit and scikit-learn's wrapper of it: the line of the caller
            )
        return self

    def _train_with_checkpoints(self, net: Net, clips: Clips, valid: Clips | None) -> Net:
        """Train for `max_epochs`, from the last complete epoch that an earlier process left where there is one."""
        if self.checkpoint is None:
            return net.train(clips, valid, self.max_epochs)
        checkpoints = Checkpoints(self.checkpoint, self._training_key(net, clips, valid))
        done = checkpoints.load()
        if done is None:
            checkpoints.save(net)  # fails before the training where a full disk would fail it later
            return net.train(clips, valid, self.max_epochs, checkpoints)
        epochs = self.max_epochs - (len(done.history) - len(net.history))
        return done.train(clips, valid, epochs, checkpoints, resumed=len(done.history) > len(net.history))

    def _training_key(self, net: Net, clips: Clips, valid: Clips | None) -> str:
        """Hash all that decides the outcome of a training: parameters, data, weights and seed, versions."""
        if self.random_state is None:
            raise ValueError("checkpoint needs a random_state: with None each fit is another training. Pass an int.")
        parameters = {k: v for k, v in self.get_params().items() if k not in ("checkpoint", "random_state", "verbose")}
        tensors = [*net.module_.state_dict().values(), net.generator.get_state()]
        for part in (clips, valid):
            tensors += [] if part is None else [part.X, part.y, part.weight, part.lengths]
        arrays = [None if tensor is None else tensor.cpu().numpy() for tensor in tensors]
        try:
            return joblib.hash((type(self).__name__, parameters, arrays, str(net.device), library_versions()))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ValueError(f"checkpoint needs callbacks that can be pickled, without a lambda ({error}).") from error

    def _checked_validation(self, X: Any, y: Any, classes: NDArray) -> tuple[Features, NDArray] | None:
        if X is None and y is None:
            return None
        if X is None or y is None:
            raise ValueError(f"X_val and y_val belong together, but {'X_val' if X is None else 'y_val'} is None.")
        features, y = self._check_X(X, reset=False, name="X_val"), check_labels(y, "y_val")
        check_consistent_length(features.X, y)
        check_known(y, classes, "y_val")
        return features, y

    def _set_aside(self, y: NDArray, groups: Any) -> tuple[NDArray, NDArray]:
        """Return positions of the clips to train on and of those to stop by: stratified, or whole speakers."""
        seed = self._draw_seed()
        if groups is None:
            splitter: Any = StratifiedShuffleSplit(1, test_size=self.validation_fraction, random_state=seed)
        else:
            groups = column_or_1d(groups)
            check_consistent_length(y, groups)
            splitter = GroupShuffleSplit(1, test_size=self.validation_fraction, random_state=seed)
        kept, aside = next(splitter.split(y, y, groups))
        if len(missing := np.setdiff1d(y, y[kept])):
            raise ValueError(
                f"early_stopping=True sets aside all clips with the label(s) {missing.tolist()}, of speakers "
                f"{np.unique(groups[aside]).tolist()}: lower validation_fraction={self.validation_fraction!r}, or pass "
                "X_val and y_val."
            )
        return kept, aside

    def _draw_seed(self) -> int:
        random_state = np.random.RandomState() if self.random_state is None else check_random_state(self.random_state)
        return int(random_state.randint(np.iinfo(np.int32).max))

    def _new_net(self, n_features: int, n_classes: int, n_clips: int = 1) -> Net:
        seed = self._draw_seed()
        training = self._training_parameters(n_clips)
        training["optimizer__betas"] = training.pop("betas")
        parameters = {"n_features": n_features, "n_classes": n_classes, **self.network_parameters}
        parameters["generator"] = torch.Generator().manual_seed(seed)
        net = Net(
            self.network_class,
            **{f"module__{name}": value for name, value in parameters.items()},
            n_classes=n_classes,
            generator=torch.Generator().manual_seed(seed),
            optimizer=torch.optim.Adam,
            optimizer__fused=True,
            **training,
        )
        with torch.device("cpu"), float32_by_default():  # whatever device and dtype torch's defaults are
            net.initialize()
        return net

    def _training_parameters(self, n_clips: int) -> dict[str, Any]:
        """Return what may change between one training of a net and the next."""
        if len(self.betas) != 2 or not all(isinstance(beta, Real) and 0 <= float(beta) < 1 for beta in self.betas):
            raise ValueError(f"betas must be two numbers in [0, 1), got {self.betas!r}.")
        check_callbacks(self.callbacks)
        return {
            "lr": self.lr,
            "betas": tuple(map(float, self.betas)),
            "batch_size": int(self.batch_size),  # torch takes no integer of NumPy
            "label_smoothing": self.label_smoothing,
            "augmentation": self.augmentation,
            "callbacks": [*self._own_callbacks(n_clips), *copy.deepcopy(self.callbacks or [])],
            "verbose": self.verbose,
        }

    def _own_callbacks(self, n_clips: int) -> list[tuple[str, Callback]]:
        """Return the callbacks of `schedule` and `early_stopping`."""
        found: list[tuple[str, Callback]] = []
        if self.schedule == "one-cycle":
            n_steps = self.max_epochs * -(-n_clips // self.batch_size)
            one_cycle = {"max_lr": self.lr, "total_steps": n_steps + 1, "cycle_momentum": False, "step_every": "batch"}
            found.append(("schedule", LRScheduler(OneCycleLR, **one_cycle)))
        if self.early_stopping:
            stopping = EarlyStopping("valid_loss", patience=self.n_iter_no_change, load_best=True, sink=noop)
            found.append(("early_stopping", stopping))
        return found

    def with_weights(self, weights: dict[str, Tensor], classes: ArrayLike, n_features: int) -> Self:
        """Become a fitted classifier with weights that were trained elsewhere, so that `n_iter_` is 0.

        Parameters
        ----------
        weights : dict of str to Tensor
            The network's ``state_dict``.
        classes : array-like of shape (n_classes,)
            The labels, in the order of the network's outputs.
        n_features : int
            Channels of the features.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If parameters are out of range, or the weights are those of another network.
        """
        self._validate_params()
        parameters = {"n_features": n_features, "n_classes": len(np.asarray(classes)), **self.network_parameters}
        check_weights(weights, self.network_class, parameters)
        net = self._new_net(n_features, len(np.asarray(classes)))
        net.module_.eval().load_state_dict(weights)
        self.net_, self.classes_, self.device_, self.n_features_in_ = net, np.array(classes), "cpu", n_features
        return self

    def get_fitted_state(self) -> dict[str, Any]:
        """Return what `fit` learned, for :func:`sktimnet.persistence.save`.

        Returns
        -------
        dict
            Weights, labels and the scores of each epoch; the optimiser's state is left out.
        """
        check_is_fitted(self)
        state = {
            "weights": dict(self.net_.module_.state_dict()),
            "classes": self.classes_,
            "n_features_in": self.n_features_in_,
            "history": list(self.net_.history),
        }
        return state | {name: getattr(self, name) for name in ("feature_names_in_",) if hasattr(self, name)}

    def set_fitted_state(self, state: dict[str, Any]) -> None:
        """Become fitted with what :meth:`get_fitted_state` gave, and the same parameters.

        Parameters
        ----------
        state : dict
            The state.

        Raises
        ------
        ValueError
            If parameters are out of range, or the weights are those of another network.
        """
        self.with_weights(state["weights"], state["classes"], state["n_features_in"])
        self.net_.history.extend(state["history"])
        if "feature_names_in_" in state:
            self.feature_names_in_ = state["feature_names_in_"]

    # ---- what predict does ------------------------------------------------------------------------------------------

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
        features = self._check_X(X, reset=False)
        device = resolve_device(self.device if is_available(self.device) else "auto")
        x, lengths = features.tensors(torch.device("cpu"))
        clips = Clips(x, torch.empty(len(x)), lengths=lengths)
        return apply_network(self.net_.module_, method, clips, device, self.net_.batch_size)


def _clips(features: Features, y: NDArray, device: torch.device, weight: NDArray | None = None) -> Clips:
    """Take arrays to the device as the tensors that the net trains on."""
    X, lengths = features.tensors(device)
    weights = None if weight is None else torch.from_numpy(weight.astype(np.float32)).to(device)
    return Clips(X, torch.from_numpy(y).to(device), weights, lengths)
