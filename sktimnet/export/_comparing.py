"""Compare an exported model with its pipeline: :func:`largest_difference`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from sktimnet import audio
from sktimnet.export._onnx import require_onnx
from sktimnet.validation import validate_params


@validate_params({"pipeline": [Pipeline], "path": [str, os.PathLike]}, prefer_skip_nested_validation=True)
def largest_difference(pipeline: Pipeline, path: str | os.PathLike[str], clips: Sequence[Any]) -> float:
    """Compare the probabilities of an exported model, under onnxruntime, with those of its pipeline.

    Parameters
    ----------
    pipeline : Pipeline
        What was exported.
    path : str or path-like
        What :func:`export` wrote.
    clips : sequence of clips
        Paths, waveforms or ``(waveform, rate)`` pairs, as the pipeline takes them.

    Returns
    -------
    float
        The largest absolute difference of a probability.

    Raises
    ------
    ImportError
        If onnxruntime or onnxscript is not installed.
    FileNotFoundError
        If there is no such file.

    See Also
    --------
    export : Write the model; the example there compares it.
    """
    expected = pipeline.predict_proba(clips)
    model = Path(path).read_bytes()
    session = require_onnx().InferenceSession(model, providers=["CPUExecutionProvider"])
    waveforms = [audio.load(clip, pipeline[0].settings_.sr) for clip in clips]
    found = [session.run(None, {"waveform": waveform[np.newaxis]})[0][0] for waveform in waveforms]
    return float(np.abs(np.stack(found) - expected).max())
