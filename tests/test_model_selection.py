"""Evaluation: what is fitted on what, and what the report says."""

import json
import sys
from dataclasses import replace

import joblib
import numpy as np
import pytest
import soundfile
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score, confusion_matrix
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    StratifiedKFold,
    cross_validate,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import Bunch
from skorch.callbacks import EarlyStopping

from sktimnet import SCORING, MFCCTransformer, TIMNetClassifier
from sktimnet.classifiers._devices import resolve_device
from sktimnet.model_selection import PUBLISHED, Report, evaluate
from sktimnet.model_selection._estimators import seeded
from sktimnet.model_selection._scores import intervals, uar

RNG = np.random.default_rng(0)
LABELS = np.repeat(["angry", "calm", "sad"], [24, 18, 12])
SPEAKER = np.tile(["Ann", "Ben", "Cem"], 18)
TEXT = np.tile(["t1", "t2"], 27)
ROWS = RNG.normal(size=(54, 4)) + np.unique(LABELS, return_inverse=True)[1][:, None]
FRAMES = ROWS[:, :, None] + RNG.normal(size=(54, 4, 12))
NET = TIMNetClassifier(n_blocks=2, n_filters=4, batch_size=8, max_epochs=4)


def run(estimator=None, X=ROWS, y=LABELS, **options):
    """Evaluate in three folds, with speakers and texts."""
    options = {"n_splits": 3, "speaker": SPEAKER, "text": TEXT} | options
    return evaluate(LogisticRegression() if estimator is None else estimator, X, y, **options)


def identity(X):
    return X


@pytest.fixture(scope="module")
def report():
    """Give a report of a cheap classifier."""
    return run(seeds=[0, 1])


@pytest.fixture(scope="module")
def best():
    """Give a report of the network at the best epochs of its test folds."""
    return run(NET, FRAMES, protocol="best-epoch")


@pytest.fixture(scope="module")
def last():
    """Give a report of the network after its last epoch."""
    return run(NET, FRAMES)


class TestAnyClassifier:
    def test_scores_are_those_of_cross_validate(self, report):
        for seed in (0, 1):
            cv = StratifiedKFold(3, shuffle=True, random_state=seed)
            expected = cross_validate(LogisticRegression(), ROWS, LABELS, cv=cv, scoring=SCORING)
            folds = [fold for fold in report.folds if fold.seed == seed]
            np.testing.assert_allclose([fold.UAR for fold in folds], expected["test_UAR"])
            np.testing.assert_allclose([fold.WAR for fold in folds], expected["test_WAR"])

    def test_searches_and_pipelines_are_welcome(self):
        search = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [1, 9]})
        report = run(search)
        assert report.scores["UAR"].mean > report.scores["UAR"].chance
        assert report.curves == {}

    @pytest.mark.parametrize("labels", [np.unique(LABELS, return_inverse=True)[1], LABELS == "sad"])
    def test_labels_of_any_type_come_back(self, labels, tmp_path):
        report = run(y=labels)
        assert report.classes == np.unique(labels).tolist()
        report.to_json(tmp_path / "report.json")
        assert Report.from_json(tmp_path / "report.json") == report

    def test_clips_may_be_a_list_of_waveforms_of_any_length(self):
        tones = [np.sin(np.arange(3000 + 100 * i) * (0.1 if i % 2 else 0.3)) for i in range(12)]
        front = MFCCTransformer(sr=8000, n_fft=256, win_length=256, hop_length=128, n_mels=20, n_mfcc=8)
        pipe = make_pipeline(front, FunctionTransformer(np.mean, kw_args={"axis": 2}), LogisticRegression())
        report = evaluate(pipe, tones, np.arange(12) % 2, n_splits=3)
        assert report.scores["WAR"].mean == 1

    def test_the_estimator_stays_as_it_is(self):
        estimator = LogisticRegression(random_state=5)
        run(estimator)
        assert estimator.random_state == 5
        assert not hasattr(estimator, "coef_")

    def test_regressors_are_refused(self):
        with pytest.raises(ValueError, match=r"estimator=LinearRegression\(\) is not a classifier"):
            run(LinearRegression())

    @pytest.mark.parametrize("seeds", [(), (1, 1), 3, (0.5, 1), (-1,), "ab", None])
    def test_seeds_are_integers_some_and_differ(self, seeds):
        with pytest.raises(ValueError, match="must be one or more different integers"):
            run(seeds=seeds)

    def test_arrays_of_other_lengths_are_refused(self):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            run(speaker=SPEAKER[1:])

    @pytest.mark.parametrize("unknown", [None, np.nan, ""])
    def test_clips_of_unknown_speakers_or_texts_are_refused(self, unknown):
        names = [unknown, "Ann", unknown, *SPEAKER[3:]]
        for what in ("speaker", "text"):
            with pytest.raises(ValueError, match=rf"{what} must be .*but clip 0 has .*\(2 of 54 clips lack one\)"):
                run(**{what: names})

    def test_speakers_may_be_numbers(self):
        codes = np.tile([1, 2, 3], 18)
        assert [fold.n_speaker_shared for fold in run(speaker=codes, protocol="speaker").folds] == [0, 0, 0]


