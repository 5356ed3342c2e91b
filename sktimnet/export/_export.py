"""Write a fitted pipeline as an ONNX model: :func:`export`."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

import torch
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted
from torch import nn

from sktimnet.classifiers import NetworkClassifier
from sktimnet.export._modules import MFCC, Scaling
from sktimnet.export._onnx import require_onnx, to_onnx
from sktimnet.feature_extraction import MFCCTransformer
from sktimnet.preprocessing import FeatureScaler
from sktimnet.validation import validate_params
from sktimnet.versions import library_versions


@validate_params({"path": [str, os.PathLike]}, prefer_skip_nested_validation=True)
def export(pipeline: Pipeline, path: str | os.PathLike[str]) -> None:
    """Write a fitted pipeline as an ONNX model, for programs without Python: on phones, in browsers, on servers.

    The model's input ``waveform`` is of shape (n_clips, n_samples), float32: mono recordings at the pipeline's sampling
    rate, within [-1, 1), any number of clips of any one length. Its output ``probabilities`` is of shape
    (n_clips, n_classes): what ``predict_proba`` gives for the same waveforms, to 1e-4 under onnxruntime. Decoding and
    resampling are left to the caller. Needs onnxruntime and onnxscript: ``pip install "sktimnet[onnx]"``.

    Parameters
    ----------
    pipeline : Pipeline
        A fitted pipeline of :class:`~sktimnet.MFCCTransformer`, any number of
        :class:`~sktimnet.preprocessing.FeatureScaler`, and :class:`~sktimnet.TIMNetClassifier`,
        :class:`~sktimnet.TCNClassifier` or another :class:`~sktimnet.classifiers.NetworkClassifier`.
    path : str or path-like
        The file, by custom with the ending ``.onnx``.

    Raises
    ------
    ImportError
        If onnxruntime or onnxscript is not installed.
    sklearn.exceptions.NotFittedError
        If the pipeline is not fitted.
    ValueError
        If the pipeline has other steps, if its transformer trims silence, or if its network cannot be exported.

    See Also
    --------
    largest_difference : Compare the model with the pipeline on recordings.
    sktimnet.persistence.save : For use in Python.

    Notes
    -----
    The model's metadata holds, as JSON, ``labels`` in the order of the probabilities, the sampling rate ``sr`` in Hz,
    and ``versions``.

    The model pads and cuts clips as the pipeline does; with ``MFCCTransformer(padding="nan")`` and no `clip_length`
    it does neither. It does not check its input: not finite samples give probabilities that are NaN.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.pipeline import Pipeline
    >>> from sktimnet import MFCCTransformer, TCNClassifier
    >>> from sktimnet.datasets import make_emotional_speech
    >>> from sktimnet.export import export, largest_difference
    >>> corpus = make_emotional_speech(n_speakers=2, n_texts=1, emotions=("angry", "sad"), random_state=0)
    >>> network = TCNClassifier(n_blocks=2, max_epochs=1, random_state=0)
    >>> pipe = Pipeline([("mfcc", MFCCTransformer()), ("tcn", network)]).fit(corpus.data, corpus.target)
    >>> path = tempfile.mkdtemp() + "/model.onnx"
    >>> export(pipe, path)
    >>> largest_difference(pipe, path, corpus.data) < 1e-4
    True
    """
    require_onnx()
    mfcc, *scalers, classifier = _steps(pipeline)
    network = copy.deepcopy(classifier.net_.module_)
    model = nn.Sequential(MFCC(mfcc.settings_), *map(Scaling, scalers), network, nn.Softmax(dim=1)).eval()
    try:
        program = to_onnx(model, torch.zeros(2, 2 * mfcc.clip_length_), shortest=mfcc.hop_length_ + 1)
    except ImportError:  # onnxscript is too old
        raise
    except Exception as error:  # whatever a network of one's own leads to
        reason = str(error).strip().partition("\n")[0]  # torch goes on for a page, which stays in the traceback
        raise ValueError(
            f"{type(network).__name__} cannot be exported for any number of clips and frames: its embed must make no "
            f"choice in Python by the shape of x, and use only what ONNX knows ({reason})."
        ) from error
    program.model.metadata_props.update(
        labels=json.dumps(classifier.classes_.tolist()),
        sr=json.dumps(mfcc.settings_.sr),
        versions=json.dumps(library_versions()),
    )
    program.save(path, external_data=False)


def _steps(pipeline: Any) -> list[Any]:
    """Return the fitted steps; refuse by name what cannot be exported."""
    if not isinstance(pipeline, Pipeline):
        way_out = "export its best_estimator_" if hasattr(pipeline, "best_estimator_") else "fit the recipe 'paper'"
        raise ValueError(
            "pipeline must be a Pipeline of an MFCCTransformer and a network, "
            f"got {type(pipeline).__name__}; {way_out}."
        )
    steps = [step for _, step in pipeline.steps if step not in (None, "passthrough")]
    kinds = [MFCCTransformer, *[FeatureScaler] * (len(steps) - 2), NetworkClassifier]
    if len(steps) < 2 or not all(map(isinstance, steps, kinds)):
        found = ", ".join(type(step).__name__ for step in steps) or "none"
        raise ValueError(
            "steps must be an MFCCTransformer, FeatureScalers if any, and a TIMNetClassifier or another "
            f"NetworkClassifier, got {found}; other steps cannot be exported."
        )
    for step in steps:
        check_is_fitted(step)
    if steps[0].settings_.trim is not None:
        raise ValueError(
            f"trim={steps[0].settings_.trim!r} cannot be exported: fit with trim=None on recordings that are trimmed "
            "already, by librosa.effects.trim for instance, and trim those that the model gets."
        )
    return steps
