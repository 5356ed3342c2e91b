"""Same seed, one torch thread: the same bits wherever and however often a pipeline is fitted; no state changes."""

import random

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech

CV = StratifiedKFold(3, shuffle=True, random_state=0)


@pytest.fixture(scope="module")
def corpus():
    return make_emotional_speech(n_speakers=2, n_texts=3, emotions=("angry", "sad"), duration=0.4, random_state=0)


def pipeline(classifier_class=TIMNetClassifier, memory=None):
    classifier = classifier_class(
        n_blocks=2, n_filters=5, batch_size=4, max_epochs=3, dropout=0.3, device="cpu", random_state=0
    )
    return Pipeline([("mfcc", MFCCTransformer(n_mfcc=8, clip_length=0.4, memory=memory)), ("net", classifier)])


def bits(fitted):
    return b"".join(value.numpy().tobytes() for value in fitted["net"].net_.module_.state_dict().values())


def of_folds(corpus, memory=None, **options):
    estimator = pipeline(memory=memory)
    scores = cross_validate(estimator, corpus.data, corpus.target, cv=CV, return_estimator=True, **options)
    return [bits(fitted) for fitted in scores["estimator"]]


@pytest.fixture(scope="module")
def expected(corpus):
    return of_folds(corpus)


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_jobs_and_backends_give_the_same_bits(backend, n_jobs, corpus, expected):
    with joblib.parallel_config(backend):
        assert of_folds(corpus, n_jobs=n_jobs) == expected


def test_a_memory_gives_the_same_bits_when_it_is_filled_and_when_it_is_read(corpus, expected, tmp_path):
    assert of_folds(corpus, memory=str(tmp_path)) == expected
    assert of_folds(corpus, memory=str(tmp_path)) == expected


@pytest.mark.parametrize("classifier_class", [TIMNetClassifier, TCNClassifier])
def test_a_clone_and_a_second_fit_give_the_same_bits(classifier_class, corpus):
    fitted = pipeline(classifier_class).fit(corpus.data, corpus.target)
    first = bits(fitted)
    assert bits(clone(fitted).fit(corpus.data, corpus.target)) == first
    assert bits(fitted.fit(corpus.data, corpus.target)) == first


@pytest.mark.parametrize("classifier_class", [TIMNetClassifier, TCNClassifier])
def test_the_random_states_of_numpy_torch_and_python_stay_as_they_were(classifier_class, corpus):
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    pipeline(classifier_class).fit(corpus.data, corpus.target).predict_proba(corpus.data)
    assert (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()) == before
