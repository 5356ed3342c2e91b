"""Whole pipelines by name: :func:`make_recipe`."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

import joblib
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from sktimnet.feature_extraction import (
    FRONT_ENDS,
    ChannelUnion,
    DescriptorTransformer,
    FunctionalsTransformer,
    MFCCTransformer,
)
from sktimnet.outliers import PCAOutlierDetector
from sktimnet.perturbations import Babble, Band, Chain, Codec, Room, Speed, WhiteNoise
from sktimnet.preprocessing import RankScaler
from sktimnet.speakers import SpeakerNormalizedClassifier
from sktimnet.svm import OneVsRestSVC

__all__ = ["RECIPES", "VIRTUAL_SPEAKERS", "make_recipe"]

Memory: TypeAlias = str | os.PathLike | joblib.Memory | None

# Level and surrounding silence say nothing of the emotion.
_RECORDING: dict[str, Any] = {"padding": "nan", "trim": 40, "normalize": True}
#: Changes of the training clips that the recipes "robust" and "linear" are trained on beside the clips as they are: a
#: smaller speaker, a larger one among other voices, one in a telephone's band, one in noise, one in a room and one in a
#: telephone's codec.
VIRTUAL_SPEAKERS = (
    Speed(1.17),
    Chain((Speed(0.85), Babble(20))),
    Chain((Speed(0.92), Band(300, 3400))),
    Chain((Speed(1.08), WhiteNoise(20))),
    Room(0.4),
    Chain((Speed(0.92), Codec("WAV", "ULAW", rates=(8000,)))),
)
_PROSODY = ("pitch", "voicing", "energy")


def make_recipe(name: str = "robust", *, random_state: int | None = None, memory: Memory = None) -> ClassifierMixin:
    """Make an unfitted classifier of recordings, whose nested parameters can be searched.

    Parameters
    ----------
    name : {"robust", "linear", "timnet", "paper"}, default="robust"
        - "robust": for new speakers, any level and any length, noise, telephones and rooms. A support vector machine
          for each emotion, on functionals of MFCCs, pitch, voicing, energy and the spectrum's shape, relative to each
          speaker's own clips where speakers are known, and trained on `VIRTUAL_SPEAKERS` too.
        - "linear": the same with logistic regression, small enough to ship: a file of it
          (:func:`sktimnet.persistence.save`) has less than 1 MB.
        - "timnet": TIM-Net on MFCCs and prosody of trimmed clips, relative to the speaker, a tenth of the arithmetic.
        - "paper": TIM-Net as published, on padded MFCCs, 500 epochs: for speakers that are in training and test alike.
    random_state : int or None, default=None
        Decides everything random.
    memory : str, path, joblib.Memory or None, default=None
        Where to keep the features of each file.

    Returns
    -------
    classifier
        "paper" is a Pipeline, which takes clips. The others are
        :class:`~sktimnet.speakers.SpeakerNormalizedClassifier`, which takes clips or a table of clips and speakers
        (:func:`~sktimnet.speakers.with_speakers`).

    Raises
    ------
    ValueError
        If there is no recipe of that name.

    Examples
    --------
    >>> from sktimnet.recipes import make_recipe
    >>> from sktimnet.datasets import make_emotional_speech
    >>> corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), random_state=0)
    >>> clips = [(clip, corpus.sr) for clip in corpus.data]
    >>> robust = make_recipe("robust", random_state=0).fit(clips, corpus.target)
    >>> robust.predict_proba(clips).shape
    (16, 2)
    """
    if name not in RECIPES:
        raise ValueError(f"name={name!r} is no recipe; there are {', '.join(map(repr, RECIPES))}.")
    return RECIPES[name](random_state, memory)


def _paper(random_state: int | None, memory: Memory) -> Pipeline:
    from sktimnet.classifiers import TIMNetClassifier  # slow to import

    mfcc = MFCCTransformer(memory=memory, **FRONT_ENDS["released"])
    return Pipeline([("mfcc", mfcc), ("timnet", TIMNetClassifier(random_state=random_state))])


def _functionals(memory: Memory) -> Pipeline:
    """Make the features of the robust and the linear recipe: 2,067 values of each clip."""
    framing = {"sr": 16000, "n_fft": 1024, "win_length": 800, "hop_length": 256, "memory": memory, **_RECORDING}
    channels = ChannelUnion(
        [
            ("descriptors", DescriptorTransformer(**framing)),
            ("mfcc", MFCCTransformer(n_mfcc=25, n_mels=64, window="hann", **framing)),
        ]
    )
    functionals = FunctionalsTransformer(voicing=DescriptorTransformer.known.index("voicing"))
    return Pipeline([("channels", channels), ("functionals", functionals)])


def _robust(random_state: int | None, memory: Memory) -> SpeakerNormalizedClassifier:
    return SpeakerNormalizedClassifier(
        _functionals(memory),
        OneVsRestSVC(C=3),
        scaler=RankScaler(n_quantiles=50),
        augmentation=VIRTUAL_SPEAKERS,
        calibration_folds=4,
        outlier_detector=PCAOutlierDetector(random_state=random_state),
        random_state=random_state,
    )


def _linear(random_state: int | None, memory: Memory) -> SpeakerNormalizedClassifier:
    return SpeakerNormalizedClassifier(
        _functionals(memory),
        LogisticRegression(C=0.01, max_iter=1000),
        scaler=RankScaler(n_quantiles=50),
        augmentation=VIRTUAL_SPEAKERS,
        calibration_folds=4,
        outlier_detector=PCAOutlierDetector(random_state=random_state),
        random_state=random_state,
    )


def _timnet(random_state: int | None, memory: Memory) -> SpeakerNormalizedClassifier:
    from sktimnet.augmentation import SpecAugment  # slow to import
    from sktimnet.classifiers import TIMNetClassifier

    framing = {"sr": 22050, "n_fft": 2048, "win_length": 2048, "hop_length": 512, "memory": memory, **_RECORDING}
    channels = ChannelUnion(
        [
            ("mfcc", MFCCTransformer(window="hann", **framing)),
            ("prosody", DescriptorTransformer(descriptors=_PROSODY, **framing)),
        ]
    )
    network = TIMNetClassifier(
        batch_norm_momentum=0.1,
        lr=3e-3,
        schedule="one-cycle",
        batch_size=32,
        max_epochs=40,
        augmentation=SpecAugment(),
        random_state=random_state,
    )
    return SpeakerNormalizedClassifier(channels, network, random_state=random_state)


#: The recipes by name.
RECIPES = {"robust": _robust, "linear": _linear, "timnet": _timnet, "paper": _paper}
