"""The result of an evaluation: scores, curves and audit of every fold, to print, to tabulate and to keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, recall_score

from sktimnet.datasets import CORPORA
from sktimnet.model_selection._published import Comparison, compare, published_timnet
from sktimnet.model_selection._result import FITTED_ELSEWHERE, Result, percent, plus_minus, spread, wrapped
from sktimnet.model_selection._scores import intervals, uar, war
from sktimnet.model_selection._splits import PROTOCOLS

_MANY_SPEAKERS = 20  # percentile intervals of means over fewer hold the truth clearly less often than they say


class Score(NamedTuple):
    """One measure over all folds, as fractions.

    `mean` and `sd` (population; None for one fold) are over folds; `pooled` is over all predictions together, and `low`
    to `high` its 95 % bootstrap interval (1,000 resamples, percentiles) over clips, or over speakers where the protocol
    holds them out (too narrow for few); `chance` is what guessing one class reaches on the clips tested.
    """

    mean: float
    sd: float | None
    pooled: float
    low: float
    high: float
    chance: float


class Measure(NamedTuple):
    """A further measure (``evaluate(scoring=...)``): mean and population SD over folds, in the scorer's own unit.

    Folds on which the scorer failed are left out; `mean` is None without any fold, `sd` with fewer than two.
    """

    mean: float | None
    sd: float | None


class Difference(NamedTuple):
    """How much better one report is than another on the same folds, as fractions.

    `mean` and `sd` (population; None for one fold) are over the folds' differences; `pooled` is the difference over all
    predictions together, and `low` to `high` its 95 % interval, both reports on the same 1,000 bootstrap resamples of
    clips or speakers. Where folds are of very different sizes, `mean` may lie outside.
    """

    mean: float
    sd: float | None
    pooled: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Fold:
    """What one fold gave.

    Attributes
    ----------
    seed, fold : int
        The seed, and the number of the fold from 1.
    n_train, n_discarded : int
        Clips trained on, and clips that the protocol leaves out of training and test.
    test : list of int
        Positions of the test clips in X.
    speaker : list or None
        Who speaks in each of them; None where not known.
    true, predicted : list
        Their labels and the predicted ones.
    probabilities : list of list of float, or None
        For each test clip the probability of each class, in the order of the report's `classes`; 0 for classes without
        a training clip. None for classifiers that give none, and in reports of version 0.1.
    path : list of str or None
        The test clips' files; None where X was no sequence of paths, and in reports of version 0.1.
    best_epoch : int or None
        The epoch chosen on the test fold, from 1; None unless the protocol is "best-epoch".
    curves : dict of str to list of float
        ``train_loss``, ``train_accuracy`` and, where the test fold was monitored, ``test_loss``, ``test_accuracy``,
        ``test_UAR`` after each epoch; with early stopping ``validation_loss`` and so on, of the training clips that
        were set aside for it. Empty for estimators without epochs.
    measures : dict of str to float or None
        Further measures by name (``evaluate(scoring=...)``); None where the scorer failed on this fold.
    n_speaker_shared, n_text_shared : int or None
        Test clips whose speaker or text occurs in training; None where not known.
    n_duplicates : int
        Test clips whose recording occurs in training too.
    missing_in_training, missing_in_test : list
        Classes without a clip there.
    torch_threads : int
        Threads that torch computed with; another number changes the order of float sums.
    fit_seconds, score_seconds : float
        Time for features and training, and for predictions. Not compared by ``==``.
    """

    seed: int
    fold: int
    n_train: int
    n_discarded: int
    test: list[int]
    speaker: list | None
    true: list
    predicted: list
    best_epoch: int | None
    curves: dict[str, list[float | None]]
    n_speaker_shared: int | None
    n_text_shared: int | None
    n_duplicates: int
    missing_in_training: list
    missing_in_test: list
    torch_threads: int
    fit_seconds: float = field(compare=False)
    score_seconds: float = field(compare=False)
    probabilities: list[list[float]] | None = None
    path: list[str] | None = None
    measures: dict[str, float | None] = field(default_factory=dict)

    @property
    def UAR(self) -> float:
        """Mean recall of the classes in this test fold."""
        return uar(self.true, self.predicted)

    @property
    def WAR(self) -> float:
        """Accuracy."""
        return war(self.true, self.predicted)


@dataclass(frozen=True, kw_only=True, repr=False)
class Report(Result):
    """The result of :func:`evaluate`; ``print`` it, or take what you need.

    Attributes
    ----------
    protocol : str
        The protocol that the figures were obtained with.
    classes : list
        The labels, true or predicted, sorted.
    class_counts : list of int
        Clips of each class.
    n_repeated : int
        Clips whose recording occurs earlier in X.
    folds : list of Fold
        Every fold of every seed.
    settings : dict
        ``estimator``, its ``parameters``, ``fitted_elsewhere`` (true for fitted classifiers and frozen parts), ``cv``,
        ``n_splits``, ``seeds``, and ``scoring`` where further measures were asked for.
    versions : dict of str to str
        Versions of Python and the libraries.
    split_hash : str
        SHA-256 of the positions in every training and test fold.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sktimnet.model_selection import evaluate
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["calm", "angry"], 20)
    >>> X = rng.normal(size=(40, 3)) + 3 * (y == "angry")[:, None]
    >>> report = evaluate(LogisticRegression(), X, y, n_splits=4)
    >>> report.scores["UAR"].chance, report.confusion_matrix.shape, len(report.to_table())
    (0.5, (2, 2), 4)
    """

    protocol: str
    classes: list
    class_counts: list[int]
    n_repeated: int
    folds: list[Fold]
    settings: dict[str, Any]
    versions: dict[str, str]
    split_hash: str

    @property
    def optimistic(self) -> bool:
        """Whether the test folds had a say in what was evaluated on them."""
        return self.protocol == "best-epoch"

    @property
    def n_clips(self) -> int:
        """Number of clips, tested or not."""
        return sum(self.class_counts)

    @cached_property
    def scores(self) -> dict[str, Score]:
        """UAR and WAR: mean, SD, pooled score with its interval, and chance."""
        true, predicted = self._pooled()
        ranges = intervals(self._units(), true, predicted)
        tested = Counter(true)
        chance = {"UAR": 1 / len(tested), "WAR": max(tested.values()) / len(true)}
        pooled = {"UAR": uar(true, predicted), "WAR": war(true, predicted)}
        scores = {}
        for name in pooled:
            values = [getattr(fold, name) for fold in self.folds]
            scores[name] = Score(float(np.mean(values)), spread(values), pooled[name], *ranges[name], chance[name])
        return scores

    @property
    def measures(self) -> dict[str, Measure]:
        """Further measures by name: mean and SD over folds."""
        found = {}
        for name in self.settings.get("scoring", {}):
            values = [score for fold in self.folds if (score := fold.measures[name]) is not None]
            found[name] = Measure(float(np.mean(values)) if values else None, spread(values))
        return found

    @property
    def confusion_matrix(self) -> NDArray[np.intp]:
        """Predictions of all folds and seeds: rows are true classes, columns predicted ones, in order of `classes`."""
        return confusion_matrix(*self._pooled(), labels=self.classes)

    @property
    def recall(self) -> list[float | None]:
        """Share of each class's clips that were recognised, over all folds; None for a class never tested."""
        recall = recall_score(*self._pooled(), labels=self.classes, average=None, zero_division=np.nan)
        return [None if np.isnan(of_class) else float(of_class) for of_class in recall]

    @property
    def predictions(self) -> list[dict[str, Any]]:
        """One dict for each prediction, for tests of your own; `clip` is its position in X."""
        return [
            {"seed": fold.seed, "fold": fold.fold, "clip": clip, "speaker": speaker, "true": true, "predicted": guess}
            for fold in self.folds
            for clip, speaker, true, guess in zip(
                fold.test, fold.speaker or [None] * len(fold.test), fold.true, fold.predicted, strict=True
            )
        ]

    @property
    def curves(self) -> dict[str, NDArray[np.float64]]:
        """Learning curves by name, each of shape (n_folds, n_epochs), NaN where a fold stopped earlier."""
        names = {name: None for fold in self.folds for name in fold.curves}
        n_epochs = max((len(curve) for fold in self.folds for curve in fold.curves.values()), default=0)
        curves = {name: np.full((len(self.folds), n_epochs), np.nan) for name in names}
        for i, fold in enumerate(self.folds):
            for name, curve in fold.curves.items():
                curves[name][i, : len(curve)] = np.array(curve, dtype=float)
        return curves

    @property
    def audit(self) -> list[str]:
        """What a reader must know before trusting the figures, one sentence each."""
        return [
            *self._audit_shares(),
            *self._audit_clips(),
            *self._audit_classes(),
            *self._audit_measures(),
            *self._audit_interval(),
        ]

    def to_table(self) -> list[dict[str, Any]]:
        """Return one dict for each fold: sizes, scores, what it shares with training, times."""
        return [
            {
                "protocol": self.protocol,
                "optimistic": self.optimistic,
                "seed": fold.seed,
                "fold": fold.fold,
                "n_train": fold.n_train,
                "n_test": len(fold.test),
                "n_discarded": fold.n_discarded,
                "UAR": fold.UAR,
                "WAR": fold.WAR,
                **fold.measures,
                "best_epoch": fold.best_epoch,
                "n_speaker_shared": fold.n_speaker_shared,
                "n_text_shared": fold.n_text_shared,
                "n_duplicates": fold.n_duplicates,
                "missing_in_training": fold.missing_in_training,
                "missing_in_test": fold.missing_in_test,
                "torch_threads": fold.torch_threads,
                "fit_seconds": fold.fit_seconds,
                "score_seconds": fold.score_seconds,
            }
            for fold in self.folds
        ]

    def compare(self, corpus: str) -> Comparison:
        """Put the mean scores beside the paper's Table 1.

        Parameters
        ----------
        corpus : str
            "CASIA", "EMODB", "EMOVO", "IEMOCAP", "RAVDESS" or "SAVEE".

        Returns
        -------
        Comparison
            With TIM-Net's figures under the same protocol, or under "last-epoch" where there are none.
        """
        line, notes = published_timnet(corpus, self.protocol)
        whole = CORPORA[corpus.upper()]
        if self.n_clips != whole.n_clips:
            here = f"{self.n_clips} clips of {np.count_nonzero(self.class_counts)} classes"
            notes.append(f"Here: {here}; {whole.name} has {whole.n_clips} of {len(whole.labels)}.")
        notes += wrapped(f"Here: {len(self.folds)} folds, {self.settings['estimator']}.")
        means = {name: score.mean for name, score in self.scores.items()}
        return compare([(f"{line.corpus}, {line.method}", line, means)], notes)

    @classmethod
    def merge(cls, reports: Sequence[Report]) -> Report:
        """Join reports of the same evaluation, each of other folds (``evaluate(folds=...)``).

        Parameters
        ----------
        reports : sequence of Report
            Of the same estimator, data, protocol and folds.

        Returns
        -------
        Report
            With all folds, ordered by seed and number.

        Raises
        ------
        ValueError
            If the reports are of different evaluations, or share a fold.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sktimnet.model_selection import Report, evaluate
        >>> y = np.repeat(["calm", "angry"], 20)
        >>> X = np.repeat([[0.0], [9.0]], 20, axis=0)
        >>> parts = [evaluate(LogisticRegression(), X, y, n_splits=3, folds=[number]) for number in (3, 1, 2)]
        >>> Report.merge(parts) == evaluate(LogisticRegression(), X, y, n_splits=3)
        True
        """
        first, *others = reports
        for other in others:
            names = ("protocol", "settings", "split_hash", "classes", "class_counts", "n_repeated")
            if changed := [name for name in names if getattr(first, name) != getattr(other, name)]:
                raise ValueError(f"The reports differ in {', '.join(changed)}: merge joins folds of one evaluation.")
        folds = sorted((fold for report in reports for fold in report.folds), key=lambda fold: (fold.seed, fold.fold))
        if len({(fold.seed, fold.fold) for fold in folds}) < len(folds):
            raise ValueError("The reports share a fold: merge joins reports of different folds.")
        return replace(first, folds=folds)

    def difference(self, other: Report) -> dict[str, Difference]:
        """Tell by how much this report is better than another on the same folds.

        Parameters
        ----------
        other : Report
            Of another classifier, with the same protocol, clips, folds and seeds.

        Returns
        -------
        dict
            ``UAR`` and ``WAR``, each a mean, SD, and pooled difference with its interval, which holds 0 where there may
            be no difference. Training varies too: with one seed, or with few speakers, the interval is too narrow.

        Raises
        ------
        ValueError
            If the folds or labels are others.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.dummy import DummyClassifier
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sktimnet.model_selection import evaluate
        >>> y = np.repeat(["calm", "angry"], 20)
        >>> X = np.repeat([[0.0], [9.0]], 20, axis=0)
        >>> best, worst = (evaluate(model, X, y, n_splits=4) for model in (LogisticRegression(), DummyClassifier()))
        >>> best.difference(worst)["UAR"]
        Difference(mean=0.5, sd=0.0, pooled=0.5, low=0.5, high=0.5)
        """
        (true, predicted), (same, others) = self._pooled(), other._pooled()
        if (self.protocol, self.split_hash) != (other.protocol, other.split_hash) or true != same:
            raise ValueError(
                "difference needs two reports on the same clips and folds: evaluate both with the same X, y, protocol, "
                "cv, n_splits and seeds."
            )
        ranges = intervals(self._units(), true, predicted, others)
        differences = {}
        for (name, interval), score in zip(ranges.items(), (uar, war), strict=True):
            folds = zip(self.folds, other.folds, strict=True)
            values = [getattr(mine, name) - getattr(theirs, name) for mine, theirs in folds]
            pooled = score(true, predicted) - score(true, others)
            differences[name] = Difference(float(np.mean(values)), spread(values), pooled, *interval)
        return differences

    def __repr__(self) -> str:
        scores = ", ".join(f"{name} {plus_minus(s.mean, s.sd)}" for name, s in self.scores.items())
        label = "OPTIMISTIC, " if self.optimistic else ""
        return f"<Report: {label}protocol {self.protocol!r}, {len(self.folds)} folds, in %: {scores}>"

    def __str__(self) -> str:
        return "\n".join(
            [
                *self._header(),
                "",
                *self._fold_lines(),
                *self._score_lines(),
                *self._measure_lines(),
                "",
                *self._class_lines(),
                "",
                *self._footer(),
            ]
        )

    def _summary(self) -> dict[str, Any]:
        scores = {name: score._asdict() for name, score in (self.scores | self.measures).items()}
        matrix = self.confusion_matrix.tolist()
        return {"optimistic": self.optimistic, **scores, "confusion_matrix": matrix, "audit": self.audit}

    @classmethod
    def _from_document(cls, values: dict[str, Any]) -> Self:
        return cls(**values | {"folds": [Fold(**fold) for fold in values["folds"]]})

    # ---- parts of what is printed -----------------------------------------------------------------------------------

    def _header(self) -> list[str]:
        label = "  ** OPTIMISTIC **" if self.optimistic else ""
        seeds = ", ".join(map(str, self.settings["seeds"]))
        given = self.settings["cv"]
        return [
            f"Protocol {self.protocol}{label}",
            *wrapped(f"({PROTOCOLS[self.protocol]})"),
            *wrapped(f"{self.settings['estimator']}"),
            f"{self.n_clips} clips, {len(self.classes)} classes, {len(self.folds)} folds, seeds: {seeds}",
            *([] if given is None else wrapped(f"cv={given}")),
        ]

    def _fold_lines(self) -> list[str]:
        epoch = "  best epoch" if self.optimistic else ""
        lines = [
            f"{'seed':>6}{'fold':>6}{'train':>8}{'test':>7}{'left out':>10}{'UAR %':>8}{'WAR %':>8}{'s':>8}{epoch}"
        ]
        for fold in self.folds:
            seconds = fold.fit_seconds + fold.score_seconds
            lines.append(
                f"{fold.seed:>6}{fold.fold:>6}{fold.n_train:>8}{len(fold.test):>7}{fold.n_discarded:>10}"
                f"{percent(fold.UAR):>8}{percent(fold.WAR):>8}{seconds:>8.1f}"
                + (f"{fold.best_epoch or '-':>12}" if self.optimistic else "")
            )
        return lines

    def _score_lines(self) -> list[str]:
        rows = {
            "mean over folds": [percent(score.mean) for score in self.scores.values()],
            "SD over folds (divided by n)": [percent(score.sd) for score in self.scores.values()],
            "pooled over clips": [percent(score.pooled) for score in self.scores.values()],
            f"95 % interval over {'speakers' if self._over_speakers else 'clips'}, from": [
                percent(score.low) for score in self.scores.values()
            ],
            "to": [percent(score.high) for score in self.scores.values()],
            "chance": [percent(score.chance) for score in self.scores.values()],
        }
        return ["", *(f"{name:<37}{''.join(f'{value:>8}' for value in values)}" for name, values in rows.items())]

    def _measure_lines(self) -> list[str]:
        if not self.measures:
            return []
        lines = ["", f"{'further measures, over folds':<37}{'mean':>10}{'SD':>10}"]
        for name, measure in self.measures.items():
            lines.append(f"{name:<37}" + "".join("-".rjust(10) if x is None else f"{x:>10.4g}" for x in measure))
        return lines

    def _class_lines(self) -> list[str]:
        names = [str(label) for label in self.classes]
        first = max(map(len, [*names, "true, predicted:"]))
        widths = [max(len(name), 5) + 2 for name in names]
        lines = [f"{'true, predicted:':<{first}}" + "".join(map(str.rjust, names, widths)) + "  recall %"]
        for name, row, recall in zip(names, self.confusion_matrix, self.recall, strict=True):
            counts = "".join(str(n).rjust(width) for n, width in zip(row, widths, strict=True))
            lines.append(f"{name:<{first}}{counts}{percent(recall):>10}")
        return lines

    def _footer(self) -> list[str]:
        threads = sorted({fold.torch_threads for fold in self.folds})
        lines = wrapped(f"torch threads: {', '.join(map(str, threads))}; splits {self.split_hash[:12]}")
        return [*lines, "Audit:", *(line for finding in self.audit for line in wrapped(f"- {finding}", "  "))]

    def _audit_shares(self) -> list[str]:
        n_tested = sum(len(fold.test) for fold in self.folds)
        lines = []
        if self.settings.get("fitted_elsewhere"):
            lines.append(FITTED_ELSEWHERE)
        if self.optimistic:
            lines.append(
                "OPTIMISTIC: each fold's epoch was chosen on the clips it is scored on; quote last-epoch figures."
            )
        for name in ("speaker", "text"):
            counts = [getattr(fold, f"n_{name}_shared") for fold in self.folds]
            if None in counts:
                lines.append(f"{name}s unknown: test clips may share a {name} with training clips.")
            else:
                lines.append(
                    f"{sum(counts)} of {n_tested} test clips ({sum(counts) / n_tested:.0%}) share a {name} with "
                    "training clips."
                )
        return lines

    def _audit_clips(self) -> list[str]:
        duplicates = sum(fold.n_duplicates for fold in self.folds)
        n_untested = self.n_clips - len({i for fold in self.folds for i in fold.test})
        discarded = sum(fold.n_discarded for fold in self.folds)
        lines = [f"Clips that repeat another: {self.n_repeated}; test clips that were also trained on: {duplicates}."]
        tested = Counter((fold.seed, i) for fold in self.folds for i in fold.test)
        if again := sum(times > 1 for times in tested.values()):
            lines.append(f"Clips tested more than once with one seed: {again}; they count as often.")
        if discarded:
            lines.append(
                f"Clips left out of training and test, on average over folds: {discarded / len(self.folds):.0f}."
            )
        if n_untested:
            lines.append(f"Clips that were never tested: {n_untested}.")
        return lines

    def _audit_classes(self) -> list[str]:
        lines = []
        for place, field_name in (("training", "missing_in_training"), ("test", "missing_in_test")):
            folds = [(fold, getattr(fold, field_name)) for fold in self.folds]
            missing = [
                f"fold {fold.fold} of seed {fold.seed} ({', '.join(map(str, classes))})"
                for fold, classes in folds
                if classes
            ]
            if missing:
                more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
                lines.append(f"Classes missing in {place}: {'; '.join(missing[:3])}{more}.")
        return lines

    def _audit_measures(self) -> list[str]:
        failed = {name: [fold.measures[name] for fold in self.folds].count(None) for name in self.measures}
        return [
            f"{name} is undefined on {count} of {len(self.folds)} folds, which are left out of its mean and SD."
            for name, count in failed.items()
            if count
        ]

    def _audit_interval(self) -> list[str]:
        n_speakers = len(set(self._units()))
        if not self._over_speakers or n_speakers >= _MANY_SPEAKERS:
            return []
        return [f"The intervals are too narrow, with {n_speakers} speakers only: do not read them as 95 %."]

    @property
    def _over_speakers(self) -> bool:
        return self.protocol.startswith("speaker")

    def _units(self) -> list:
        """Return what is drawn anew to see how far the scores move: new speakers where these are held out."""
        return [unit for fold in self.folds for unit in ((fold.speaker or []) if self._over_speakers else fold.test)]

    def _pooled(self) -> tuple[list, list]:
        true = [label for fold in self.folds for label in fold.true]
        return true, [label for fold in self.folds for label in fold.predicted]