class TestSeeds:
    def test_every_nested_random_state_is_set(self):
        pipe = Pipeline([("forest", RandomForestClassifier()), ("search", GridSearchCV(NET, {"lr": [1]}))])
        parameters = seeded(pipe, 7).get_params()
        assert parameters["forest__random_state"] == parameters["search__estimator__random_state"] == 7

    def test_the_same_seed_gives_the_same_report_and_another_another(self, last):
        assert run(clone(NET), FRAMES) == last
        assert run(NET, FRAMES, seeds=[1]).folds != last.folds

    def test_parallel_folds_give_the_same_report(self, last):
        with joblib.parallel_config("loky", inner_max_num_threads=1):
            assert run(NET, FRAMES, n_jobs=2) == last


class _Spy(TransformerMixin, BaseEstimator):
    """Note which clips are seen in fit."""

    seen: list = []

    def fit(self, X, y=None):
        self.seen.append(X[:, 0, 0].tolist())
        return self

    def transform(self, X):
        return X

    def __sklearn_is_fitted__(self):
        return True


class TestNetworks:
    def test_each_fold_has_the_curves_of_training_and_test(self, last):
        assert set(last.curves) == {"train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_UAR"}
        assert all(curve.shape == (3, 4) for curve in last.curves.values())
        np.testing.assert_allclose(last.curves["test_UAR"][:, -1], [fold.UAR for fold in last.folds])
        np.testing.assert_allclose(last.curves["test_accuracy"][:, -1], [fold.WAR for fold in last.folds])

    def test_watching_the_test_fold_changes_nothing(self, last):
        for fold in last.folds:
            train = np.setdiff1d(np.arange(54), fold.test)
            alone = clone(NET).set_params(random_state=0).fit(FRAMES[np.sort(train)], LABELS[np.sort(train)])
            assert alone.predict(FRAMES[fold.test]).tolist() == fold.predicted

    def test_features_are_fitted_on_training_clips_alone(self):
        _Spy.seen.clear()
        report = run(Pipeline([("spy", _Spy()), ("net", NET)]), FRAMES)
        test = [FRAMES[fold.test, 0, 0].tolist() for fold in report.folds]
        assert [set(seen) & set(held_out) for seen, held_out in zip(_Spy.seen, test, strict=True)] == [set()] * 3
        assert [len(seen) for seen in _Spy.seen] == [36] * 3
        assert "test_loss" in report.curves

    def test_a_pipeline_of_the_network_alone_is_the_network(self, last):
        assert run(Pipeline([("net", NET)]), FRAMES).folds == last.folds

    def test_callbacks_do_not_see_the_test_fold(self):
        stopping = clone(NET).set_params(callbacks=[EarlyStopping("valid_loss")])
        with pytest.raises(ValueError, match="valid_loss"):
            run(stopping, FRAMES)
        on_training = clone(NET).set_params(callbacks=[EarlyStopping("train_loss", patience=1, threshold=0.9)])
        report = run(on_training, FRAMES)
        assert set(report.curves) == {"train_loss", "train_accuracy"}
        assert report.curves["train_loss"].shape == (3, 2)

    def test_classes_that_training_lacks_are_counted_as_errors(self):
        folds = [(np.arange(36), np.arange(36, 54)), (np.arange(12, 54), np.arange(12))]
        report = run(clone(NET).set_params(max_epochs=2), FRAMES, cv=folds)
        assert report.folds[0].missing_in_training == ["sad"]
        assert "sad" not in report.folds[0].predicted
        assert "Classes missing in training: fold 1 of seed 0 (sad)." in report.audit

    def test_curves_of_folds_that_stop_early_are_filled_up(self, last):
        short = last.folds[0].curves["train_loss"][:2]
        last_fold = {**vars(last.folds[0]), "curves": {"train_loss": short}}
        both = Report(**{**vars(last), "folds": [type(last.folds[0])(**last_fold), last.folds[1]]})
        np.testing.assert_array_equal(both.curves["train_loss"][0], [*short, np.nan, np.nan])


