"""Speech emotion recognition for scikit-learn."""

__version__ = "0.1.0"

from sktimnet.classifiers import TCNClassifier, TIMNetClassifier
from sktimnet.feature_extraction import MFCCTransformer
from sktimnet.metrics import SCORING

__all__ = ["SCORING", "MFCCTransformer", "TCNClassifier", "TIMNetClassifier"]
