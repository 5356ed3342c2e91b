"""The result of a stress test: answers under every perturbation, thresholds, and what fails them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sktimnet.model_selection._result import Result, percent, wrapped
from sktimnet.model_selection._scores import uar, war

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY_GROUPS = 10  # of more groups, print those with the lowest and the highest UAR
_DECIMALS = 9  # 0.8 - 0.7 is 0.1, not above it


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a classifier answers under one perturbation.

    Attributes
    ----------
    perturbation : str
        Its name; "clean" for the clips as they are.
    predicted : list
        The predicted label of each clip.
    confidence : list of float or None
        The highest of each clip's probabilities; None for classifiers that give none.
    """

    perturbation: str
    predicted: list
    confidence: list[float] | None


@dataclass(frozen=True, kw_only=True, repr=False)
class RobustnessReport(Result):
    """The result of :func:`robustness`; ``print`` it, draw it with :meth:`plot`, or take what you need.

    Attributes
    ----------
    classes : list
        The labels, true or predicted, sorted.
    clip : list of int
        Positions in X of the clips tested, fold after fold.
    path : list of str or None
        Their files; None where X has none.
    true : list
        Their labels.
    speaker, sex : list or None
        Who speaks in each of them; None where not known.
    seconds : list of float
        Their lengths.
    answers : list of Answers
        On the clips as they are, then under each perturbation.
    changes : dict of str to str
        What each perturbation is.
    skipped : dict of str to str
        Perturbations that could not be made, and why.
    thresholds : dict of str to dict of str to float
        Of each perturbation, or way to group clips, the most that a measure ("lost", "changed" or "gap") may be.
    n_folds : int or None
        Trainings that were tested, each on speakers or clips that are not in it; None for a classifier that came
        fitted.
    unknown_classes : list
        Labels that the classifier was not trained on in a fold, or at all.
    settings : dict
        ``estimator``, its ``parameters``, ``cv`` and ``seed``.
    versions : dict of str to str
        Versions of Python and the libraries.
    """

    classes: list
    clip: list[int]
    path: list[str] | None
    true: list
    speaker: list | None
    sex: list | None
    seconds: list[float]
    answers: list[Answers]
    changes: dict[str, str]
    skipped: dict[str, str]
    thresholds: dict[str, dict[str, float]]
    n_folds: int | None
    unknown_classes: list
    settings: dict[str, Any]
    versions: dict[str, str]

    def to_table(self) -> list[dict[str, Any]]:
        """Return one dict for each perturbation, the first for the clips as they are.

        ``UAR`` and ``WAR``; ``lost`` (UAR of the clean clips minus this one); ``changed`` (share of answers that are
        not those of the clean clips); ``confidence`` (mean of the highest probability, None without probabilities), all
        as fractions; ``most_lost`` and ``most_changed`` (the thresholds, None where there is none) and ``passed`` (None
        without thresholds).
        """
        return [self._row(answers) for answers in self.answers]

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        """One dict for each group of clips: ``by`` (sex, speaker or length), ``group``, ``n``, ``n_classes``, ``UAR``.

        UAR is of the clips as they are, over the classes that the group has. Lengths are thirds of the clips.
        """
        ways = {"sex": self.sex, "speaker": self.speaker, "length": self._length_thirds()}
        return [row for by, names in ways.items() if names is not None for row in self._groups_by(by, names)]

    @property
    def gaps(self) -> dict[str, float]:
        """Highest minus lowest UAR of the groups, for each way to group clips, as a fraction."""
        scores: dict[str, list[float]] = {}
        for row in self.groups:
            scores.setdefault(row["by"], []).append(row["UAR"])
        return {by: max(values) - min(values) for by, values in scores.items()}

    @property
    def failures(self) -> list[str]:
        """Names of the perturbations, and of the ways to group clips, that miss a threshold."""
        missed = [row["perturbation"] for row in self.to_table() if row["passed"] is False]
        return missed + [by for by in self.gaps if self._gap_passed(by) is False]

    @property
    def audit(self) -> list[str]:
        """What a reader must know before trusting the figures, one sentence each."""
        n, speakers_held_out = len(self.clip), self.settings["cv"] == "speakers held out"
        if self.n_folds is None:
            lines = ["The classifier came fitted: whether it was trained on these clips or speakers is not known."]
        elif speakers_held_out:
            lines = [f"Cross-validated: {self.n_folds} trainings, each tested on speakers that are not in it."]
        else:
            lines = [f"Cross-validated: {self.n_folds} trainings; test clips may share a speaker with training clips."]
        if self.unknown_classes:
            names = ", ".join(map(str, self.unknown_classes))
            lines.append(f"Tested by a classifier that was not trained on them: clips labelled {names}.")
        counts = Counter(self.true)
        rarest = min(counts, key=counts.__getitem__)
        points = percent(1 / (len(counts) * counts[rarest]))
        lines.append(
            f"Smaller differences cannot be seen: one answer is {percent(1 / n)} % of the {n} clips, and as much as "
            f"{points} points of UAR for a clip of the rarest class ({rarest}, {counts[rarest]})."
        )
        lines += [f"Skipped: {name} ({reason})." for name, reason in self.skipped.items()]
        return lines

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the UAR lost and the answers changed under each perturbation, with their thresholds.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib Axes
            A bar for the points of UAR lost, a dot for the answers changed; lines across are thresholds, and what is
            above them is orange.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from sktimnet.plotting import plot_robustness  # draws for those who have matplotlib, and stands below this room

        return plot_robustness(self, ax=ax)

    def __repr__(self) -> str:
        failed = f"{len(self.failures)} failed" + (f": {', '.join(self.failures)}" if self.failures else "")
        return f"<RobustnessReport: {len(self.clip)} clips, {len(self.answers) - 1} perturbations, {failed}>"

    def __str__(self) -> str:
        return "\n".join(
            [
                "Stress test: clips changed in ways that leave the emotion as it is",
                *wrapped(self.settings["estimator"]),
                f"{len(self.clip)} clips, {len(self.classes)} classes, seed {self.settings['seed']}",
                "",
                *self._perturbation_lines(),
                "",
                *self._group_lines(),
                "",
                f"{len(self.failures)} thresholds missed{': ' if self.failures else ''}{', '.join(self.failures)}",
                "Audit:",
                *(line for finding in self.audit for line in wrapped(f"- {finding}", "  ")),
            ]
        )

    def _summary(self) -> dict[str, Any]:
        rows = {row.pop("perturbation"): row for row in self.to_table()}
        return {"perturbations": rows, "groups": self.groups, "failures": self.failures, "audit": self.audit}

    @classmethod
    def _from_document(cls, values: dict[str, Any]) -> Self:
        return cls(**values | {"answers": [Answers(**answers) for answers in values["answers"]]})

    # ---- scores -----------------------------------------------------------------------------------------------------

    def _row(self, answers: Answers) -> dict[str, Any]:
        clean = self.answers[0]
        changed = [one != other for one, other in zip(clean.predicted, answers.predicted, strict=True)]
        values = {
            "lost": uar(self.true, clean.predicted) - uar(self.true, answers.predicted),
            "changed": float(np.mean(changed)),
        }
        limits = self.thresholds.get(answers.perturbation, {})
        within = [round(values[measure], _DECIMALS) <= limit for measure, limit in limits.items()]
        return {
            "perturbation": answers.perturbation,
            "n": len(self.true),
            "UAR": uar(self.true, answers.predicted),
            "WAR": war(self.true, answers.predicted),
            **values,
            "confidence": None if answers.confidence is None else float(np.mean(answers.confidence)),
            "most_lost": limits.get("lost"),
            "most_changed": limits.get("changed"),
            "passed": all(within) if within else None,
        }

    def _groups_by(self, by: str, names: list) -> Iterator[dict[str, Any]]:
        true, predicted = np.asarray(self.true), np.asarray(self.answers[0].predicted)
        groups, group = np.unique(np.asarray(names), return_inverse=True)
        for number, name in enumerate(groups.tolist()):
            members = np.flatnonzero(group == number)
            yield {
                "by": by,
                "group": name,
                "n": len(members),
                "n_classes": len(np.unique(true[members])),
                "UAR": uar(true[members], predicted[members]),
            }

    def _length_thirds(self) -> list[str] | None:
        """Name the third of each clip; None where all clips are of one length."""
        ends = np.quantile(self.seconds, [1 / 3, 2 / 3])
        names = [f"third 1, up to {ends[0]:.1f} s", f"third 2, up to {ends[1]:.1f} s", "third 3, longer"]
        third = np.searchsorted(ends, self.seconds)
        return [names[int(i)] for i in third] if len(np.unique(third)) > 1 else None

    def _gap_passed(self, by: str) -> bool | None:
        limit = self.thresholds.get(by, {}).get("gap")
        return None if limit is None else bool(round(self.gaps[by], _DECIMALS) <= limit)

    # ---- parts of what is printed -----------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What stands above a picture: clips, their UAR, and how many thresholds are missed."""
        clean = self.to_table()[0]
        return (
            f"{len(self.clip)} clips, UAR {percent(clean['UAR'])} % as they are; {len(self.failures)} thresholds missed"
        )

    def _perturbation_lines(self) -> list[str]:
        width = max(map(len, ["perturbation", *self.changes])) + 2
        lines = [f"{'perturbation':<{width}}{'UAR %':>8}{'lost':>8}{'changed %':>11}{'confidence %':>14}  threshold"]
        for row in self.to_table():
            limits = [
                f"{measure} <= {percent(limit)}"
                for measure, limit in self.thresholds.get(row["perturbation"], {}).items()
            ]
            verdict = "  FAILS" if row["passed"] is False else ""
            lines.append(
                f"{row['perturbation']:<{width}}{percent(row['UAR']):>8}{percent(row['lost']):>8}"
                f"{percent(row['changed']):>11}{percent(row['confidence']):>14}  {', '.join(limits)}{verdict}".rstrip()
            )
        return lines

    def _group_lines(self) -> list[str]:
        lines = [f"{'group of clips':<34}{'n':>6}{'classes':>9}{'UAR %':>8}   as they are"]
        for by, gap in self.gaps.items():
            rows = [row for row in self.groups if row["by"] == by]
            if len(rows) > _MANY_GROUPS:
                ordered = sorted(rows, key=lambda row: row["UAR"])
                lines.append(f"{by}: {len(rows)} groups, the three lowest and the three highest")
                rows = ordered[:3] + ordered[-3:]
            for row in rows:
                name = f"{by} {row['group']}"
                lines.append(f"{name:<34}{row['n']:>6}{row['n_classes']:>9}{percent(row['UAR']):>8}")
            limit = self.thresholds.get(by, {}).get("gap")
            wanted = "" if limit is None else f"  gap <= {percent(limit)}"
            verdict = "  FAILS" if self._gap_passed(by) is False else ""
            lines.append(f"{by + ', highest minus lowest':<49}{percent(gap):>8}{wanted}{verdict}")
        return lines
