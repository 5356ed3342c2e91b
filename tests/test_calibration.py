"""How far probabilities can be relied on: calibration of held-out predictions, and which answers to accept."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.utils.fixes import parse_version

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import load_emodb, make_emotional_speech
from sktimnet.model_selection import Fold, Report, Threshold, evaluate
from sktimnet.recipes import make_recipe
from sktimnet.speakers import with_speakers

CLASSES = ["angry", "calm", "sad"]


def make_fold(probabilities, true, *, number=1, predicted=None):
    """Give a fold of these predictions: the most probable classes, unless others are given."""
    best = np.argmax(probabilities, axis=1) if predicted is None else predicted
    n_clips = len(true)
    return Fold(
        seed=0,
        fold=number,
        n_train=9,
        n_discarded=0,
        test=list(range(n_clips)),
        speaker=None,
        true=[CLASSES[i] for i in true],
        predicted=[CLASSES[i] for i in best],
        best_epoch=None,
        curves={},
        n_speaker_shared=None,
        n_text_shared=None,
        n_duplicates=0,
        missing_in_training=[],
        missing_in_test=[],
        torch_threads=1,
        fit_seconds=0.0,
        score_seconds=0.0,
        probabilities=None if probabilities is None else np.asarray(probabilities).tolist(),
    )


def make_report(*folds):
    return Report(
        protocol="last-epoch",
        classes=CLASSES,
        class_counts=[9, 9, 9],
        n_repeated=0,
        folds=list(folds),
        settings={"estimator": "SVC()", "parameters": {}, "cv": None, "n_splits": 2, "seeds": [0]},
        versions={},
        split_hash="0" * 64,
    )


@pytest.fixture(scope="module")
def random_report():
    """Give two folds of 120 random predictions, and their probabilities and labels."""
    rng = np.random.default_rng(0)
    probabilities, true = rng.dirichlet(np.ones(3), size=240), rng.integers(3, size=240)
    folds = [
        make_fold(probabilities[part], true[part], number=i) for i, part in ((1, slice(120)), (2, slice(120, 240)))
    ]
    return make_report(*folds), probabilities, true


# ---- the measures ---------------------------------------------------------------------------------------------------


def test_bins_are_the_reliability_diagram_of_scikit_learn(random_report):
    report, probabilities, true = random_report
    right = probabilities.argmax(axis=1) == true
    accuracy, confidence = calibration_curve(right, probabilities.max(axis=1), n_bins=10)
    bins = report.calibration.bins
    np.testing.assert_allclose([part.accuracy for part in bins], accuracy)
    np.testing.assert_allclose([part.confidence for part in bins], confidence)


def test_bins_hold_every_clip_once_between_their_edges(random_report):
    report, *_ = random_report
    bins = report.calibration.bins
    assert sum(part.n_clips for part in bins) == 240
    assert [(part.low, part.high) for part in bins] == [(i / 10, (i + 1) / 10) for i in range(3, 10)]
    assert all(part.low < part.confidence <= part.high for part in bins)


def test_calibration_error_weighs_the_gap_of_each_bin_by_its_clips():
    # Three clips at 0.95, two of them right; one clip at 0.55, wrong.
    probabilities = [[0.95, 0.05, 0.0]] * 3 + [[0.45, 0.55, 0.0]]
    report = make_report(make_fold(probabilities, [0, 0, 1, 0]))
    assert report.calibration.ece == pytest.approx((3 * abs(2 / 3 - 0.95) + 0.55) / 4)


def test_predictions_that_are_as_often_right_as_they_say_have_no_calibration_error():
    report = make_report(make_fold([[0.75, 0.25, 0.0]] * 4, [0, 0, 0, 1]))
    assert report.calibration.ece == pytest.approx(0)


def test_brier_score_is_the_mean_squared_error_of_the_probabilities():
    report = make_report(make_fold([[0.5, 0.3, 0.2], [0.0, 0.0, 1.0]], [0, 2]))
    assert report.calibration.brier == pytest.approx((0.5**2 + 0.3**2 + 0.2**2) / 2)


@pytest.mark.skipif(parse_version(sklearn.__version__) < parse_version("1.7"), reason="multi-class came in 1.7")
def test_brier_score_is_that_of_scikit_learn(random_report):
    report, probabilities, true = random_report
    assert report.calibration.brier == pytest.approx(brier_score_loss(true, probabilities))


def test_brier_score_of_chance_is_that_of_the_shares_of_the_classes():
    true = [0, 0, 1, 2]
    shares = [[0.5, 0.25, 0.25]] * 4
    report = make_report(make_fold([[1.0, 0.0, 0.0]] * 4, true))
    assert report.calibration.brier_chance == make_report(make_fold(shares, true)).calibration.brier


def test_confidence_is_the_probability_of_the_predicted_class_even_where_another_is_more_probable():
    report = make_report(make_fold([[0.4, 0.6, 0.0]], [0], predicted=[0]))
    assert report.calibration.thresholds == [Threshold(confidence=0.4, coverage=1.0, accuracy=1.0)]


def test_order_of_the_folds_does_not_matter(random_report):
    report, *_ = random_report
    swapped = make_report(*reversed(report.folds)).calibration
    assert swapped.thresholds == report.calibration.thresholds
    assert (swapped.ece, swapped.brier) == pytest.approx((report.calibration.ece, report.calibration.brier))


@pytest.mark.parametrize("probabilities", [None, [[np.nan] * 3]])
def test_there_is_no_calibration_where_a_fold_has_no_probabilities(probabilities):
    known = make_fold([[0.9, 0.1, 0.0]], [0])
    report = make_report(known, make_fold(probabilities, [0], number=2, predicted=[0]))
    assert report.calibration is None
    with pytest.raises(ValueError, match=r"no probabilities, which SVC\(\) does not give"):
        report.threshold()


# ---- accuracy against coverage --------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(34, 100), st.booleans()), min_size=1, max_size=30),
    st.sampled_from([0.5, 0.8, 0.9, 1.0]),
)
def test_threshold_is_the_lowest_confidence_whose_accepted_clips_reach_the_accuracy(clips, wanted):
    confidence = np.array([percent for percent, _ in clips]) / 100
    right = np.array([hit for _, hit in clips])
    rows = np.stack([confidence, 1 - confidence, np.zeros(len(clips))], axis=1)
    report = make_report(make_fold(rows, np.where(right, 0, 2), predicted=[0] * len(clips)))
    possible = [level for level in confidence if right[confidence >= level].mean() >= wanted]
    threshold = report.threshold(wanted)
    if not possible:
        assert threshold is None
        return
    accepted = confidence >= min(possible)
    assert threshold == Threshold(min(possible), accepted.mean(), pytest.approx(right[accepted].mean()))


def test_accuracy_at_full_coverage_is_that_of_all_clips(random_report):
    report, *_ = random_report
    last = report.calibration.thresholds[-1]
    assert (last.coverage, last.accuracy) == (1.0, pytest.approx(report.scores["WAR"].pooled))


def test_clips_of_equal_confidence_are_accepted_together():
    report = make_report(make_fold([[0.9, 0.1, 0.0]] * 2, [0, 1]))
    assert report.calibration.thresholds == [Threshold(0.9, 1.0, 0.5)]
    assert report.threshold(0.9) is None


def test_a_calibration_is_shown_in_a_line(random_report):
    report, *_ = random_report
    assert len(repr(report.calibration)) < 130


def test_the_area_under_the_roc_curve_counts_pairs_in_which_the_right_answer_is_surer(random_report):
    report, probabilities, true = random_report
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    surer = np.sign(confidence[right][:, np.newaxis] - confidence[~right])
    assert report.calibration.roc_auc == pytest.approx((surer.mean() + 1) / 2)


@pytest.mark.parametrize("true", [0, 1])
def test_answers_that_are_all_right_or_all_wrong_have_no_roc_curve(true):
    report = make_report(make_fold([[0.75, 0.25, 0.0]] * 4, [true] * 4))
    assert report.calibration.roc_auc is None
    assert "ROC" not in str(report)


@pytest.mark.parametrize("accuracy", [0, -0.1, 1.5, 90, float("nan"), "high"])
def test_an_accuracy_that_is_no_share_is_refused(random_report, accuracy):
    report, *_ = random_report
    with pytest.raises(ValueError, match=f"accuracy={accuracy!r} must be above 0 and at most 1, such as 0.9"):
        report.threshold(accuracy)


# ---- what is printed and drawn --------------------------------------------------------------------------------------


def test_the_printed_report_holds_calibration_error_brier_score_and_roc_area(random_report):
    report, *_ = random_report
    lines = [" ".join(line.split()) for line in str(report).splitlines()]
    assert f"expected calibration error {report.calibration.ece:.3f} 0 is best" in lines
    assert any(line.startswith(f"Brier score {report.calibration.brier:.3f} 0 is best") for line in lines)
    assert f"ROC area, right from wrong answers {report.calibration.roc_auc:.3f} 1 is best; chance 0.5" in lines


def test_the_printed_report_leaves_both_out_where_probabilities_are_not_known():
    X, y = np.repeat([[0.0], [9.0]], 6, axis=0), np.repeat(["calm", "angry"], 6)
    printed = str(evaluate(LinearSVC(), X, y, n_splits=2))
    assert "Brier" not in printed and "calibration" not in printed


def test_reports_from_a_file_have_the_same_calibration(tmp_path, random_report):
    report, *_ = random_report
    report.to_json(tmp_path / "report.json")
    assert Report.from_json(tmp_path / "report.json").calibration == report.calibration


class TestPictures:
    @pytest.fixture(autouse=True)
    def pyplot(self):
        matplotlib = pytest.importorskip("matplotlib")
        matplotlib.use("Agg")
        plt = pytest.importorskip("matplotlib.pyplot")
        yield plt
        for number in plt.get_fignums():
            plt.figure(number).canvas.draw()
        plt.close("all")

    @pytest.fixture(params=["plot_reliability", "plot_coverage"])
    def draw(self, request):
        import sktimnet.plotting

        return getattr(sktimnet.plotting, request.param)

    def test_the_reliability_diagram_shows_the_bins_beside_the_diagonal(self, random_report):
        from sktimnet.plotting import plot_reliability

        report, *_ = random_report
        ax = plot_reliability(report)
        bins = report.calibration.bins
        np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[0, 0], [1, 1]])
        np.testing.assert_allclose(ax.collections[0].get_offsets(), [[part.confidence, part.accuracy] for part in bins])
        assert [text.get_text() for text in ax.texts] == [str(part.n_clips) for part in bins]

    def test_accuracy_is_drawn_against_coverage(self, random_report):
        from sktimnet.plotting import plot_coverage

        report, *_ = random_report
        curve = plot_coverage(report).lines[0].get_xydata()
        np.testing.assert_allclose(curve, [[part.coverage, part.accuracy] for part in report.calibration.thresholds])

    def test_a_picture_goes_into_the_axes_that_are_given_and_is_labelled(self, draw, random_report, pyplot):
        _, ax = pyplot.subplots()
        assert draw(random_report[0], ax=ax) is ax
        assert ax.get_xlabel() and ax.get_ylabel() and "protocol last-epoch" in ax.get_title()

    def test_without_probabilities_the_error_names_the_estimator(self, draw):
        with pytest.raises(ValueError, match=r"no probabilities, which SVC\(\) does not give"):
            draw(make_report(make_fold(None, [0], predicted=[0])))

    def test_what_is_no_report_is_refused(self, draw):
        with pytest.raises(TypeError, match="must be a Report"):
            draw({"protocol": "speaker"})

    def test_without_matplotlib_the_error_names_the_extra(self, draw, random_report, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
        with pytest.raises(ImportError, match=r"pip install 'sktimnet\[plot\]'"):
            draw(random_report[0])


# ---- calibrated probabilities from scikit-learn ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Give a synthetic corpus as files of three speakers."""
    folder = tmp_path_factory.mktemp("files")
    corpus = make_emotional_speech(n_speakers=3, n_texts=3, emotions=("angry", "sad"), random_state=0)
    paths = [folder / f"{i}.wav" for i in range(len(corpus.data))]
    for path, clip in zip(paths, corpus.data, strict=True):
        soundfile.write(path, clip, corpus.sr)
    return list(map(str, paths)), corpus.target, corpus.speaker


