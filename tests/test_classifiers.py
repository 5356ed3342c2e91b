"""The classifiers: what a scikit-learn user relies on beyond scikit-learn's own checks."""

import inspect
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator
from skorch.callbacks import Callback, Checkpoint, EarlyStopping, EpochScoring, LRScheduler

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.nn import TIMNet
from sktimnet.training import Net

EMOTIONS = np.array(["angry", "neutral", "sad"])


@pytest.fixture(scope="module")
def data():
    """Give 36 clips of 3 emotions that differ in the mean of 5 channels: (36, 5, 20)."""
    rng = np.random.default_rng(0)
    y = np.repeat(EMOTIONS, 12)
    X = rng.normal(size=(36, 5, 20)) + np.repeat([-1, 0, 1], 12)[:, None, None]
    return X.astype(np.float32), y


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


class Doubler(TransformerMixin, BaseEstimator):
    """A transformer that a pipeline must apply to validation data too."""

    def fit(self, X, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def transform(self, X):
        return 2 * X


def tiny(classifier_class=TIMNetClassifier, **parameters):
    return classifier_class(
        **{"n_blocks": 2, "n_filters": 6, "batch_size": 8, "max_epochs": 3, "random_state": 0, **parameters}
    )


def weights(classifier):
    return torch.cat([v.ravel() for v in classifier.net_.module_.state_dict().values()]).numpy()


# ---- the signature --------------------------------------------------------------------------------------------------


def test_parameters_and_defaults_are_the_documented_ones():
    expected = dict(
        n_blocks=8, n_filters=39, kernel_size=2, dropout=0.1, bidirectional=True, fusion="dynamic", lr=1e-3,
        betas=(0.93, 0.98), batch_size=64, max_epochs=500, label_smoothing=0.1, class_weight=None, callbacks=None,
        batch_norm_momentum=0.01, schedule="constant", augmentation=None, early_stopping=False,
        validation_fraction=0.1, n_iter_no_change=20, weight_decay=0.0, weight_averaging=None,
        device="auto", compile=False, checkpoint=None, warm_start=False, random_state=None, verbose=0,
    )  # fmt: skip
    assert TIMNetClassifier().get_params() == expected
    del expected["bidirectional"], expected["fusion"]
    assert TCNClassifier().get_params() == expected
    kinds = {p.kind for p in inspect.signature(TIMNetClassifier).parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("classifier_class", [TIMNetClassifier, TCNClassifier])
def test_more_than_forty_of_scikit_learns_checks_apply(classifier_class):
    assert len(list(estimator_checks_generator(classifier_class()))) > 40


# ---- learning -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classifier_class", [TIMNetClassifier, TCNClassifier])
def test_it_learns_string_labels(classifier_class, data):
    X, y = data
    classifier = tiny(classifier_class, max_epochs=60).fit(X, y)
    assert classifier.score(X, y) > 0.9
    assert list(classifier.classes_) == list(EMOTIONS)
    assert set(classifier.predict(X)) <= set(EMOTIONS)


def test_probabilities_are_those_of_the_network(data):
    X, y = data
    classifier = tiny().fit(X, y)
    with torch.inference_mode():
        expected = classifier.net_.module_(torch.tensor(X)).softmax(-1)
    np.testing.assert_allclose(classifier.predict_proba(X), expected, atol=1e-6)
    np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1, atol=1e-12)


def test_training_steps_are_those_of_a_plain_loop(data):
    """Adam on label-smoothed cross-entropy over shuffled batches, written out with torch alone."""
    X, y = data
    classifier = tiny(dropout=0).fit(X, y)
    network = TIMNet(5, 3, n_blocks=2, n_filters=6, dropout=0)
    network.load_state_dict(tiny(dropout=0, max_epochs=1, lr=1e-30).fit(X, y).net_.module_.state_dict())
    network.train()
    for name, value in network.named_buffers():
        value.fill_(float(name.endswith("var")))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.93, 0.98))
    generator = torch.Generator().manual_seed(int(np.random.RandomState(0).randint(2**31 - 1)))
    targets = torch.tensor(np.searchsorted(EMOTIONS, y))
    for _ in range(3):
        for index in torch.randperm(len(X), generator=generator).split(8):
            logits = network(torch.tensor(X)[index])
            smooth = torch.eye(3)[targets[index]] * 0.9 + 0.1 / 3
            optimizer.zero_grad()
            (-(smooth * logits.log_softmax(-1)).sum(-1).mean()).backward()
            optimizer.step()
    expected = torch.cat([value.ravel() for value in network.state_dict().values()]).detach()
    np.testing.assert_allclose(weights(classifier), expected, atol=1e-5)


