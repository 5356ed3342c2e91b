"""`sktimnet predict`: label and probability of each recording."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from sktimnet import audio, pretrained
from sktimnet.commands._names import named_recordings
from sktimnet.commands._options import check_writable, load_model
from sktimnet.commands._rows import FORMATS, Row, RowPrinter
from sktimnet.pretrained import MODELS
from sktimnet.speech import SpeechDetector
from sktimnet.timeline import Answer, check_windows, longest_trained, make_answer, predict_spoken, timeline

# Files that are decoded and predicted together: few enough that answers come soon and memory stays small.
_BATCH = 16
# How names of models end; anything else is a recording.
_MODEL_FILES = (".safetensors", ".joblib", ".pkl", ".pickle")
_DEFAULT = "emodb"
# Seconds beyond which a recording is long for a model that does not say what it was trained on.
_LONG = 30.0


def add_predict(commands: Any) -> None:
    """Describe the command to the parser."""
    command = commands.add_parser("predict", help="print label and probability of each recording")
    command.set_defaults(run=run_predict)
    command.usage = "sktimnet predict [-h] [options] [MODEL] FILE [FILE ...]"
    command.add_argument(
        "file",
        nargs="+",
        metavar="[MODEL] FILE",
        help="MODEL: what fit saved, a file that ends in .safetensors, or in .joblib or .pkl (open these only if you "
        f"trust them: they run code), or {', '.join(MODELS)}, which ships with the package and is the default. FILE: a "
        "recording, a folder of recordings, @FILE with a name on each line, or - for names on standard input",
    )
    command.add_argument(
        "--format",
        choices=FORMATS,
        default="tab",
        help="tab: file, label, probability; csv and jsonl: all probabilities and bad files too; default: %(default)s",
    )
    command.add_argument(
        "--min-confidence", type=float, default=0.0, metavar="P", help="print ? below this probability; default: 0"
    )
    command.add_argument("--timeline", action="store_true", help="a row for each window of each recording")
    command.add_argument(
        "--audacity", metavar="FILE", help="write the segments of one recording as labels for Audacity"
    )
    command.add_argument("--window", type=float, default=3.0, metavar="SECONDS", help="default: %(default)s")
    command.add_argument("--hop", type=float, default=1.0, metavar="SECONDS", help="default: %(default)s")
    command.add_argument("--n-jobs", type=int, metavar="N", help="processes for long recordings; default: 1")


def run_predict(options: argparse.Namespace) -> None:
    """Print the answers for good files as they are ready, then name the bad ones."""
    if not 0 <= options.min_confidence <= 1:
        raise ValueError(f"--min-confidence {options.min_confidence:g} is no probability; expected 0 to 1")
    check_windows(options.window, options.hop)
    model, names = _model_and_names(options.file)
    files = named_recordings(names)
    pipeline = _load(model)
    if options.audacity:
        check_writable("--audacity", options.audacity)
        if len(files) > 1:
            raise ValueError(f"--audacity {options.audacity} takes the labels of one recording, not of {len(files)}")
    printer = RowPrinter(
        options.format, pipeline.classes_, min_confidence=options.min_confidence, with_times=options.timeline
    )
    faults: list[tuple[int, str]] = []
    with tqdm(total=len(files), unit="file", disable=None, file=sys.stderr) as bar:  # None: only on a terminal
        _print(printer.header())
        for start in range(0, len(files), _BATCH):
            batch = files[start : start + _BATCH]
            rows, bad = _answer_batch(pipeline, batch, printer, options)
            _print(filter(None, map(printer.line, rows)))
            faults += [(start + i, reason) for i, reason in bad]
            bar.update(len(batch))
    if faults:
        lines = [f"- {files[i]!r} {reason}" for i, reason in faults]
        raise ValueError("\n".join([f"{len(faults)} of {len(files)} files cannot be used:", *lines]))


def _model_and_names(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Split the arguments into the model, None where the first names none, and names of recordings."""
    first, *others = arguments
    if first.endswith(_MODEL_FILES) or (first in MODELS and others):
        if not others:
            raise ValueError(f"{first} is a model; name a recording after it.")
        return first, others
    return None, arguments


def _load(model: str | None) -> Any:
    """Load a model by the name of its file, or one that ships with the package."""
    if model is None:
        tqdm.write(
            f"sktimnet: note: no model was named: that of the package answers, {_DEFAULT}, trained on acted German "
            "speech of ten speakers; sktimnet fit trains one on your recordings.",
            file=sys.stderr,
        )
        model = _DEFAULT
    return pretrained.load_model(model) if model in MODELS else load_model(model)


def _print(lines: Iterable[str]) -> None:
    """Print lines at once, clear of the progress bar."""
    for line in lines:
        tqdm.write(line, file=sys.stdout)
    sys.stdout.flush()


def _answer_batch(
    pipeline: Any, files: list[str], printer: RowPrinter, options: argparse.Namespace
) -> tuple[list[Row], list[tuple[int, str]]]:
    """Return the rows of some files in their order, and the positions of bad ones with the reasons."""
    rows: dict[int, list[Row]] = {}
    clips: dict[int, tuple[np.ndarray, int]] = {}
    faults = []
    for i, file in enumerate(files):
        try:
            rate = int(audio.sampling_rate(file))
            seconds = audio.count_samples(file, rate) / rate
            if options.timeline or options.audacity or seconds > _longest(pipeline):
                rows[i] = _rows_of_windows(pipeline, file, seconds, printer, options)
            else:
                clips[i] = audio.load(file, rate), rate
        except audio.AudioError as error:
            faults.append((i, str(error)))
            rows[i] = [printer.error(file, str(error))]
    for i, answer in zip(clips, _answers(pipeline, list(clips.values())), strict=True):
        rows[i] = [printer.answer(files[i], answer)]
    return [row for i in range(len(files)) for row in rows[i]], faults


def _longest(pipeline: Any) -> float:
    """Return the seconds beyond which a recording is answered by windows."""
    longest = longest_trained(pipeline)
    return longest if np.isfinite(longest) else _LONG


def _longer_than(pipeline: Any) -> str:
    """Say what a recording answered by windows is longer than."""
    longest = longest_trained(pipeline)
    return f"the model's clips ({longest:.1f} s)" if np.isfinite(longest) else f"{_LONG:g} s"


def _answers(pipeline: Any, clips: list[tuple[np.ndarray, int]]) -> list[Answer]:
    """Answer clips as a whole."""
    speech = [SpeechDetector().share(waveform, rate) for waveform, rate in clips]
    return [
        make_answer(0, len(waveform) / rate, probabilities, share, pipeline.classes_)
        for (waveform, rate), probabilities, share in zip(
            clips, predict_spoken(pipeline, clips, speech), speech, strict=True
        )
    ]


def _rows_of_windows(
    pipeline: Any, file: str, seconds: float, printer: RowPrinter, options: argparse.Namespace
) -> list[Row]:
    """Return a row for each window, or the row of all windows together with a note."""
    found = timeline(pipeline, file, window=options.window, hop=options.hop, n_jobs=options.n_jobs)
    if options.audacity:
        found.to_audacity(options.audacity)
    if options.timeline:
        return [printer.answer(file, window) for window in found.windows]
    if seconds > _longest(pipeline):
        tqdm.write(
            f"sktimnet: note: {file} lasts {seconds:.1f} s, longer than {_longer_than(pipeline)}: the answer is the "
            f"mean over windows of {options.window:g} s; --timeline shows each.",
            file=sys.stderr,
        )
    return [printer.answer(file, found.overall())]
