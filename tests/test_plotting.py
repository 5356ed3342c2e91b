"""What each picture shows: its data, labels and units."""

import sys
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier, inspection
from sktimnet.audio import _reading
from sktimnet.model_selection import evaluate
from sktimnet.plotting import (
    plot_attention,
    plot_confusion_matrix,
    plot_embedding,
    plot_fusion_weights,
    plot_learning_curves,
)
from sktimnet.preprocessing import FeatureScaler

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)

SR = 8000


@pytest.fixture(autouse=True)
def close_figures():
    """Draw every figure of a test, with what goes wrong only then, and close it; close those of others before."""
    plt.close("all")
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


def fit_pipeline(classifier):
    noise = np.random.default_rng(0).normal(size=(6, SR))
    pipeline = make_pipeline(MFCCTransformer(sr=SR, n_mfcc=5, clip_length=1.0), classifier)
    return pipeline.fit(noise, ["angry", "calm"] * 3)


def make_classifier(**parameters):
    return TIMNetClassifier(n_blocks=3, n_filters=4, batch_size=2, max_epochs=1, random_state=0, **parameters)


@pytest.fixture(scope="module")
def pipeline():
    return fit_pipeline(make_classifier())


@pytest.fixture(scope="module")
def clip():
    return np.random.default_rng(1).normal(size=SR // 2)  # half a second


@pytest.fixture(scope="module")
def features():
    y = np.repeat(["angry", "calm", "sad"], 8)
    return np.random.default_rng(0).normal(size=(24, 5, 12)) + 3 * (y == "angry")[:, None, None], y


@pytest.fixture(scope="module")
def report(features):
    return evaluate(make_classifier().set_params(max_epochs=4), *features, n_splits=3)


def make_report(**parts):
    """Stand in for a report, with figures that are easy to check."""
    parts = {"protocol": "last-epoch", "optimistic": False, "folds": [None] * 2, "classes": ["angry", "sad"], **parts}
    return SimpleNamespace(settings={"estimator": "SVC()"}, **parts)


# ---- all pictures ---------------------------------------------------------------------------------------------------


@pytest.fixture(
    params=[plot_attention, plot_fusion_weights, plot_embedding, plot_confusion_matrix, plot_learning_curves],
    ids=lambda plot: plot.__name__,
)
def draw(request, pipeline, clip, features, report):
    """Give each function with its arguments, ready for ``ax=``."""
    arguments = {
        plot_attention: (pipeline, clip),
        plot_fusion_weights: (pipeline,),
        plot_embedding: (make_classifier().fit(*features), *features),
    }
    options = {plot_embedding: {"perplexity": 5}}
    plot = request.param
    return partial(plot, *arguments.get(plot, (report,)), **options.get(plot, {}))


def test_a_picture_goes_into_the_axes_that_are_given(draw):
    _, axes = plt.subplots(1, 2)
    assert draw(ax=axes[1]) is axes[1]
    assert axes[1].has_data() and not axes[0].has_data()
    assert plt.get_fignums() == [1]


def test_a_picture_without_axes_gets_a_figure_of_its_own(draw):
    figure = plt.figure()
    ax = draw()
    assert ax.figure is not figure and ax.has_data()


def test_every_axis_is_labelled(draw):
    ax = draw()
    assert ax.get_xlabel()
    assert ax.get_ylabel() or [text for text in ax.texts if "block" in text.get_text()]


def test_without_matplotlib_the_error_names_the_extra(draw, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'sktimnet\[plot\]'"):
        draw()


# ---- attention ------------------------------------------------------------------------------------------------------


def test_attention_has_a_row_for_each_block_first_forward_then_backward(pipeline, clip):
    ax = plot_attention(pipeline, clip)
    maps = inspection.attention_maps(pipeline, [clip]).maps[0]  # (n_blocks, n_directions, n_frames)
    rows = ax.images[0].get_array()
    np.testing.assert_array_equal(rows[:3], maps[:, 0])
    assert rows[3].mask.all()
    np.testing.assert_array_equal(rows[4:], maps[:, 1])


def test_attention_rows_are_named_by_block_and_direction(pipeline, clip):
    ax = plot_attention(pipeline, clip)
    ticks = {y: label.get_text() for y, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)}
    assert ticks == {0: "1", 1: "2", 2: "3", 4: "1", 5: "2", 6: "3"}
    names = {text.get_text(): text.xy[1] for text in ax.texts}
    assert names == {"waveform": -2.5, "forward block": 1, "backward block": 5}


def test_attention_names_of_rows_stay_clear_of_their_numbers_in_small_axes(clip):
    pipeline = fit_pipeline(make_classifier().set_params(n_blocks=10))
    _, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
    ax = plot_attention(pipeline, clip, ax=axes[1])
    ax.figure.canvas.draw()
    numbers = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert not any(text.get_window_extent().overlaps(number) for text in ax.texts for number in numbers)


def test_attention_of_a_forward_network_has_forward_rows_only(clip):
    ax = plot_attention(fit_pipeline(make_classifier(bidirectional=False)), clip)
    assert ax.images[0].get_array().shape[0] == 3
    assert [text.get_text() for text in ax.texts] == ["waveform", "forward block"]


def test_attention_is_on_the_seconds_of_the_recording(pipeline, clip):
    ax = plot_attention(pipeline, clip)
    left, right = ax.images[0].get_extent()[:2]
    assert (left, right) == pytest.approx((-0.25 - 0.00625, 0.75 + 0.00625))  # padded to 1 s; half a frame around
    assert ax.get_xlim() == (left, right)
    assert ax.get_xlabel() == "time in the recording (s)"


def test_attention_comes_below_the_waveform_between_its_ends(pipeline, clip):
    ax = plot_attention(pipeline, clip)
    waveform, *ends = ax.lines
    np.testing.assert_allclose(waveform.get_xdata(), np.arange(len(clip)) / SR)
    np.testing.assert_allclose(waveform.get_ydata(), -2.5 - 1.5 * clip / np.abs(clip).max(), rtol=1e-5)
    assert [line.get_xdata()[0] for line in ends] == [0, 0.5]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # downwards, so that a positive sample is drawn up


def test_attention_says_what_was_predicted_and_what_its_colours_mean(pipeline, clip):
    ax = plot_attention(pipeline, clip)
    best = pipeline.predict_proba([clip])[0].max()
    assert ax.get_title() == f"predicted: {pipeline.predict([clip])[0]} ({best:.0%})"
    assert ax.images[0].get_clim() == (0.5, ax.images[0].get_array().max())
    assert ax.images[0].colorbar.ax.get_ylabel() == "attention (mean over channels)"


def test_attention_of_silence_is_drawn(pipeline):
    ax = plot_attention(pipeline, np.zeros(SR))
    assert (ax.lines[0].get_ydata() == -2.5).all()


@pytest.mark.parametrize(
    "clips",
    [["a.wav"], ("a.wav", "b.wav"), np.zeros((2, SR)), [np.zeros(SR)] * 2, np.array(["a.wav", "b.wav"])],
    ids=["list", "tuple", "rows", "waveforms", "array"],
)
def test_attention_of_several_clips_is_an_error_that_says_so(pipeline, clips):
    with pytest.raises(ValueError, match=rf"one recording, got \w+ of {len(clips)}; pass one of them, such as clip\[0"):
        plot_attention(pipeline, clips)


def test_attention_decodes_a_file_once(pipeline, clip, tmp_path, monkeypatch):
    soundfile.write(tmp_path / "clip.wav", clip / 10, SR)
    opened = []
    read = _reading.from_file
    monkeypatch.setattr(_reading, "from_file", lambda path: opened.append(path) or read(path))
    plot_attention(pipeline, tmp_path / "clip.wav")
    assert opened == [tmp_path / "clip.wav"]


def test_attention_passes_through_scaled_features_of_their_own_length(clip):
    mfcc = MFCCTransformer(sr=SR, n_mfcc=5, padding="nan", trim=40)
    noise = np.random.default_rng(0).normal(size=(6, SR))
    pipeline = make_pipeline(mfcc, FeatureScaler(), make_classifier()).fit(noise, ["angry", "calm"] * 3)
    ax = plot_attention(pipeline, clip)
    assert ax.images[0].get_extent()[:2] == pytest.approx((-0.00625, 0.50625))


def test_attention_of_a_single_frame_is_as_wide_as_the_recording():
    mfcc = MFCCTransformer(sr=SR, n_mfcc=5, padding="nan")
    noise = np.random.default_rng(0).normal(size=(6, SR))
    ax = plot_attention(make_pipeline(mfcc, make_classifier()).fit(noise, ["angry", "calm"] * 3), noise[0, :80])
    assert ax.images[0].get_extent()[:2] == pytest.approx((-0.005, 0.005))


# ---- fusion weights -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel_size", [2, 3])
def test_fusion_weights_are_bars_named_by_block_and_receptive_field(features, kernel_size):
    classifier = make_classifier(kernel_size=kernel_size).fit(*features)
    ax = plot_fusion_weights(classifier)
    heights = [bar.get_height() for bar in ax.patches]
    np.testing.assert_array_equal(heights, classifier.fusion_weights_)
    fields = [1 + 2 * (kernel_size - 1) * (2**j - 1) for j in (1, 2, 3)]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [f"{j}\n{fields[j - 1]}" for j in (1, 2, 3)]


# ---- embedding ------------------------------------------------------------------------------------------------------


def test_the_embedding_shows_the_points_of_each_emotion(features):
    X, y = features
    classifier = make_classifier().fit(X, y)
    ax = plot_embedding(classifier, X, y, perplexity=5, random_state=0)
    points = inspection.embedding_tsne(classifier, X, perplexity=5, random_state=0)
    assert [drawn.get_label() for drawn in ax.collections] == ["angry", "calm", "sad"]
    for drawn in ax.collections:
        np.testing.assert_allclose(drawn.get_offsets(), points[y == drawn.get_label()])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["angry", "calm", "sad"]


@pytest.mark.parametrize("network", [TIMNetClassifier, TCNClassifier])
def test_the_embeddings_title_holds_the_network_and_its_accuracy(features, network):
    X, y = features
    classifier = network(n_blocks=1, max_epochs=1, random_state=0).fit(X, y)
    ax = plot_embedding(classifier, X, y, perplexity=5)
    assert ax.get_title() == f"{network.__name__}: WAR {np.mean(classifier.predict(X) == y):.1%}"


def test_the_embedding_takes_a_pipeline_and_recordings(pipeline):
    noise = np.random.default_rng(2).normal(size=(6, SR))
    y = ["angry", "calm"] * 3
    ax = plot_embedding(pipeline, noise, y, perplexity=2)
    assert ax.get_title() == f"TIMNetClassifier: WAR {pipeline.score(noise, y):.1%}"


def test_more_emotions_than_colours_are_told_apart_by_shape(features):
    X, _ = features
    y = np.repeat([f"emotion {i:02d}" for i in range(12)], 2)
    ax = plot_embedding(make_classifier().fit(X, y), X, y, perplexity=5)
    looks = {(tuple(s.get_facecolor()[0]), len(s.get_paths()[0].vertices)) for s in ax.collections}
    assert len(ax.collections) == len(looks) == 12


# ---- confusion matrix -----------------------------------------------------------------------------------------------


COUNTS = np.array([[3, 1], [5, 15]])


def test_the_confusion_matrix_shows_shares_of_the_true_class_and_counts():
    ax = plot_confusion_matrix(make_report(confusion_matrix=COUNTS))
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.75, 0.25], [0.25, 0.75]])
    assert ax.images[0].get_clim() == (0, 1)
    cells = {text.get_position()[::-1]: text.get_text() for text in ax.texts}
    assert cells == {(0, 0): "75%\n3", (0, 1): "25%\n1", (1, 0): "25%\n5", (1, 1): "75%\n15"}


