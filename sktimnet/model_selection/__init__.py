"""Evaluation protocols whose figures say what they mean, and the experiments of the paper."""

from sktimnet.model_selection._ablations import AblationReport, ablations
from sktimnet.model_selection._audit import fingerprints
from sktimnet.model_selection._cross_corpus import Case, CrossCorpusReport, cross_corpus
from sktimnet.model_selection._evaluate import check_two_labels, evaluate
from sktimnet.model_selection._published import PUBLISHED, Comparison, Published
from sktimnet.model_selection._report import Difference, Fold, Measure, Report, Score
from sktimnet.model_selection._splits import PROTOCOLS

__all__ = [
    "PROTOCOLS",
    "PUBLISHED",
    "AblationReport",
    "Case",
    "Comparison",
    "CrossCorpusReport",
    "Difference",
    "Fold",
    "Measure",
    "Published",
    "Report",
    "Score",
    "ablations",
    "check_two_labels",
    "cross_corpus",
    "evaluate",
    "fingerprints",
]
