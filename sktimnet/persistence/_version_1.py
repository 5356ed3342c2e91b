"""Files of version 0.1, which hold an MFCCTransformer and a network: :func:`from_version_1`."""

from __future__ import annotations

from typing import Any

import numpy as np


def from_version_1(content: dict[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the content of a file of version 0.1 in the form of later ones.

    Parameters
    ----------
    content : dict
        With the keys steps, clip_length, classes, classes_dtype, history and versions.
    arrays : dict of str to ndarray
        The network's weights; numeric labels are added to them.

    Returns
    -------
    dict
    """
    (mfcc_name, mfcc, mfcc_parameters), (name, network, parameters) = content["steps"]
    state = {
        "weights": {"dict": [[weight, {"tensor": weight}] for weight in list(arrays)]},
        "classes": _labels(content, arrays),
        "n_features_in": mfcc_parameters["n_mfcc"],
        "history": [{"dict": list(epoch.items())} for epoch in content["history"]],
    }
    return {
        "estimators": [
            _estimator(mfcc, mfcc_parameters, {"clip_length": content["clip_length"]}),
            _estimator(network, parameters, state),
            _estimator("Pipeline", {"steps": [_step(mfcc_name, 0), _step(name, 1)]}, {}),
        ],
        "versions": content["versions"],
    }


def _estimator(kind: str, parameters: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    written = {name: _parameter(name, value) for name, value in parameters.items()}
    return {"class": kind, "module": "sktimnet", "parameters": written, "state": state}


def _step(name: str, place: int) -> dict[str, Any]:
    return {"tuple": [name, {"estimator": place}]}


def _parameter(name: str, value: Any) -> Any:
    if name == "class_weight" and isinstance(value, list):
        return {"dict": value}
    return {"tuple": value} if isinstance(value, list) and name != "steps" else value


def _labels(content: dict[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    labels, dtype = content["classes"], np.dtype(content["classes_dtype"])
    if dtype.kind in "UO":
        return {"labels": labels, "dtype": dtype.str}
    arrays["classes"] = np.array(labels, dtype=dtype)
    return {"array": "classes"}