def test_one_class_is_legal_and_predicted(data):
    X, _ = data
    classifier = tiny().fit(X, ["neutral"] * len(X))
    assert set(classifier.predict(X)) == {"neutral"}
    np.testing.assert_array_equal(classifier.predict_proba(X), 1)


def test_two_dimensions_are_one_frame_a_clip(data):
    X, y = data
    flat = tiny().fit(X[:, :, 0], y)
    framed = tiny().fit(X[:, :, :1], y)
    np.testing.assert_array_equal(weights(flat), weights(framed))
    np.testing.assert_array_equal(flat.predict_proba(X[:, :, 0]), framed.predict_proba(X[:, :, :1]))


def test_a_last_batch_of_one_clip_of_one_frame_joins_the_one_before(data):
    X, y = data
    assert tiny(batch_size=5).fit(X[:, :, 0], y).n_iter_ == 3  # 36 = 7 * 5 + 1


def test_clips_of_another_length_are_legal_in_predict(data):
    X, y = data
    classifier = tiny().fit(X, y)
    assert classifier.predict(X[:, :, :7]).shape == (36,)


@pytest.mark.parametrize(("fusion", "expected"), [("average", [0.5, 0.5]), ("last", [0, 1])])
def test_fixed_fusion_weights_stay_fixed(fusion, expected, data):
    np.testing.assert_array_equal(tiny(fusion=fusion).fit(*data).fusion_weights_, expected)


def test_learned_fusion_weights_move(data):
    assert tiny().fit(*data).fusion_weights_.shape == (2,)
    assert (tiny(max_epochs=9).fit(*data).fusion_weights_ != tiny().fit(*data).fusion_weights_).all()


def test_transform_gives_the_fused_embedding_with_names(data):
    X, y = data
    classifier = tiny().fit(X, y)
    embedding = classifier.transform(X)
    assert embedding.shape == (36, 6) and embedding.dtype == np.float32
    dense = classifier.net_.module_.output
    logits = embedding @ dense.weight.detach().numpy().T + dense.bias.detach().numpy()
    assert (EMOTIONS[logits.argmax(1)] == classifier.predict(X)).all()
    assert list(classifier.get_feature_names_out()) == [f"timnetclassifier{i}" for i in range(6)]
    frame = clone(classifier).set_output(transform="pandas").fit(X, y).transform(X)
    assert isinstance(frame, pd.DataFrame)


def test_receptive_field_is_that_of_the_fitted_network(data):
    classifier = tiny(n_blocks=3, kernel_size=3).fit(*data)
    classifier.set_params(n_blocks=8)
    assert classifier.receptive_field_ == 1 + 2 * 2 * (2**3 - 1)


# ---- weights of clips and classes -----------------------------------------------------------------------------------


def test_only_the_ratios_of_sample_weights_count(data):
    X, y = data
    w = np.random.default_rng(1).uniform(0.5, 2, len(y))
    np.testing.assert_allclose(
        weights(tiny().fit(X, y, sample_weight=w)), weights(tiny().fit(X, y, sample_weight=10 * w)), atol=1e-6
    )
    assert not np.allclose(weights(tiny().fit(X, y, sample_weight=w)), weights(tiny().fit(X, y)), atol=1e-6)


def test_equal_weights_are_no_weights(data):
    X, y = data
    np.testing.assert_allclose(
        weights(tiny().fit(X, y, sample_weight=np.ones(36))), weights(tiny().fit(X, y)), atol=1e-6
    )


def test_class_weight_multiplies_into_sample_weight(data):
    X, y = data
    by_class = tiny(class_weight={"angry": 2, "neutral": 1, "sad": 0.5}).fit(X, y)
    by_sample = tiny().fit(X, y, sample_weight=np.repeat([2, 1, 0.5], 12))
    np.testing.assert_array_equal(weights(by_class), weights(by_sample))


