"""Corpora of emotional speech: on disk, downloaded or synthetic, each as a scikit-learn ``Bunch``."""

from sktimnet.datasets._corpora import CORPORA, Corpus
from sktimnet.datasets._fetch import fetch_emodb, fetch_ravdess
from sktimnet.datasets._joined import concatenate
from sktimnet.datasets._own import audio_files, load_folder, load_table
from sktimnet.datasets._readers import (
    Clip,
    load_casia,
    load_corpus,
    load_cremad,
    load_emodb,
    load_emovo,
    load_iemocap,
    load_ravdess,
    load_savee,
    load_tess,
)
from sktimnet.datasets._synthetic import make_emotional_speech

__all__ = [
    "CORPORA",
    "Clip",
    "Corpus",
    "audio_files",
    "concatenate",
    "fetch_emodb",
    "fetch_ravdess",
    "load_casia",
    "load_corpus",
    "load_cremad",
    "load_emodb",
    "load_emovo",
    "load_folder",
    "load_iemocap",
    "load_ravdess",
    "load_savee",
    "load_table",
    "load_tess",
    "make_emotional_speech",
]
