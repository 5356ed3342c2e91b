"""A fitted pipeline in a file that is safe to open: :func:`save` and :func:`load`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sktimnet.classifiers import TCNClassifier, TIMNetClassifier
from sktimnet.feature_extraction import MFCCTransformer
from sktimnet.validation import validate_params
from sktimnet.versions import library_versions, warn_of_other_versions

__all__ = ["load", "save"]

_CLASSES = {cls.__name__: cls for cls in (MFCCTransformer, TIMNetClassifier, TCNClassifier)}
# What belongs to the machine and the session that trained, or would be code.
_LEFT_BEHIND = ("memory", "checkpoint", "callbacks", "random_state")
_KEY = "sktimnet"


@validate_params({"path": [str, os.PathLike]}, prefer_skip_nested_validation=True)
def save(pipeline: Pipeline, path: str | os.PathLike[str]) -> None:
    """Save a fitted pipeline in a file that can be given to strangers: opening it runs no code.

    The file holds the weights in the `safetensors <https://huggingface.co/docs/safetensors>`_ format, and parameters,
    labels, scores of each epoch and versions as JSON beside them. Needs safetensors:
    ``pip install "sktimnet[safe]"``.

    Parameters
    ----------
    pipeline : Pipeline
        A fitted pipeline of :class:`~sktimnet.MFCCTransformer` and :class:`~sktimnet.TIMNetClassifier` or
        :class:`~sktimnet.TCNClassifier`.
    path : str or path-like
        The file, by custom with the ending ``.safetensors``.

    Raises
    ------
    ImportError
        If safetensors is not installed.
    sklearn.exceptions.NotFittedError
        If the pipeline is not fitted.
    ValueError
        If it has other steps, labels that are neither strings nor numbers, or parameters that were changed after `fit`.

    See Also
    --------
    load : Read it again.
    joblib.dump : For a pipeline with other steps, where the file is opened by those who trust it.

    Notes
    -----
    The optimiser's state is not saved, and `memory`, `checkpoint`, `callbacks` and `random_state` are None in what is
    loaded: the file is for prediction.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.pipeline import Pipeline
    >>> from sktimnet import MFCCTransformer, TIMNetClassifier, persistence
    >>> from sktimnet.datasets import make_emotional_speech
    >>> corpus = make_emotional_speech(n_speakers=2, n_texts=1, emotions=("angry", "sad"), random_state=0)
    >>> pipe = Pipeline([("mfcc", MFCCTransformer()), ("timnet", TIMNetClassifier(max_epochs=1, random_state=0))])
    >>> path = tempfile.mkdtemp() + "/model.safetensors"
    >>> persistence.save(pipe.fit(corpus.data, corpus.target), path)
    >>> bool((persistence.load(path).predict(corpus.data) == pipe.predict(corpus.data)).all())
    True
    """
    to_bytes = require_safetensors().torch.save
    if not isinstance(pipeline, Pipeline):
        way_out = "; save its best_estimator_" if hasattr(pipeline, "best_estimator_") else ""
        raise ValueError(f"pipeline must be a Pipeline, got {type(pipeline).__name__}{way_out}.")
    check_is_fitted(pipeline)
    _check_steps([(name, type(step).__name__) for name, step in pipeline.steps])
    (_, mfcc), (_, classifier) = pipeline.steps
    content = {
        "steps": [[name, type(step).__name__, _parameters(step)] for name, step in pipeline.steps],
        "clip_length": mfcc.clip_length_,
        "classes": classifier.classes_.tolist(),
        "classes_dtype": _dtype(classifier.classes_),
        "history": list(classifier.net_.history),
        "versions": library_versions(),
    }
    weights = {name: weight.contiguous() for name, weight in classifier.net_.module_.state_dict().items()}
    text = json.dumps(content, default=_plain)
    _check_unchanged(mfcc, text, weights)
    # Not safetensors' save_file, whose files only their owner may read.
    Path(path).write_bytes(to_bytes(weights, metadata={_KEY: text}))


@validate_params({"path": [str, os.PathLike]}, prefer_skip_nested_validation=True)
def load(path: str | os.PathLike[str]) -> Pipeline:
    """Load a pipeline that :func:`save` wrote, without running anything that the file holds.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    Pipeline
        Fitted; it predicts bit for bit as the saved one.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If safetensors is not installed.
    ValueError
        If the file is anything else than what :func:`save` writes, a pickle for instance.

    Warns
    -----
    UserWarning
        If the file was written with other versions of sktimnet, scikit-learn or torch.
    """
    safetensors = require_safetensors()
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{os.fspath(path)!r} is no file.")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            content = json.loads((file.metadata() or {})[_KEY])
            weights = {name: file.get_tensor(name) for name in file.keys()}
        pipeline, versions = _rebuild(content, weights), dict(content["versions"])
    except (safetensors.SafetensorError, ArithmeticError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{os.fspath(path)!r} is no file that sktimnet.persistence.save wrote ({error}). "
            "Nothing in it was run; open what joblib or pickle wrote with joblib.load, if you trust who made it."
        ) from error
    warn_of_other_versions(versions, repr(os.fspath(path)))
    return pipeline


def require_safetensors() -> Any:
    """Import safetensors, or say how to install it.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If safetensors is not installed.
    """
    try:
        import safetensors.torch
    except ImportError as error:
        raise ImportError("Safe files need safetensors; install it with: pip install 'sktimnet[safe]'.") from error
    return safetensors


def _check_steps(steps: list[tuple[str, str]]) -> None:
    found = [kind for _, kind in steps]
    if len(found) != 2 or found[0] != "MFCCTransformer" or found[1] not in ("TIMNetClassifier", "TCNClassifier"):
        raise ValueError(
            f"steps must be an MFCCTransformer and a TIMNetClassifier or TCNClassifier, got {', '.join(found)}; "
            "use joblib.dump for other pipelines."
        )


def _check_unchanged(mfcc: MFCCTransformer, text: str, weights: dict[str, torch.Tensor]) -> None:
    """Refuse parameters other than those of fit: what is loaded with them would predict otherwise, or not at all."""
    try:
        changed = _rebuild(json.loads(text), weights)[0].settings_ != mfcc.settings_
    except (ValueError, RuntimeError) as error:
        raise ValueError(
            f"The network's parameters were changed after fit ({error}); fit the pipeline anew."
        ) from error
    if changed:
        raise ValueError("Parameters of the MFCCTransformer were changed after fit; fit the pipeline anew.")


def _parameters(step: Any) -> dict[str, Any]:
    parameters = step.get_params(deep=False)
    if isinstance(parameters.get("class_weight"), dict):  # JSON has strings as keys only
        parameters["class_weight"] = list(parameters["class_weight"].items())
    return {name: value for name, value in parameters.items() if name not in _LEFT_BEHIND}


def _restored(parameters: dict[str, Any]) -> dict[str, Any]:
    parameters = {name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()}
    if isinstance(parameters.get("class_weight"), tuple):
        parameters["class_weight"] = dict(parameters["class_weight"])
    return parameters


def _dtype(classes: np.ndarray) -> str:
    if classes.dtype.kind not in "Uiufb" and not all(isinstance(label, str) for label in classes):
        raise ValueError(f"labels must be strings or numbers, got {classes!r}.")
    return classes.dtype.str


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def _rebuild(content: dict[str, Any], weights: dict[str, torch.Tensor]) -> Pipeline:
    _check_steps([(name, kind) for name, kind, _ in content["steps"]])
    (mfcc_name, _, mfcc_parameters), (name, kind, parameters) = content["steps"]
    if not set(_LEFT_BEHIND).isdisjoint(mfcc_parameters | parameters):  # a memory of strangers holds their pickles
        raise ValueError(f"it sets one of {', '.join(_LEFT_BEHIND)}, which save leaves out")
    _check_sizes(parameters, weights, len(content["classes"]))
    # Any clip will do: at a fixed clip length, in seconds since what fit learned may be less than a window, nothing is
    # learned from it.
    seconds = content["clip_length"] / mfcc_parameters["sr"]
    mfcc = MFCCTransformer(**_restored(mfcc_parameters) | {"clip_length": seconds}).fit([np.zeros(1)])
    mfcc.set_params(clip_length=mfcc_parameters["clip_length"])
    if np.dtype(content["classes_dtype"]).kind not in "UiufbO":
        raise ValueError(f"classes_dtype={content['classes_dtype']!r} is not one of labels")
    classes = np.array(content["classes"], dtype=content["classes_dtype"])
    classifier = _CLASSES[kind](**_restored(parameters)).with_weights(
        weights, classes, content.get("n_features", mfcc.n_mfcc)
    )
    classifier.net_.history.extend(content["history"])
    return Pipeline([(mfcc_name, mfcc), (name, classifier)])


def _check_sizes(parameters: dict[str, Any], weights: dict[str, torch.Tensor], n_classes: int) -> None:
    """Refuse a network of another size than its weights have, before it takes memory."""
    expected = (n_classes, parameters["n_filters"], parameters["kernel_size"], parameters["n_blocks"])
    n_blocks = sum(name.endswith("sub_blocks.0.weight") for name in weights)
    found = (*weights["output.weight"].shape, len(weights["blocks.0.sub_blocks.0.weight"]), n_blocks)
    if found != expected:
        raise ValueError(f"classes, filters, kernel and blocks are {expected}, but those of the weights {found}")
