"""`sktimnet stress`: change recordings in ways that leave the emotion as it is, and see what a model answers."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sktimnet.commands._corpora import add_corpus_options, load_corpus
from sktimnet.commands._options import check_writable, load_model
from sktimnet.perturbations import PERTURBATIONS, named_perturbations
from sktimnet.speakers import with_speakers

_KINDS = list(dict.fromkeys(name.split(":")[0] for name in PERTURBATIONS))


def add_stress(commands: Any) -> None:
    """Describe the command to the parser."""
    command = commands.add_parser(
        "stress", help="tell what noise, level, codecs and other changes of recordings cost a fitted model"
    )
    command.set_defaults(run=run_stress)
    command.add_argument("model", help="what fit saved (open it only if you trust it: joblib runs code) or a safe file")
    add_corpus_options(command)
    command.add_argument(
        "--perturbation",
        nargs="+",
        metavar="NAME",
        help=f"those to try, such as gain:-20dB, or all of a kind: {', '.join(_KINDS)}; or a Python file of your own, "
        "which is run and has a dict PERTURBATIONS, perhaps THRESHOLDS; default: all of the package's",
    )
    command.add_argument(
        "--known-speakers", action="store_true", help="tell the model who speaks, as recipes for new speakers take it"
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    command.add_argument("--n-jobs", type=int, metavar="N", help="batches to run in parallel; default: 1")
    command.add_argument("--json", metavar="FILE", help="save the whole report there")
    command.add_argument("--plot", metavar="FILE", help="draw it there, such as stress.png")
    command.add_argument("--strict", action="store_true", help="exit with code 1 where a threshold is missed")


def run_stress(options: argparse.Namespace) -> int:
    """Stress the model, print, save and draw the report; return the exit code."""
    from sktimnet.model_selection import robustness  # slow to import

    for name in ("json", "plot"):
        if getattr(options, name):
            check_writable(f"--{name}", getattr(options, name))
    if options.plot and find_spec("matplotlib") is None:  # cheaper to know before than after
        raise ImportError("--plot needs matplotlib; install it with: pip install 'sktimnet[plot]'.")
    perturbations, thresholds = _chosen(options.perturbation)  # before the model, which may have been trained on them
    pipeline = load_model(options.model)
    corpus = load_corpus(options)
    if options.known_speakers and corpus.speaker is None:
        raise ValueError(f"--known-speakers: {options.corpus} does not tell who speaks; list speakers in a table.")
    print(corpus.DESCR, file=sys.stderr)
    report = robustness(
        pipeline,
        with_speakers(corpus.data, corpus.speaker) if options.known_speakers else corpus.data,
        corpus.target,
        speaker=corpus.speaker,
        sex=corpus.gender,
        sr=corpus.get("sr"),
        perturbations=perturbations,
        thresholds=thresholds,
        seed=options.seed,
        n_jobs=options.n_jobs,
        verbose=1,
    )
    if options.json:  # before anything is printed, which can fail
        report.to_json(options.json)
    print(report)
    if options.plot:
        figure: Any = report.plot().figure
        figure.savefig(options.plot)
    return int(options.strict and bool(report.failures))


def _chosen(names: list[str] | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the perturbations of names and Python files, all of the package where there are none, and thresholds."""
    perturbations: dict[str, Any] = {}
    thresholds: dict[str, Any] = {}
    for name in PERTURBATIONS if names is None else names:
        if name.endswith(".py"):
            own = _imported(name)
            perturbations |= own.PERTURBATIONS
            thresholds |= getattr(own, "THRESHOLDS", {})
        else:
            perturbations |= named_perturbations([name])
    return perturbations, thresholds


def _imported(file: str) -> Any:
    """Import a Python file by its name, so that pickles and other processes find what it defines."""
    path = Path(file).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"--perturbation {file}: there is no such file.")
    sys.path.insert(0, str(path.parent))
    module = import_module(path.stem)
    if getattr(module, "__file__", None) != str(path):
        raise ValueError(f"--perturbation {file}: there is another module named {path.stem}; rename the file.")
    if not isinstance(getattr(module, "PERTURBATIONS", None), dict):
        raise ValueError(f"--perturbation {file} must define PERTURBATIONS, a dict of perturbations by name.")
    return module
