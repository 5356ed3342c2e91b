"""Evaluation protocols whose figures say what they mean, and the experiments of the paper."""

from sktimnet.model_selection._evaluate import evaluate
from sktimnet.model_selection._report import Fold, Report, Score

__all__ = ["Fold", "Report", "Score", "evaluate"]
