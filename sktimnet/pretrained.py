"""Fitted models: the one in this package (:func:`load_model`), and published weights (:func:`load_released`)."""

from __future__ import annotations

import os
import re
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline

from sktimnet.datasets import CORPORA, Corpus
from sktimnet.feature_extraction import FRONT_ENDS, MFCCTransformer
from sktimnet.persistence import load_with_versions
from sktimnet.speakers import SpeakerNormalizedClassifier
from sktimnet.validation import validate_params

__all__ = ["MODELS", "load_model", "load_released"]

#: Models that ship with the package: the file of each by name, beside its model card.
MODELS = {path.stem: path for path in sorted((Path(__file__).parent / "models").glob("*.safetensors"))}

_N_MFCC = 39
_NORM = {"gamma": "gamma", "beta": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}


@validate_params({"name": [str]}, prefer_skip_nested_validation=True)
def load_model(name: str = "emodb") -> SpeakerNormalizedClassifier:
    """Load a fitted model that ships with this package.

    Its model card, ``sktimnet/models/<name>.md``, says what it was trained on, how often it is right about new speakers
    and what it must not be used for.

    Parameters
    ----------
    name : {"emodb"}, default="emodb"
        "emodb" is ``make_recipe("linear")`` trained on EMODB, acted German speech of ten speakers.

    Returns
    -------
    SpeakerNormalizedClassifier
        Fitted; it takes clips, or a table of clips and speakers, of whom ten clips or more should be predicted
        together.

    Raises
    ------
    ValueError
        If no model of that name ships.

    See Also
    --------
    sktimnet.recipes.make_recipe : The recipe, to train on other recordings.

    Examples
    --------
    >>> from sktimnet.datasets import make_emotional_speech
    >>> from sktimnet.pretrained import load_model
    >>> model = load_model("emodb")
    >>> model.classes_.tolist()
    ['angry', 'boredom', 'disgust', 'fear', 'happy', 'neutral', 'sad']
    >>> corpus = make_emotional_speech(n_speakers=1, n_texts=1, emotions=("angry",), random_state=0)
    >>> model.predict_proba([(corpus.data[0], corpus.sr)]).shape
    (1, 7)
    """
    if name not in MODELS:
        raise ValueError(f"name={name!r} is no model of this package; there are {', '.join(map(repr, MODELS))}.")
    model, _ = load_with_versions(MODELS[name], ())  # the tests compare its answers under each supported version
    return model


@validate_params({"path": [str, os.PathLike], "corpus": [str]}, prefer_skip_nested_validation=True)
def load_released(path: str | os.PathLike[str], corpus: str = "EMODB") -> Pipeline | list[Pipeline]:
    """Load the weights that the paper's authors released, ready to predict the emotion of recordings.

    Reading the files needs h5py: ``pip install "sktimnet[keras]"``.

    Parameters
    ----------
    path : str or path
        A released Keras HDF5 file, which holds the weights of one of ten folds, or the directory of the ten files
        ``10-fold_weights_best_1.hdf5`` to ``10-fold_weights_best_10.hdf5``.
    corpus : {"CASIA", "EMODB", "EMOVO", "IEMOCAP", "RAVDESS", "SAVEE"}, default="EMODB"
        The corpus that the weights were trained on. It decides the labels and the length to which clips are padded
        or cut; the size of the network follows from the file.

    Returns
    -------
    Pipeline or list of Pipeline
        Of a file a fitted pipeline of "mfcc" (:class:`~sktimnet.MFCCTransformer` with the released front end) and
        "timnet" (:class:`~sktimnet.TIMNetClassifier`, whose ``n_iter_`` is 0: nothing was trained here); of a directory
        a list with one for each fold, in the order of the folds.

    Raises
    ------
    FileNotFoundError
        If the path does not exist.
    ImportError
        If h5py is not installed.
    ValueError
        If the corpus is unknown, or a file is not HDF5, lacks a layer, has one of an unexpected shape, or answers with
        another number of classes than the corpus has.

    Notes
    -----
    Each file was released as the best epoch on its own test fold: on clips of its corpus, these pipelines show what
    was published, not how well they would do on unseen speakers. To score the ten of them, each on its own fold, give
    the list to :func:`~sktimnet.model_selection.evaluate` with ``protocol="best-epoch"`` and the published folds,
    ``cv=KFold(10, shuffle=True, random_state=seed)`` over clips ordered by class and natural file name, with the seed
    of the release. A single pipeline that is not in a list would be trained anew, as any estimator is.

    A file does not say what its classes are: weights of another corpus with as many emotions load without complaint
    and answer with wrong names, so check a few known clips.

    Examples
    --------
    >>> from sktimnet.pretrained import load_released
    >>> pipeline = load_released("10-fold_weights_best_1.hdf5", corpus="EMODB")  # doctest: +SKIP
    >>> pipeline.predict(["03a01Fa.wav"])  # doctest: +SKIP
    array(['happy'], dtype='<U7')
    """
    known = [name for name, description in CORPORA.items() if description.clip_length is not None]
    if corpus not in known:
        raise ValueError(f"corpus={corpus!r} has no released weights; expected one of {', '.join(known)}.")
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{str(path)!r} does not exist; expected a released .hdf5 file or a directory of them.")
    if path.is_dir():
        return [_load_file(file, CORPORA[corpus]) for file in _folds(path)]
    return _load_file(path, CORPORA[corpus])


