"""`sktimnet evaluate`: cross-validate on a corpus."""

from __future__ import annotations

import argparse
from typing import Any

import pooch

from sktimnet import datasets
from sktimnet.commands._corpora import add_corpus_options, load_corpus
from sktimnet.commands._options import add_model_options, check_writable, clips_of, make_estimator, tell

# What the demonstration needs to end within minutes.
_DEMONSTRATION = {"max_epochs": 25, "batch_size": 16, "n_blocks": 6}


def add_evaluate(commands: Any) -> None:
    """Describe the command to the parser."""
    command = commands.add_parser("evaluate", help="cross-validate on a corpus, without options on synthetic speech")
    command.set_defaults(run=run_evaluate)
    add_corpus_options(command, default="synthetic")
    command.add_argument(
        "--protocol",
        choices=["last-epoch", "best-epoch", "speaker", "speaker+text"],
        default="last-epoch",
        help="how test clips are held out and scored; default: %(default)s",
    )
    command.add_argument("--folds", type=int, default=10, metavar="N", help="default: %(default)s")
    command.add_argument(
        "--n-jobs", type=int, metavar="N", help="folds to run in parallel; default: 1, for synthetic speech all cores"
    )
    command.add_argument(
        "--seed", type=int, nargs="+", default=[0], metavar="N", help="each repeats all folds; default: 0"
    )
    command.add_argument("--memory", metavar="DIR", help="keep finished folds there, to go on after an interruption")
    command.add_argument("--json", metavar="FILE", help="save the whole report there")
    command.add_argument("--report", metavar="FILE.html", help="write the report there as a page for the browser")
    command.add_argument(
        "--unknown-speakers",
        action="store_true",
        help="do not tell the recipe who speaks: each clip is classified by itself",
    )
    command.add_argument(
        "--cache", metavar="DIR", help="keep features of files there; default: sktimnet in the user's cache directory"
    )
    add_model_options(command, recipe="paper")


def run_evaluate(options: argparse.Namespace) -> None:
    """Evaluate, print and save the report."""
    from sktimnet.model_selection import evaluate  # slow to import

    for option in ("json", "report"):
        if file := getattr(options, option):
            check_writable(f"--{option}", file)
    corpus = load_corpus(options)
    if options.protocol.startswith("speaker") and corpus.speaker is None:
        raise ValueError(
            f"--protocol {options.protocol} needs to know who speaks: list the files in a CSV file with the columns "
            "path, label, speaker and text, and evaluate it with --corpus table --root FILE."
        )
    # A folder of one's own may have the name of a corpus.
    known = None if options.corpus in ("folder", "table") else datasets.CORPORA.get(corpus.corpus)
    memory = None if options.corpus == "synthetic" else options.cache or str(pooch.os_cache("sktimnet") / "features")
    estimator = make_estimator(options, known, memory=memory, **_demonstration(options))
    tell(corpus)
    report = evaluate(
        estimator,
        clips_of(corpus, options),
        corpus.target,
        speaker=corpus.speaker,
        text=corpus.text,
        protocol=options.protocol,
        n_splits=options.folds,
        seeds=options.seed,
        n_jobs=-1 if options.n_jobs is None and options.corpus == "synthetic" else options.n_jobs,
        memory=options.memory,
        verbose=1,
    )
    if options.json:  # before anything is printed, which can fail
        report.to_json(options.json)
    if options.report:
        report.to_html(options.report)
    print(report)
    if known is not None and known.published:
        print(f"\n{report.compare(known.name)}")


def _demonstration(options: argparse.Namespace) -> dict[str, int]:
    return _DEMONSTRATION if options.corpus == "synthetic" and options.recipe == "paper" else {}
