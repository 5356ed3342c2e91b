"""A whole training step as one launch on a GPU: :class:`Recorder`. On the CPU nothing is recorded."""

from __future__ import annotations

import gc
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

#: Computes outputs and the gradients of a network's weights.
Step = Callable[..., tuple[Tensor, ...]]

_ONE_AT_A_TIME = threading.Lock()  # CUDA records one step at a time in a process


class Recorder:
    """Call a step; from the second call with inputs of the same shapes on, replay its recording.

    A step of a small network is a thousand launches, and each takes the CPU longer than its computation takes the
    GPU. Replaying computes with the same kernels in the same order, so that outputs and gradients are those of
    ``step(*inputs)`` where that depends on tensors alone.

    Parameters
    ----------
    step : callable
        Takes the inputs, computes gradients of the network's weights, which are None before, and returns tensors. It
        must not wait for the GPU.
    network : torch.nn.Module
        The network, on a CUDA device; its weights are changed in place between calls.

    Raises
    ------
    RuntimeError
        If the step cannot be recorded.
    """

    def __init__(self, step: Step, network: nn.Module):
        self.step, self.network = step, network
        self.seen: Counter = Counter()
        self.recordings: dict[tuple, _Recording] = {}

    def __call__(self, *inputs: Tensor | None) -> tuple[Tensor, ...]:
        """Return the outputs of the step, and leave its gradients in the weights."""
        kind = self._kind(inputs)
        self.seen[kind] += 1
        if self.seen[kind] == 1:  # what libraries make at first use cannot be recorded
            return self.step(*inputs)
        if kind not in self.recordings:
            self.recordings[kind] = self._record(inputs)
        return self.recordings[kind].replay(inputs)

    def _kind(self, inputs: tuple[Tensor | None, ...]) -> tuple:
        """Return what a recording depends on: shapes of inputs, where the weights are, which of them are trained."""
        shapes = tuple(None if tensor is None else (tensor.shape, tensor.dtype) for tensor in inputs)
        return shapes, tuple((weight.data_ptr(), weight.requires_grad) for weight in self.network.parameters())

    def _record(self, inputs: tuple[Tensor | None, ...]) -> _Recording:
        try:
            with _ONE_AT_A_TIME, _without_garbage_collection():
                return _Recording(self.step, self.network, inputs)
        except RuntimeError as error:
            name = type(self.network).__name__
            raise RuntimeError(
                f"A training step of {name} cannot be recorded on the GPU ({error}): set {name}.recordable = False."
            ) from error


class _Recording:
    """The recording of a step with inputs of some shapes."""

    def __init__(self, step: Step, network: nn.Module, inputs: tuple[Tensor | None, ...]):
        self.inputs = [None if tensor is None else tensor.clone() for tensor in inputs]
        self.graph = torch.cuda.CUDAGraph()
        # In the stream of the steps before, whose gradients autograd may still hold.
        with torch.cuda.graph(self.graph, stream=torch.cuda.current_stream(), capture_error_mode="thread_local"):
            self.outputs = step(*self.inputs)
        self.weights = [weight for weight in network.parameters() if weight.grad is not None]
        self.gradients = [weight.grad for weight in self.weights]

    def replay(self, inputs: tuple[Tensor | None, ...]) -> tuple[Tensor, ...]:
        """Compute with new inputs; the next call overwrites the gradients."""
        for recorded, new in zip(self.inputs, inputs, strict=True):
            if recorded is not None and new is not None:
                recorded.copy_(new)
        self.graph.replay()
        for weight, gradient in zip(self.weights, self.gradients, strict=True):
            weight.grad = gradient
        return tuple(output.clone() for output in self.outputs)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Collect before, not within: nothing on the GPU may be freed while a step is recorded."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def own_stream(device: torch.device) -> Iterator[None]:
    """Compute in a stream beside CUDA's default one, in which nothing can be recorded; on the CPU do nothing."""
    if device.type != "cuda":
        yield
        return
    outer = torch.cuda.current_stream(device)
    stream = torch.cuda.Stream(device)
    stream.wait_stream(outer)
    try:
        with torch.cuda.stream(stream):
            yield
    finally:
        outer.wait_stream(stream)