def _folds(directory: Path) -> list[Path]:
    """Find the files of a directory in the order of their folds."""
    names = (re.fullmatch(r".*_(\d+)\.hdf5", name) for name in os.listdir(directory))
    numbered = sorted((int(match[1]), match[0]) for match in names if match)
    if not numbered:
        raise ValueError(f"{str(directory)!r} holds no released weights; expected files like *_weights_best_1.hdf5.")
    found = [number for number, _ in numbered]
    if found != list(range(1, len(found) + 1)):  # a gap would pair the weights with the wrong test fold
        raise ValueError(f"{str(directory)!r} holds the folds {found}; expected each of 1 to {found[-1]} once.")
    return [directory / name for _, name in numbered]


def _load_file(path: Path, corpus: Corpus) -> Pipeline:
    """Make a fitted pipeline of one file."""
    import torch  # slow to import

    from sktimnet.classifiers import TIMNetClassifier

    try:
        weights = _as_of_timnet(_read_layers(path))
    except ValueError as error:
        raise ValueError(f"{str(path)!r} does not hold the weights of a TIM-Net: {error}.") from error
    n_classes = len(weights["output.bias"])
    if n_classes != len(corpus.labels):
        raise ValueError(
            f"{str(path)!r} answers with {n_classes} classes, but {corpus.name} has {len(corpus.labels)} "
            f"({', '.join(corpus.labels)}); name the corpus that the weights were trained on."
        )
    kernel_size, _, n_filters, _ = weights["blocks.0.sub_blocks.0.weight"].shape
    timnet = TIMNetClassifier(n_blocks=len(weights["fusion_weights"]), n_filters=n_filters, kernel_size=kernel_size)
    mfcc = MFCCTransformer(n_mfcc=_N_MFCC, clip_length=corpus.clip_length, **FRONT_ENDS["released"])
    mfcc.fit([np.zeros(1)])  # any clip will do: at a fixed clip length nothing is learned from them
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in weights.items()}
    return Pipeline([("mfcc", mfcc), ("timnet", timnet.with_weights(tensors, corpus.labels, _N_MFCC))])


class _Layer(NamedTuple):
    name: str
    weights: dict[str, np.ndarray]

    def take(self, weight: str, *shape: int | None) -> np.ndarray:
        """Give a weight, which must have a shape, where None is any size."""
        array = self.weights.get(weight)
        if array is None:
            raise ValueError(f"{self.name} has no {weight}")
        fits = [found > 0 and wanted in (None, found) for found, wanted in zip(array.shape, shape, strict=False)]
        if array.ndim != len(shape) or not all(fits):
            wanted = ", ".join("any" if size is None else str(size) for size in shape)
            raise ValueError(f"the {weight} of {self.name} has the shape {array.shape}, expected ({wanted})")
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(f"the {weight} of {self.name} has values that are no finite floats")
        return array.astype(np.float32)


