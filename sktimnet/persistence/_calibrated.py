"""What a safe file keeps of scikit-learn's ``CalibratedClassifierCV``: a classifier and one temperature.

scikit-learn has no way but its own helpers to make a calibrated classifier of these again.
"""

from __future__ import annotations

from typing import Any

from sklearn.calibration import CalibratedClassifierCV, _CalibratedClassifier, _TemperatureScaling


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
    return {"classifier": first.estimator, "beta": float(temperature.beta_), "classes": calibrated.classes_}


def set_calibrated_state(calibrated: CalibratedClassifierCV, state: dict[str, Any]) -> None:
    """Become fitted with what :func:`get_calibrated_state` gave.

    Parameters
    ----------
    calibrated : CalibratedClassifierCV
        Not fitted.
    state : dict
        The state.
    """
    temperature = _TemperatureScaling()
    temperature.beta_ = float(state["beta"])
    calibrated.classes_ = state["classes"]
    calibrated.calibrated_classifiers_ = [
        _CalibratedClassifier(state["classifier"], [temperature], classes=state["classes"], method="temperature")
    ]
