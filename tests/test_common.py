"""scikit-learn's own checks on the classifiers, and how many of them ran."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from sktimnet import TCNClassifier, TIMNetClassifier

REASON = "mini-batches with batch normalisation: a clip of weight 2 is not two clips, for it is normalised once"
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": REASON,
    "check_sample_weight_equivalence_on_sparse_data": REASON,
}


def small(classifier_class):
    """Give an instance that learns the checks' toy problems in a second."""
    return classifier_class(n_blocks=1, n_filters=8, batch_size=16, lr=0.01, max_epochs=40, device="cpu")


CLASSIFIERS = [small(TIMNetClassifier), small(TCNClassifier)]


def checks():
    for classifier in CLASSIFIERS:
        for estimator, check in estimator_checks_generator(classifier, expected_failed_checks=EXPECTED_FAILURES):
            yield pytest.param(estimator, check, id=f"{type(estimator).__name__}-{check}")


@pytest.mark.parametrize(("estimator", "check"), checks())
def test_scikit_learn_check(estimator, check):
    check(estimator)
