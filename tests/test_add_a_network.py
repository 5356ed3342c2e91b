"""The page "Add a network": its networks pass through everything that the package's own do."""

import importlib
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from pages import blocks_of, run, written
from sklearn.base import clone
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator
from test_common import EXPECTED_FAILURES

from sktimnet import SCORING, MFCCTransformer, TIMNetClassifier, inspection, persistence
from sktimnet.__main__ import main
from sktimnet.model_selection import ablations, evaluate
from sktimnet.preprocessing import FeatureScaler

PAGE = "add_a_network.md"
BLOCKS = blocks_of(PAGE)
NAMES = {"attention_pooling": "AttentionPoolingClassifier", "tdnn": "TDNNClassifier"}
SIZES = {"attention_pooling": {"n_blocks": 2, "n_filters": 6}, "tdnn": {"n_channels": 6}}
CHECKED = {"attention_pooling": {"n_blocks": 1, "n_filters": 8}, "tdnn": {"n_channels": 8}}
RNG = np.random.default_rng(0)
Y = np.repeat(["calm", "angry"], 12)
CLIPS = [RNG.normal(size=(4, n)).astype(np.float32) for n in RNG.integers(3, 60, size=24)]
for clip, label in zip(CLIPS, Y, strict=True):
    clip += label == "angry"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write the page's modules where Python finds them."""
    with written(PAGE, tmp_path_factory.mktemp("own")) as directory:
        yield directory


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def classifier_class(name, files):
    return getattr(importlib.import_module(name), NAMES[name])


@pytest.fixture
def classifier(name, classifier_class):
    return classifier_class(**SIZES[name], batch_size=5, max_epochs=4, random_state=0)


def padded(clips, n_frames):
    X = np.full((len(clips), 4, n_frames), np.nan, dtype=np.float32)
    for row, clip in zip(X, clips, strict=True):
        row[:, : clip.shape[1]] = clip
    return X


def test_the_page_has_two_networks_and_their_use():
    assert [block.split("\n")[0] for block in BLOCKS] == ["# attention_pooling.py", "# tdnn.py", "import joblib"]
    assert BLOCKS[1].count("\n") <= 61


