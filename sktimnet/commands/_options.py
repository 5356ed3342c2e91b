"""What several commands share: options of the model, the pipeline that they describe, and early checks."""

from __future__ import annotations

import argparse
import os
import sys
from math import ceil
from pathlib import Path

import joblib
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch

from sktimnet import MFCCTransformer, TIMNetClassifier, datasets, persistence
from sktimnet.feature_extraction import FRONT_ENDS

_MANY_STEPS = 300  # after which batch normalisation has forgotten 95 % of where it began


def add_model_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--front-end",
        choices=[*FRONT_ENDS],
        default="released",
        help="framing of the published figures, or of the paper's text; default: %(default)s",
    )
    command.add_argument("--epochs", type=int, metavar="N", help="default: 500, for synthetic speech 25")
    command.add_argument(
        "--clip-length",
        type=float,
        metavar="SECONDS",
        help="pad or cut every clip to it; default: the corpus's, or the longest clip",
    )
    command.add_argument("--batch-size", type=int, metavar="N", help="default: 64, for synthetic speech 16")
    command.add_argument(
        "--n-blocks", type=int, metavar="N", help="temporal-aware blocks; default: the corpus's, 8 or 10"
    )


def make_pipeline(options: argparse.Namespace, corpus: datasets.Corpus | None, parameters: dict) -> Pipeline:
    """Build the pipeline with the settings of a known corpus, and the user's before them."""
    known = {"clip_length": None, "n_blocks": 8} if corpus is None else vars(corpus)
    clip_length = known["clip_length"] if options.clip_length is None else options.clip_length
    given = {"n_blocks": options.n_blocks, "max_epochs": options.epochs, "batch_size": options.batch_size}
    parameters = {"n_blocks": known["n_blocks"]} | parameters | {k: v for k, v in given.items() if v is not None}
    mfcc = MFCCTransformer(clip_length=clip_length, **FRONT_ENDS[options.front_end])
    return Pipeline([("mfcc", mfcc), ("timnet", TIMNetClassifier(**parameters))])


def warn_of_short_training(corpus: Bunch, classifier: TIMNetClassifier, n_clips: float) -> None:
    """Say what will be trained on, and that it will be short: both are cheaper to know before than after."""
    print(corpus.DESCR, file=sys.stderr)
    n_steps = classifier.max_epochs * ceil(n_clips / max(1, classifier.batch_size))
    if 0 < n_steps < _MANY_STEPS:  # what cannot be trained at all is refused later
        print(
            f"sktimnet: warning: a training of {n_steps} steps is short: below some {_MANY_STEPS} the network predicts "
            "worse than it learns. Take more --epochs or a smaller --batch-size.",
            file=sys.stderr,
        )


def check_writable(option: str, file: str) -> None:
    """Refuse, before anything is trained, what could not be written afterwards."""
    path = Path(file).absolute()
    if path.is_dir():
        raise ValueError(f"{option} {file} is a directory; name a file in it.")
    if not path.parent.is_dir():
        raise ValueError(f"{option} {file}: its directory does not exist; create it first.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{option} {file} may not be written; name a file where you may write.")


def load_model(file: str) -> Pipeline:
    if file.endswith(".safetensors"):
        return persistence.load(file)
    try:
        pipeline = joblib.load(file)
    except OSError:
        raise
    except Exception as error:  # whatever a file that is no pickle leads to
        raise ValueError(f"{file} is no model that sktimnet fit saved ({error}).") from error
    if not hasattr(pipeline, "predict_proba"):
        raise ValueError(f"{file} is no model that sktimnet fit saved, but a {type(pipeline).__name__}.")
    return pipeline