class TestBestEpoch:
    def test_each_fold_is_scored_at_the_first_epoch_of_best_accuracy(self, best):
        accuracy = best.curves["test_accuracy"]
        assert [fold.best_epoch for fold in best.folds] == (accuracy.argmax(axis=1) + 1).tolist()
        np.testing.assert_allclose([fold.WAR for fold in best.folds], accuracy.max(axis=1))

    def test_training_is_the_same_as_under_last_epoch(self, best, last):
        assert [fold.curves for fold in best.folds] == [fold.curves for fold in last.folds]

    def test_own_callbacks_go_on_working(self, best):
        stopping = clone(NET).set_params(callbacks=[EarlyStopping("valid_loss", patience=1, load_best=True)])
        report = run(stopping, FRAMES, protocol="best-epoch")
        accuracy = report.curves["test_accuracy"]
        np.testing.assert_allclose([fold.WAR for fold in report.folds], np.nanmax(accuracy, axis=1))
        assert len(stopping.callbacks) == 1

    def test_every_output_says_optimistic(self, best, tmp_path):
        best.to_json(tmp_path / "report.json")
        assert "OPTIMISTIC" in repr(best)
        assert "OPTIMISTIC" in str(best).splitlines()[0]
        assert any("OPTIMISTIC" in finding for finding in best.audit)
        assert all(row["optimistic"] for row in best.to_table())
        assert json.loads((tmp_path / "report.json").read_text())["summary"]["optimistic"]

    def test_honest_protocols_do_not_say_it(self, last):
        assert "OPTIMISTIC" not in str(last) + repr(last)
        assert not any(row["optimistic"] for row in last.to_table())

    def test_an_estimator_without_epochs_is_refused(self):
        with pytest.raises(ValueError, match="needs the scores of each epoch, which LogisticRegression does not give"):
            run(protocol="best-epoch")
        with pytest.raises(ValueError, match="which LogisticRegression does not give"):
            run(make_pipeline(StandardScaler(), LogisticRegression()), protocol="best-epoch")

    def test_a_fold_whose_classes_were_not_trained_on_is_refused(self):
        folds = [(np.arange(42), np.arange(42, 54))]
        with pytest.raises(ValueError, match="cannot choose an epoch: no clip of .*sad.* is trained on"):
            run(NET, FRAMES, cv=folds, protocol="best-epoch")


class TestFittedFolds:
    CV = KFold(3, shuffle=True, random_state=46)
    FOLDS = list(CV.split(ROWS))
    FITTED = [LogisticRegression().fit(ROWS[train], LABELS[train]) for train, _ in FOLDS]

    def test_fitted_classifiers_are_scored_as_they_are_one_a_fold(self):
        report = run(self.FITTED, cv=self.FOLDS)
        expected = [
            model.score(ROWS[test], LABELS[test]) for model, (_, test) in zip(self.FITTED, self.FOLDS, strict=True)
        ]
        np.testing.assert_allclose([fold.WAR for fold in report.folds], expected)
        assert report.settings["estimator"] == "3 fitted classifiers, the first of them LogisticRegression()"

    def test_what_was_chosen_on_the_test_fold_can_be_labelled_so(self):
        report = run(self.FITTED, cv=self.FOLDS, protocol="best-epoch")
        assert "OPTIMISTIC" in str(report)

    def test_the_report_says_that_it_did_not_see_them_trained(self, report, tmp_path):
        fitted = run(self.FITTED, cv=self.FOLDS)
        fitted.to_json(tmp_path / "fitted.json")
        for told in (fitted, Report.from_json(tmp_path / "fitted.json")):
            assert any("taken on trust" in finding for finding in told.audit)
        assert not any("taken on trust" in finding for finding in report.audit)

    @pytest.mark.parametrize("protocol", ["speaker", "speaker+text"])
    def test_nothing_is_claimed_about_whom_they_heard(self, protocol):
        with pytest.raises(ValueError, match="may have been trained on any of them; pass the folds"):
            run(self.FITTED, protocol=protocol, n_splits=4)

    def test_they_belong_to_the_folds_of_one_seed(self):
        with pytest.raises(ValueError, match="belong to the folds of one seed"):
            run(self.FITTED, cv=KFold(3, shuffle=True), seeds=(0, 1))

    def test_labels_that_only_the_classifier_knows_are_errors(self):
        fitted = [LogisticRegression().fit(ROWS, np.where(LABELS == "sad", "bored", LABELS))] * 3
        report = run(fitted, cv=self.FOLDS)
        assert report.classes == ["angry", "bored", "calm", "sad"]
        assert report.class_counts == [24, 0, 18, 12]
        assert report.confusion_matrix.shape == (4, 4)
        assert report.recall[1] is None
        assert report.recall[3] == 0
        assert report.scores["UAR"].chance == pytest.approx(1 / 3)

    def test_another_number_than_of_folds_is_refused(self):
        with pytest.raises(ValueError, match="2 fitted classifiers for 3 folds; pass one for each fold"):
            run(self.FITTED[:2], cv=self.FOLDS)


