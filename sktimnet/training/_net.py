"""How a network is trained: :class:`Net`, a skorch net fed with whole batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import accuracy_score, recall_score
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EpochTimer, LRScheduler, PassthroughScoring, PrintLog
from skorch.utils import to_numpy
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from sktimnet.training._averaging import WeightAverage
from sktimnet.training._batches import Batch, Batches, Clips
from sktimnet.training._checkpoints import Checkpoints
from sktimnet.training._memory import freed_memory_kept
from sktimnet.training._recording import Recorder, Step, own_stream


def _on(device: torch.device, generator: torch.Generator) -> torch.Generator:
    """Return a generator for the device: on a GPU one seeded from ours, since masks sent there would wait for it."""
    if device.type == "cpu":
        return generator
    return torch.Generator(device).manual_seed(int(torch.randint(2**62, (), generator=generator)))


class _Stop(Exception):
    """A callback asked for the end of training."""


class Net(NeuralNetClassifier):
    """A skorch net whose randomness comes from ``generator`` and whose training loss knows label smoothing and weights.

    Parameters
    ----------
    module : torch.nn.Module
        The network, whose weights are trained in place.
    n_classes : int
        Classes, the members of ``range(n_classes)``.
    generator : torch.Generator
        Draws shuffles and dropout masks, or on a GPU the seeds of masks; it lives on the CPU, so that it can be
        pickled for any machine.
    label_smoothing : float
        Share of the target spread over all classes, in training only.
    augmentation : callable, default=None
        Called with the features of a training batch and a generator, returns changed ones.
    weight_averaging : float, default=None
        Share that a step keeps of the average of weights, which is scored and predicts; None averages nothing.
    **kwargs
        As in :class:`skorch.NeuralNetClassifier`.
    """

    def __init__(
        self,
        module: type[nn.Module],
        *,
        n_classes: int,
        generator: torch.Generator,
        label_smoothing: float,
        augmentation: Any = None,
        weight_averaging: float | None = None,
        **kwargs: Any,
    ):
        super().__init__(module, classes=range(n_classes), criterion=torch.nn.CrossEntropyLoss, **kwargs)
        self.n_classes = n_classes
        self.generator = generator
        self.label_smoothing = label_smoothing
        self.augmentation = augmentation
        self.weight_averaging = weight_averaging
        self.average: WeightAverage | None = None
        self.recorder: Recorder | None = None

    def __getstate__(self) -> dict[str, Any]:
        # In one piece, unlike skorch's own, since a callback may hold the optimiser. EarlyStopping leaves its best
        # weights out of a pickle.
        callbacks = getattr(self, "callbacks_", [])
        best = {name: getattr(callback, "best_model_weights_", None) for name, callback in callbacks}
        best = {name: found for name, found in best.items() if found}
        return vars(self) | {"valid": None, "recorder": None, "best_weights": best}

    def __setstate__(self, state: dict[str, Any]) -> None:
        new = ("augmentation", "weight_averaging", "average", "recorder")  # which earlier versions lack
        self.__dict__.update(dict.fromkeys(new) | state)
        for name, found in self.__dict__.pop("best_weights", {}).items():
            dict(self.callbacks_)[name].best_model_weights_ = found

    @property
    def _default_callbacks(self) -> list[tuple[str, Callback]]:
        return [
            ("epoch_timer", EpochTimer()),
            ("train_loss", PassthroughScoring("train_loss", on_train=True)),
            ("valid_loss", PassthroughScoring("valid_loss")),
            ("print_log", PrintLog()),
        ]

    def train(
        self,
        clips: Clips,
        valid: Clips | None,
        epochs: int,
        checkpoints: Checkpoints | None = None,
        resumed: bool = False,
    ) -> Net:
        """Train for ``epochs`` more epochs; a callback may end it earlier, an interrupt raises KeyboardInterrupt.

        Where training is ``resumed``, callbacks are in the middle of theirs and are not told to begin.
        """
        self.valid = valid
        if self.compile:  # in place, so that the network is pickled as an ordinary one; copies are not compiled
            self.module_.compile()
        if not resumed:
            self.average = None if self.weight_averaging is None else WeightAverage(self.weight_averaging)
            self.notify("on_train_begin", X=clips, y=None)
        if clips.X.device.type == "cuda" and getattr(self.module_, "recordable", False):
            self.recorder = Recorder(self._backward, self.module_)
        try:
            with own_stream(clips.X.device), freed_memory_kept():
                for _ in range(epochs):
                    self.fit_loop(clips, epochs=1)
                    if checkpoints is not None:
                        checkpoints.save(self)
        except _Stop:
            pass
        finally:
            self.recorder = None
        self.notify("on_train_end", X=clips, y=None)
        self.valid = self.average = None
        self._set_training(False)  # whoever calls the network itself must not change its running statistics
        for epoch in self.history:  # batches are of no use any more and would make a pickle large
            epoch["batches"] = []
        return self

    def notify(self, method_name: str, **kwargs: Any) -> Any:
        """Tell the net and its callbacks; skorch's EarlyStopping asks for the end by raising KeyboardInterrupt.

        A Ctrl-C in the instant in which callbacks run at the end of an epoch cannot be told from that.
        """
        if method_name != "on_epoch_end":
            return super().notify(method_name, **kwargs)
        try:
            return super().notify(method_name, **kwargs)
        except KeyboardInterrupt as request:
            raise _Stop from request
        except KeyError as error:
            raise ValueError(
                f"One of callbacks failed with {error}. Scores that begin with valid_ are there only where fit has "
                "X_val and y_val."
            ) from error

    def get_split_datasets(self, X: Clips, y: Any = None, **fit_params: Any) -> tuple[Clips, Clips | None]:
        """Return the clips to train on and those to validate on."""
        return X, self.valid

    def get_iterator(self, dataset: Any, training: bool = False) -> Iterable:
        """Return the batches of ``dataset``, shuffled in training."""
        if not isinstance(dataset, Clips):  # of a scorer, or of predictions by the net itself
            return super().get_iterator(dataset, training)
        return Batches(dataset, self.batch_size, self.generator if training else None)

    def run_single_epoch(
        self, iterator: Iterable[Batch] | None, training: bool, prefix: str, step_fn: Any, **fit_params: Any
    ) -> None:
        """Go through the batches once, and read the losses at the end: each reading waits for a GPU."""
        if iterator is None:
            return
        average = self.average if training else None
        if average is not None:
            average.exchange(self.module_)
        losses, true, predicted = [], [], []
        for batch in iterator:
            clips = (batch.X, batch.y)
            self.notify("on_batch_begin", batch=clips, training=training)
            step = step_fn(batch)
            if average is not None:
                average.update(self.module_)
            self.history.record_batch(f"{prefix}_batch_size", len(batch.X))
            losses.append(step["loss"].detach())
            true.append(batch.y)
            predicted.append(step["y_pred"].detach().argmax(-1))
            self.notify("on_batch_end", batch=clips, training=training, **step)
        if average is not None:
            average.exchange(self.module_)
        batches = self.history[-1]["batches"][-len(losses) :]
        for record, loss in zip(batches, torch.stack(losses).tolist(), strict=True):
            record[f"{prefix}_loss"] = loss
        self._record_scores(prefix, to_numpy(torch.cat(true)), to_numpy(torch.cat(predicted)))

    def _record_scores(self, prefix: str, true: np.ndarray, predicted: np.ndarray) -> None:
        self.history.record(f"{prefix}_acc", float(accuracy_score(true, predicted)))
        if prefix == "valid":
            self.history.record(
                "valid_bal_acc", float(recall_score(true, predicted, labels=np.unique(true), average="macro"))
            )

    def train_step_single(self, batch: Batch, **fit_params: Any) -> dict[str, Tensor]:
        """Compute loss and gradients of one batch, with dropout masks drawn from ``generator``."""
        if not self.module_.training:  # setting it takes a walk through all modules
            self._set_training(True)
        generator = _on(batch.X.device, self.generator)
        masks = self.module_.dropout_masks(len(batch.X), generator)
        X = batch.X if self.augmentation is None else self.augmentation(batch.X, generator)
        compute: Step = self._backward
        if self.recorder is not None and batch.lengths is None:  # batches of several lengths have shapes of their own
            compute = self.recorder
        loss, logits = compute(X, batch.y, batch.weight, masks, batch.lengths)
        return {"loss": loss, "y_pred": logits}

    def _backward(
        self, X: Tensor, y: Tensor, weight: Tensor | None, masks: Tensor | None, lengths: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute loss, gradients and logits of a batch."""
        logits = self.module_(X, masks, lengths=lengths)
        loss = F.cross_entropy(logits, y, label_smoothing=self.label_smoothing, reduction="none")
        loss = loss.mean() if weight is None else (weight * loss).mean()
        loss.backward()
        return loss.detach(), logits.detach()

    def validation_step(self, batch: Batch, **fit_params: Any) -> dict[str, Tensor]:
        """Compute the loss of one batch, without label smoothing, dropout and weights."""
        self._set_training(False)
        with torch.no_grad():
            logits = self.module_(batch.X, lengths=batch.lengths)
            return {"loss": F.cross_entropy(logits, batch.y), "y_pred": logits}

    def torch_compile(self, module: nn.Module, name: str) -> nn.Module:
        """Leave compiling to :meth:`train`."""
        return module

    def continue_with(
        self, *, lr: float, betas: tuple[float, float], weight_decay: float, callbacks: Any, **parameters: Any
    ) -> None:
        """Take over parameters that may change from one training to the next."""
        for name, value in parameters.items():
            setattr(self, name, value)
        for group in self.optimizer_.param_groups:
            group.update(lr=lr, initial_lr=lr, betas=betas)  # schedules start from initial_lr
            group.update(weight_decay=weight_decay, decoupled_weight_decay=True)  # Adam, of version 0.1, too
        self.callbacks = callbacks
        self.initialize_callbacks()
        for _, callback in self.callbacks_:
            # Else skorch lets a schedule go on from the epochs before, of which a new one knows nothing.
            if isinstance(callback, LRScheduler) and callback.policy_ is not ReduceLROnPlateau:
                vars(callback).setdefault("last_epoch", -1)

    def move(self, device: str | torch.device) -> None:
        """Take the weights and the optimiser's memory of them to ``device``."""
        self.device = str(device)
        self.module_.to(device)
        for memory in self.optimizer_.state.values():
            memory.update({key: value.to(device) for key, value in memory.items()})
        if self.average is not None:
            self.average.move(device)
        for _, callback in self.callbacks_:
            if getattr(callback, "best_model_weights_", None):  # EarlyStopping's
                best = callback.best_model_weights_
                callback.best_model_weights_ = {key: value.to(device) for key, value in best.items()}