def test_the_use_on_the_page_runs(files, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(BLOCKS[2], PAGE)
    printed = capsys.readouterr().out
    assert all(f"\n{variant} " in printed for variant in ("average", "attention", "one layer", "whole"))


# ---- the rules of the page ------------------------------------------------------------------------------------------


def test_a_clip_has_the_same_probabilities_alone_and_in_any_batch_with_any_padding(classifier):
    fitted = classifier.fit(CLIPS, Y)
    expected = fitted.predict_proba(padded(CLIPS, 60))
    np.testing.assert_allclose(fitted.predict_proba(padded(CLIPS, 90)), expected, rtol=0, atol=1e-6)
    for clip, alone in zip(CLIPS, expected, strict=True):
        np.testing.assert_allclose(fitted.predict_proba(clip[np.newaxis])[0], alone, rtol=0, atol=1e-6)


def test_padding_changes_no_training(classifier):
    first, second = (clone(classifier).fit(padded(CLIPS, n), Y) for n in (60, 90))
    for a, b in zip(first.net_.module_.state_dict().values(), second.net_.module_.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-6)


def test_the_seed_decides_the_result_and_the_global_generator_stays_as_it_is(classifier):
    before = torch.get_rng_state()
    first, again = (clone(classifier).fit(CLIPS, Y).predict_proba(CLIPS) for _ in range(2))
    other = clone(classifier).set_params(random_state=1).fit(CLIPS, Y).predict_proba(CLIPS)
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_attention_pooling_that_weighs_all_frames_alike_is_the_average(files):
    from attention_pooling import AttentionPooling

    from sktimnet.nn import TIMNet

    pooling, average = (
        network(5, 3, n_blocks=2, generator=torch.Generator().manual_seed(0)).eval()
        for network in (AttentionPooling, TIMNet)
    )
    x, lengths = torch.randn(3, 5, 20), torch.tensor([20, 1, 7])
    torch.testing.assert_close(pooling(x, lengths=lengths), average(x, lengths=lengths), rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        pooling.query += 1
    assert not torch.allclose(pooling(x, lengths=lengths), average(x, lengths=lengths), atol=1e-4)


# ---- everything that the package's own pass through -----------------------------------------------------------------


def test_parameters_of_training_are_parameters_of_the_classifier(classifier_class, name):
    classifier = classifier_class(**SIZES[name], lr=0.5)
    assert classifier.get_params()["lr"] == clone(classifier).lr == 0.5
    assert set(classifier.network_parameters) >= set(SIZES[name])
    assert "lr" not in classifier.network_parameters
    with pytest.raises(TypeError, match="unexpected keyword argument 'learning_rate'"):
        classifier_class(learning_rate=0.5)


def test_it_passes_the_checks_of_scikit_learn(classifier_class, name):
    classifier = classifier_class(**CHECKED[name], batch_size=16, lr=0.01, max_epochs=30, device="cpu")
    results = check_estimator(classifier, expected_failed_checks=EXPECTED_FAILURES, on_skip=None, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed
    assert {r["check_name"] for r in results if r["status"] == "xfail"} <= set(EXPECTED_FAILURES)


def test_it_is_cross_validated(classifier):
    scores = cross_validate(classifier, CLIPS, Y, cv=2, scoring=SCORING, error_score="raise")
    assert np.isfinite(scores["test_UAR"]).all()


def test_it_has_learning_curves_and_a_best_epoch(classifier):
    X = padded(CLIPS, 60)
    last, best = evaluate(classifier, X, Y, n_splits=2, protocol=("last-epoch", "best-epoch"))
    assert last.curves["test_accuracy"].shape == (2, 4)
    assert all(1 <= fold.best_epoch <= 4 for fold in best.folds)
    assert best.scores["WAR"].mean >= last.scores["WAR"].mean


def test_its_variants_are_compared(classifier, name):
    report = ablations(classifier, padded(CLIPS, 60), Y, n_splits=2)
    expected = {"attention_pooling": ["average", "attention"], "tdnn": ["one layer", "whole"]}
    assert list(report.reports) == expected[name]
    estimators = [found.settings["estimator"] for found in report.reports.values()]
    assert NAMES[name] in estimators[1] and estimators[0] != estimators[1]


def test_it_comes_back_from_joblib_and_from_a_safe_file(classifier, classifier_class, tmp_path):
    waveforms = list(RNG.normal(size=(8, 4000)))
    pipeline = make_pipeline(MFCCTransformer(n_mfcc=8, padding="nan"), FeatureScaler(), classifier)
    pipeline.fit(waveforms, ["calm", "angry"] * 4)
    joblib.dump(pipeline, tmp_path / "model.joblib")
    persistence.save(pipeline, tmp_path / "model.safetensors")
    for loaded in (
        joblib.load(tmp_path / "model.joblib"),
        persistence.load(tmp_path / "model.safetensors", classes=[classifier_class]),
    ):
        assert type(loaded[-1]) is classifier_class
        np.testing.assert_array_equal(loaded.predict_proba(waveforms), pipeline.predict_proba(waveforms))
    with pytest.raises(ValueError, match=rf"pass it: load\(path, classes=\[{classifier_class.__name__}\]\)"):
        persistence.load(tmp_path / "model.safetensors")


def test_embeddings_are_laid_out_and_attention_is_there_where_the_network_has_it(classifier, name):
    waveforms = list(RNG.normal(size=(8, 4000)))
    pipeline = make_pipeline(MFCCTransformer(n_mfcc=8), classifier).fit(waveforms, ["calm", "angry"] * 4)
    assert inspection.embedding_tsne(pipeline, waveforms, perplexity=2, random_state=0).shape == (8, 2)
    if name == "attention_pooling":
        assert inspection.attention_maps(pipeline, waveforms).maps.shape[:3] == (8, 2, 2)
        assert inspection.fusion_weights(pipeline).shape == (2,)
    else:
        with pytest.raises(TypeError, match="network with attention maps"):
            inspection.attention_maps(pipeline, waveforms)
        with pytest.raises(TypeError, match="classifier with fusion_weights_"):
            inspection.fusion_weights(pipeline)


def test_the_command_line_predicts_real_recordings_with_it(classifier, emodb_root, tmp_path, capsys):
    clips = [str(path) for path in sorted(emodb_root.glob("**/*.wav"))[::24]]
    pipeline = make_pipeline(MFCCTransformer(padding="nan"), classifier)
    joblib.dump(pipeline.fit(clips, [Path(clip).name[5] for clip in clips]), tmp_path / "model.joblib")
    main(["predict", str(tmp_path / "model.joblib"), *clips[:2]])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [[clip, pipeline.predict([clip])[0]] for clip in clips[:2]]


def test_a_subclass_of_a_classifier_has_its_parameters_too():
    class Narrow(TIMNetClassifier):
        def __init__(self, *, n_filters=4, margin=0.0, **others):
            super().__init__(n_filters=n_filters, **others)
            self.margin = margin

    assert Narrow().get_params() == TIMNetClassifier(n_filters=4).get_params() | {"margin": 0.0}
