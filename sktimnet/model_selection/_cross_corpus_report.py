"""The result of a cross-corpus test: :class:`CrossCorpusReport`, computed from its cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np

from sktimnet.model_selection._published import PUBLISHED, Comparison, compare
from sktimnet.model_selection._result import FITTED_ELSEWHERE, Result, percent, plus_minus, wrapped
from sktimnet.model_selection._scores import spread
from sktimnet.model_selection._tables import text_table


@dataclass(frozen=True, kw_only=True)
class Case:
    """One corpus tested by a classifier trained on another.

    Attributes
    ----------
    seed : int
        The seed.
    train, test : str
        Names of the corpora.
    n_train, n_test : int
        Their clips with the shared labels.
    n_duplicates : int
        Test clips whose recording occurs in training too.
    UAR, WAR : float
        The scores, as fractions.
    chance_WAR : float
        Share of the largest class tested.
    torch_threads : int
        Threads that torch computed with.
    fit_seconds : float
        Time for features and training, once for all corpora tested. Not compared by ``==``.
    """

    seed: int
    train: str
    test: str
    n_train: int
    n_test: int
    n_duplicates: int
    UAR: float
    WAR: float
    chance_WAR: float
    torch_threads: int
    fit_seconds: float = field(compare=False)


@dataclass(frozen=True, kw_only=True, repr=False)
class CrossCorpusReport(Result):
    """The result of :func:`cross_corpus`.

    Attributes
    ----------
    labels : list
        The classes that were kept.
    cases : list of Case
        Every ordered pair of corpora with every seed.
    settings : dict
        ``estimator``, its ``parameters``, ``fitted_elsewhere`` (true for frozen parts) and ``seeds``.
    versions : dict of str to str
        Versions of Python and the libraries.
    """

    labels: list
    cases: list[Case]
    settings: dict[str, Any]
    versions: dict[str, str]

    @cached_property
    def scores(self) -> dict[str, tuple[float, float | None]]:
        """UAR and WAR, each as mean and SD over seeds of the average over pairs, as in Table 2.

        The SD is the population's; None for one seed.
        """
        return {name: self._over_seeds(name) for name in ("UAR", "WAR")}

    def compare(self, method: str = "TIM-Net") -> Comparison:
        """Put the scores beside the paper's Table 2.

        Parameters
        ----------
        method : {"TIM-Net", "TCN", "CAAM"}, default="TIM-Net"
            Whose published figures.

        Returns
        -------
        Comparison
        """
        lines = {line.method: line for line in PUBLISHED if line.table == 2}
        if not isinstance(method, str) or method not in lines:
            raise ValueError(f"The paper's Table 2 has no method={method!r}; it has {', '.join(lines)}.")
        here = {name: mean for name, (mean, _) in self.scores.items()}
        names = sorted({case.train for case in self.cases})
        notes = [
            "Published: the 20 pairs of CASIA, EMODB, EMOVO, RAVDESS and SAVEE, five classes, 10 runs.",
            f"Here: the {len(self.cases) // len(self.settings['seeds'])} pairs of {', '.join(names)}, "
            f"{len(self.labels)} classes, {len(self.settings['seeds'])} runs.",
        ]
        if method == "CAAM":
            notes.append(
                "CAAM had access to the target corpus in training (the paper's section 3.2); nothing here has."
            )
        return compare([(f"{method}, cross-corpus", lines[method], here)], notes)

    def to_table(self) -> list[dict[str, Any]]:
        """Return one dict for each case."""
        return [vars(case).copy() for case in self.cases]

    def __repr__(self) -> str:
        scores = ", ".join(f"{name} {plus_minus(*score)}" for name, score in self.scores.items())
        return f"<CrossCorpusReport: {len(self.cases)} cases, in %: {scores}>"

    def __str__(self) -> str:
        seeds = ", ".join(map(str, self.settings["seeds"]))
        lines = [
            "Cross-corpus: trained on one corpus, tested on another",
            *wrapped(self.settings["estimator"]),
            f"{len(self.labels)} shared classes ({', '.join(map(str, self.labels))}), seeds: {seeds}",
            "",
            "Means over seeds; chance is the share of the largest class tested.",
        ]
        rows = [["train", "test", "clips", "clips", "UAR %", "WAR %", "chance WAR %"]]
        pairs = {(case.train, case.test): case for case in self.cases}
        for (train, test), case in pairs.items():
            same = [other for other in self.cases if (other.train, other.test) == (train, test)]
            scores = [float(np.mean([getattr(other, name) for other in same])) for name in ("UAR", "WAR")]
            sizes = [str(case.n_train), str(case.n_test)]
            rows.append([train, test, *sizes, *map(percent, scores), percent(case.chance_WAR)])
        lines += text_table(rows, left=2)
        lines.append("")
        for name, score in self.scores.items():
            lines.append(f"{name} %  {plus_minus(*score)}  (average over pairs; mean and SD over seeds)")
        lines.append(f"Chance UAR is {percent(1 / len(self.labels))} %.")
        return "\n".join(
            [*lines, "Audit:", *(line for finding in self.audit for line in wrapped(f"- {finding}", "  "))]
        )

    @property
    def audit(self) -> list[str]:
        """Limits of the figures, one sentence each."""
        pairs = {(case.train, case.test): case.n_duplicates for case in self.cases}
        shared = [f"{n} of {test} in {train}" for (train, test), n in pairs.items() if n]
        lines = [f"Test clips that were also trained on: {', '.join(shared) or 'none'}."]
        return [FITTED_ELSEWHERE, *lines] if self.settings.get("fitted_elsewhere") else lines

    def _over_seeds(self, name: str) -> tuple[float, float | None]:
        averages = [
            np.mean([getattr(case, name) for case in self.cases if case.seed == seed])
            for seed in self.settings["seeds"]
        ]
        return float(np.mean(averages)), spread(averages)

    def _summary(self) -> dict[str, Any]:
        return {name: {"mean": mean, "sd": sd} for name, (mean, sd) in self.scores.items()}

    @classmethod
    def _from_document(cls, values: dict[str, Any]) -> Self:
        return cls(**values | {"cases": [Case(**case) for case in values["cases"]]})
