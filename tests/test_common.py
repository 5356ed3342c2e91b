"""scikit-learn's own checks on the classifiers, and how many of them ran (the transformer's stand with its tests)."""

import pytest
from sklearn.utils.estimator_checks import check_estimator

from sktimnet import TCNClassifier, TIMNetClassifier

EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "mini-batches with batch normalisation: a clip of weight 2 is not two clips, for it is normalised once"
    )
}


@pytest.mark.parametrize("classifier_class", [TIMNetClassifier, TCNClassifier])
def test_it_passes_the_checks_of_scikit_learn(classifier_class):
    # Small enough to learn the checks' toy problems in a second.
    classifier = classifier_class(n_blocks=1, n_filters=8, batch_size=16, lr=0.01, max_epochs=30, device="cpu")
    results = check_estimator(classifier, expected_failed_checks=EXPECTED_FAILURES, on_skip=None, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed
    assert {r["check_name"] for r in results if r["status"] == "xfail"} == set(EXPECTED_FAILURES)
    assert sum(r["status"] == "passed" for r in results) > 50
