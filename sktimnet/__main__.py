"""The command line: evaluate on a corpus, fit on own recordings, predict files."""

import argparse
import io
import os
import sys
import warnings
from math import ceil
from pathlib import Path

import joblib
import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch

from sktimnet import MFCCTransformer, TIMNetClassifier, __version__, datasets, persistence
from sktimnet.feature_extraction import FRONT_ENDS, fault_report
from sktimnet.model_selection import evaluate
from sktimnet.model_selection._audit import fingerprints
from sktimnet.model_selection._evaluate import check_two_labels

# Each with the loader's own settings: what --root holds, and what the demonstration needs to end within minutes.
_LOADERS = {name.lower(): getattr(datasets, f"load_{name.lower().replace('-', '')}") for name in datasets.CORPORA}
_LOADERS |= {"folder": datasets.load_folder, "table": datasets.load_table}
_DEMONSTRATION = {"max_epochs": 25, "batch_size": 16, "n_blocks": 6}
_MANY_STEPS = 300  # after which batch normalisation has forgotten 95 % of where it began


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 2 where the user's input is wrong, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # a label or file name that the terminal cannot show is no reason to stop
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: print(f"sktimnet: warning: {message}", file=sys.stderr)
        try:
            options.run(options)
            sys.stdout.flush()
        except BrokenPipeError:  # of "| head", which has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            print("sktimnet: interrupted", file=sys.stderr)
            return 130
        except (ImportError, OSError, ValueError) as error:
            print(f"sktimnet: error: {error}", file=sys.stderr)
            return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sktimnet", description="Speech emotion recognition with TIM-Net.")
    parser.add_argument("--version", action="version", version=f"sktimnet {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("evaluate", help="cross-validate on a corpus, without options on synthetic speech")
    command.set_defaults(run=_evaluate)
    command.add_argument(
        "--corpus", type=str.lower, choices=["synthetic", *_LOADERS], default="synthetic", help="default: %(default)s"
    )
    command.add_argument("--root", metavar="DIR", help="where the corpus is; for table, the CSV file")
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
    _add_model_options(command)

    command = commands.add_parser("fit", help="train on a folder of own recordings, one directory per label")
    command.set_defaults(run=_fit)
    command.add_argument("--data", required=True, metavar="DIR", help="DIR/<label>/<any name>.wav, or a CSV file")
    command.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help="where to save the fitted pipeline; a safe file if FILE ends in .safetensors",
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    _add_model_options(command)

    command = commands.add_parser("predict", help="print label and probability of each file")
    command.set_defaults(run=_predict)
    command.add_argument("model", help="what fit saved (open it only if you trust it: joblib runs code) or a safe file")
    command.add_argument("file", nargs="+", help="a recording")
    return parser


def _add_model_options(command: argparse.ArgumentParser) -> None:
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


def _evaluate(options: argparse.Namespace) -> None:
    if options.json:
        _check_writable("--json", options.json)
    corpus = _load(options)
    if options.protocol.startswith("speaker") and corpus.speaker is None:
        raise ValueError(
            f"--protocol {options.protocol} needs to know who speaks: list the files in a CSV file with the columns "
            "path, label, speaker and text, and evaluate it with --corpus table --root FILE."
        )
    # A folder of one's own may have the name of a corpus.
    known = None if options.corpus in ("folder", "table") else datasets.CORPORA.get(corpus.corpus)
    parameters = _DEMONSTRATION if options.corpus == "synthetic" else {}
    pipeline = _pipeline(options, known, parameters)
    _tell(corpus, pipeline[-1], len(corpus.data) * (1 - 1 / max(1, options.folds)))
    report = evaluate(
        pipeline,
        corpus.data,
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
    print(report)
    if known is not None and known.published:
        print(f"\n{report.compare(known.name)}")


def _load(options: argparse.Namespace):
    if options.corpus == "synthetic":
        if options.root is not None:
            raise ValueError(f"--root {options.root} needs --corpus: folder for own recordings, or a corpus's name.")
        return datasets.make_emotional_speech(random_state=0)
    if options.root is None:
        raise ValueError(f"--corpus {options.corpus} needs --root DIR, the directory where it is.")
    return _LOADERS[options.corpus](options.root)


def _pipeline(options: argparse.Namespace, corpus: datasets.Corpus | None, parameters: dict) -> Pipeline:
    """Build the pipeline with the settings of a known corpus, and the user's before them."""
    known = {"clip_length": None, "n_blocks": 8} if corpus is None else vars(corpus)
    clip_length = known["clip_length"] if options.clip_length is None else options.clip_length
    given = {"n_blocks": options.n_blocks, "max_epochs": options.epochs, "batch_size": options.batch_size}
    parameters = {"n_blocks": known["n_blocks"]} | parameters | {k: v for k, v in given.items() if v is not None}
    mfcc = MFCCTransformer(clip_length=clip_length, **FRONT_ENDS[options.front_end])
    return Pipeline([("mfcc", mfcc), ("timnet", TIMNetClassifier(**parameters))])


def _fit(options: argparse.Namespace) -> None:
    _check_writable("--out", options.out)
    save = persistence.save if options.out.endswith(".safetensors") else joblib.dump
    if save is persistence.save:
        persistence.require_safetensors()
    load = datasets.load_table if Path(options.data).is_file() else datasets.load_folder
    corpus = load(options.data)
    check_two_labels(corpus.target)
    pipeline = _pipeline(options, None, {"random_state": options.seed, "verbose": 1})
    _tell(corpus, pipeline[-1], len(corpus.data))
    pipeline.fit(corpus.data, corpus.target)
    save(pipeline, options.out)
    print(f"{len(corpus.data)} clips, labels {', '.join(pipeline.classes_)}; saved to {options.out}")


def _tell(corpus: Bunch, classifier: TIMNetClassifier, n_clips: float) -> None:
    """Say what will be trained on, and that it will be short: both are cheaper to know before than after."""
    print(corpus.DESCR, file=sys.stderr)
    n_steps = classifier.max_epochs * ceil(n_clips / max(1, classifier.batch_size))
    if 0 < n_steps < _MANY_STEPS:  # what cannot be trained at all is refused later
        print(
            f"sktimnet: warning: a training of {n_steps} steps is short: below some {_MANY_STEPS} the network predicts "
            "worse than it learns. Take more --epochs or a smaller --batch-size.",
            file=sys.stderr,
        )


def _check_writable(option: str, file: str) -> None:
    """Refuse, before anything is trained, what could not be written afterwards."""
    path = Path(file).absolute()
    if path.is_dir():
        raise ValueError(f"{option} {file} is a directory; name a file in it.")
    if not path.parent.is_dir():
        raise ValueError(f"{option} {file}: its directory does not exist; create it first.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{option} {file} may not be written; name a file where you may write.")


def _load_model(file: str) -> Pipeline:
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


def _predict(options: argparse.Namespace) -> None:
    pipeline = _load_model(options.model)
    _, faults = fingerprints(options.file)
    usable = np.delete(options.file, [i for i, _ in faults]).tolist()
    for file, row in zip(usable, pipeline.predict_proba(usable) if usable else [], strict=True):
        print(f"{file}\t{pipeline.classes_[row.argmax()]}\t{row.max():.3f}")
    if faults:
        raise ValueError(fault_report(options.file, faults, "raise"))


if __name__ == "__main__":
    sys.exit(main())
