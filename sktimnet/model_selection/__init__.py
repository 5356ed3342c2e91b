"""Evaluation protocols whose figures say what they mean, and the experiments of the paper."""

from sktimnet.model_selection._ablations import AblationReport, ablations
from sktimnet.model_selection._calibration import Bin, Calibration, Threshold
from sktimnet.model_selection._checks import check_two_labels
from sktimnet.model_selection._comparing import ModelComparison, compare_reports
from sktimnet.model_selection._cross_corpus import cross_corpus
from sktimnet.model_selection._cross_corpus_report import Case, CrossCorpusReport
from sktimnet.model_selection._evaluate import evaluate
from sktimnet.model_selection._fingerprints import fingerprints
from sktimnet.model_selection._fold import Fold
from sktimnet.model_selection._published import PUBLISHED, Comparison, Published
from sktimnet.model_selection._report import Report
from sktimnet.model_selection._robustness import robustness
from sktimnet.model_selection._robustness_report import Answers, RobustnessReport
from sktimnet.model_selection._scores import Difference, Measure, Score
from sktimnet.model_selection._splits import PROTOCOLS
from sktimnet.model_selection._stress_given import THRESHOLDS

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
    "Measure",
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
