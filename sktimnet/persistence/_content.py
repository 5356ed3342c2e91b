"""What a safe file may hold: estimators as JSON and arrays.

Each estimator is a dict of its class, parameters and fitted state, and stands after those that it holds. Values that
JSON lacks are dicts of one tag, such as ``{"tuple": [...]}`` or ``{"array": "3"}``, which names an array of the file.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

from sktimnet import perturbations

Content: TypeAlias = dict[str, Any]

#: Those of scikit-learn, which hold numbers, labels, arrays and estimators only.
SCIKIT_LEARN: tuple[type, ...] = (
    CalibratedClassifierCV,
    FeatureUnion,
    LabelEncoder,
    LogisticRegression,
    Pipeline,
    StandardScaler,
    VotingClassifier,
)
#: Those of this package, and where: imported when a file holds them, since networks need torch.
OWN = {
    "ChannelUnion": "sktimnet.feature_extraction",
    "DescriptorTransformer": "sktimnet.feature_extraction",
    "FeatureScaler": "sktimnet.preprocessing",
    "FunctionalsTransformer": "sktimnet.feature_extraction",
    "MFCCTransformer": "sktimnet.feature_extraction",
    "OneVsRestSVC": "sktimnet.svm",
    "PCAOutlierDetector": "sktimnet.outliers",
    "RankScaler": "sktimnet.preprocessing",
    "SpeakerNormalizedClassifier": "sktimnet.speakers",
    "SpecAugment": "sktimnet.augmentation",
    "TCNClassifier": "sktimnet.classifiers",
    "TIMNetClassifier": "sktimnet.classifiers",
}
PERTURBATIONS = {
    name: kind
    for name, kind in vars(perturbations).items()
    if isinstance(kind, type) and issubclass(kind, perturbations.Perturbation)
}
#: Parameters of the machine and session that trained, or of how it was trained, or code; caches and checkpoints of
#: strangers hold pickles.
LEFT_BEHIND = frozenset({"memory", "checkpoint", "callbacks", "cv", "random_state"})
