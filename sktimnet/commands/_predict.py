"""`sktimnet predict`: label and probability of each file."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from sktimnet.commands._options import load_model
from sktimnet.feature_extraction import fault_report
from sktimnet.model_selection import fingerprints


def add_predict(commands: Any) -> None:
    """Describe the command to the parser."""
    command = commands.add_parser("predict", help="print label and probability of each file")
    command.set_defaults(run=run_predict)
    command.add_argument("model", help="what fit saved (open it only if you trust it: joblib runs code) or a safe file")
    command.add_argument("file", nargs="+", help="a recording")


def run_predict(options: argparse.Namespace) -> None:
    """Print the answers for good files, then name the bad ones."""
    pipeline = load_model(options.model)
    _, faults = fingerprints(options.file)
    usable = np.delete(options.file, [i for i, _ in faults]).tolist()
    for file, row in zip(usable, pipeline.predict_proba(usable) if usable else [], strict=True):
        print(f"{file}\t{pipeline.classes_[row.argmax()]}\t{row.max():.3f}")
    if faults:
        raise ValueError(fault_report(options.file, faults, "raise"))
