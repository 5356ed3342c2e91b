"""The paper's experiments: other corpora, and the network without its parts."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Bunch

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.model_selection import (
    PUBLISHED,
    AblationReport,
    CrossCorpusReport,
    Report,
    ablations,
    cross_corpus,
    evaluate,
)


def corpus(labels, offset, n_each=8):
    """Make a corpus of noisy rows around one point for each label."""
    rng = np.random.default_rng(len(labels))
    y = np.repeat(labels, n_each)
    centres = np.array([[ord(label[0]) % 7, len(label)] for label in y], dtype=float)
    return Bunch(data=centres + offset + rng.normal(size=(len(y), 2)), target=y)


CORPORA = {
    "first": corpus(["angry", "boredom", "happy", "sad"], 0.0),
    "second": corpus(["angry", "happy", "sad", "surprise"], 1.0, n_each=5),
    "third": corpus(["angry", "fear", "happy", "sad"], -1.0, n_each=3),
}


@pytest.fixture(scope="module")
def crossed():
    """Give a report on three corpora with a classifier that its seed changes."""
    return cross_corpus(DecisionTreeClassifier(max_features=1), CORPORA, seeds=[0, 1, 2])


class TestCrossCorpus:
    def test_every_ordered_pair_is_a_case_with_every_seed(self, crossed):
        pairs = [(a, b) for a in CORPORA for b in CORPORA if a != b]
        assert [(case.seed, case.train, case.test) for case in crossed.cases] == [
            (seed, *pair) for seed in (0, 1, 2) for pair in pairs
        ]

    def test_only_shared_labels_are_kept(self, crossed):
        assert crossed.labels == ["angry", "happy", "sad"]
        sizes = {case.train: case.n_train for case in crossed.cases}
        assert sizes == {"first": 24, "second": 15, "third": 9}

    def test_a_case_is_the_classifier_fitted_on_one_and_scored_on_the_other(self, crossed):
        X, y, X_test, y_test = (
            CORPORA[name][part][np.isin(CORPORA[name].target, crossed.labels)]
            for name in ("first", "second")
            for part in ("data", "target")
        )
        predicted = DecisionTreeClassifier(max_features=1, random_state=1).fit(X, y).predict(X_test)
        (case,) = [c for c in crossed.cases if (c.seed, c.train, c.test) == (1, "first", "second")]
        assert case.UAR == pytest.approx(balanced_accuracy_score(y_test, predicted))
        assert case.WAR == pytest.approx(accuracy_score(y_test, predicted))

    def test_mean_and_sd_are_over_seeds_of_the_average_over_pairs(self, crossed):
        uar = np.array([case.UAR for case in crossed.cases]).reshape(3, 6)
        mean, sd = crossed.scores["UAR"]
        assert mean == pytest.approx(uar.mean())
        assert sd == pytest.approx(uar.mean(axis=1).std())

    def test_labels_can_be_chosen(self):
        report = cross_corpus(LogisticRegression(), CORPORA, seeds=[0], labels=["sad", "angry"])
        assert report.labels == ["angry", "sad"]
        assert {case.n_test for case in report.cases} == {16, 10, 6}

    def test_it_prints_pairs_scores_and_chance(self, crossed):
        text = str(crossed)
        assert max(map(len, text.splitlines())) <= 100
        assert text.count("first ") == 4
        assert "Chance UAR is 33.3 %." in text
        assert "Test clips that were also trained on: none." in text

    def test_recordings_that_two_corpora_share_are_counted(self):
        whole = CORPORA["first"]
        part = Bunch(data=whole.data[::2], target=whole.target[::2])
        report = cross_corpus(LogisticRegression(), {"whole": whole, "part": part}, seeds=[0])
        assert report.audit == ["Test clips that were also trained on: 16 of part in whole, 16 of whole in part."]
        assert [case.n_duplicates for case in report.cases] == [16, 16]

    def test_files_that_cannot_be_read_are_named_before_training(self):
        corpora = {name: Bunch(data=["nowhere.wav", "gone.wav"], target=["angry", "sad"]) for name in ("a", "b")}
        with pytest.raises(ValueError, match="2 of 2 clips cannot be used"):
            cross_corpus(make_pipeline(MFCCTransformer(), NET), corpora, seeds=[0])

    def test_frozen_parts_are_said_to_be_fitted_elsewhere(self):
        fitted = LogisticRegression().fit(CORPORA["first"].data, CORPORA["first"].target)
        report = cross_corpus(FrozenEstimator(fitted), CORPORA, seeds=[0])
        assert "Fitted elsewhere" in report.audit[0]

    def test_chance_accuracy_is_the_largest_class_of_the_corpus_tested(self):
        unbalanced = {**CORPORA, "second": Bunch(data=np.ones((8, 2)), target=["angry"] * 6 + ["happy", "sad"])}
        chance = {case.test: case.chance_WAR for case in cross_corpus(LogisticRegression(), unbalanced).cases}
        assert chance == {"first": 1 / 3, "second": 0.75, "third": 1 / 3}

    def test_the_spread_over_one_seed_is_not_known(self):
        report = cross_corpus(LogisticRegression(), CORPORA, seeds=[0])
        assert report.scores["UAR"][1] is None
        assert "+/-" not in str(report)

    def test_it_comes_back_from_json_as_it_was(self, crossed, tmp_path):
        crossed.to_json(tmp_path / "crossed.json")
        assert CrossCorpusReport.from_json(tmp_path / "crossed.json") == crossed
        with pytest.raises(ValueError, match="holds no Report"):
            Report.from_json(tmp_path / "crossed.json")

    def test_the_table_has_a_row_for_each_case(self, crossed):
        assert [row["UAR"] for row in crossed.to_table()] == [case.UAR for case in crossed.cases]

    def test_table_2_stands_beside_it(self, crossed):
        comparison = crossed.compare()
        assert [row["published"] for row in comparison.rows] == [34.49, 35.66]
        assert comparison.rows[0]["here"] == pytest.approx(100 * crossed.scores["UAR"][0])
        assert crossed.compare("TCN").rows[0]["published"] == 24.47
        assert "6 pairs of first, second, third" in str(comparison)
        with pytest.raises(ValueError, match="has no method='SVM'"):
            crossed.compare("SVM")
        assert "CAAM had access to the target corpus" in str(crossed.compare("CAAM"))

    def test_progress_is_shown_when_asked_for(self, capsys):
        cross_corpus(LogisticRegression(), CORPORA, seeds=[0], verbose=1)
        assert "3/3" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("corpora", "labels", "message"),
        [
            ({"first": CORPORA["first"]}, None, r"two corpora or more, got \['first'\]"),
            ({"a": corpus(["sad", "calm"], 0), "b": corpus(["sad", "angry"], 0)}, None, r"only the labels \['sad'\]"),
            (CORPORA, "sad", "labels='sad' must name two classes or more"),
            (CORPORA, ["sad", "fear"], r"first has no clips labelled \['fear'\]; it has \['angry', 'boredom'"),
        ],
    )
    def test_what_cannot_be_crossed_is_refused(self, corpora, labels, message):
        with pytest.raises(ValueError, match=message):
            cross_corpus(LogisticRegression(), corpora, labels=labels)

    def test_regressors_are_refused(self):
        with pytest.raises(ValueError, match=r"estimator=LinearRegression\(\) is not a classifier"):
            cross_corpus(LinearRegression(), CORPORA)

    def test_corpora_without_names_are_refused(self):
        with pytest.raises(TypeError, match="corpora must be a mapping of names to corpora"):
            cross_corpus(LogisticRegression(), list(CORPORA.values()))


Y = np.repeat(["angry", "calm"], 12)
X = np.random.default_rng(0).normal(size=(24, 3, 10)) + (Y == "angry")[:, None, None]
NET = TIMNetClassifier(n_blocks=2, n_filters=4, batch_size=8, max_epochs=2)


@pytest.fixture(scope="module")
def ablated():
    """Give the ablations of a small network at the end of a pipeline."""
    return ablations(Pipeline([("squash", FunctionTransformer(np.tanh)), ("net", NET)]), X, Y, n_splits=2)


class TestAblations:
    def test_each_network_lacks_its_part_and_nothing_else(self, ablated):
        full = ablated.reports["TIM-Net"].settings["parameters"]
        changed = {"w/o BD": ("net__bidirectional", False), "w/o MS": ("net__fusion", "last")}
        changed |= {"w/o DF": ("net__fusion", "average")}
        for name, (parameter, value) in changed.items():
            found = ablated.reports[name].settings["parameters"]
            assert found[parameter] == value
            different = {key for key in full if key not in ("steps", "net") and full[key] != found[key]}
            assert different == {parameter}

    def test_the_rows_are_what_they_say_whatever_was_passed(self):
        halved = clone(NET).set_params(bidirectional=False, fusion="average")
        reports = ablations(halved, X, Y, n_splits=2).reports
        assert reports["TIM-Net"] == evaluate(NET, X, Y, n_splits=2)
        assert reports["w/o MS"].settings["parameters"]["bidirectional"]

    def test_the_baseline_has_the_same_settings(self, ablated):
        full, tcn = (ablated.reports[name].settings["parameters"] for name in ("TIM-Net", "TCN"))
        assert "TCNClassifier" in ablated.reports["TCN"].settings["estimator"]
        assert all(full[key] == value for key, value in tcn.items() if key not in ("steps", "net"))

    def test_all_share_the_folds(self, ablated):
        assert len({report.split_hash for report in ablated.reports.values()}) == 1

    def test_the_full_network_is_evaluated_as_alone(self):
        assert ablations(NET, X, Y, n_splits=2).reports["TIM-Net"] == evaluate(NET, X, Y, n_splits=2)

    def test_it_prints_and_tabulates_a_row_for_each_network(self, ablated):
        names = ["TCN", "w/o BD", "w/o MS", "w/o DF", "TIM-Net"]
        assert [line.split("  ")[0] for line in str(ablated).splitlines()[-5:]] == names
        assert [row["network"] for row in ablated.to_table()] == names
        assert ablated.to_table()[0]["UAR_mean"] == ablated.reports["TCN"].scores["UAR"].mean

    def test_optimistic_ablations_say_so(self):
        report = ablations(NET, X, Y, n_splits=2, protocol="best-epoch")
        assert "OPTIMISTIC" in str(report)
        assert "OPTIMISTIC" in repr(report)
        assert all(row["optimistic"] for row in report.to_table())

    def test_it_comes_back_from_json_as_it_was(self, ablated, tmp_path):
        ablated.to_json(tmp_path / "ablated.json")
        assert AblationReport.from_json(tmp_path / "ablated.json") == ablated

    def test_table_3_stands_beside_it(self, ablated):
        comparison = ablated.compare()
        published = {line.method: line.uar for line in PUBLISHED if line.table == 3}
        found = {row["name"]: row["published"] for row in comparison.rows if row["measure"] == "UAR"}
        assert found == published
        assert "Published: OPTIMISTIC" in str(comparison)

    def test_variants_of_ones_own_set_parameters_or_replace_the_network(self):
        pipeline = Pipeline([("squash", FunctionTransformer(np.tanh)), ("net", NET)])
        variants = {"short": {"max_epochs": 1}, "TCN": TCNClassifier(n_blocks=1, max_epochs=1)}
        report = ablations(pipeline, X, Y, variants=variants, n_splits=2)
        assert report.reports["short"].settings["parameters"]["net__max_epochs"] == 1
        assert "TCNClassifier" in report.reports["TCN"].settings["estimator"]
        assert "squash" in report.reports["TCN"].settings["parameters"]
        assert {row["name"] for row in report.compare().rows} == {"TCN"}

    def test_variants_of_any_classifier_are_compared(self):
        report = ablations(LogisticRegression(), X[:, :, 0], Y, variants={"weak": {"C": 1e-3}}, n_splits=2)
        assert list(report.reports) == ["weak"]
        with pytest.raises(ValueError, match="Table 3 has TCN, .* none of weak"):
            report.compare()

    @pytest.mark.parametrize("estimator", [LogisticRegression(), TCNClassifier()])
    def test_estimators_that_name_no_variants_are_refused(self, estimator):
        with pytest.raises(ValueError, match=r"estimator=\w+\(\) names no variants; pass them"):
            ablations(estimator, X, Y)