def test_balanced_class_weight_lifts_a_rare_class(data):
    X, y = np.concatenate([data[0][:12], data[0][12:15]]), np.concatenate([data[1][:12], data[1][12:15]])
    parameters = {"max_epochs": 40, "n_blocks": 1}
    plain, balanced = tiny(**parameters).fit(X, y), tiny(class_weight="balanced", **parameters).fit(X, y)
    assert balanced.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean()


# ---- going on -------------------------------------------------------------------------------------------------------


def test_partial_fit_is_one_epoch_and_many_are_a_fit(data):
    X, y = data
    stepwise = tiny()
    for epoch in range(3):
        stepwise.partial_fit(X, y, classes=EMOTIONS)
        assert stepwise.n_iter_ == epoch + 1
    np.testing.assert_array_equal(weights(stepwise), weights(tiny().fit(X, y)))


def test_partial_fit_needs_the_classes_first(data):
    X, y = data
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        tiny().partial_fit(X, y)
    classifier = tiny().partial_fit(X[:12], y[:12], classes=EMOTIONS)
    assert list(classifier.partial_fit(X, y).classes_) == list(EMOTIONS)
    with pytest.raises(ValueError, match="not the same as on the first call"):
        classifier.partial_fit(X, y, classes=["angry", "bored", "sad"])


def test_warm_start_goes_on_where_the_last_fit_ended(data):
    X, y = data
    warm = tiny(warm_start=True).fit(X, y).fit(X, y)
    assert warm.n_iter_ == 6
    np.testing.assert_array_equal(weights(warm), weights(tiny(max_epochs=6).fit(X, y)))


def test_warm_start_takes_over_changed_parameters(data):
    X, y = data
    warm = tiny(warm_start=True).fit(X, y)
    slower = pickle.loads(pickle.dumps(warm)).set_params(lr=1e-30, label_smoothing=0.5, batch_size=9).fit(X, y)
    parameters = [dict(c.net_.module_.named_parameters()) for c in (warm, slower)]
    for name, before in parameters[0].items():
        torch.testing.assert_close(parameters[1][name], before, rtol=0, atol=1e-6)
    assert not np.array_equal(weights(warm.set_params(lr=0.01).fit(X, y)), weights(tiny(max_epochs=6).fit(X, y)))


def test_class_weights_of_partial_fit_do_not_depend_on_the_chunk(data):
    X, y = data
    heavy = tiny(class_weight={"angry": 10}).partial_fit(X[:12], y[:12], classes=EMOTIONS)
    by_sample = tiny().partial_fit(X[:12], y[:12], classes=EMOTIONS, sample_weight=np.full(12, 10))
    np.testing.assert_array_equal(weights(heavy), weights(by_sample))
    assert heavy.partial_fit(X[12:], y[12:]).n_iter_ == 2


def test_read_only_features_are_legal(data):
    X, y = data[0].copy(), data[1]
    X.setflags(write=False)
    assert tiny(max_epochs=1).fit(X, y).predict(X).shape == (36,)


def test_a_pickle_names_no_device(data):
    stopping = EarlyStopping(monitor="train_loss", load_best=True, sink=print)
    content = pickle.dumps(tiny(callbacks=[stopping]).fit(*data))
    assert b"cuda:" not in content
    assert tiny().fit(*data).net_.generator.device.type == "cpu"


def test_missing_values_in_validation_data_are_named(data):
    X, y = data
    with pytest.raises(ValueError, match="Input X_val contains NaN"):
        tiny().fit(X, y, X_val=np.full_like(X, np.nan), y_val=y)


def test_warm_start_refuses_new_labels(data):
    X, y = data
    classifier = tiny(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="bored"):
        classifier.fit(X, np.where(y == "sad", "bored", y))


def test_refitting_equals_a_fresh_fit(data):
    X, y = data
    again = tiny().fit(X[:, :3], np.roll(y, 3)).fit(X, y)
    np.testing.assert_array_equal(weights(again), weights(tiny().fit(X, y)))


# ---- validation data and callbacks ----------------------------------------------------------------------------------


