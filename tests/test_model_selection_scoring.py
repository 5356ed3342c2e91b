"""Further measures in a report: scikit-learn's scorers, fold by fold."""

import json

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.svm import LinearSVC

from sktimnet import SCORING, TIMNetClassifier
from sktimnet.model_selection import Report, ablations, evaluate

RNG = np.random.default_rng(0)
LABELS = np.repeat(["angry", "calm", "sad"], [24, 18, 12])
ROWS = RNG.normal(size=(54, 4)) + np.unique(LABELS, return_inverse=True)[1][:, None]
NAMES = ["f1_macro", "neg_log_loss"]


def run(estimator=None, X=ROWS, **options):
    options = {"n_splits": 3, "scoring": NAMES} | options
    return evaluate(LogisticRegression() if estimator is None else estimator, X, LABELS, **options)


@pytest.fixture(scope="module")
def report():
    return run()


def test_measures_are_those_of_cross_validate(report):
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    expected = cross_validate(LogisticRegression(), ROWS, LABELS, cv=cv, scoring=NAMES)
    for name in NAMES:
        values = expected[f"test_{name}"]
        np.testing.assert_allclose([fold.measures[name] for fold in report.folds], values)
        assert report.measures[name] == pytest.approx((values.mean(), values.std()))


def test_one_name_a_list_or_a_dict_may_be_given(report):
    own = {"F1": get_scorer("f1_macro")}
    assert run(scoring="f1_macro").measures["f1_macro"] == report.measures["f1_macro"]
    assert run(scoring=own).measures["F1"] == report.measures["f1_macro"]
    assert run(scoring=("f1_macro",)).settings["scoring"] == {"f1_macro": "f1_macro"}


def test_a_networks_measures_are_of_its_last_epoch_or_of_the_best_one():
    frames = ROWS[:, :, None] + RNG.normal(size=(54, 4, 8))
    net = TIMNetClassifier(n_blocks=1, n_filters=4, batch_size=8, max_epochs=3)
    both = run(net, frames, protocol=("last-epoch", "best-epoch"), scoring="accuracy")
    for report in both:
        np.testing.assert_allclose([fold.measures["accuracy"] for fold in report.folds], [f.WAR for f in report.folds])


def test_they_are_printed_tabulated_and_kept(report, tmp_path):
    report.to_json(tmp_path / "report.json")
    read = Report.from_json(tmp_path / "report.json")
    assert read == report and read.measures == report.measures
    assert (
        json.loads((tmp_path / "report.json").read_text())["summary"]["f1_macro"]["mean"]
        == report.measures["f1_macro"].mean
    )
    assert [row["f1_macro"] for row in report.to_table()] == [fold.measures["f1_macro"] for fold in report.folds]
    (line,) = [line.split() for line in str(report).splitlines() if line.startswith("f1_macro")]
    assert line == ["f1_macro", f"{report.measures['f1_macro'].mean:.4g}", f"{report.measures['f1_macro'].sd:.4g}"]


def test_reports_with_measures_are_merged(report):
    assert Report.merge([run(folds=[3]), run(folds=[1, 2])]).measures == report.measures


def test_reports_without_measures_are_as_before(tmp_path):
    report = run(scoring=None)
    assert report.measures == {}
    assert "scoring" not in report.settings
    assert "further measures" not in str(report)
    report.to_json(tmp_path / "report.json")
    document = json.loads((tmp_path / "report.json").read_text())
    for fold in document["folds"]:
        del fold["measures"]  # of an earlier version
    (tmp_path / "report.json").write_text(json.dumps(document))
    assert Report.from_json(tmp_path / "report.json") == report


def test_ablations_have_them_too():
    frames = ROWS[:, :, None] + RNG.normal(size=(54, 4, 8))
    net = TIMNetClassifier(n_blocks=1, n_filters=4, batch_size=16, max_epochs=1)
    table = ablations(net, frames, LABELS, n_splits=2, scoring="f1_macro").to_table()
    assert all(0 <= row["f1_macro_mean"] <= 1 for row in table)


def test_finished_folds_are_known_by_their_measures(tmp_path):
    for scoring in ("f1_macro", "f1_micro"):
        assert list(run(memory=tmp_path, scoring=scoring).measures) == [scoring]


def test_a_measure_that_fails_is_left_out_and_said_to_be():
    folds = [(np.arange(36), np.arange(36, 54)), (np.arange(12, 54), np.arange(12))]
    with pytest.warns(UserWarning, match="scoring='roc_auc_ovr' fails on a test fold"):
        report = run(cv=folds, scoring=["roc_auc_ovr", "accuracy"])
    assert report.measures["roc_auc_ovr"] == (report.folds[0].measures["roc_auc_ovr"], None)
    assert report.folds[1].measures["roc_auc_ovr"] is None
    assert "roc_auc_ovr is undefined on 1 of 2 folds, which are left out of its mean and SD." in report.audit
    assert report.measures["accuracy"].mean == report.scores["WAR"].mean


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        (SCORING, "scoring names UAR, WAR, which every report has"),
        ("f1_best", "f1_best"),
        (["f1_macro", "f1_best"], "f1_best"),
        (3, "scoring"),
        ([3], "scoring"),
    ],
)
def test_unknown_measures_are_refused_before_training(scoring, message):
    with pytest.raises(ValueError, match=message):
        run(DummyClassifier(strategy="none of these"), scoring=scoring)


def test_a_classifier_without_what_a_measure_needs_is_named():
    with pytest.warns(UserWarning, match="scoring='neg_log_loss' fails on a test fold.*predict_proba"):
        assert run(LinearSVC(), scoring="neg_log_loss").measures["neg_log_loss"].mean is None