def _read_layers(path: Path) -> dict[str, list[_Layer]]:
    """Read the layers of a Keras file by kind, in the order of creation.

    That is the order of the numbers in their names, which start anywhere: Keras counts over all networks of a session.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError("Released weights need h5py; install it with: pip install 'sktimnet[keras]'.") from error

    numbered: dict[str, dict[int, _Layer]] = {}

    def add(name: str, item: Any) -> None:
        match = re.fullmatch(r"([a-z\d_]+?)_?(\d*)/.*/(\w+):0", name)
        if match and isinstance(item, h5py.Dataset):
            kind, number, weight = match.groups()
            layer = numbered.setdefault(kind, {}).setdefault(int(number or 0), _Layer(name.split("/")[0], {}))
            layer.weights[weight] = np.asarray(item[()])

    try:
        with h5py.File(path) as file:
            file.visititems(add)
    except Exception as error:  # h5py raises OSError, RuntimeError, KeyError and others for damaged files
        raise ValueError(f"h5py cannot read it ({error})") from error
    return {kind: [layers[number] for number in sorted(layers)] for kind, layers in numbered.items()}


def _as_of_timnet(layers: dict[str, list[_Layer]]) -> dict[str, np.ndarray]:
    """Name and shape the weights as :class:`sktimnet.nn.TIMNet` does."""

    def expect(kind: str, count: int) -> list[_Layer]:
        found = layers.get(kind, [])
        if len(found) != count:
            names = ": " + ", ".join(layer.name for layer in found) if found else ""
            raise ValueError(f"it has {len(found)} instead of {count} layers {kind}_<number>{names}")
        return found

    def stack(pair: list[_Layer], weight: str, *shape: int) -> np.ndarray:
        return np.stack([layer.take(weight, *shape) for layer in pair])  # forward, backward

    [fusion], [dense] = expect("weight_layer", 1), expect("dense", 1)
    fusion_weights = fusion.take("kernel", None, 1)
    n_blocks = len(fusion_weights)
    convolutions, norms = expect("conv1d", 2 + 4 * n_blocks), expect("batch_normalization", 4 * n_blocks)
    inputs, convolutions = convolutions[:2], convolutions[2:]
    _, n_features, n_filters = inputs[0].take("kernel", 1, _N_MFCC, None).shape
    kernel_size, _, _ = convolutions[0].take("kernel", None, n_filters, n_filters).shape
    _, n_classes = dense.take("kernel", n_filters, None).shape

    weights = {
        "input_weight": stack(inputs, "kernel", 1, n_features, n_filters)[:, 0].swapaxes(-1, -2),
        "input_bias": stack(inputs, "bias", n_filters)[..., None],
        "fusion_weights": fusion_weights[:, 0],
        "output.weight": dense.take("kernel", n_filters, n_classes).T,
        "output.bias": dense.take("bias", n_classes),
    }
    for block, half in product(range(n_blocks), range(2)):
        # Order of creation: forward half 1 and 2, backward half 1 and 2.
        pair = [4 * block + half, 4 * block + 2 + half]
        name = f"blocks.{block}.sub_blocks.{half}"
        kernels = stack([convolutions[i] for i in pair], "kernel", kernel_size, n_filters, n_filters)
        weights[f"{name}.weight"] = kernels.swapaxes(0, 1).swapaxes(-1, -2)  # (taps, directions, out, in)
        weights[f"{name}.bias"] = stack([convolutions[i] for i in pair], "bias", n_filters)[..., None]
        for ours, theirs in _NORM.items():
            weights[f"{name}.{ours}"] = stack([norms[i] for i in pair], theirs, n_filters)[..., None]
    return weights