def test_validation_data_give_scores_of_each_epoch_and_do_not_touch_training(data):
    X, y = data
    watched = tiny().fit(X, y, X_val=X[::2], y_val=y[::2])
    np.testing.assert_array_equal(weights(watched), weights(tiny().fit(X, y)))
    last = watched.net_.history[-1]
    assert last["valid_acc"] == pytest.approx(watched.score(X[::2], y[::2]))
    probabilities = watched.predict_proba(X[::2])[np.arange(18), np.searchsorted(EMOTIONS, y[::2])]
    assert last["valid_loss"] == pytest.approx(-np.log(probabilities).mean(), rel=1e-5)


def test_validation_data_pass_a_pipeline(data, routing):
    X, y = data
    doubled = Pipeline(
        [("double", Doubler()), ("timnet", tiny().set_fit_request(X_val=True, y_val=True))], transform_input=["X_val"]
    )
    doubled.fit(X, y, X_val=X[::2], y_val=y[::2])
    last = doubled[-1].net_.history[-1]
    assert last["valid_acc"] == pytest.approx(doubled.score(X[::2], y[::2]))


def test_early_stopping_ends_training(data):
    X, y = data
    stopping = EarlyStopping(monitor="train_loss", patience=2, threshold=0.9, threshold_mode="rel", sink=lambda _: None)
    classifier = tiny(max_epochs=50, callbacks=[stopping]).fit(X, y)
    assert classifier.n_iter_ == 3


def test_callbacks_are_used_as_copies(data):
    X, y = data
    scoring = EpochScoring("balanced_accuracy", name="bal_acc", lower_is_better=False)
    classifier = tiny(callbacks=[scoring]).fit(X, y, X_val=X, y_val=y)
    assert not hasattr(scoring, "best_score_")
    assert classifier.net_.history[-1]["bal_acc"] == pytest.approx(classifier.net_.history[-1]["valid_bal_acc"])


def test_checkpoint_callback_saves_the_weights(data, tmp_path):
    X, y = data
    tiny(callbacks=[Checkpoint(monitor=None, dirname=tmp_path)]).fit(X, y)
    assert (tmp_path / "params.pt").exists()


class Interrupt(Callback):
    """Press Ctrl-C in the middle of the second epoch."""

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == 2:
            raise KeyboardInterrupt


