"""Train the net of a classifier, with checkpoints, and tell where it diverged: :func:`train`."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import joblib
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from sktimnet.classifiers._devices import can_compile, resolve_device
from sktimnet.classifiers._features import Features
from sktimnet.classifiers._making import new_net, training_parameters
from sktimnet.training import Checkpoints, Clips, Net
from sktimnet.versions import library_versions

# The share of batch normalisation's first statistics from which on a network predicts worse than it learns: that of 300
# steps of momentum 0.01.
_OF_BEFORE = 0.05


def train(
    classifier: Any,
    net: Net | None,
    features: Features,
    y: NDArray,
    *,
    weight: NDArray | None,
    classes: NDArray,
    validation: tuple[Features, NDArray] | None = None,
    epochs: int | None = None,
) -> None:
    """Train a new net, or the given one further, and store it in the classifier at the end."""
    device = resolve_device(classifier.device)
    clips = _clips(features, np.searchsorted(classes, y), device, weight)
    valid = None if validation is None else _clips(validation[0], np.searchsorted(classes, validation[1]), device)
    if net is None:
        _warn_of_a_short_training(classifier, len(y), epochs)
        net = new_net(classifier, features.X.shape[1], len(classes), n_clips=len(y))
    elif epochs is None:
        net.continue_with(**training_parameters(classifier, len(y)))
    net.compile = classifier.compile and can_compile(device)
    net.move(device)
    if epochs is None:
        net = _train_with_checkpoints(classifier, net, clips, valid)
    else:
        net.train(clips, valid, epochs, resumed=len(net.history) > 0)
    net.move("cpu")  # at rest on the CPU, so that a pickle opens on any machine
    classifier.net_, classifier.classes_, classifier.device_ = net, classes, str(device)
    loss = net.history[-1]["train_loss"]  # of before the last step
    if not (np.isfinite(loss) and all(bool(weight.isfinite().all()) for weight in net.module_.parameters())):
        found = "not all of its weights are finite" if np.isfinite(loss) else f"its loss is {loss}"
        warnings.warn(
            f"The training diverged, {found}: lower lr={classifier.lr!r}, or look for extreme features.",
            ConvergenceWarning,
            stacklevel=4,  # above fit and scikit-learn's wrapper of it: the line of the caller
        )


def _warn_of_a_short_training(classifier: Any, n_clips: int, epochs: int | None) -> None:
    """Warn where batch normalisation's running statistics will still be those of before the training."""
    n_steps = classifier.max_epochs * -(-n_clips // classifier.batch_size)
    momentum = getattr(classifier, "batch_norm_momentum", 1.0)
    left = (1 - momentum) ** n_steps
    if epochs is None and left > _OF_BEFORE:
        warnings.warn(
            f"A training of {n_steps} steps is short: {left:.0%} of batch normalisation's statistics will be those of "
            "before it, and the network predicts worse than it learns. Take more epochs "
            f"(max_epochs={classifier.max_epochs}), smaller batches (batch_size={classifier.batch_size}) or a larger "
            f"momentum (batch_norm_momentum={momentum}).",
            ConvergenceWarning,
            stacklevel=5,  # above train, fit and scikit-learn's wrapper of it
        )


def _train_with_checkpoints(classifier: Any, net: Net, clips: Clips, valid: Clips | None) -> Net:
    """Train for `max_epochs`, from the last complete epoch that an earlier process left where there is one."""
    if classifier.checkpoint is None:
        return net.train(clips, valid, classifier.max_epochs)
    checkpoints = Checkpoints(classifier.checkpoint, _training_key(classifier, net, clips, valid))
    done = checkpoints.load()
    if done is None:
        checkpoints.save(net)  # fails before the training where a full disk would fail it later
        return net.train(clips, valid, classifier.max_epochs, checkpoints)
    epochs = classifier.max_epochs - (len(done.history) - len(net.history))
    return done.train(clips, valid, epochs, checkpoints, resumed=len(done.history) > len(net.history))


def _training_key(classifier: Any, net: Net, clips: Clips, valid: Clips | None) -> str:
    """Hash all that decides the outcome of a training: parameters, data, weights and seed, versions."""
    if classifier.random_state is None:
        raise ValueError("checkpoint needs a random_state: with None each fit is another training. Pass an int.")
    parameters = {
        k: v for k, v in classifier.get_params().items() if k not in ("checkpoint", "random_state", "verbose")
    }
    tensors = [*net.module_.state_dict().values(), net.generator.get_state()]
    for part in (clips, valid):
        tensors += [] if part is None else [part.X, part.y, part.weight, part.lengths]
    arrays = [None if tensor is None else tensor.cpu().numpy() for tensor in tensors]
    try:
        return joblib.hash((type(classifier).__name__, parameters, arrays, str(net.device), library_versions()))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(f"checkpoint needs callbacks that can be pickled, without a lambda ({error}).") from error


def _clips(features: Features, y: NDArray, device: torch.device, weight: NDArray | None = None) -> Clips:
    """Take arrays to the device as the tensors that the net trains on."""
    X, lengths = features.tensors(device)
    weights = None if weight is None else torch.from_numpy(weight.astype(np.float32)).to(device)
    return Clips(X, torch.from_numpy(y).to(device), weights, lengths)