def test_a_pipeline_on_files_is_calibrated_on_speakers_that_were_held_out(files):
    X, y, speaker = files
    network = TIMNetClassifier(n_blocks=2, n_filters=4, max_epochs=2, batch_size=4, random_state=0)
    pipeline = make_pipeline(MFCCTransformer(n_mfcc=5), network)
    held_out = list(GroupKFold(3).split(X, y, speaker))
    calibrated = CalibratedClassifierCV(pipeline, cv=held_out, ensemble=False).fit(X, y)
    probabilities = calibrated.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert calibrated.predict(X).tolist() == calibrated.classes_[probabilities.argmax(axis=1)].tolist()
    network_alone = calibrated.calibrated_classifiers_[0].estimator
    np.testing.assert_array_equal(network_alone.predict_proba(X), pipeline.fit(X, y).predict_proba(X))


def test_a_recipe_on_a_table_of_speakers_is_calibrated_too(files):
    X, y, speaker = files
    table = with_speakers(X, speaker)
    held_out = list(GroupKFold(3).split(table, y, speaker))
    calibrated = CalibratedClassifierCV(make_recipe("robust"), cv=held_out, ensemble=False).fit(table, y)
    np.testing.assert_allclose(calibrated.predict_proba(table).sum(axis=1), 1)


