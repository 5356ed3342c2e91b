"""The audit of a report: limits of its figures, in sentences."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sktimnet.model_selection._result import FITTED_ELSEWHERE

if TYPE_CHECKING:
    from sktimnet.model_selection._report import Report

_MANY_UNITS = 20  # percentile intervals over fewer speakers or groups are clearly too narrow


def audit_sentences(report: Report) -> list[str]:
    """Return the limits of a report's figures, one sentence each."""
    return [*_shares(report), *_clips(report), *_classes(report), *_measures(report), *_interval(report)]


def _shares(report: Report) -> list[str]:
    n_tested = sum(len(fold.test) for fold in report.folds)
    lines = []
    if report.settings.get("fitted_elsewhere"):
        lines.append(FITTED_ELSEWHERE)
    if n_extra := report.settings.get("n_extra"):
        lines.append(f"Each fold also trained on {n_extra} clips of another corpus, which none tested.")
    if report.settings.get("speakers_in_X"):
        lines.append(
            "The classifier was told who speaks: it may take test clips of one speaker together, without labels."
        )
    if report.optimistic:
        lines.append("OPTIMISTIC: each fold's epoch was chosen on the clips it is scored on; quote last-epoch figures.")
    grouped = any(fold.group is not None for fold in report.folds)
    for name in ("speaker", "text", *(["group"] if grouped else [])):
        counts = [getattr(fold, f"n_{name}_shared") for fold in report.folds]
        if None in counts:
            lines.append(f"{name}s unknown: test clips may share a {name} with training clips.")
        else:
            lines.append(
                f"{sum(counts)} of {n_tested} test clips ({sum(counts) / n_tested:.0%}) share a {name} with "
                "training clips."
            )
    return lines


def _clips(report: Report) -> list[str]:
    duplicates = sum(fold.n_duplicates for fold in report.folds)
    n_untested = report.n_clips - len({i for fold in report.folds for i in fold.test})
    discarded = sum(fold.n_discarded for fold in report.folds)
    lines = [f"Clips that repeat another: {report.n_repeated}; test clips that were also trained on: {duplicates}."]
    tested = Counter((fold.seed, i) for fold in report.folds for i in fold.test)
    if again := sum(times > 1 for times in tested.values()):
        lines.append(f"Clips tested more than once with one seed: {again}; they count as often.")
    if discarded:
        lines.append(
            f"Clips left out of training and test, on average over folds: {discarded / len(report.folds):.0f}."
        )
    if n_untested:
        lines.append(f"Clips that were never tested: {n_untested}.")
    return lines


def _classes(report: Report) -> list[str]:
    lines = []
    for place, field_name in (("training", "missing_in_training"), ("test", "missing_in_test")):
        folds = [(fold, getattr(fold, field_name)) for fold in report.folds]
        missing = [
            f"fold {fold.fold} of seed {fold.seed} ({', '.join(map(str, classes))})"
            for fold, classes in folds
            if classes
        ]
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            lines.append(f"Classes missing in {place}: {'; '.join(missing[:3])}{more}.")
    return lines


def _measures(report: Report) -> list[str]:
    failed = {name: [fold.measures[name] for fold in report.folds].count(None) for name in report.measures}
    return [
        f"{name} is undefined on {count} of {len(report.folds)} folds, which are left out of its mean and SD."
        for name, count in failed.items()
        if count
    ]


def _interval(report: Report) -> list[str]:
    n_units = len(set(report._units()))
    if report._unit == "clip" or n_units >= _MANY_UNITS:
        return []
    return [f"The intervals are too narrow, with {n_units} {report._unit}s only: do not read them as 95 %."]