def test_the_confusion_matrix_names_its_classes_and_scores():
    ax = plot_confusion_matrix(make_report(confusion_matrix=COUNTS))
    for axis in (ax.xaxis, ax.yaxis):
        assert [tick.get_text() for tick in axis.get_ticklabels()] == ["angry", "sad"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")
    assert ax.get_title() == "protocol last-epoch\npooled UAR 75.0%, WAR 75.0%"


def test_a_class_that_was_never_tested_has_no_shares():
    ax = plot_confusion_matrix(make_report(confusion_matrix=np.array([[4, 0], [0, 0]])))
    assert [text.get_text() for text in ax.texts] == ["100%\n4", "0%\n0", "-", "-"]
    assert ax.get_title().endswith("UAR 100.0%, WAR 100.0%")


def test_the_confusion_matrix_of_a_real_report_agrees_with_its_scores(report):
    title = plot_confusion_matrix(report).get_title()
    assert title.endswith(f"UAR {report.scores['UAR'].pooled:.1%}, WAR {report.scores['WAR'].pooled:.1%}")


# ---- learning curves ------------------------------------------------------------------------------------------------


CURVES = {
    "train_accuracy": np.array([[0.2, 0.6], [0.4, 0.8]]),
    "test_accuracy": np.array([[0.1, 0.5], [0.3, np.nan]]),  # the second fold stopped early
}


def test_learning_curves_are_means_over_folds():
    ax = plot_learning_curves(make_report(curves=CURVES))
    training, test = ax.lines
    np.testing.assert_array_equal(training.get_xdata(), [1, 2])
    np.testing.assert_allclose(training.get_ydata(), [0.3, 0.7])
    np.testing.assert_allclose(test.get_ydata(), [0.2, 0.5])


def test_bands_are_one_standard_deviation_to_each_side():
    ax = plot_learning_curves(make_report(curves=CURVES))
    training, test = (band.get_paths()[0].vertices for band in ax.collections)
    assert (training[:, 1].min(), training[:, 1].max()) == pytest.approx((0.2, 0.8))
    assert set(test[test[:, 0] == 2, 1].round(6)) == {0.5}


def test_learning_curves_are_named_with_the_number_of_folds():
    ax = plot_learning_curves(make_report(curves=CURVES))
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["training", "test"]
    assert legend.get_title().get_text() == "mean ± SD of 2 folds"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "accuracy (WAR)")


