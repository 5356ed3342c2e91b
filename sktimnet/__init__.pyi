from .classifiers import TCNClassifier, TIMNetClassifier
from .feature_extraction import MFCCTransformer
from .metrics import SCORING

__version__: str
__all__ = ["SCORING", "MFCCTransformer", "TCNClassifier", "TIMNetClassifier"]
