"""Write and read safe files: :func:`save` and :func:`load`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import safetensors.numpy
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sktimnet.persistence._content import Content
from sktimnet.persistence._reading import MissingClassError, Reader
from sktimnet.persistence._version_1 import from_version_1
from sktimnet.validation import HasMethods, validate_params
from sktimnet.versions import library_versions, warn_of_other_versions

_KEY = "sktimnet"
# Errors of reading content that save did not write; RuntimeError: it is nested too deeply.
_DAMAGE = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_FORMAT = 2  # 1 is that of version 0.1, which does not say so


@validate_params(
    {"pipeline": [HasMethods(["get_params", "predict"])], "path": [str, os.PathLike]},
    prefer_skip_nested_validation=True,
)
def save(pipeline: BaseEstimator, path: str | os.PathLike[str]) -> None:
    """Save a fitted pipeline in a file that anybody can open safely: loading it runs no code.

    The file holds weights and other arrays in the `safetensors <https://huggingface.co/docs/safetensors>`_ format, and
    classes, parameters, labels, scores of each epoch and versions as JSON beside them.

    Parameters
    ----------
    pipeline : Pipeline or other classifier
        Fitted; made of the estimators of this package, of networks and steps of your own, and of scikit-learn's
        Pipeline, FeatureUnion, VotingClassifier, StandardScaler, LogisticRegression, and CalibratedClassifierCV with
        one temperature.
    path : str or path-like
        The file, by custom with the ending ``.safetensors``.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the pipeline is not fitted.
    ValueError
        If it has parts that a safe file cannot keep, such as functions and other estimators of scikit-learn, or
        parameters that were changed after `fit`.

    See Also
    --------
    load : Read it again.
    joblib.dump : For any estimator; open such files only from sources that you trust.

    Notes
    -----
    The optimiser's state is not saved, and `memory`, `checkpoint`, `callbacks`, `cv` and `random_state` are None in
    what is loaded: the file is for prediction.

    Of an estimator of your own the file keeps the parameters and all other attributes: numbers, strings, arrays,
    labels, tensors and estimators, in lists, tuples and dicts. One that holds anything else needs two methods:
    ``get_fitted_state()`` returns what it learned as a dict of these, and ``set_fitted_state(state)`` takes it back,
    as in :class:`~sktimnet.classifiers.NetworkClassifier`.

    Other estimators of scikit-learn, such as its support vector machines, are kept by the library
    `skops <https://skops.readthedocs.io>`_, which asks which types you trust. It does not keep networks.

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
    from sktimnet.persistence._writing import Writer  # slow to import

    check_is_fitted(pipeline)
    writer = Writer()
    content = {"format": _FORMAT, **writer.write(pipeline), "versions": library_versions()}
    text = json.dumps(content)
    try:
        Reader(json.loads(text), writer.arrays, writer.classes).read()
    except ValueError as error:
        raise ValueError(f"Parameters were changed after fit ({error}); fit the pipeline anew.") from error
    # Not safetensors' save_file, whose files only their owner may read.
    Path(path).write_bytes(safetensors.numpy.save(writer.arrays, metadata={_KEY: text}))


@validate_params({"path": [str, os.PathLike], "classes": [list, tuple]}, prefer_skip_nested_validation=True)
def load(path: str | os.PathLike[str], *, classes: Sequence[type[BaseEstimator]] = ()) -> Any:
    """Load a pipeline that :func:`save` wrote, without running anything that the file holds.

    Parameters
    ----------
    path : str or path-like
        The file.
    classes : sequence of type, default=()
        Classes of your own that the file may hold, known by their names. Nothing is imported because a file names it.

    Returns
    -------
    Pipeline or other classifier
        Fitted; it predicts bit for bit as the saved one.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is anything else than what :func:`save` writes, a pickle for instance, or holds a class that is
        neither of this package nor in `classes`.

    Warns
    -----
    UserWarning
        If the file was written with other versions of sktimnet, scikit-learn or torch.
    """
    estimator, versions = load_with_versions(path, classes)
    warn_of_other_versions(versions, repr(os.fspath(path)))
    return estimator


def load_with_versions(path: str | os.PathLike[str], classes: Sequence[type[BaseEstimator]]) -> tuple[Any, dict]:
    """Do what :func:`load` does, and return the versions that wrote the file, too, in place of a warning.

    Parameters
    ----------
    path : str or path-like
        The file.
    classes : sequence of type
        Classes of your own that the file may hold.

    Returns
    -------
    estimator : Pipeline or other classifier
    versions : dict of str to str
    """
    if not all(isinstance(kind, type) for kind in classes):
        raise TypeError(f"classes must hold classes, such as [MyClassifier], got {classes!r}.")
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{os.fspath(path)!r} is no file.")
    try:
        with safetensors.safe_open(path, framework="np") as file:
            content: Content = json.loads((file.metadata() or {})[_KEY])
            arrays = {name: file.get_tensor(name) for name in file.keys()}
        if content.get("format", 1) == 1:
            content = from_version_1(content, arrays)
        return Reader(content, arrays, classes).read(), dict(content["versions"])
    except MissingClassError as error:
        raise ValueError(f"{os.fspath(path)!r} {error}") from error
    except (safetensors.SafetensorError, *_DAMAGE) as error:
        raise ValueError(
            f"{os.fspath(path)!r} is no file that sktimnet.persistence.save wrote ({error}). "
            "Nothing in it was run; open what joblib or pickle wrote with joblib.load, if you trust who made it."
        ) from error
