"""A report as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sktimnet.model_selection._calibration import calibration_lines
from sktimnet.model_selection._result import percent, wrapped
from sktimnet.model_selection._tables import text_table

if TYPE_CHECKING:
    from sktimnet.model_selection._report import Report


def report_text(report: Report) -> str:
    """Return a report as text that fits a terminal."""
    parts = (_header, _fold_table, _score_table, _measure_table, _confusion_table, _calibration, _footer)
    return "\n\n".join("\n".join(lines) for part in parts if (lines := part(report)))


def _header(report: Report) -> list[str]:
    label = "  ** OPTIMISTIC **" if report.optimistic else ""
    seeds = ", ".join(map(str, report.settings["seeds"]))
    given = report.settings["cv"]
    return [
        f"Protocol {report.protocol}{label}",
        *wrapped(f"({report.meaning})"),
        *wrapped(f"{report.settings['estimator']}"),
        f"{report.n_clips} clips, {len(report.classes)} classes, {len(report.folds)} folds, seeds: {seeds}",
        *([] if given is None else wrapped(f"cv={given}")),
    ]


def _fold_table(report: Report) -> list[str]:
    best = ["best epoch"] if report.optimistic else []
    rows = [["seed", "fold", "train", "test", "left out", "UAR %", "WAR %", "s", *best]]
    for fold in report.folds:
        sizes = [fold.seed, fold.fold, fold.n_train, len(fold.test), fold.n_discarded]
        scores = [percent(fold.UAR), percent(fold.WAR), f"{fold.fit_seconds + fold.score_seconds:.1f}"]
        rows.append([*map(str, sizes), *scores, *([str(fold.best_epoch or "-")] if best else [])])
    return text_table(rows, left=0)


def _score_table(report: Report) -> list[str]:
    names = {
        "mean": "mean over folds",
        "sd": "SD over folds (divided by n)",
        "pooled": "pooled over clips",
        "low": f"95 % interval over {report._unit}s, from",
        "high": "to",
        "chance": "chance",
    }
    rows = [
        [text, *(percent(getattr(score, name)) for score in report.scores.values())] for name, text in names.items()
    ]
    return text_table([["", *(f"{name} %" for name in report.scores)], *rows])


def _measure_table(report: Report) -> list[str]:
    if not report.measures:
        return []
    rows = [[name, *("-" if x is None else f"{x:.4g}" for x in measure)] for name, measure in report.measures.items()]
    return text_table([["further measures, over folds", "mean", "SD"], *rows])


def _confusion_table(report: Report) -> list[str]:
    names = [str(label) for label in report.classes]
    rows = [
        [name, *map(str, counts), percent(recall)]
        for name, counts, recall in zip(names, report.confusion_matrix, report.recall, strict=True)
    ]
    return text_table([["true, predicted:", *names, "recall %"], *rows])


def _calibration(report: Report) -> list[str]:
    return calibration_lines(report.calibration)


def _footer(report: Report) -> list[str]:
    threads = sorted({fold.torch_threads for fold in report.folds})
    gpus = sorted({fold.device for fold in report.folds if fold.device and fold.device != "cpu"})
    computed = "; ".join([f"torch threads: {', '.join(map(str, threads))}", *(f"device: {gpu}" for gpu in gpus)])
    lines = wrapped(f"{computed}; splits {report.split_hash[:12]}")
    return [*lines, "Audit:", *(line for finding in report.audit for line in wrapped(f"- {finding}", "  "))]
