"""How a network is trained: :class:`Net`, a skorch net fed with whole batches; :class:`Checkpoints` of it on disk."""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from skorch import NeuralNetClassifier
from skorch.callbacks import EpochTimer, LRScheduler, PassthroughScoring, PrintLog
from skorch.dataset import Dataset
from skorch.utils import to_numpy
from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau

__all__ = ["Checkpoints", "Clips", "Net"]


class Clips(Dataset):
    """Features, class indices and weights that stay in the memory of one device.

    Parameters
    ----------
    X : Tensor of shape (n_clips, n_features, n_frames)
        The features.
    y : Tensor of shape (n_clips,)
        Class indices.
    weight : Tensor of shape (n_clips,), default=None
        What each clip's loss is multiplied with.
    """

    def __init__(self, X: Tensor, y: Tensor, weight: Tensor | None = None):
        self.X, self.y, self.weight = X, y, weight

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, index) -> tuple[Tensor, Tensor]:
        return self.X[index], self.y[index]


class _Batches:
    """Index a whole batch at once: a DataLoader, which collects clip by clip, takes longer than a small network."""

    def __init__(self, clips: Clips, batch_size: int, generator: torch.Generator | None):
        self.clips, self.batch_size, self.generator = clips, batch_size, generator

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        clips = self.clips
        for index in self._indices():
            yield clips.X[index], clips.y[index], None if clips.weight is None else clips.weight[index]

    def _indices(self) -> list[Tensor]:
        n_clips, device = len(self.clips), self.clips.X.device
        batch_size = min(self.batch_size, n_clips)
        if self.generator is None:
            return list(torch.arange(n_clips, device=device).split(batch_size))
        shuffled = torch.randperm(n_clips, generator=self.generator, device="cpu").to(device)
        indices = list(shuffled.split(batch_size))
        if len(indices) > 1 and len(indices[-1]) * self.clips.X.shape[-1] == 1:
            # Batch normalisation cannot take one clip of one frame.
            indices[-2:] = [torch.cat(indices[-2:])]
        return indices