def test_calibration_lowers_the_error_of_overconfident_probabilities_on_new_speakers():
    rng = np.random.default_rng(0)
    y, speaker = np.tile([0, 1], 200), np.repeat(np.arange(20), 20)
    shift = rng.normal(size=(20, 30))[speaker]  # what each speaker adds, which 10 of them teach too well
    X = shift + rng.normal(size=(400, 30)) + 0.4 * y[:, None] * (np.arange(30) < 3)
    train, test = speaker < 10, speaker >= 10
    alone = LogisticRegression(C=1e6, max_iter=1000)
    held_out = list(GroupKFold(5).split(X[train], y[train], speaker[train]))
    calibrated = CalibratedClassifierCV(alone, cv=held_out, ensemble=False)
    alone_error, calibrated_error = (
        brier_score_loss(y[test], model.fit(X[train], y[train]).predict_proba(X[test])[:, 1])
        for model in (alone, calibrated)
    )
    assert calibrated_error < alone_error


def test_real_recordings_of_new_speakers_are_answered_more_accurately_above_the_threshold(emodb_root):
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # of a part of the corpus
        corpus = load_emodb(emodb_root)
    some = np.isin(corpus.speaker, np.unique(corpus.speaker)[:4])
    X, y = [clip for clip, wanted in zip(corpus.data, some, strict=True) if wanted], corpus.target[some]
    report = evaluate(make_recipe("robust"), X, y, speaker=corpus.speaker[some], protocol="speaker", n_splits=2)
    threshold = report.threshold(0.9)
    assert threshold.accuracy >= 0.9 and 0 < threshold.coverage <= 1
    assert report.calibration.brier < report.calibration.brier_chance
    assert all(Path(clip).is_file() for fold in report.folds for clip in fold.path)
