"""A report as one HTML file that needs no other: for a browser, a notebook, a phone and paper."""

from __future__ import annotations

import base64
import io
import mimetypes
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import numpy as np

from sktimnet.model_selection._result import percent

if TYPE_CHECKING:
    from sktimnet.model_selection._report import Fold, Report

_N_MISTAKES = 10
_ACCURACIES = (0.8, 0.9, 0.95, 0.99)


class Picture(NamedTuple):
    """An image as a data URI, and what it shows in words."""

    source: str
    text: str


def report_fragment(report: Report, folder: str | os.PathLike = "", audio: bool = False) -> str:
    """Write the report as an ``<article>`` with its style, as notebooks show it.

    Parameters
    ----------
    report : Report
        What to show.
    folder : str or path-like, default=""
        The folder from which relative paths of recordings lead to them.
    audio : bool, default=False
        Whether the recordings of the worst mistakes are part of it.

    Returns
    -------
    str
    """
    return render(
        "report.html",
        title=report_title(report),
        report=report,
        **_fold_table(report),
        confusion=_confusion(report),
        **_curves(report),
        **_calibration(report),
        **_mistakes(report, folder, audio),
        setting_rows=_setting_rows(report),
        parameter_rows=_parameter_rows(report.settings["parameters"]),
        version_rows=list(report.versions.items()),
    )


def report_title(report: Report) -> str:
    """Name what was evaluated and how."""
    return f"Evaluation, protocol {report.protocol}{' (OPTIMISTIC)' if report.optimistic else ''}"


def render(template: str, **values: Any) -> str:
    """Fill a template; what is filled in is escaped.

    Parameters
    ----------
    template : str
        Its file in ``_templates``.
    **values
        What it names.

    Returns
    -------
    str
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # only where a page is written

    loader = PackageLoader("sktimnet.model_selection", "_templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = percent
    return environment.get_template(template).render(values)


def write_page(title: str, fragment: str, path: str | os.PathLike | None) -> str:
    """Put a fragment into a page of its own, and the page into a file.

    Parameters
    ----------
    title : str
        The page's title.
    fragment : str
        HTML.
    path : str, path-like or None
        The file; an existing one is replaced. None writes none.

    Returns
    -------
    str
        The page.
    """
    from markupsafe import Markup

    page = render("page.html", title=title, content=Markup(fragment))
    if path is not None:
        # A file name that is no valid text, which a path can hold, shows with question marks.
        Path(path).expanduser().write_text(page, encoding="utf-8", errors="replace")
    return page


def draw(plot: Callable[..., Any], text: str, width: float = 5, height: float = 4.5) -> list[Picture]:
    """Draw a picture by a function that takes ``ax=``.

    Parameters
    ----------
    plot : callable
        Draws into the axes that it is given.
    text : str
        What the picture shows, for those who do not see it.
    width, height : float
        Its size in inches.

    Returns
    -------
    list of Picture
        One, or none where matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        return []
    figure, file = Figure((width, height), layout="constrained"), io.BytesIO()
    plot(ax=figure.subplots())
    with matplotlib.rc_context({"svg.hashsalt": "sktimnet"}):  # the same report gives the same bytes
        figure.savefig(file, format="svg", metadata={"Date": None})
    return [Picture(_data_uri("image/svg+xml", file.getvalue()), text)]


def _fold_table(report: Report) -> dict[str, Any]:
    columns = ["fold", "train", "test", "left out", "UAR %", "WAR %", "s"]
    rows = []
    for fold in report.folds:
        seconds = f"{fold.fit_seconds + fold.score_seconds:.1f}"
        sizes = [fold.n_train, len(fold.test), fold.n_discarded]
        rows.append([_fold_name(report, fold), *sizes, percent(fold.UAR), percent(fold.WAR), seconds])
        if report.optimistic:
            rows[-1].append(fold.best_epoch or "-")
    if report.optimistic:
        columns.append("best epoch")
    scores = report.scores.values()
    empty = [""] * (len(columns) - 6)
    rows.append(["mean", "", "", "", *(percent(score.mean) for score in scores), *empty])
    rows.append(["SD", "", "", "", *(percent(score.sd) for score in scores), *empty])
    return {"fold_columns": columns, "fold_rows": rows}


def _fold_name(report: Report, fold: Fold) -> str:
    several = len(report.settings["seeds"]) > 1
    return f"{fold.fold},\N{NO-BREAK SPACE}seed\N{NO-BREAK SPACE}{fold.seed}" if several else str(fold.fold)


def _confusion(report: Report) -> list[tuple[Any, list[dict[str, Any]]]]:
    rows = []
    for label, counts in zip(report.classes, report.confusion_matrix, strict=True):
        total = counts.sum()
        cells = [{"count": n, "share": n / total if total else 0.0, "known": total > 0} for n in counts]
        rows.append((label, cells))
    return rows


