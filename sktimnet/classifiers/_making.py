"""A classifier's parameters become a net: its network, optimiser and callbacks."""

from __future__ import annotations

import copy
from numbers import Real
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from skorch.utils import noop
from torch.optim.lr_scheduler import OneCycleLR

from sktimnet.classifiers._checks import check_callbacks
from sktimnet.classifiers._devices import float32_by_default
from sktimnet.training import Net


def draw_seed(random_state: int | np.random.RandomState | None) -> int:
    """Return the seed of one training."""
    source = np.random.RandomState() if random_state is None else check_random_state(random_state)
    return int(source.randint(np.iinfo(np.int32).max))


def new_net(classifier: Any, n_features: int, n_classes: int, n_clips: int = 1) -> Net:
    """Return an untrained net of a classifier's parameters."""
    seed = draw_seed(classifier.random_state)
    training = training_parameters(classifier, n_clips)
    for name in ("betas", "weight_decay"):
        training[f"optimizer__{name}"] = training.pop(name)
    parameters = {"n_features": n_features, "n_classes": n_classes, **classifier.network_parameters}
    parameters["generator"] = torch.Generator().manual_seed(seed)
    net = Net(
        classifier.network_class,
        **{f"module__{name}": value for name, value in parameters.items()},
        n_classes=n_classes,
        generator=torch.Generator().manual_seed(seed),
        optimizer=torch.optim.AdamW,
        optimizer__fused=True,
        **training,
    )
    with torch.device("cpu"), float32_by_default():  # whatever device and dtype torch's defaults are
        net.initialize()
    return net


def training_parameters(classifier: Any, n_clips: int) -> dict[str, Any]:
    """Return what may change between one training of a net and the next."""
    if len(classifier.betas) != 2 or not all(
        isinstance(beta, Real) and 0 <= float(beta) < 1 for beta in classifier.betas
    ):
        raise ValueError(f"betas must be two numbers in [0, 1), got {classifier.betas!r}.")
    check_callbacks(classifier.callbacks)
    return {
        "lr": classifier.lr,
        "betas": tuple(map(float, classifier.betas)),
        "weight_decay": float(classifier.weight_decay),
        "weight_averaging": classifier.weight_averaging,
        "batch_size": int(classifier.batch_size),  # torch takes no integer of NumPy
        "label_smoothing": classifier.label_smoothing,
        "augmentation": classifier.augmentation,
        "callbacks": [*_own_callbacks(classifier, n_clips), *copy.deepcopy(classifier.callbacks or [])],
        "verbose": classifier.verbose,
    }


def _own_callbacks(classifier: Any, n_clips: int) -> list[tuple[str, Callback]]:
    """Return the callbacks of `schedule` and `early_stopping`."""
    found: list[tuple[str, Callback]] = []
    if classifier.schedule == "one-cycle":
        n_steps = classifier.max_epochs * -(-n_clips // classifier.batch_size)
        one_cycle = {
            "max_lr": classifier.lr,
            "total_steps": n_steps + 1,
            "cycle_momentum": False,
            "step_every": "batch",
        }
        found.append(("schedule", LRScheduler(OneCycleLR, **one_cycle)))
    if classifier.early_stopping:
        stopping = EarlyStopping("valid_loss", patience=classifier.n_iter_no_change, load_best=True, sink=noop)
        found.append(("early_stopping", stopping))
    return found