class TestScores:
    def test_uar_is_balanced_accuracy_over_the_classes_that_occur(self):
        true, predicted = RNG.choice(LABELS, size=(2, 100))
        assert uar(true, predicted) == pytest.approx(balanced_accuracy_score(true, predicted))
        assert uar(["a", "a", "b", "b"], ["a", "c", "b", "b"]) == 0.75

    def test_mean_and_population_sd_are_over_folds_of_all_seeds(self, report):
        values = [fold.UAR for fold in report.folds]
        assert len(values) == 6
        assert report.scores["UAR"].mean == pytest.approx(np.mean(values))
        assert report.scores["UAR"].sd == pytest.approx(np.std(values, ddof=0))

    def test_pooled_scores_are_over_all_predictions(self, report):
        true = np.concatenate([fold.true for fold in report.folds])
        predicted = np.concatenate([fold.predicted for fold in report.folds])
        assert report.scores["UAR"].pooled == pytest.approx(balanced_accuracy_score(true, predicted))
        assert report.scores["WAR"].pooled == pytest.approx(np.mean(true == predicted))
        assert report.confusion_matrix.tolist() == confusion_matrix(true, predicted).tolist()
        rows = confusion_matrix(true, predicted, normalize="true")
        np.testing.assert_allclose(report.recall, rows.diagonal())

    def test_chance_is_one_class_of_all_and_the_largest_class(self, report):
        assert report.scores["UAR"].chance == pytest.approx(1 / 3)
        assert report.scores["WAR"].chance == pytest.approx(24 / 54)

    def test_chance_is_of_the_clips_tested(self):
        held_out = run(cv=[(np.arange(30, 54), np.arange(0, 30))])  # 24 angry ones and 6 calm ones
        assert held_out.scores["WAR"].chance == pytest.approx(24 / 30)
        assert held_out.scores["UAR"].chance == pytest.approx(1 / 2)

    def test_an_interval_over_few_speakers_is_said_to_be_too_narrow(self, report):
        few = run(protocol="speaker", speaker=SPEAKER)
        assert "The intervals are too narrow, with 3 speakers only: do not read them as 95 %." in few.audit
        assert not any("narrow" in line for line in report.audit)

    def test_the_interval_is_as_wide_as_theory_says(self):
        # 400 clips, 80 % right: the standard error of a proportion is sqrt(0.8 * 0.2 / 400) = 0.02.
        true = ["a"] * 400
        predicted = ["a"] * 320 + ["b"] * 80
        low, high = intervals(range(400), true, predicted)["WAR"]
        assert low == pytest.approx(0.8 - 1.96 * 0.02, abs=0.006)
        assert high == pytest.approx(0.8 + 1.96 * 0.02, abs=0.006)

    def test_more_seeds_do_not_feign_more_clips(self):
        true, predicted = ["a"] * 100, ["a"] * 70 + ["b"] * 30
        once = intervals(range(100), true, predicted)
        assert intervals([*range(100)] * 5, true * 5, predicted * 5) == once

    def test_the_interval_holds_the_score_and_repeats(self, report):
        for score in report.scores.values():
            assert score.low < score.pooled < score.high
        clips = [i for fold in report.folds for i in fold.test]
        true, predicted = report._pooled()
        assert intervals(clips, true, predicted)["UAR"] == report.scores["UAR"][3:5]

    def test_where_speakers_are_held_out_the_interval_is_over_speakers(self):
        report = run(protocol="speaker")
        speakers = [speaker for fold in report.folds for speaker in SPEAKER[fold.test]]
        assert intervals(speakers, *report._pooled())["WAR"] == report.scores["WAR"][3:5]
        assert "95 % interval over speakers" in str(report)
        # Three speakers: the lowest tenth of the resamples holds the worst of them alone.
        worst = min(fold.WAR for fold in report.folds)
        assert intervals(speakers, *report._pooled(), n_resamples=5000)["WAR"][0] == pytest.approx(worst)

    def test_units_may_hold_clips_of_several_labels(self):
        low, high = intervals(["Ann"] * 4, list("aabb"), list("abbb"))["UAR"]
        assert low == high == 0.75

    def test_the_spread_of_one_fold_is_not_known(self):
        report = run(cv=[(np.arange(1, 54), np.arange(1))])
        assert report.scores["UAR"].sd is None
        assert "+/-" not in repr(report)