def _curves(report: Report) -> dict[str, Any]:
    from sktimnet import plotting  # draws for those who have matplotlib, and stands below this room

    ends: dict[str, list[float]] = {}
    for fold in report.folds:
        for name, curve in fold.curves.items():
            ends.setdefault(name, []).extend(value for value in curve[-1:] if value is not None)
    rows = [(name.replace("_", " "), f"{np.mean(values):.3f}") for name, values in ends.items() if values]
    text = "Learning curves: {} over the epochs, on training and test clips; the table above has the last values."
    pictures = [
        picture
        for measure in ("accuracy", "loss")
        if f"train_{measure}" in report.curves
        for picture in draw(partial(plotting.plot_learning_curves, report, measure), text.format(measure), 5.5, 4)
    ]
    return {"curve_rows": rows, "curve_pictures": pictures}


def _calibration(report: Report) -> dict[str, Any]:
    from sktimnet import plotting  # as above

    calibration = report.calibration
    if calibration is None:
        return {"bin_rows": [], "threshold_rows": [], "calibration_pictures": []}
    bins = [
        (f"{part.low:.1f} to {part.high:.1f}", part.n_clips, percent(part.confidence), percent(part.accuracy))
        for part in calibration.bins
    ]
    thresholds = []
    for accuracy in _ACCURACIES:
        found = report.threshold(accuracy)
        from_confidence = (
            ("not reached", "-") if found is None else (f"{found.confidence:.3f}", percent(found.coverage))
        )
        thresholds.append((f"{accuracy:.0%}".rstrip("%"), *from_confidence))
    pictures = [
        *draw(
            partial(plotting.plot_reliability, report),
            "Reliability diagram: accuracy against confidence; the first table above has its values.",
        ),
        *draw(
            partial(plotting.plot_coverage, report),
            "Accuracy against coverage, the share of clips answered; the second table above has some of its values.",
        ),
    ]
    return {"bin_rows": bins, "threshold_rows": thresholds, "calibration_pictures": pictures}


def _mistakes(report: Report, folder: str | os.PathLike, audio: bool) -> dict[str, Any]:
    """Return the wrong predictions of which the classifier was surest."""
    if report.calibration is None:
        return {"mistakes": [], "n_wrong": 0}
    column = {label: i for i, label in enumerate(report.classes)}
    wrong = [
        (-row[column[guess]], fold, i)
        for fold in report.folds
        for i, (true, guess, row) in enumerate(zip(fold.true, fold.predicted, fold.probabilities or [], strict=True))
        if true != guess
    ]
    surest = sorted(wrong, key=lambda found: found[0])[:_N_MISTAKES]
    mistakes = [_mistake(report, fold, i, folder, audio) for _, fold, i in surest]
    return {"mistakes": mistakes, "n_wrong": len(wrong)}


def _mistake(report: Report, fold: Fold, i: int, folder: str | os.PathLike, audio: bool) -> dict[str, Any]:
    path = None if fold.path is None else fold.path[i]
    rows: Any = fold.probabilities
    return {
        "name": f"clip {fold.test[i]}" if path is None else path,
        "source": None if path is None else _recording(path, folder, audio),
        "true": fold.true[i],
        "predicted": fold.predicted[i],
        "fold": _fold_name(report, fold),
        "speaker": None if fold.speaker is None else fold.speaker[i],
        "probabilities": sorted(zip(report.classes, rows[i], strict=True), key=lambda pair: -pair[1]),
    }


def _recording(path: str, folder: str | os.PathLike, audio: bool) -> str:
    """Return where a page in the folder finds the recording: in itself, or in its file."""
    if audio:
        return _data_uri(mimetypes.guess_type(path)[0] or "audio/wav", Path(path).read_bytes())
    if os.path.isabs(path):
        return Path(path).as_uri()
    return quote(os.fsencode(os.path.relpath(path, folder or ".").replace(os.sep, "/")))


def _setting_rows(report: Report) -> list[tuple[str, str]]:
    settings = {name: value for name, value in report.settings.items() if name != "parameters"}
    threads = sorted({fold.torch_threads for fold in report.folds})
    devices = sorted({fold.device for fold in report.folds if fold.device})
    rows = settings | {"torch threads": threads, "device": devices, "hash of the folds": report.split_hash}
    return [(name, _plain(value)) for name, value in rows.items()]


def _parameter_rows(parameters: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the parameters without those whose own parameters follow."""
    outer = {name.rpartition("__")[0] for name in parameters}
    return [(name, _plain(value)) for name, value in parameters.items() if name not in outer]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