class Checkpoints:
    """The last two complete epochs of one training, in files that are whole or not there.

    Parameters
    ----------
    directory : str or path-like
        Where the files are; it is made where it is missing.
    key : str
        What tells this training from all others.

    Raises
    ------
    OSError
        If the directory cannot be written.
    """

    def __init__(self, directory: str | os.PathLike[str], key: str):
        self.directory = Path(directory)
        self.paths = [self.directory / f"{key}.{i}.checkpoint" for i in range(2)]

    def save(self, net: Net) -> None:
        """Write the net in place of the older file, by way of a third that a killed process may leave torn."""
        content = pickle.dumps(net)
        path = self.paths[len(net.history) % 2]
        torn = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")  # another may do the same training
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with open(torn, "wb") as file:
                file.write(hashlib.sha256(content).digest() + content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(torn, path)
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            reason = getattr(error, "strerror", None) or error
            raise OSError(
                f"checkpoint={str(self.directory)!r} cannot be written ({reason}): "
                "name a directory on a disk with space that you may write to."
            ) from error

    def load(self) -> Net | None:
        """Read the net with most epochs from the files that are whole; None where there is none."""
        nets = [net for net in map(self._read, self.paths) if net is not None]
        return max(nets, key=lambda net: len(net.history), default=None)

    @staticmethod
    def _read(path: Path) -> Net | None:
        if not path.exists():
            return None
        content = path.read_bytes()
        digest, content = content[:32], content[32:]
        return pickle.loads(content) if hashlib.sha256(content).digest() == digest else None


def _keep_freed_memory() -> None:
    """Have glibc keep up to 64 MiB of freed memory, which else each step fetches from the system again, page by page.

    It keeps twice the largest block that was freed, and notes blocks of up to 32 MiB. This one is never written to.
    """
    torch.empty(32 * 2**20 - 2**13, dtype=torch.uint8, device="cpu")


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
    **kwargs
        As in :class:`skorch.NeuralNetClassifier`.
    """

    def __init__(self, module, *, n_classes: int, generator: torch.Generator, label_smoothing: float, **kwargs):
        super().__init__(module, classes=range(n_classes), criterion=torch.nn.CrossEntropyLoss, **kwargs)
        self.n_classes = n_classes
        self.generator = generator
        self.label_smoothing = label_smoothing

    def __getstate__(self):
        # In one piece, unlike skorch's own, since a callback may hold the optimiser. EarlyStopping leaves its best
        # weights out of a pickle.
        callbacks = getattr(self, "callbacks_", [])
        best = {name: getattr(callback, "best_model_weights_", None) for name, callback in callbacks}
        return vars(self) | {"valid": None, "best_weights": {name: found for name, found in best.items() if found}}

    def __setstate__(self, state):
        self.__dict__.update(state)
        for name, found in self.__dict__.pop("best_weights", {}).items():
            dict(self.callbacks_)[name].best_model_weights_ = found

    @property
    def _default_callbacks(self):
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
        _keep_freed_memory()
        if self.compile:  # in place, so that the network is pickled as an ordinary one; copies are not compiled
            self.module_.compile()
        if not resumed:
            self.notify("on_train_begin", X=clips, y=None)
        try:
            for _ in range(epochs):
                self.fit_loop(clips, epochs=1)
                if checkpoints is not None:
                    checkpoints.save(self)
        except _Stop:
            pass
        self.notify("on_train_end", X=clips, y=None)
        self.valid = None
        self._set_training(False)  # whoever calls the network itself must not change its running statistics
        for epoch in self.history:  # batches are of no use any more and would make a pickle large
            epoch["batches"] = []
        return self

    def notify(self, method_name, **kwargs):
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

    def get_split_datasets(self, X, y=None, **fit_params):
        """Return the clips to train on and those to validate on."""
        return X, self.valid

    def get_iterator(self, dataset, training=False):
        """Return the batches of ``dataset``, shuffled in training."""
        if not isinstance(dataset, Clips):  # of a scorer, or of who asks the net itself
            return super().get_iterator(dataset, training)
        return _Batches(dataset, self.batch_size, self.generator if training else None)

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Go through the batches once, and read the losses at the end: each reading waits for a GPU."""
        if iterator is None:
            return
        losses, true, predicted = [], [], []
        for X, y, weight in iterator:
            self.notify("on_batch_begin", batch=(X, y), training=training)
            step = step_fn((X, y), weight=weight)
            self.history.record_batch(f"{prefix}_batch_size", len(X))
            losses.append(step["loss"].detach())
            true.append(y)
            predicted.append(step["y_pred"].detach().argmax(-1))
            self.notify("on_batch_end", batch=(X, y), training=training, **step)
        batches = self.history[-1]["batches"][-len(losses) :]
        for batch, loss in zip(batches, torch.stack(losses).tolist(), strict=True):
            batch[f"{prefix}_loss"] = loss
        self._record_scores(prefix, to_numpy(torch.cat(true)), to_numpy(torch.cat(predicted)))

    def _record_scores(self, prefix: str, true: np.ndarray, predicted: np.ndarray) -> None:
        self.history.record(f"{prefix}_acc", float((true == predicted).mean()))
        if prefix == "valid":
            recall = [(predicted[true == k] == k).mean() for k in np.unique(true)]
            self.history.record("valid_bal_acc", float(np.mean(recall)))

    def train_step_single(self, batch, weight=None, **fit_params):
        """Compute loss and gradients of one batch, with dropout masks drawn from ``generator``."""
        X, y = batch
        if not self.module_.training:  # setting it takes a walk through all modules
            self._set_training(True)
        logits = self.module_(X, self.module_.dropout_masks(len(X), _on(X.device, self.generator)))
        loss = F.cross_entropy(logits, y, label_smoothing=self.label_smoothing, reduction="none")
        loss = loss.mean() if weight is None else (weight * loss).mean()
        loss.backward()
        return {"loss": loss, "y_pred": logits}

    def validation_step(self, batch, weight=None, **fit_params):
        """Compute the loss of one batch, without label smoothing, dropout and weights."""
        return super().validation_step(batch)

    def torch_compile(self, module, name):
        """Leave compiling to :meth:`train`."""
        return module

    def continue_with(self, *, lr, betas, callbacks, **parameters) -> None:
        """Take over parameters that may change from one training to the next."""
        for name, value in parameters.items():
            setattr(self, name, value)
        for group in self.optimizer_.param_groups:
            group.update(lr=lr, initial_lr=lr, betas=betas)  # schedules start from initial_lr
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
        for _, callback in self.callbacks_:
            if getattr(callback, "best_model_weights_", None):  # EarlyStopping's
                best = callback.best_model_weights_
                callback.best_model_weights_ = {key: value.to(device) for key, value in best.items()}
