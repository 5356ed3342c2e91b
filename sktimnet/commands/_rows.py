"""Rows of answers as text: tab-separated for a person, CSV and JSON Lines for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from sktimnet.timeline import NO_SPEECH, Answer

FORMATS = ("tab", "csv", "jsonl")

Row = dict[str, Any]


class RowPrinter:
    """Make rows of answers, and lines of rows.

    Parameters
    ----------
    kind : {"tab", "csv", "jsonl"}
        The format of lines.
    classes : ndarray of shape (n_classes,)
        The labels.
    min_confidence : float
        Below it, an answer is "?" with the reason.
    with_times : bool
        Whether rows say which part of a file they are about.
    """

    def __init__(self, kind: str, classes: Any, *, min_confidence: float, with_times: bool):
        self.kind = kind
        self.classes = classes
        self.min_confidence = min_confidence
        self.with_times = with_times
        self._blank = self.answer("", Answer(0.0, 0.0, None, np.full(len(classes), np.nan), 0.0, NO_SPEECH))

    def header(self) -> Iterator[str]:
        """Yield the line before all rows, where the format has one."""
        if self.kind == "csv":
            yield _as_csv(list(self._blank))

    def answer(self, file: str, answer: Answer) -> Row:
        """Return the row of an answer; its label is "?" where it is not sure enough."""
        row = answer.to_dict(self.classes)
        times = {name: row.pop(name) for name in ("start", "end")}
        label, speech, reason = row.pop("label"), row.pop("speech"), row.pop("reason")
        probability = None if label is None else float(answer.probabilities.max())
        if probability is not None and probability < self.min_confidence:
            reason = f"most probable is {label}, below --min-confidence {self.min_confidence:g}"
        status = {"status": "unsure" if reason else "ok", "label": "?" if reason else label}
        found = {"probability": probability, "speech": speech, **row, "reason": reason}
        return {"file": file, **(times if self.with_times else {}), **status, **found}

    def error(self, file: str, reason: str) -> Row:
        """Return the row of a file that cannot be used."""
        return {**dict.fromkeys(self._blank), "file": file, "status": "error", "reason": reason}

    def line(self, row: Row) -> str | None:
        """Return a row as text; None where the format has no place for it."""
        if self.kind == "csv":
            return _as_csv(["" if value is None else value for value in row.values()])
        if self.kind == "jsonl":
            return json.dumps(row, ensure_ascii=False, allow_nan=False)
        if row["status"] == "error":  # the summary at the end names it
            return None
        times = [f"{row[name]:.2f}" for name in ("start", "end") if self.with_times]
        shown = "-" if row["probability"] is None else f"{row['probability']:.3f}"
        reason = [row["reason"]] if row["reason"] else []
        return "\t".join([row["file"], *times, str(row["label"]), shown, *reason])


def _as_csv(values: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()
