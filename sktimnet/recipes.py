"""Whole pipelines by name: :func:`make_recipe`."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

import joblib
from sklearn.base import ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktimnet.augmentation import SpecAugment
from sktimnet.classifiers import TIMNetClassifier
from sktimnet.feature_extraction import (
    FRONT_ENDS,
    ChannelUnion,
    DescriptorTransformer,
    FunctionalsTransformer,
    MFCCTransformer,
)
from sktimnet.speakers import SpeakerNormalizedClassifier

__all__ = ["RECIPES", "make_recipe"]

Memory: TypeAlias = str | os.PathLike | joblib.Memory | None

# Level and surrounding silence say nothing of the emotion.
_RECORDING: dict[str, Any] = {"padding": "nan", "trim": 40, "normalize": True}
_PROSODY = ("pitch", "voicing", "energy")


def make_recipe(name: str = "robust", *, random_state: int | None = None, memory: Memory = None) -> ClassifierMixin:
    """Make an unfitted classifier of recordings, whose nested parameters can be searched.

    Parameters
    ----------
    name : {"robust", "svc", "paper"}, default="robust"
        - "robust": for new speakers, any level and any length. The mean of the probabilities of "svc" and of a short
          TIM-Net on MFCCs and prosody, features relative to each speaker's own clips where speakers are known.
        - "svc": a support vector machine on functionals of MFCCs and low-level descriptors, relative to the speaker.
        - "paper": TIM-Net as published, on padded MFCCs, 500 epochs: for speakers that are in training and test alike.
    random_state : int or None, default=None
        Decides everything random.
    memory : str, path, joblib.Memory or None, default=None
        Where to keep the features of each file.

    Returns
    -------
    classifier
        "paper" is a Pipeline, "svc" a :class:`~sktimnet.speakers.SpeakerNormalizedClassifier`, "robust" a
        :class:`~sklearn.ensemble.VotingClassifier`. Each takes clips; "svc" and "robust" also a table of clips and
        speakers (:func:`~sktimnet.speakers.with_speakers`).

    Raises
    ------
    ValueError
        If there is no recipe of that name.

    Examples
    --------
    >>> from sktimnet.recipes import make_recipe
    >>> from sktimnet.datasets import make_emotional_speech
    >>> corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), random_state=0)
    >>> svc = make_recipe("svc").fit(corpus.data, corpus.target)
    >>> svc.predict_proba(corpus.data).shape == (len(corpus.data), 2)
    True
    """
    if name not in RECIPES:
        raise ValueError(f"name={name!r} is no recipe; there are {', '.join(map(repr, RECIPES))}.")
    return RECIPES[name](random_state, memory)


def _paper(random_state: int | None, memory: Memory) -> Pipeline:
    mfcc = MFCCTransformer(memory=memory, **FRONT_ENDS["released"])
    return Pipeline([("mfcc", mfcc), ("timnet", TIMNetClassifier(random_state=random_state))])


def _svc(random_state: int | None, memory: Memory) -> SpeakerNormalizedClassifier:
    framing = {"sr": 16000, "n_fft": 1024, "win_length": 800, "hop_length": 256, "memory": memory, **_RECORDING}
    channels = ChannelUnion(
        [
            ("descriptors", DescriptorTransformer(**framing)),
            ("mfcc", MFCCTransformer(n_mfcc=25, n_mels=64, window="hann", **framing)),
        ]
    )
    functionals = FunctionalsTransformer(voicing=DescriptorTransformer.known.index("voicing"))
    machine = CalibratedClassifierCV(SVC(C=10), ensemble=False)
    return SpeakerNormalizedClassifier(
        Pipeline([("channels", channels), ("functionals", functionals)]),
        Pipeline([("scaler", StandardScaler()), ("svc", machine)]),
    )


def _short_timnet(random_state: int | None, memory: Memory) -> SpeakerNormalizedClassifier:
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
        max_epochs=60,
        augmentation=SpecAugment(),
        random_state=random_state,
    )
    return SpeakerNormalizedClassifier(channels, network)


def _robust(random_state: int | None, memory: Memory) -> VotingClassifier:
    members = [("svc", _svc(random_state, memory)), ("timnet", _short_timnet(random_state, memory))]
    return VotingClassifier(members, voting="soft", weights=[0.6, 0.4])


#: The recipes by name.
RECIPES = {"robust": _robust, "svc": _svc, "paper": _paper}