class TestRefusals:
    def test_one_label_is_nothing_to_tell_apart(self):
        with pytest.raises(ValueError, match="All 54 clips have the same label, 'calm'"):
            run(y=np.repeat("calm", 54))

    def test_a_wrong_parameter_of_the_estimator_is_named_as_its_own(self):
        with pytest.raises(ValueError, match="'max_epochs' parameter of TIMNetClassifier"):
            run(clone(NET).set_params(max_epochs=0), FRAMES)

    def test_more_folds_than_clips_of_any_class(self):
        with pytest.raises(ValueError, match=r"n_splits=30 is more than any class has clips \(24, angry\)"):
            run(n_splits=30)

    def test_all_bad_files_are_named_at_once_by_their_place_in_X(self, tmp_path):
        for i in range(12):
            soundfile.write(tmp_path / f"{i}.wav", RNG.normal(scale=0.1, size=4000), 22050)
        (tmp_path / "3.wav").write_bytes(b"RIFF")
        soundfile.write(tmp_path / "7.wav", np.full(4000, np.nan), 22050, subtype="FLOAT")
        (tmp_path / "9.wav").unlink()
        X = [str(tmp_path / f"{i}.wav") for i in range(12)]
        with pytest.raises(ValueError, match="3 of 12 clips cannot be used") as refused:
            evaluate(make_pipeline(MFCCTransformer(), NET), X, ["angry", "calm"] * 6, n_splits=3)
        for name in ("3.wav' (clip 3)", "7.wav' (clip 7)", "9.wav' (clip 9) does not exist"):
            assert name in str(refused.value)


class TestDifference:
    def test_it_is_paired_by_folds_and_resamples(self, report):
        other = run(RandomForestClassifier(5), seeds=[0, 1])
        found = report.difference(other)["UAR"]
        values = [a.UAR - b.UAR for a, b in zip(report.folds, other.folds, strict=True)]
        assert found[:2] == pytest.approx((np.mean(values), np.std(values)))
        clips = [i for fold in report.folds for i in fold.test]
        rng = np.random.default_rng(1)
        pooled = []
        for _ in range(2000):  # the plain way
            kept = np.concatenate([np.flatnonzero(np.array(clips) == i) for i in rng.integers(54, size=54)])
            true, mine, theirs = (np.array(part)[kept] for part in (*report._pooled(), other._pooled()[1]))
            pooled.append(uar(true, mine) - uar(true, theirs))
        true, mine, theirs = *report._pooled(), other._pooled()[1]
        assert found.pooled == pytest.approx(uar(true, mine) - uar(true, theirs))
        assert found[3:] == pytest.approx(np.percentile(pooled, [2.5, 97.5]), abs=0.02)

    def test_it_is_nothing_to_itself_and_changes_sign(self, report):
        other = run(RandomForestClassifier(5), seeds=[0, 1])
        assert report.difference(report)["WAR"] == (0, 0, 0, 0, 0)
        assert report.difference(other)["WAR"].mean == -other.difference(report)["WAR"].mean

    @pytest.mark.parametrize(
        "options", [{"n_splits": 2}, {"protocol": "speaker"}, {"y": LABELS[::-1], "X": ROWS[::-1]}]
    )
    def test_other_folds_or_labels_are_refused(self, options):
        with pytest.raises(ValueError, match="two reports on the same clips and folds"):
            run().difference(run(**options))


