"""The networks as scikit-learn classifiers: :class:`TIMNetClassifier` and its baseline :class:`TCNClassifier`."""

from sktimnet.classifiers._base import NetworkClassifier
from sktimnet.classifiers._tcn import TCNClassifier
from sktimnet.classifiers._timnet import TIMNetClassifier

__all__ = ["NetworkClassifier", "TCNClassifier", "TIMNetClassifier"]
