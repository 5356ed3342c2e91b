"""A network beside its variants, such as TIM-Net without each of its parts: the paper's Table 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from sktimnet.model_selection._evaluate import evaluate
from sktimnet.model_selection._networks import final_network
from sktimnet.model_selection._published import PUBLISHED, Comparison, compare
from sktimnet.model_selection._report import Report
from sktimnet.model_selection._result import Result, percent, plus_minus
from sktimnet.model_selection._shared_features import keeping_features
from sktimnet.model_selection._tables import text_table


@dataclass(frozen=True, kw_only=True, repr=False)
class AblationReport(Result):
    """The result of :func:`ablations`.

    Attributes
    ----------
    reports : dict of str to Report
        A report for each variant; of TIM-Net "TCN", "w/o BD", "w/o MS", "w/o DF" and "TIM-Net".
    """

    reports: dict[str, Report]

    def compare(self) -> Comparison:
        """Put the scores beside the paper's Table 3.

        Returns
        -------
        Comparison
            Of the variants that Table 3 has.

        Raises
        ------
        ValueError
            If Table 3 has none of the variants.
        """
        published = {line.method: line for line in PUBLISHED if line.table == 3}
        here = {name: _means(report) for name, report in self.reports.items() if name in published}
        if not here:
            raise ValueError(f"The paper's Table 3 has {', '.join(published)}, none of {', '.join(self.reports)}.")
        notes = [
            "Published: OPTIMISTIC, protocol best-epoch, averages over the six corpora.",
            f"Here: protocol {self._protocol}, one corpus. Compare the rows' order, not their level.",
        ]
        return compare([(name, published[name], here[name]) for name in here], notes)

    def to_table(self) -> list[dict[str, Any]]:
        """Return one dict for each network: mean and SD over folds."""
        return [
            {
                "network": name,
                "protocol": report.protocol,
                "optimistic": report.optimistic,
                **{f"{measure}_mean": score.mean for measure, score in (report.scores | report.measures).items()},
                **{f"{measure}_sd": score.sd for measure, score in (report.scores | report.measures).items()},
            }
            for name, report in self.reports.items()
        ]

    @property
    def _protocol(self) -> str:
        return next(iter(self.reports.values())).protocol

    def __repr__(self) -> str:
        scores = ", ".join(f"{name} {percent(report.scores['UAR'].mean)}" for name, report in self.reports.items())
        label = "OPTIMISTIC, " if self._protocol == "best-epoch" else ""
        return f"<AblationReport: {label}protocol {self._protocol!r}, UAR in %: {scores}>"

    def __str__(self) -> str:
        first = next(iter(self.reports.values()))
        label = "  ** OPTIMISTIC **" if first.optimistic else ""
        lines = [f"Ablations, protocol {first.protocol}{label}", f"{first.n_clips} clips, {len(first.folds)} folds", ""]
        scores = {name: report.scores for name, report in self.reports.items()}
        rows = [[name, *(plus_minus(score.mean, score.sd) for score in of.values())] for name, of in scores.items()]
        lines += ["Mean +/- SD over folds.", *text_table([["network", *(f"{name} %" for name in first.scores)], *rows])]
        return "\n".join(lines)

    def _summary(self) -> dict[str, Any]:
        return {row.pop("network"): row for row in self.to_table()}

    @classmethod
    def _from_document(cls, values: dict[str, Any]) -> Self:
        return cls(reports={name: Report._from_document(report) for name, report in values["reports"].items()})


def _means(report: Report) -> dict[str, float]:
    return {name: score.mean for name, score in report.scores.items()}


def ablations(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    variants: dict[str, dict[str, Any] | BaseEstimator] | None = None,
    **options: Any,
) -> AblationReport:
    """Evaluate a network and its variants, such as TIM-Net without each of its parts and the TCN baseline (Table 3).

    Parameters
    ----------
    estimator : classifier or Pipeline
        The network, or a pipeline that ends in it. Variants take over all parameters that they do not set.
    X : sequence of clips
        What the estimator takes, such as paths.
    y : array-like of shape (n_clips,)
        The labels.
    variants : dict of str to (dict or classifier), default=None
        For each name the parameters of the network that the variant sets, or a classifier in the network's place. None
        takes the variants that the network names (:meth:`~sktimnet.classifiers.NetworkClassifier.variants`); of
        :class:`~sktimnet.TIMNetClassifier` "TCN" is :class:`~sktimnet.TCNClassifier`, "w/o BD" has no backward
        direction, "w/o MS" takes the last block alone, "w/o DF" averages the blocks, and "TIM-Net" is whole.
    **options
        As in :func:`evaluate`: ``protocol``, ``n_splits``, ``seeds`` and so on.

    Returns
    -------
    AblationReport
        A report for each variant.

    Raises
    ------
    ValueError
        If there are no variants.

    See Also
    --------
    evaluate : One network.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet import TIMNetClassifier
    >>> from sktimnet.model_selection import ablations
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["calm", "angry"], 8)
    >>> X = rng.normal(size=(16, 4, 20)) + (y == "angry")[:, None, None]
    >>> small = TIMNetClassifier(n_blocks=2, n_filters=4, max_epochs=2)
    >>> list(ablations(small, X, y, n_splits=2).reports)
    ['TCN', 'w/o BD', 'w/o MS', 'w/o DF', 'TIM-Net']
    >>> depths = {"shallow": {"n_blocks": 1}, "deep": {"n_blocks": 3}}
    >>> list(ablations(small, X, y, variants=depths, n_splits=2).reports)
    ['shallow', 'deep']
    """
    network = final_network(estimator)
    if variants is None:
        variants = {} if network is None else network.variants()
    if not variants:
        raise ValueError(
            f"estimator={estimator!r} names no variants; pass them, such as variants={{'small': {{'n_blocks': 4}}}}."
        )
    with keeping_features(estimator) as kept:
        reports = {name: evaluate(_variant(kept, change), X, y, **options) for name, change in variants.items()}
    return AblationReport(reports=reports)


def _variant(estimator: Any, change: dict[str, Any] | BaseEstimator) -> Any:
    """Return the estimator with other parameters of its network, or with another network."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    network = clone(last).set_params(**change) if isinstance(change, dict) else clone(change)
    if last is estimator:
        return network
    return clone(estimator).set_params(**{estimator.steps[-1][0]: network})
