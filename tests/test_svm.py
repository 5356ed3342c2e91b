"""A support vector machine for each class against all others, with one kernel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_blobs
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import check_estimator

from sktimnet.svm import OneVsRestSVC

X, Y = make_blobs(120, 4, centers=3, cluster_std=3.0, random_state=0)
LABELS = np.array(["angry", "calm", "sad"])[Y]


def test_it_passes_the_checks_of_scikit_learn():
    results = check_estimator(OneVsRestSVC(), on_skip=None, on_fail=None)
    assert not {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert sum(r["status"] == "passed" for r in results) > 40


@settings(deadline=None, max_examples=30)
@given(C=st.floats(0.01, 100), gamma=st.floats(0.01, 2), n_classes=st.integers(2, 5), seed=st.integers(0, 99))
def test_it_decides_as_scikit_learns_machines_of_each_class(C, gamma, n_classes, seed):
    X, y = make_blobs(60, 3, centers=n_classes, cluster_std=2.0, random_state=seed)
    found = OneVsRestSVC(C=C, gamma=gamma).fit(X[:40], y[:40]).decision_function(X[40:])
    expected = OneVsRestClassifier(SVC(C=C, gamma=gamma)).fit(X[:40], y[:40]).decision_function(X[40:])
    np.testing.assert_allclose(found, expected, atol=5e-3)  # libsvm stops within 1e-3


def test_without_gamma_it_is_one_over_the_number_of_features():
    np.testing.assert_array_equal(
        OneVsRestSVC().fit(X, LABELS).decision_function(X), OneVsRestSVC(gamma=0.25).fit(X, LABELS).decision_function(X)
    )


def test_it_predicts_the_class_of_the_highest_decision():
    fitted = OneVsRestSVC().fit(X, LABELS)
    np.testing.assert_array_equal(fitted.predict(X), fitted.classes_[fitted.decision_function(X).argmax(axis=1)])


def test_of_two_classes_the_decision_is_for_the_second():
    fitted = OneVsRestSVC().fit(X, np.where(X[:, 0] > 0, "calm", "angry"))
    assert fitted.classes_.tolist() == ["angry", "calm"]
    np.testing.assert_array_equal(fitted.predict(X) == "calm", fitted.decision_function(X) > 0)


def test_it_keeps_each_clip_that_decides_once_and_no_other():
    far_apart = 4 * np.eye(4)[Y] + X / 20
    fitted = OneVsRestSVC().fit(far_apart, LABELS)
    machines = OneVsRestClassifier(SVC(gamma=0.25)).fit(far_apart, LABELS).estimators_
    supporting = np.unique(np.concatenate([machine.support_ for machine in machines]))
    np.testing.assert_array_equal(fitted.support_vectors_, far_apart[supporting])
    assert len(supporting) < len(X)


def test_many_clips_have_the_answers_that_each_has_alone(monkeypatch):
    fitted = OneVsRestSVC().fit(X, LABELS)
    together = fitted.decision_function(X)
    monkeypatch.setattr("sktimnet.svm._CLIPS_AT_ONCE", 7)
    np.testing.assert_allclose(fitted.decision_function(X), together, atol=1e-12)


def test_features_of_single_precision_stay_so_and_have_the_same_answers():
    single = OneVsRestSVC().fit(X.astype(np.float32), LABELS)
    assert single.support_vectors_.dtype == np.float32
    double = OneVsRestSVC().fit(X, LABELS)
    np.testing.assert_allclose(single.decision_function(X), double.decision_function(X), atol=5e-3)


def test_a_temperature_makes_probabilities_that_keep_the_order_of_the_decisions():
    calibrated = CalibratedClassifierCV(OneVsRestSVC(), method="temperature", cv=3, ensemble=False)
    probabilities = calibrated.fit(X, LABELS).predict_proba(X)
    decisions = OneVsRestSVC().fit(X, LABELS).decision_function(X)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), decisions.argmax(axis=1))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_one_class_alone_is_refused():
    with pytest.raises(ValueError, match="y has one class, 'calm'; give clips of two or more classes"):
        OneVsRestSVC().fit(X, ["calm"] * len(X))


@pytest.mark.parametrize("parameters", [{"C": 0}, {"C": -1.0}, {"gamma": 0}, {"gamma": "scale"}])
def test_parameters_out_of_range_are_named(parameters):
    with pytest.raises(ValueError, match=f"The '{next(iter(parameters))}' parameter of OneVsRestSVC must be"):
        OneVsRestSVC(**parameters).fit(X, LABELS)
