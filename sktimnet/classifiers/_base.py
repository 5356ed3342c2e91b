"""What both classifiers share: train a network, and answer as a scikit-learn classifier."""

from __future__ import annotations

import copy
import os
import pickle
import warnings
from abc import ABC, abstractmethod
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any

import joblib
import numpy as np
import torch
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data
from skorch.callbacks import Callback

from sktimnet.training import Checkpoints, Clips, Net
from sktimnet.validation import Interval, StrOptions, check_labels, check_sample_weight, fit_context
from sktimnet.versions import library_versions, warn_of_other_versions

# What a CPU predicts at a time: a tensor of so many frames stays in its cache.
_FRAMES_IN_CACHE = 7000


class NetworkClassifier(ClassNamePrefixFeaturesOutMixin, ClassifierMixin, TransformerMixin, BaseEstimator, ABC):
    """Train one of the networks and answer as a scikit-learn classifier; subclasses name the network."""

    _parameter_constraints: dict = {
        "n_blocks": [Interval(Integral, 1, None, closed="left")],
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "betas": [tuple, list],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "label_smoothing": [Interval(Real, 0, 1, closed="both")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "callbacks": [list, None],
        "device": [str, torch.device],
        "compile": ["boolean"],
        "checkpoint": [str, os.PathLike, None],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _network(self) -> tuple[type[torch.nn.Module], dict]:
        """Return the network's class and the parameters that are the estimator's own."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features; two dimensions are one frame a clip.
        y : array-like of shape (n_clips,)
            The labels, strings or integers.
        sample_weight : array-like of shape (n_clips,), default=None
            What each clip's loss is multiplied with, scaled to mean 1.
        X_val, y_val : array-like, default=None
            Clips that are scored after each epoch and never trained on; `net_.history` holds `valid_loss`, `valid_acc`
            and `valid_bal_acc`.

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
        X, y = self._check_X_y(X, y, reset=not warm)
        if warm:
            net, classes = copy.deepcopy(self.net_), self.classes_
            _check_known(y, classes)
            net.continue_with(**self._training_parameters())
        else:
            net, classes = None, unique_labels(y)
        weight = self._weights(y, sample_weight, classes)
        if weight is not None:
            weight = weight / weight.mean()
        return self._train(net, X, y, weight, classes, (X_val, y_val))

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
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
            What each clip's loss is multiplied with, beside `class_weight`. Neither is scaled, since no call sees
            the whole training set.

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
        first = not hasattr(self, "net_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        named = None if classes is None else unique_labels(check_labels(classes, "classes"))
        known: Any = named if first else self.classes_
        if named is not None and not np.array_equal(known, named):
            raise ValueError(f"classes={classes!r} is not the same as on the first call: {np.asarray(known).tolist()}.")
        X, y = self._check_X_y(X, y, reset=first)
        _check_known(y, known)
        net = None if first else copy.deepcopy(self.net_)
        return self._train(net, X, y, self._weights(y, sample_weight, known), known, (None, None), epochs=1)

    def predict_proba(self, X):
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
        logits = self._forward(X)
        return logits.double().softmax(-1).numpy()

    def predict(self, X):
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
        most_probable = self._forward(X).argmax(-1).numpy()
        return self.classes_[most_probable]

    def transform(self, X):
        """Embed each clip: what the network's last layer sees (in TIM-Net g_drf, equation 4).

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features, n_frames) or (n_clips, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_clips, n_filters), float32
        """
        return self._forward(X, "embed").numpy()

    @property
    def n_iter_(self):
        """Epochs trained, over all calls."""
        return len(self.net_.history)

    @property
    def receptive_field_(self):
        """Frames that the last block sees of one direction."""
        return 1 + 2 * (self._trained("kernel_size") - 1) * (2 ** self._trained("n_blocks") - 1)

    @property
    def _n_features_out(self):
        return self._trained("n_filters")

    def _trained(self, name):
        """Return the network's parameter as it was in fit, whatever set_params did since."""
        return self.net_.get_params()[f"module__{name}"]

    def __getstate__(self):
        return super().__getstate__() | {"_versions": library_versions()}

    def __setstate__(self, state):
        warn_of_other_versions(state.pop("_versions"), f"This {type(self).__name__}")
        super().__setstate__(state)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    # ---- what fit does ----------------------------------------------------------------------------------------------

    def _check_X_y(self, X, y, *, reset):
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        X = self._check_X(X, reset=reset, ensure_min_samples=2)
        y = check_labels(y, "y")
        check_consistent_length(X, y)
        n_frames = X.shape[2]
        if n_frames == 1 and self.batch_size == 1:
            raise ValueError("batch_size=1 cannot train on clips of one frame: batch normalisation needs two values.")
        return X, y

    def _check_X(self, X, *, reset, ensure_min_samples=1, name="X"):
        """Return X as float32 of shape (n_clips, n_features, n_frames)."""
        first = next(iter(X), None) if isinstance(X, list | tuple) or getattr(X, "ndim", None) == 1 else None
        if isinstance(first, str | os.PathLike):
            raise ValueError(
                f"{name} holds paths or other strings, such as {str(first)!r}, not features; put an MFCCTransformer "
                f"before {type(self).__name__} in a Pipeline."
            )
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite and is named below
            X = validate_data(
                self,
                X,
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
        X = X.reshape(*X.shape[:2], -1)
        self._check_finite(X, name)
        return np.require(
            X, requirements=["C", "W"]
        )  # torch takes no memory that it may not write or that runs backwards

    def _check_finite(self, X, name):
        bad = np.flatnonzero(~np.isfinite(X).all(axis=(1, 2)))
        if len(bad):
            rows = ", ".join(map(str, bad[:10])) + (", ..." if len(bad) > 10 else "")
            raise ValueError(
                f"Input {name} contains NaN or infinity in {len(bad)} row(s): {rows}. "
                f"{type(self).__name__} does not accept missing values; drop these clips or mend their recordings."
            )

    def _weights(self, y, sample_weight, classes):
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

    def _train(self, net, X, y, weight, classes, validation, epochs=None):
        """Train a new net, or the given one further, and store it once it is done."""
        device = _resolve_device(self.device)
        if net is None:
            net = self._new_net(X.shape[1], len(classes))
        valid = self._validation_clips(validation, classes, device)
        clips = _clips(X, np.searchsorted(classes, y), device, weight)
        net.compile = self.compile and _can_compile(device)
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

    def _train_with_checkpoints(self, net, clips, valid):
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

    def _training_key(self, net, clips, valid):
        """Hash all that decides the outcome of a training: parameters, data, weights and seed, versions."""
        if self.random_state is None:
            raise ValueError("checkpoint needs a random_state: with None each fit is another training. Pass an int.")
        parameters = {k: v for k, v in self.get_params().items() if k not in ("checkpoint", "random_state", "verbose")}
        tensors = [*net.module_.state_dict().values(), net.generator.get_state()]
        for part in (clips, valid):
            tensors += [] if part is None else [part.X, part.y, part.weight]
        arrays = [None if tensor is None else tensor.cpu().numpy() for tensor in tensors]
        try:
            return joblib.hash((type(self).__name__, parameters, arrays, str(net.device), library_versions()))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ValueError(f"checkpoint needs callbacks that can be pickled, without a lambda ({error}).") from error

    def _validation_clips(self, validation, classes, device):
        X, y = validation
        if X is None and y is None:
            return None
        if X is None or y is None:
            raise ValueError(f"X_val and y_val belong together, but {'X_val' if X is None else 'y_val'} is None.")
        X, y = self._check_X(X, reset=False, name="X_val"), check_labels(y, "y_val")
        check_consistent_length(X, y)
        _check_known(y, classes, "y_val")
        return _clips(X, np.searchsorted(classes, y), device)

    def _new_net(self, n_features, n_classes):
        random_state = np.random.RandomState() if self.random_state is None else check_random_state(self.random_state)
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        training = self._training_parameters()
        training["optimizer__betas"] = training.pop("betas")
        network, parameters = self._network()
        parameters |= {"n_features": n_features, "n_classes": n_classes, "n_blocks": self.n_blocks}
        parameters |= {"n_filters": self.n_filters, "kernel_size": self.kernel_size, "dropout": self.dropout}
        parameters["generator"] = torch.Generator().manual_seed(seed)
        net = Net(
            network,
            **{f"module__{name}": value for name, value in parameters.items()},
            n_classes=n_classes,
            generator=torch.Generator().manual_seed(seed),
            optimizer=torch.optim.Adam,
            optimizer__fused=True,
            **training,
        )
        with torch.device("cpu"), _float32():  # whatever device and dtype torch's defaults are
            net.initialize()
        return net

    def _training_parameters(self):
        """Return what may change between one training of a net and the next."""
        if len(self.betas) != 2 or not all(isinstance(beta, Real) and 0 <= float(beta) < 1 for beta in self.betas):
            raise ValueError(f"betas must be two numbers in [0, 1), got {self.betas!r}.")
        _check_callbacks(self.callbacks)
        return {
            "lr": self.lr,
            "betas": tuple(map(float, self.betas)),
            "batch_size": int(self.batch_size),  # torch takes no integer of NumPy
            "label_smoothing": self.label_smoothing,
            "callbacks": copy.deepcopy(self.callbacks),
            "verbose": self.verbose,
        }

    def _with_weights(self, weights, classes):
        """Become a fitted classifier with a network's ``state_dict``; trained elsewhere, so that `n_iter_` is 0."""
        n_features = weights["input_weight"].shape[-1]
        net = self._new_net(n_features, len(classes))
        net.module_.eval().load_state_dict(weights)
        self.net_, self.classes_, self.device_, self.n_features_in_ = net, np.array(classes), "cpu", n_features
        return self

    # ---- what predict does ------------------------------------------------------------------------------------------

    def _forward(self, X, method="forward"):
        """Apply the network, or another method of it, batch by batch and without gradients."""
        check_is_fitted(self)
        X = self._check_X(X, reset=False)
        device = _resolve_device(self.device if _is_available(self.device) else "auto")
        network, n_clips = self.net_.module_, max(1, _FRAMES_IN_CACHE // X.shape[-1])
        if device.type != "cpu":  # a copy, so that another thread may predict at the same time
            network, n_clips = copy.deepcopy(network).to(device), min(self.net_.batch_size, len(X))
        with torch.inference_mode():
            outputs = [getattr(network, method)(clips.to(device)).cpu() for clips in torch.from_numpy(X).split(n_clips)]
        return torch.cat(outputs)


@contextmanager
def _float32():
    """Have torch draw float32, since the same seed gives other weights in float64."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)


def _check_known(y, classes, name="y"):
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(
            f"{name} contains labels that are none of the known classes: {unknown.tolist()}; known: "
            f"{np.asarray(classes).tolist()}."
        )


def _check_callbacks(callbacks):
    for item in callbacks or ():
        name, callback = item if isinstance(item, tuple | list) and len(item) == 2 else ("", item)
        kind = callback if isinstance(callback, type) else type(callback)
        if not isinstance(name, str) or not issubclass(kind, Callback):
            raise ValueError(f"callbacks must hold skorch callbacks or pairs of a name and one, got {item!r}.")


def _clips(X, y, device, weight=None):
    """Take arrays to the device as the tensors that the net trains on."""
    weight = None if weight is None else torch.from_numpy(weight.astype(np.float32)).to(device)
    return Clips(torch.from_numpy(X).to(device), torch.from_numpy(y).to(device), weight)


def _is_available(device):
    if str(device) == "auto":
        return True
    try:
        device = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"device={device!r} is no device; expected 'auto', 'cpu', 'cuda' or 'mps'.") from error
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or (device.type == "mps" and torch.backends.mps.is_available())


def _resolve_device(device):
    if str(device) == "auto":
        device = next(kind for kind in ("cuda", "mps", "cpu") if _is_available(kind))
    if not _is_available(device):
        raise ValueError(f"device={str(device)!r} is not available on this machine; device='auto' takes what there is.")
    return torch.device(device)


def _can_compile(device):
    try:
        torch.compile(lambda x: x + 1)(torch.zeros(1, device=device))
    except Exception as error:
        warnings.warn(
            f"compile=True has no effect, since torch.compile does not work here ({type(error).__name__}): "
            "install a C++ compiler, or set compile=False.",
            stacklevel=2,
        )
        return False
    return True