class TestAudit:
    def test_mixed_folds_share_speakers_and_texts(self, last):
        assert "54 of 54 test clips (100%) share a speaker with training clips." in last.audit
        assert "54 of 54 test clips (100%) share a text with training clips." in last.audit

    def test_speaker_folds_share_none(self):
        report = run(protocol="speaker")
        assert "0 of 54 test clips (0%) share a speaker with training clips." in report.audit

    def test_clips_left_out_are_counted(self):
        report = run(protocol="speaker+text", n_splits=6)
        assert [fold.n_discarded for fold in report.folds] == [54 - 9 - 18] * 6
        assert "Clips left out of training and test, on average over folds: 27." in report.audit
        assert "0 of 54 test clips (0%) share a text with training clips." in report.audit

    def test_unknown_speakers_are_said_to_be_unknown(self):
        report = run(speaker=None)
        assert "speakers unknown: test clips may share a speaker with training clips." in report.audit

    def test_repeated_recordings_are_found(self):
        twice = np.vstack([ROWS[:53], ROWS[:1]])
        report = run(X=twice, cv=[(np.arange(1, 54), np.arange(1)), (np.arange(53), np.arange(53, 54))])
        assert "Clips that repeat another: 1; test clips that were also trained on: 2." in report.audit

    def test_frozen_parts_are_said_to_be_fitted_elsewhere(self):
        heard = KNeighborsClassifier(1).fit(ROWS, LABELS)
        for estimator in (FrozenEstimator(heard), make_pipeline(StandardScaler(), FrozenEstimator(heard))):
            assert "Fitted elsewhere" in run(estimator, protocol="speaker").audit[0]
        assert not any("Fitted elsewhere" in line for line in run(make_pipeline(StandardScaler(), heard)).audit)

    def test_clips_tested_twice_are_counted(self):
        split = np.arange(6, 54), np.arange(6)
        report = run(cv=[split, split])
        assert "Clips tested more than once with one seed: 6; they count as often." in report.audit

    def test_clips_never_tested_are_counted(self):
        report = run(cv=[(np.arange(1, 54), np.arange(1))])
        assert "Clips that were never tested: 53." in report.audit


class TestProtocolsOfOnesOwn:
    SITE = np.repeat(["hall", "lab", "street"], 18)
    MEANING = "no recording site of the test fold is in training"

    def held_out(self, **options):
        return run(**{"protocol": {"site": self.MEANING}, "cv": LeaveOneGroupOut(), "groups": self.SITE} | options)

    def test_its_folds_hold_out_the_groups(self):
        report = self.held_out()
        assert [set(self.SITE[fold.test]) for fold in report.folds] == [{"hall"}, {"lab"}, {"street"}]
        assert [fold.group for fold in report.folds] == [[site] * 18 for site in ("hall", "lab", "street")]

    def test_every_form_of_the_report_has_its_name_and_meaning(self, tmp_path):
        report = self.held_out()
        report.to_json(tmp_path / "report.json")
        assert Report.from_json(tmp_path / "report.json") == report
        assert str(report).startswith(f"Protocol site\n({self.MEANING})\n")
        assert f"<p>N{self.MEANING[1:]}.</p>" in report.to_html() and "The interval is over groups." in report.to_html()
        assert {row["protocol"] for row in report.to_table()} == {"site"} and "protocol 'site'" in repr(report)

    def test_the_audit_counts_shared_groups_beside_speakers_and_texts(self):
        assert "0 of 54 test clips (0%) share a group with training clips." in self.held_out().audit
        mixed = self.held_out(cv=KFold(3, shuffle=True, random_state=0)).audit
        assert "54 of 54 test clips (100%) share a group with training clips." in mixed
        assert not any("share a group" in line for line in run().audit)

    def test_further_clips_belong_to_no_group(self):
        report = self.held_out(extra=Bunch(data=ROWS, target=LABELS))
        assert [(fold.n_train, fold.n_group_shared) for fold in report.folds] == [(36 + 54, 0)] * 3

    def test_the_interval_is_over_what_no_test_clip_shares_with_training(self):
        over = {"groups": self.held_out(), "speakers": run(cv=GroupKFold(3)), "clips": run(cv=KFold(3, shuffle=True))}
        for units, report in over.items():
            assert f"95 % interval over {units}, from" in str(report)
        assert "The intervals are too narrow, with 3 groups only: do not read them as 95 %." in over["groups"].audit
        units = np.concatenate([self.SITE[fold.test] for fold in over["groups"].folds])
        assert intervals(units, *over["groups"]._pooled())["UAR"] == over["groups"].scores["UAR"][3:5]

    def test_it_is_scored_after_the_last_epoch(self, last):
        cv = StratifiedKFold(3, shuffle=True, random_state=0)
        assert run(NET, FRAMES, cv=cv, protocol={"mine": "three folds"}).folds == last.folds

    def test_it_is_put_beside_published_figures_as_one_of_other_folds(self):
        assert "Here: protocol site, of other folds." in self.held_out().compare("EMODB").notes

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"protocol": "site"}, "protocol='site' is unknown.*protocol={'site': 'no ... of the test fold"),
            ({"cv": None}, "needs its folds; pass them as cv"),
            ({"protocol": {"Speaker": "mine"}}, r"protocol=\{'Speaker': 'mine'\} has a name that means something else"),
            ({"protocol": {"site": ""}}, "must be one name with its meaning"),
            ({"protocol": {"site": "a", "text": "b"}}, "must be one name with its meaning"),
            ({"groups": SITE[1:]}, "inconsistent numbers of samples"),
            ({"groups": [None, *SITE[1:]]}, "groups must be a string or a number for each clip, but clip 0 has None"),
            ({"groups": None, "speaker": None}, "holds out groups, but speaker=None; .* or other groups as groups"),
        ],
    )
    def test_what_is_not_clear_is_refused(self, options, message):
        with pytest.raises(ValueError, match=message):
            self.held_out(**options)


