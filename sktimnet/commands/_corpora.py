"""The corpora that commands take, by name: `--corpus` and `--root`."""

from __future__ import annotations

import argparse

from sklearn.utils import Bunch

from sktimnet import datasets

_LOADERS = {name.lower(): getattr(datasets, f"load_{name.lower().replace('-', '')}") for name in datasets.CORPORA}
_LOADERS |= {"folder": datasets.load_folder, "table": datasets.load_table}


def add_corpus_options(command: argparse.ArgumentParser, *, default: str | None = None) -> None:
    """Describe the options; without a default, `--corpus` must be given."""
    command.add_argument(
        "--corpus",
        type=str.lower,
        choices=["synthetic", *_LOADERS],
        default=default,
        required=default is None,
        help="recordings and their labels" if default is None else "default: %(default)s",
    )
    command.add_argument("--root", metavar="DIR", help="where the corpus is; for table, the CSV file")


def load_corpus(options: argparse.Namespace) -> Bunch:
    """Load what the options name."""
    if options.corpus == "synthetic":
        if options.root is not None:
            raise ValueError(f"--root {options.root} needs --corpus: folder for own recordings, or a corpus's name.")
        return datasets.make_emotional_speech(random_state=0)
    if options.root is None:
        raise ValueError(f"--corpus {options.corpus} needs --root DIR, the directory where it is.")
    return _LOADERS[options.corpus](options.root)
