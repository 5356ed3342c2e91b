"""`sktimnet fit`: train on own recordings and save the pipeline."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import joblib

from sktimnet import datasets, persistence
from sktimnet.commands._options import add_model_options, check_writable, clips_of, make_estimator, tell


def add_fit(commands: Any) -> None:
    """Describe the command to the parser."""
    command = commands.add_parser("fit", help="train on a folder of own recordings, one directory per label")
    command.set_defaults(run=run_fit)
    command.add_argument("--data", required=True, metavar="DIR", help="DIR/<label>/<any name>.wav, or a CSV file")
    command.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help="where to save the fitted pipeline; a safe file if FILE ends in .safetensors",
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    add_model_options(command, recipe="robust")


def run_fit(options: argparse.Namespace) -> None:
    """Train and save."""
    from sktimnet.model_selection import check_two_labels  # slow to import

    check_writable("--out", options.out)
    save = persistence.save if options.out.endswith(".safetensors") else joblib.dump
    load = datasets.load_table if Path(options.data).is_file() else datasets.load_folder
    corpus = load(options.data)
    check_two_labels(corpus.target)
    estimator = make_estimator(options, random_state=options.seed, verbose=1)
    tell(corpus)
    estimator.fit(clips_of(corpus, options), corpus.target)
    save(estimator, options.out)
    print(f"{len(corpus.data)} clips, labels {', '.join(estimator.classes_)}; saved to {options.out}")