class TestOutputs:
    def test_it_prints_the_folds_that_were_given(self, report):
        assert "cv=KFold(n_splits=3, random_state=46, shuffle=True)" in str(run(cv=TestFittedFolds.CV))
        assert "cv=" not in str(report)

    def test_it_prints_the_confusion_matrix_with_the_recall_of_each_class(self, report):
        rows = [line.split() for line in str(report).splitlines()]
        start = rows.index(["true,", "predicted:", "angry", "calm", "sad", "recall", "%"])
        for label, row, recall in zip(report.classes, report.confusion_matrix, report.recall, strict=True):
            start += 1
            assert rows[start] == [label, *map(str, row), f"{100 * recall:.1f}"]

    def test_it_prints_a_table_that_fits_a_terminal(self, report):
        text = str(report)
        assert max(map(len, text.splitlines())) <= 100
        for words in ("Protocol last-epoch", "LogisticRegression()", "mean over folds", "SD over folds", "chance"):
            assert words in text
        assert text.count("\n     0     ") == text.count("\n     1     ") == 3

    def test_the_table_has_a_row_for_each_fold(self, report):
        rows = report.to_table()
        assert [(row["seed"], row["fold"]) for row in rows] == [(s, f) for s in (0, 1) for f in (1, 2, 3)]
        assert all(row["n_train"] + row["n_test"] == 54 for row in rows)
        assert [row["UAR"] for row in rows] == [fold.UAR for fold in report.folds]

    def test_predictions_have_a_row_for_each(self, report):
        rows = report.predictions
        assert len(rows) == 108
        assert all(row["speaker"] == SPEAKER[row["clip"]] and row["true"] == LABELS[row["clip"]] for row in rows)
        assert [row["predicted"] for row in rows] == report._pooled()[1]
        assert {row["speaker"] for row in run(speaker=None).predictions} == {None}

    def test_it_becomes_a_data_frame(self, report):
        pytest.importorskip("pandas")
        frame = report.to_frame()
        assert frame["UAR"].mean() == pytest.approx(report.scores["UAR"].mean)
        assert len(frame) == 6

    def test_without_pandas_the_way_out_is_said(self, report, monkeypatch):
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(ImportError, match="to_table gives the same rows"):
            report.to_frame()

    @pytest.mark.parametrize("name", ["report", "best"])
    def test_it_comes_back_from_json_as_it_was(self, name, request, tmp_path):
        written = request.getfixturevalue(name)
        written.to_json(tmp_path / "report.json")
        read = Report.from_json(tmp_path / "report.json")
        assert read == written
        assert str(read) == str(written)

    def test_json_tells_versions_parameters_and_scores(self, last, tmp_path):
        last.to_json(tmp_path / "report.json")
        document = json.loads((tmp_path / "report.json").read_text())
        features = {"librosa", "scipy", "soundfile", "soxr"}
        assert set(document["versions"]) == features | {
            "python",
            "numpy",
            "scikit-learn",
            "torch",
            "skorch",
            "sktimnet",
        }
        assert document["settings"]["parameters"]["max_epochs"] == 4
        assert document["settings"]["seeds"] == [0]
        assert document["summary"]["UAR"]["mean"] == last.scores["UAR"].mean
        assert document["folds"][0]["torch_threads"] == 1
        assert document["folds"][0]["device"] == str(resolve_device("auto"))
        assert len(document["split_hash"]) == 64

    def test_a_device_other_than_the_cpu_is_printed(self, last):
        def on(device):
            return str(replace(last, folds=[replace(fold, device=device) for fold in last.folds]))

        assert "torch threads: 1; splits" in on("cpu")
        assert "torch threads: 1; device: cuda; splits" in on("cuda")

    def test_settings_hold_no_addresses_in_memory(self):
        report = run(make_pipeline(FunctionTransformer(identity), LogisticRegression()))
        assert "function identity" in report.settings["estimator"]
        assert "0x" not in str(report.settings)

    @pytest.mark.parametrize("content", [b'{"format": 1}', b"[]", b"no JSON", b"\xff\x00"])
    def test_other_files_are_refused(self, content, tmp_path):
        path = tmp_path / "other.json"
        path.write_bytes(content)
        with pytest.raises(ValueError, match="other.json' holds no Report in format 1"):
            Report.from_json(path)

    def test_progress_is_shown_when_asked_for(self, capsys):
        run()
        assert capsys.readouterr().err == ""
        run(verbose=1)
        assert "3/3" in capsys.readouterr().err


