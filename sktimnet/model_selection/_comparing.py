"""Several models over the same folds, each beside the first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Self

from sktimnet.model_selection._html import draw, render, write_page
from sktimnet.model_selection._report import Difference, Report
from sktimnet.model_selection._result import Result, percent, wrapped

_NOTE = (
    "Where an interval holds 0 there may be no difference. Each is a 95 % interval by itself; with one seed or few "
    "speakers it is too narrow."
)


@dataclass(frozen=True, kw_only=True, repr=False)
class ModelComparison(Result):
    """The result of :func:`compare_reports`; ``print`` it, or take what you need.

    Attributes
    ----------
    reports : dict of str to Report
        The reports by name. The others are compared to the first.

    See Also
    --------
    sktimnet.plotting.plot_comparison : The differences as a picture.
    """

    reports: dict[str, Report]

    @cached_property
    def differences(self) -> dict[str, dict[str, Difference]]:
        """For each model but the first, by how much its UAR and WAR are above those of the first."""
        first, *others = self.reports
        return {name: self.reports[name].difference(self.reports[first]) for name in others}

    def to_table(self) -> list[dict[str, Any]]:
        """Return one dict for each model: scores, and its differences to the first, which has None there."""
        rows = []
        for name, report in self.reports.items():
            row: dict[str, Any] = {"model": name, "protocol": report.protocol, "optimistic": report.optimistic}
            for measure, score in report.scores.items():
                difference = self.differences[name][measure] if name in self.differences else None
                row |= {f"{measure}_mean": score.mean, f"{measure}_sd": score.sd, f"{measure}_pooled": score.pooled}
                row |= {
                    f"{measure}_difference": None if difference is None else difference.pooled,
                    f"{measure}_low": None if difference is None else difference.low,
                    f"{measure}_high": None if difference is None else difference.high,
                }
            rows.append(row)
        return rows

    def to_html(self, path: str | os.PathLike | None = None) -> str:
        """Write the comparison as one HTML file that needs no other; without matplotlib it has no picture.

        Parameters
        ----------
        path : str, path-like or None, default=None
            The file; an existing one is replaced. None writes none.

        Returns
        -------
        str
            The page.
        """
        return write_page(self._title, self._repr_html_(), path)

    def _repr_html_(self) -> str:
        from sktimnet import plotting  # draws for those who have matplotlib, and stands below this room

        text = "Differences to the first model with their intervals; the table above has the values."
        return render(
            "comparison.html",
            title=self._title,
            about=self._about,
            note=_NOTE,
            columns=["model", *self._columns],
            rows=self._rows(),
            pictures_found=draw(partial(plotting.plot_comparison, self), text, 5.5, 1.5 + 0.7 * len(self.differences)),
            estimators=[(name, report.settings["estimator"]) for name, report in self.reports.items()],
        )

    def __repr__(self) -> str:
        scores = ", ".join(f"{name} {percent(report.scores['UAR'].pooled)}" for name, report in self.reports.items())
        label = "OPTIMISTIC, " if self._first.optimistic else ""
        return f"<ModelComparison: {label}protocol {self._first.protocol!r}, pooled UAR in %: {scores}>"

    def __str__(self) -> str:
        width = max(map(len, self.reports))
        lines = [self._title, *wrapped(self._about), ""]
        for name, *cells in (["", *self._columns], *self._rows()):
            cells = [cell.rjust(25 if i % 2 else 8) for i, cell in enumerate(cells)]
            lines.append(f"{name:<{width}}{''.join(cells)}".rstrip())
        estimators = [f"{name}: {report.settings['estimator']}" for name, report in self.reports.items()]
        return "\n".join([*lines, "", *wrapped(_NOTE), *(line for text in estimators for line in wrapped(text, "  "))])

    @property
    def _first(self) -> Report:
        return next(iter(self.reports.values()))

    @property
    def _title(self) -> str:
        return f"Models compared, protocol {self._first.protocol}{' (OPTIMISTIC)' if self._first.optimistic else ''}"

    @property
    def _about(self) -> str:
        first = self._first
        return (
            f"{first.n_clips} clips, {len(first.folds)} folds. Scores over all test clips in %; differences to "
            f"{next(iter(self.reports))} in points, with paired 95 % intervals over {first._unit}s."
        )

    @property
    def _columns(self) -> list[str]:
        return [name for measure in self._first.scores for name in (f"{measure} %", "difference (interval)")]

    def _rows(self) -> list[list[str]]:
        rows = []
        for name, report in self.reports.items():
            rows.append([name])
            for measure, score in report.scores.items():
                found = self.differences[name][measure] if name in self.differences else None
                rows[-1] += [percent(score.pooled), "" if found is None else _signed(found)]
        return rows

    def _summary(self) -> dict[str, Any]:
        return {row.pop("model"): row for row in self.to_table()}

    @classmethod
    def _from_document(cls, values: dict[str, Any]) -> Self:
        return cls(reports={name: Report._from_document(report) for name, report in values["reports"].items()})


def _signed(difference: Difference) -> str:
    pooled, low, high = (f"{100 * value:+.1f}" for value in (difference.pooled, difference.low, difference.high))
    return f"{pooled} ({low} to {high})"


def compare_reports(reports: Sequence[Report], names: Sequence[str] | None = None) -> ModelComparison:
    """Compare several models over the same folds, each to the first.

    Parameters
    ----------
    reports : sequence of Report
        Two or more, of the same clips, protocol, folds and seeds. The first is what the others are compared to.
    names : sequence of str or None, default=None
        A name for each; None names them "model 1", "model 2" and so on.

    Returns
    -------
    ModelComparison
        Scores, and differences to the first with paired intervals.

    Raises
    ------
    ValueError
        If there are fewer than two reports, a report is of other folds than the first, or names are missing or equal.

    See Also
    --------
    Report.difference : Two reports.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sktimnet.model_selection import compare_reports, evaluate
    >>> X, y = np.repeat([[0.0], [9.0]], 20, axis=0), np.repeat(["calm", "angry"], 20)
    >>> reports = [evaluate(model, X, y, n_splits=4) for model in (DummyClassifier(), LogisticRegression())]
    >>> compare_reports(reports, names=["chance", "logistic"])
    <ModelComparison: protocol 'last-epoch', pooled UAR in %: chance 50.0, logistic 100.0>
    """
    reports = list(reports)
    names = [f"model {i}" for i in range(1, len(reports) + 1)] if names is None else list(map(str, names))
    if len(reports) < 2:
        raise ValueError(f"compare_reports needs two or more reports, got {len(reports)}.")
    if len(names) != len(reports) or len(set(names)) < len(names):
        raise ValueError(f"names={names!r} must be a different name for each of the {len(reports)} reports.")
    for name, report in zip(names, reports, strict=True):
        if not isinstance(report, Report):
            raise TypeError(f"{name} must be a Report, which evaluate returns, got {report!r}.")
        if _folds(report) != _folds(reports[0]):
            raise ValueError(
                f"{name} is of other clips or folds than {names[0]}: evaluate both with the same X, y, protocol, cv, "
                "n_splits and seeds."
            )
    return ModelComparison(reports=dict(zip(names, reports, strict=True)))


def _folds(report: Report) -> tuple:
    """Return what reports of the same folds share."""
    return report.protocol, report.split_hash, [fold.true for fold in report.folds]
