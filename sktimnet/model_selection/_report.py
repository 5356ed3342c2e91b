"""The result of an evaluation: :class:`Report`, computed from its folds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, recall_score

from sktimnet.datasets import CORPORA
from sktimnet.model_selection._calibration import (
    Calibration,
    Threshold,
    choose_threshold,
    measure_calibration,
)
from sktimnet.model_selection._fold import Fold
from sktimnet.model_selection._html import report_fragment, report_title, write_page
from sktimnet.model_selection._published import Comparison, compare, published_timnet
from sktimnet.model_selection._report_audit import audit_sentences
from sktimnet.model_selection._report_text import report_text
from sktimnet.model_selection._result import Result, plus_minus, wrapped
from sktimnet.model_selection._scores import Difference, Measure, Score, intervals, spread, uar, war
from sktimnet.model_selection._splits import NEEDS, PROTOCOLS


@dataclass(frozen=True, kw_only=True, repr=False)
class Report(Result):
    """The result of :func:`evaluate`; ``print`` it, or take what you need.

    Attributes
    ----------
    protocol : str
        The protocol that the figures were obtained with; `meaning` says what it is.
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
        ``n_splits``, ``seeds``, ``scoring`` where further measures were asked for, and ``meaning`` of a protocol of
        one's own.
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
        """Whether each fold's epoch was chosen on its test clips, as under "best-epoch"."""
        return self.protocol == "best-epoch"

    @property
    def meaning(self) -> str:
        """What the protocol holds out and how it scores, in a sentence."""
        return self.settings["meaning"] if "meaning" in self.settings else PROTOCOLS[self.protocol]

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
        """One dict for each prediction, for own statistics; `clip` is its position in X."""
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
        """Limits of the figures, one sentence each: shared speakers, repeated clips, missing classes and so on."""
        return audit_sentences(self)

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
                "n_group_shared": fold.n_group_shared,
                "n_duplicates": fold.n_duplicates,
                "missing_in_training": fold.missing_in_training,
                "missing_in_test": fold.missing_in_test,
                "torch_threads": fold.torch_threads,
                "device": fold.device,
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
        """Compute how much better this report is than another on the same folds.

        Parameters
        ----------
        other : Report
            Of another classifier, with the same protocol, clips, folds and seeds.

        Returns
        -------
        dict
            ``UAR`` and ``WAR``, each a mean, SD, and pooled difference with its interval. An interval that includes 0
            does not show a difference. It leaves out the variation of training: with one seed, or few speakers, it is
            too narrow.

        Raises
        ------
        ValueError
            If the other report has other folds or labels.

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

    @cached_property
    def calibration(self) -> Calibration | None:
        """How far the probabilities can be relied on; None where the classifier gives none."""
        return measure_calibration(self.classes, self.folds)

    def threshold(self, accuracy: float = 0.9) -> Threshold | None:
        """Choose from which confidence on answers are accepted, so that this share of them is right.

        Parameters
        ----------
        accuracy : float, default=0.9
            Share of the accepted test clips that is to be right, above 0 and at most 1.

        Returns
        -------
        Threshold or None
            The lowest such confidence, with the share of clips that have it; None where no confidence reaches the
            accuracy. It is chosen on the test clips of all folds: expect somewhat less on other clips, above all where
            the coverage is so low that it rests on few.

        Raises
        ------
        ValueError
            If the report holds no probabilities, or the accuracy is no such share.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sktimnet.model_selection import evaluate
        >>> y = np.repeat(["calm", "angry"], 50)
        >>> X = np.random.default_rng(0).normal(size=(100, 1)) + (y == "angry")[:, None]
        >>> threshold = evaluate(LogisticRegression(), X, y).threshold(accuracy=0.8)
        >>> print(f"{threshold.coverage:.0%} of the clips have a confidence of {threshold.confidence:.2f} or more")
        45% of the clips have a confidence of 0.68 or more
        """
        if self.calibration is None:
            raise ValueError(f"The report holds no probabilities, which {self.settings['estimator']} does not give.")
        return choose_threshold(self.calibration, accuracy)

    def to_html(self, path: str | os.PathLike | None = None, *, audio: bool = False) -> str:
        """Write the report as one HTML file: scores, audit, curves, calibration and the worst mistakes with a player.

        It needs no other file, and no connection. Pictures need matplotlib; without it there are tables alone.

        Parameters
        ----------
        path : str, path-like or None, default=None
            The file; an existing one is replaced. None writes none.
        audio : bool, default=False
            Whether the recordings of the worst mistakes become part of the file, to play wherever it goes. If not,
            its players look for them where they are now.

        Returns
        -------
        str
            The page.

        Raises
        ------
        FileNotFoundError
            If `audio` is true and a recording is no longer there.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sktimnet.model_selection import evaluate
        >>> X, y = np.repeat([[0.0], [9.0]], 20, axis=0), np.repeat(["calm", "angry"], 20)
        >>> report = evaluate(LogisticRegression(), X, y, n_splits=4)
        >>> report.to_html()[:15]
        '<!DOCTYPE html>'
        >>> page = report.to_html("report.html")  # doctest: +SKIP
        """
        folder = "" if path is None else os.path.dirname(os.path.abspath(os.path.expanduser(path)))
        return write_page(report_title(self), report_fragment(self, folder, audio), path)

    def _repr_html_(self) -> str:
        return report_fragment(self)

    def __repr__(self) -> str:
        scores = ", ".join(f"{name} {plus_minus(s.mean, s.sd)}" for name, s in self.scores.items())
        label = "OPTIMISTIC, " if self.optimistic else ""
        return f"<Report: {label}protocol {self.protocol!r}, {len(self.folds)} folds, in %: {scores}>"

    def __str__(self) -> str:
        return report_text(self)

    def _summary(self) -> dict[str, Any]:
        scores = {name: score._asdict() for name, score in (self.scores | self.measures).items()}
        matrix = self.confusion_matrix.tolist()
        return {"optimistic": self.optimistic, **scores, "confusion_matrix": matrix, "audit": self.audit}

    @classmethod
    def _from_document(cls, values: dict[str, Any]) -> Self:
        return cls(**values | {"folds": [Fold(**fold) for fold in values["folds"]]})

    @property
    def _unit(self) -> str:
        """What the bootstrap draws: groups or speakers where no test clip shares one with training, else clips."""
        for name in ("group", "speaker"):
            if all(getattr(fold, f"n_{name}_shared") == 0 for fold in self.folds):
                return name
        return "speaker" if self.protocol in NEEDS else "clip"  # speakers of further training clips may not be known

    def _units(self) -> list:
        """Return the unit of each prediction."""
        name = {"clip": "test"}.get(self._unit, self._unit)
        return [unit for fold in self.folds for unit in getattr(fold, name) or []]

    def _pooled(self) -> tuple[list, list]:
        true = [label for fold in self.folds for label in fold.true]
        return true, [label for fold in self.folds for label in fold.predicted]