class TestPublished:
    def test_table_1_stands_beside_the_report(self, last):
        comparison = last.compare("emodb")
        assert [(row["measure"], row["published"]) for row in comparison.rows] == [("UAR", 89.19), ("WAR", 90.28)]
        for row, score in zip(comparison.rows, last.scores.values(), strict=True):
            assert row["here"] == pytest.approx(100 * score.mean)
            assert row["difference"] == pytest.approx(row["here"] - row["published"])
        assert "EMODB, TIM-Net  UAR        89.19" in str(comparison)

    def test_like_is_compared_with_like(self, best):
        comparison = best.compare("EMODB")
        assert comparison.rows[0]["published"] == 95.17
        assert "OPTIMISTIC" in str(comparison)

    def test_a_harder_protocol_is_said_to_be_harder(self):
        comparison = run(protocol="speaker").compare("EMODB")
        assert comparison.rows[0]["published"] == 89.19
        assert "Here: protocol speaker, which is harder" in str(comparison)

    def test_a_part_of_the_corpus_is_said_to_be_a_part(self, last):
        notes = last.compare("EMODB").notes
        assert "Here: 54 clips of 3 classes; EMODB has 535 of 7." in notes
        assert any(note.startswith("Here: 3 folds, TIMNetClassifier(") for note in notes)

    def test_a_corpus_without_figures_is_refused(self, last):
        with pytest.raises(ValueError, match="has no corpus='TESS'; it has CASIA, EMODB, EMOVO"):
            last.compare("TESS")

    def test_the_optimistic_timnet_leads_table_1_on_every_corpus(self):
        # Section 3.2: it outperforms all the methods compared.
        table = [line for line in PUBLISHED if line.table == 1]
        for corpus in {line.corpus for line in table}:
            lines = [line for line in table if line.corpus == corpus]
            assert len(lines) == 6
            for measure in ("uar", "war"):
                leader = max(lines, key=lambda line: getattr(line, measure) or 0)
                assert (leader.method, leader.protocol) == ("TIM-Net", "best-epoch")

    def test_table_3_is_the_average_of_the_optimistic_table_1(self):
        best = [line for line in PUBLISHED if (line.method, line.protocol, line.table) == ("TIM-Net", "best-epoch", 1)]
        (average,) = [line for line in PUBLISHED if (line.method, line.table) == ("TIM-Net", 3)]
        assert np.mean([line.uar for line in best]) == pytest.approx(average.uar, abs=0.05)
        assert np.mean([line.war for line in best]) == pytest.approx(average.war, abs=0.05)


class TestTwoProtocolsOfOneTraining:
    BOTH = ("last-epoch", "best-epoch")

    def test_give_the_reports_of_two_trainings(self):
        assert run(NET, FRAMES, protocol=self.BOTH) == tuple(run(NET, FRAMES, protocol=name) for name in self.BOTH)

    def test_come_in_the_order_asked_for(self):
        assert [report.protocol for report in run(NET, FRAMES, protocol=self.BOTH[::-1])] == [
            "best-epoch",
            "last-epoch",
        ]

    def test_train_each_fold_once(self, monkeypatch):
        fits = []
        fit = TIMNetClassifier.fit
        monkeypatch.setattr(TIMNetClassifier, "fit", lambda *args, **kwargs: fits.append(1) or fit(*args, **kwargs))
        reports = run(NET, FRAMES, protocol=self.BOTH)
        assert len(fits) == len(reports[0].folds)

    @pytest.mark.parametrize("protocols", [("last-epoch", "speaker"), (), ("last-epoch", "last-epoch")])
    def test_are_refused_where_the_folds_differ(self, protocols):
        with pytest.raises(ValueError, match="only 'last-epoch' and 'best-epoch' together"):
            run(NET, FRAMES, protocol=protocols)

    def test_are_refused_where_a_callback_may_choose_by_the_test_fold(self):
        stopping = clone(NET).set_params(callbacks=[EarlyStopping("train_loss")])
        with pytest.raises(ValueError, match="trains to its last epoch"):
            run(stopping, FRAMES, protocol=self.BOTH)
