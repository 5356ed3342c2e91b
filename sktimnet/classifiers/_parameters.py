"""The parameters that all networks share, those of training: :class:`TrainingParameters`."""

from __future__ import annotations

import os
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator

from sktimnet.classifiers._signature import with_inherited
from sktimnet.validation import Interval, StrOptions


class TrainingParameters(BaseEstimator):
    """Store the parameters of training, which :class:`~sktimnet.classifiers.NetworkClassifier` describes."""

    _parameter_constraints: dict = {
        "lr": [Interval(Real, 0, None, closed="neither")],
        "betas": [tuple, list],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "weight_averaging": [Interval(Real, 0, 1, closed="left"), None],
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
        weight_decay: float = 0.0,
        weight_averaging: float | None = None,
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
        self.weight_decay = weight_decay
        self.weight_averaging = weight_averaging
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
        training = TrainingParameters._get_param_names()
        return {name: value for name, value in self.get_params(deep=False).items() if name not in training}