def test_an_interrupted_fit_leaves_an_unfitted_classifier(data):
    X, y = data
    classifier = tiny().fit(X, y).set_params(callbacks=[Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(X, y)
    with pytest.raises(sklearn.exceptions.NotFittedError):
        classifier.predict(X)


def test_an_interrupted_partial_fit_leaves_the_classifier_as_it_was(data):
    X, y = data
    classifier = tiny(callbacks=[Interrupt()]).partial_fit(X, y, classes=EMOTIONS)
    before = weights(classifier)
    with pytest.raises(KeyboardInterrupt):
        classifier.partial_fit(X, y)
    np.testing.assert_array_equal(weights(classifier), before)
    assert classifier.n_iter_ == 1


# ---- what a person sees ---------------------------------------------------------------------------------------------


def test_it_is_silent_by_default(data, capfd):
    tiny().fit(*data).fit(*data)
    assert capfd.readouterr() == ("", "")


def test_verbose_prints_a_line_an_epoch(data, capsys):
    tiny(verbose=1).fit(*data)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 3 and "train_loss" in lines[0]


# ---- randomness -----------------------------------------------------------------------------------------------------


def test_the_seed_alone_decides(data):
    X, y = data
    np.testing.assert_array_equal(weights(tiny().fit(X, y)), weights(clone(tiny()).fit(X, y)))
    assert not np.array_equal(weights(tiny(random_state=1).fit(X, y)), weights(tiny().fit(X, y)))
    assert not np.array_equal(weights(tiny(random_state=None).fit(X, y)), weights(tiny(random_state=None).fit(X, y)))


@pytest.mark.parametrize("random_state", [0, None])
def test_the_callers_random_state_is_left_alone(random_state, data):
    numpy_before, torch_before = np.random.get_state()[1].copy(), torch.get_rng_state()
    tiny(random_state=random_state).fit(*data)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_before)
    assert torch.equal(torch.get_rng_state(), torch_before)


# ---- pickles and devices --------------------------------------------------------------------------------------------


def test_a_pickle_predicts_identically_in_a_new_process(data, tmp_path):
    X, y = data
    classifier = tiny().fit(X, y)
    joblib.dump((classifier, X), tmp_path / "model.joblib")
    script = (
        "import joblib, torch; torch.set_num_threads(1)\n"
        f"classifier, X = joblib.load(r'{tmp_path / 'model.joblib'}')\n"
        f"joblib.dump(classifier.predict_proba(X), r'{tmp_path / 'p.joblib'}')"
    )
    subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", script], check=True)
    np.testing.assert_array_equal(joblib.load(tmp_path / "p.joblib"), classifier.predict_proba(X))


def test_an_unpickled_classifier_trains_on_as_the_original_does(data):
    X, y = data
    classifier = tiny(warm_start=True).fit(X, y)
    copy = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(weights(copy.fit(X, y)), weights(classifier.fit(X, y)))


def test_the_pickle_of_a_full_training_stays_below_two_megabytes(data):
    X, y = np.repeat(data[0], 8, axis=1)[:, :39, :2], data[1]
    classifier = TIMNetClassifier(max_epochs=500, batch_size=4, n_filters=39, random_state=0)
    classifier.set_params(max_epochs=1).fit(X, y)
    classifier.net_.history.extend([dict(classifier.net_.history[0]) for _ in range(499)])
    assert len(pickle.dumps(classifier)) < 2e6


def test_a_missing_device_is_an_error_in_fit_and_the_cpu_in_predict(data):
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    X, y = data
    with pytest.raises(ValueError, match="device='cuda' is not available"):
        tiny(device="cuda").fit(X, y)
    classifier = tiny().fit(X, y).set_params(device="cuda")
    assert classifier.device_ == "cpu"
    assert classifier.predict(X).shape == (36,)
    assert classifier.device == "cuda"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_pickle_made_on_cuda_holds_cpu_tensors_only(data):
    X, y = data
    stopping = EarlyStopping(monitor="train_loss", load_best=True, sink=print)
    classifier = tiny(device="cuda", callbacks=[stopping]).partial_fit(X, y, classes=EMOTIONS).partial_fit(X, y)
    assert classifier.device_ == "cuda"
    # The parameter device="cuda" stands there; a tensor's or generator's device has an index.
    assert b"cuda:" not in pickle.dumps(classifier)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.filterwarnings("ignore:Synchronization debug mode:UserWarning")
def test_a_training_step_never_waits_for_the_gpu(data, monkeypatch):
    step = Net.train_step

    def watched(*args, **kwargs):
        torch.cuda.set_sync_debug_mode("error")
        try:
            return step(*args, **kwargs)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    monkeypatch.setattr(Net, "train_step", watched)
    X, y = data
    assert tiny(device="cuda").fit(X, y).n_iter_ == 3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_the_same_seed_gives_the_same_answers_on_cuda(data):
    X, y = data
    first, second = (tiny(device="cuda").fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_paths_in_place_of_features_are_refused_with_the_way_out(data):
    with pytest.raises(ValueError, match="X holds paths or other strings, such as 'a.wav', not features; put an MFCC"):
        tiny().fit(["a.wav", "b.wav"], ["angry", "sad"])


def test_a_training_that_diverges_warns(data):
    with pytest.warns(ConvergenceWarning, match=r"The training diverged, its loss is nan: lower lr=1e\+20") as found:
        tiny(lr=1e20).fit(*data)
    assert found[0].filename == __file__


@pytest.mark.parametrize("view", [np.s_[:, :, ::-1], np.s_[::-1]])
def test_reversed_views_are_taken(data, view):
    X, y = data
    classifier = tiny().fit(X[view], y)
    np.testing.assert_array_equal(classifier.predict_proba(X[view]), classifier.predict_proba(X[view].copy()))


def test_schedules_go_on_over_partial_fit_as_over_epochs(data):
    X, y = data
    callbacks = [LRScheduler(policy="StepLR", step_size=2, gamma=0.1)]
    whole = tiny(callbacks=callbacks, max_epochs=5).fit(X, y)
    stepwise = tiny(callbacks=callbacks)
    for _ in range(5):
        stepwise.partial_fit(X, y, classes=EMOTIONS)
    assert [row["event_lr"] for row in stepwise.net_.history] == [row["event_lr"] for row in whole.net_.history]
    np.testing.assert_array_equal(weights(stepwise), weights(whole))


def test_schedules_start_from_the_new_rate_of_a_warm_start(data):
    X, y = data
    classifier = tiny(callbacks=[LRScheduler(policy="LambdaLR", lr_lambda=constant)], warm_start=True, max_epochs=2)
    classifier.fit(X, y).set_params(lr=0.5).fit(X, y)
    assert [row["event_lr"] for row in classifier.net_.history] == [0.001, 0.001, 0.5, 0.5]


@pytest.mark.parametrize(
    "schedule",
    [
        {"policy": "CosineAnnealingLR", "T_max": 3},
        {"policy": "StepLR", "step_size": 2},
        {"policy": "ReduceLROnPlateau"},
    ],
    ids=lambda schedule: schedule["policy"],
)
def test_schedules_of_a_warm_start_begin_anew(data, schedule):
    classifier = tiny(callbacks=[LRScheduler(**schedule)], warm_start=True, max_epochs=3).fit(*data).fit(*data)
    rates = [row["event_lr"] for row in classifier.net_.history]
    assert rates[3:] == pytest.approx(rates[:3])


def test_a_scorer_may_ask_the_network_again(data):
    X, y = data
    callbacks = [EpochScoring("accuracy", on_train=True, use_caching=False, name="again")]
    classifier = tiny(callbacks=callbacks, max_epochs=2).fit(X, y)
    assert classifier.net_.history[-1]["again"] == pytest.approx(classifier.score(X, y))


def test_an_array_of_paths_is_named_as_a_list_of_them_is():
    with pytest.raises(ValueError, match="holds paths or other strings, such as 'a.wav'"):
        tiny().fit(np.array(["a.wav", "b.wav"]), ["angry", "sad"])


def test_weights_that_the_last_step_broke_are_noticed(data):
    X, y = data
    with pytest.warns(ConvergenceWarning, match="not all of its weights are finite"):
        tiny(max_epochs=1, batch_size=len(X)).fit(X * 1e18, y)


def constant(_):
    return 1.0


def test_balanced_weights_of_a_warm_start_allow_a_class_to_be_missing(data):
    X, y = data
    classifier = tiny(warm_start=True, class_weight="balanced").fit(X, y)
    assert classifier.fit(X[y != "sad"], y[y != "sad"]).n_iter_ == 6


def test_torch_default_device_of_the_user_changes_nothing(data):
    expected = weights(tiny(device="cpu").fit(*data))
    with torch.device("meta"):
        np.testing.assert_array_equal(weights(tiny(device="cpu").fit(*data)), expected)


def test_torch_default_dtype_of_the_user_changes_nothing(data):
    before, expected = torch.get_default_dtype(), weights(tiny().fit(*data))
    torch.set_default_dtype(torch.float64)
    try:
        found = weights(tiny().fit(*data))
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, expected)
    finally:
        torch.set_default_dtype(before)


# ---- wrong input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X[:0], y[:0]), "minimum of 2"),
        (lambda X, y: (X[:1], y[:1]), "minimum of 2"),
        (lambda X, y: (X, y[:-1]), "inconsistent numbers of samples"),
        (lambda X, y: (X[:, :, None], y), "dimension 4"),
        (lambda X, y: (X[:, :, :0], y), "no frames"),
        (lambda X, y: (X[:, :0], y), "0 feature"),
        (lambda X, y: (X, np.linspace(0, 1, len(y))), "Unknown label type"),
        (lambda X, y: (X, None), "requires y"),
    ],
    ids=["empty", "one sample", "lengths differ", "four dimensions", "no frames", "no features", "continuous", "no y"],
)
def test_wrong_data_are_named(change, message, data):
    with pytest.raises(ValueError, match=message):
        tiny().fit(*change(*data))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_rows_with_missing_values_are_named(value, data):
    X = data[0].astype(float)
    X[[3, 7], 0, 0] = value
    with pytest.raises(ValueError, match=r"2 row\(s\): 3, 7\. "):
        tiny().fit(X, data[1])


