"""`sktimnet stress`: change recordings in ways that leave the emotion as it is, and see what a model answers."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from typing import Any

from sktimnet.commands._corpora import add_corpus_options, load_corpus
from sktimnet.commands._options import check_writable, load_model
from sktimnet.perturbations import PERTURBATIONS
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
        help=f"those to try, such as gain:-20dB, or all of a kind: {', '.join(_KINDS)}; default: all",
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
        perturbations=options.perturbation or "default",
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
