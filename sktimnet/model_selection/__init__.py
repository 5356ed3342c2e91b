"""Evaluation protocols whose figures say what they mean, and the experiments of the paper."""

from sktimnet.model_selection._ablations import AblationReport, ablations
from sktimnet.model_selection._audit import fingerprints
from sktimnet.model_selection._calibration import Bin, Calibration, Threshold
from sktimnet.model_selection._comparing import ModelComparison, compare_reports
from sktimnet.model_selection._cross_corpus import Case, CrossCorpusReport, cross_corpus
from sktimnet.model_selection._evaluate import check_two_labels, evaluate
from sktimnet.model_selection._published import PUBLISHED, Comparison, Published
from sktimnet.model_selection._report import Difference, Fold, Report, Score
from sktimnet.model_selection._robustness import THRESHOLDS, robustness
from sktimnet.model_selection._robustness_report import Answers, RobustnessReport
from sktimnet.model_selection._splits import PROTOCOLS

__all__ = [
    "PROTOCOLS",
    "PUBLISHED",
    "THRESHOLDS",
    "AblationReport",
    "Answers",
    "Bin",
    "Calibration",
    "Case",
    "Comparison",
    "CrossCorpusReport",
    "Difference",
    "Fold",
    "ModelComparison",
    "Published",
    "Report",
    "RobustnessReport",
    "Score",
    "Threshold",
    "ablations",
    "check_two_labels",
    "compare_reports",
    "cross_corpus",
    "evaluate",
    "fingerprints",
    "robustness",
]