def test_another_number_of_channels_is_named(data):
    X, y = data
    with pytest.raises(ValueError, match="X has 4 features, but TIMNetClassifier is expecting 5 features"):
        tiny().fit(X, y).predict(X[:, :4])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_blocks", 0), ("n_filters", 0), ("kernel_size", 0), ("dropout", 1.0), ("dropout", -0.1), ("lr", 0.0),
        ("betas", (0.9,)), ("betas", (0.9, 1.0)), ("betas", ("a", "b")),
        ("batch_size", 0), ("max_epochs", 0), ("label_smoothing", 1.1),
        ("class_weight", "even"), ("callbacks", EarlyStopping()), ("device", 0), ("device", "gpu"), ("compile", "yes"),
        ("warm_start", 2), ("random_state", "seed"), ("verbose", -1), ("fusion", "mean"), ("bidirectional", "both"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_named(name, value, data):
    with pytest.raises(ValueError, match=name):
        tiny(**{name: value}).fit(*data)


def test_a_batch_size_of_one_is_refused_for_clips_of_one_frame(data):
    X, y = data
    with pytest.raises(ValueError, match="batch_size=1"):
        tiny(batch_size=1).fit(X[:, :, 0], y)
    assert tiny(batch_size=1, max_epochs=1).fit(X, y).n_iter_ == 1


def test_weights_of_zero_are_refused(data):
    with pytest.raises(ValueError, match="zero"):
        tiny().fit(*data, sample_weight=np.zeros(36))


def test_balanced_weights_are_refused_in_partial_fit(data):
    with pytest.raises(ValueError, match="balanced"):
        tiny(class_weight="balanced").partial_fit(*data, classes=EMOTIONS)


@pytest.mark.parametrize("given", ["X_val", "y_val"])
def test_half_of_the_validation_data_is_refused(given, data):
    X, y = data
    with pytest.raises(ValueError, match="belong together"):
        tiny().fit(X, y, **{given: {"X_val": X, "y_val": y}[given]})


# ---- as part of scikit-learn ----------------------------------------------------------------------------------------


def test_a_grid_search_runs_over_blocks_and_dropout_of_a_pipeline():
    from sktimnet.datasets import make_emotional_speech

    corpus = make_emotional_speech(n_speakers=2, n_texts=3, emotions=("angry", "sad"), duration=0.4, random_state=0)
    pipe = Pipeline([("mfcc", MFCCTransformer(n_mfcc=13)), ("timnet", tiny())])
    grid = GridSearchCV(pipe, {"timnet__n_blocks": [1, 2], "timnet__dropout": [0.0, 0.1]}, cv=2, scoring="accuracy")
    grid.fit(corpus.data, corpus.target)
    assert len(grid.cv_results_["params"]) == 4
    assert set(grid.predict(corpus.data)) <= {"angry", "sad"}


def test_a_pickle_of_other_versions_warns_and_predicts(data):
    classifier = tiny().fit(*data)
    state = classifier.__getstate__()
    state["_versions"]["torch"] = "1.0"
    copy = TIMNetClassifier.__new__(TIMNetClassifier)
    with pytest.warns(UserWarning, match=r"This TIMNetClassifier was saved with torch 1\.0 \(here"):
        copy.__setstate__(state)
    np.testing.assert_array_equal(copy.predict(data[0]), classifier.predict(data[0]))


# ---- compiled -------------------------------------------------------------------------------------------------------


def test_prediction_does_not_wait_for_the_compiler(data):
    def compiler(graph, inputs):
        raise AssertionError("compiled")

    classifier = tiny().fit(*data)
    expected = classifier.predict_proba(data[0])
    classifier.net_.module_.compile(backend=compiler)
    np.testing.assert_array_equal(classifier.predict_proba(data[0]), expected)


def test_without_a_compiler_compile_warns_once_and_trains_all_the_same(data, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no compiler")

    monkeypatch.setattr(torch, "compile", broken)
    with pytest.warns(UserWarning, match="compile=True has no effect") as warned:
        classifier = tiny(compile=True).fit(*data)
    assert sum("compile" in str(warning.message) for warning in warned) == 1
    np.testing.assert_array_equal(weights(classifier), weights(tiny().fit(*data)))
