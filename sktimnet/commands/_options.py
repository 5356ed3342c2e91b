"""What several commands share: options of the model, the pipeline that they describe, and early checks."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import joblib
from sklearn.utils import Bunch

from sktimnet import MFCCTransformer, datasets, persistence
from sktimnet.feature_extraction import FRONT_ENDS
from sktimnet.recipes import RECIPES, make_recipe
from sktimnet.speakers import with_speakers


def add_model_options(command: argparse.ArgumentParser, *, recipe: str) -> None:
    """Describe the options of the model, with the recipe that is the default."""
    command.add_argument(
        "--recipe",
        choices=[*RECIPES],
        default=recipe,
        help="robust: for new speakers, any level and length; linear: the same in a small file; timnet: "
        "a short training of TIM-Net; paper: TIM-Net as "
        "published; default: %(default)s",
    )
    command.add_argument(
        "--front-end",
        choices=[*FRONT_ENDS],
        help="of the paper recipe: framing of the published figures, or of the paper's text; default: released",
    )
    command.add_argument("--epochs", type=int, metavar="N", help="of a network; default: the recipe's")
    command.add_argument(
        "--clip-length",
        type=float,
        metavar="SECONDS",
        help="of the paper recipe: pad or cut every clip to it; default: the corpus's, or the longest clip",
    )
    command.add_argument("--batch-size", type=int, metavar="N", help="of a network; default: the recipe's")
    command.add_argument(
        "--n-blocks", type=int, metavar="N", help="of a network: temporal-aware blocks; default: the corpus's, 8 or 10"
    )


def make_estimator(
    options: argparse.Namespace,
    corpus: datasets.Corpus | None = None,
    *,
    memory: str | None = None,
    random_state: int | None = None,
    **parameters: Any,
) -> Any:
    """Make the recipe with the settings of a known corpus, other parameters of a network, and the user's first."""
    estimator = make_recipe(options.recipe, memory=memory, random_state=random_state)
    nested = estimator.get_params()
    network = next((name[: -len("max_epochs")] for name in nested if name.endswith("max_epochs")), None)
    given = {"epochs": options.epochs, "batch_size": options.batch_size, "n_blocks": options.n_blocks}
    given = {name: value for name, value in given.items() if value is not None}
    if given and network is None:
        raise ValueError(
            f"--{next(iter(given)).replace('_', '-')} is of a network, which --recipe {options.recipe} has not; "
            "leave it out, or take --recipe timnet or paper."
        )
    if options.recipe != "paper" and (options.front_end or options.clip_length):
        option = "--front-end" if options.front_end else "--clip-length"
        raise ValueError(f"{option} is of --recipe paper; {options.recipe} has frames and lengths of its own.")
    if network is not None:
        settings = {} if corpus is None else {"n_blocks": corpus.n_blocks}
        settings |= parameters | {{"epochs": "max_epochs"}.get(name, name): value for name, value in given.items()}
        estimator.set_params(**{f"{network}{name}": value for name, value in settings.items()})
    if options.recipe == "paper":
        clip_length = options.clip_length or (None if corpus is None else corpus.clip_length)
        front_end = FRONT_ENDS[options.front_end or "released"]
        estimator.set_params(mfcc=MFCCTransformer(memory=memory, clip_length=clip_length, **front_end))
    return estimator


def clips_of(corpus: Bunch, options: argparse.Namespace) -> Any:
    """Return what the recipe takes: clips, with their speakers where these are known and the recipe listens to them."""
    if options.recipe == "paper" or corpus.speaker is None or getattr(options, "unknown_speakers", False):
        return corpus.data
    return with_speakers(corpus.data, corpus.speaker)


def tell(corpus: Bunch) -> None:
    """Say what will be trained on, before it takes time."""
    print(corpus.DESCR, file=sys.stderr)


def check_writable(option: str, file: str) -> None:
    """Refuse, before anything is trained, what could not be written afterwards."""
    path = Path(file).absolute()
    if path.is_dir():
        raise ValueError(f"{option} {file} is a directory; name a file in it.")
    if not path.parent.is_dir():
        raise ValueError(f"{option} {file}: its directory does not exist; create it first.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{option} {file} may not be written; name a file where you may write.")


def load_model(file: str) -> Any:
    """Load what `sktimnet fit` saved."""
    if not os.path.exists(file):
        raise FileNotFoundError(f"There is no model {file!r}; sktimnet fit --out {file} makes one.")
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