def test_a_test_fold_that_was_not_monitored_has_no_curve():
    ax = plot_learning_curves(make_report(curves={"train_accuracy": CURVES["train_accuracy"]}))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training"]


def test_an_epoch_without_any_loss_is_a_gap():
    loss = np.array([[1.0, np.nan, 0.5], [2.0, np.nan, 0.5]])
    ax = plot_learning_curves(make_report(curves={"train_loss": loss}), "loss")
    np.testing.assert_array_equal(np.ma.getmaskarray(ax.lines[0].get_ydata(orig=True)), [False, True, False])


def test_the_curves_of_a_real_report_have_its_epochs(report):
    for measure in ("accuracy", "loss"):
        ax = plot_learning_curves(report, measure)
        for line, part in zip(ax.lines, ("train", "test"), strict=True):
            np.testing.assert_allclose(line.get_ydata(), report.curves[f"{part}_{measure}"].mean(axis=0))
    assert ax.get_ylabel() == "cross-entropy loss"


def test_an_unknown_measure_is_an_error(report):
    with pytest.raises(ValueError, match="measure='UAR' is unknown; expected 'accuracy' or 'loss'"):
        plot_learning_curves(report, "UAR")


def test_a_report_without_curves_is_an_error():
    y = np.repeat(["angry", "calm"], 6)
    report = evaluate(LogisticRegression(), np.arange(12.0)[:, np.newaxis], y, n_splits=2)
    with pytest.raises(ValueError, match=r"no curves: LogisticRegression\(\) was not monitored"):
        plot_learning_curves(report)


@pytest.mark.parametrize("plot", [plot_confusion_matrix, plot_learning_curves])
def test_the_best_epoch_protocol_is_labelled_optimistic(plot):
    report = make_report(confusion_matrix=COUNTS, curves=CURVES, protocol="best-epoch", optimistic=True)
    assert plot(report).get_title().startswith("protocol best-epoch (OPTIMISTIC)")
