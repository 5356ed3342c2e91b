"""`sktimnet export`: a fitted model as an ONNX model."""

from __future__ import annotations

import argparse
from typing import Any

from sktimnet import datasets
from sktimnet.commands._options import check_writable, load_model


def add_export(commands: Any) -> None:
    """Describe the command to the parser."""
    command = commands.add_parser(
        "export", help="write a fitted model as an ONNX model, from waveform to probabilities"
    )
    command.set_defaults(run=run_export)
    command.add_argument("model", help="what fit saved (open it only if you trust it: joblib runs code) or a safe file")
    command.add_argument("file", metavar="FILE.onnx", help="where to write it")


def run_export(options: argparse.Namespace) -> None:
    """Write the ONNX model, describe it, and compare it with the pipeline."""
    from sktimnet.export import export, largest_difference, require_onnx  # slow to import

    check_writable("FILE.onnx", options.file)
    require_onnx()
    pipeline = load_model(options.model)
    export(pipeline, options.file)
    corpus = datasets.make_emotional_speech(n_speakers=1, n_texts=1, emotions=("neutral",), random_state=0)
    difference = largest_difference(pipeline, options.file, [(corpus.data[0], corpus.sr)])
    labels = [str(label) for label in pipeline.classes_]
    print(f"saved to {options.file}")
    print(f"input: waveform (n_clips, n_samples), float32 within [-1, 1), at {pipeline[0].settings_.sr} Hz")
    print(f"output: probabilities (n_clips, {len(labels)}) of {', '.join(labels)}")
    print(f"largest difference to {options.model} on a synthetic clip: {difference:.1e}")
