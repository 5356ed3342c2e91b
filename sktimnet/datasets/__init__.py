"""Corpora of emotional speech: on disk, downloaded or synthetic, each as a scikit-learn ``Bunch``."""

from sktimnet.datasets._corpora import CORPORA, Corpus
from sktimnet.datasets._readers import load_emodb, load_folder
from sktimnet.datasets._synthetic import make_emotional_speech

__all__ = ["CORPORA", "Corpus", "load_emodb", "load_folder", "make_emotional_speech"]
