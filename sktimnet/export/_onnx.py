"""What is asked of torch's exporter and of onnxruntime: :func:`to_onnx`, :func:`require_onnx`."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


def require_onnx() -> Any:
    """Import onnxruntime, and what torch's exporter needs, or say how to install them.

    Returns
    -------
    module
        onnxruntime.

    Raises
    ------
    ImportError
        If onnxruntime or onnxscript is not installed.
    """
    try:
        import onnxruntime
        import onnxscript  # noqa: F401  torch imports it
    except ImportError as error:
        raise ImportError(
            "ONNX models need onnxruntime and onnxscript; install them with: pip install 'sktimnet[onnx]'."
        ) from error
    return onnxruntime


def to_onnx(model: nn.Module, waveform: Tensor, *, shortest: int) -> Any:
    """Trace a model for any number of clips and samples.

    Parameters
    ----------
    model : nn.Module
        From a Tensor of shape (n_clips, n_samples) to one of shape (n_clips, n_classes).
    waveform : Tensor of shape (n_clips, n_samples)
        Any clips, more than one.
    shortest : int
        Samples from which on a clip has several frames. The trace must promise them, since torch cannot prove that its
        graph holds for one frame too; onnxruntime asks for no such promise.

    Returns
    -------
    torch.onnx.ONNXProgram
        Without a trace of the files in which the model is written.
    """
    sizes = ({0: torch.export.Dim("n_clips"), 1: torch.export.Dim("n_samples", min=shortest)},)
    names: Any = {"input_names": ["waveform"], "output_names": ["probabilities"], "dynamic_shapes": sizes}
    with _quiet(), torch.no_grad():
        # Not by torch.onnx.export alone, which fixes sizes without a word where it cannot keep them free.
        traced = torch.export.export(model, (waveform,), dynamic_shapes=sizes)
        program: Any = torch.onnx.export(traced, verbose=False, **names)
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()
    return program


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what the exporter says of itself: that torchvision is missing, and what torch must change in torch."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec", category=FutureWarning)
            yield
    finally:
        logger.setLevel(level)
