"""What a safe file keeps of scikit-learn's ``CalibratedClassifierCV``: a classifier and one temperature.

scikit-learn has no way but its own helpers to make a calibrated classifier of these again.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV, _CalibratedClassifier, _TemperatureScaling
from sklearn.utils.validation import check_is_fitted

# What it saw in fit.
_SEEN = ("classes_", "n_features_in_", "feature_names_in_")


def get_calibrated_state(calibrated: CalibratedClassifierCV) -> dict[str, Any]:
    """Return what a calibrated classifier learned.

    Parameters
    ----------
    calibrated : CalibratedClassifierCV
        With ``method="temperature"`` and ``ensemble=False``, or not fitted.

    Returns
    -------
    dict
        The fitted classifier, its inverse temperature and the labels; empty where not fitted.

    Raises
    ------
    ValueError
        If it is calibrated in another way.
    """
    if not hasattr(calibrated, "calibrated_classifiers_"):
        return {}
    first, *others = calibrated.calibrated_classifiers_
    if others or first.method != "temperature":
        raise ValueError(
            f"pipeline holds CalibratedClassifierCV(method={calibrated.method!r}, ensemble={calibrated.ensemble!r}); a "
            "safe file keeps those of method='temperature', ensemble=False. Use joblib.dump, or skops."
        )
    (temperature,) = first.calibrators
    kept = {name: getattr(calibrated, name) for name in _SEEN if hasattr(calibrated, name)}
    return {"classifier": first.estimator, "beta": float(temperature.beta_), **kept}


def set_calibrated_state(calibrated: CalibratedClassifierCV, state: dict[str, Any]) -> None:
    """Become fitted with what :func:`get_calibrated_state` gave.

    Parameters
    ----------
    calibrated : CalibratedClassifierCV
        Not fitted.
    state : dict
        The state; it may be of anybody.

    Raises
    ------
    ValueError
        If it is another.
    """
    classifier, beta, classes = state["classifier"], state["beta"], state["classes_"]
    if unknown := state.keys() - {"classifier", "beta", *_SEEN}:
        raise ValueError(f"a calibrated classifier has no {', '.join(sorted(unknown))}")
    if not isinstance(beta, float) or not 0 < beta < inf:
        raise ValueError(f"{beta!r} is no inverse temperature")
    check_is_fitted(classifier)
    if not isinstance(classes, np.ndarray) or classes.shape != np.shape(classifier.classes_):
        raise ValueError(f"{classes!r} are not the labels of {type(classifier).__name__}")
    temperature = _TemperatureScaling()
    temperature.beta_ = beta
    vars(calibrated).update({name: state[name] for name in _SEEN if name in state})
    calibrated.calibrated_classifiers_ = [
        _CalibratedClassifier(classifier, [temperature], classes=classes, method="temperature")
    ]
