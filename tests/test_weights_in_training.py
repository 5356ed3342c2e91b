"""What is done to weights beside Adam's steps: decay, averages over steps, and votes of several trainings."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EarlyStopping
from skorch.utils import noop

from sktimnet import SCORING, MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.model_selection import evaluate

RNG = np.random.default_rng(0)
Y = np.repeat(["calm", "angry"], 20)
X = RNG.normal(size=(40, 4, 20)).astype(np.float32) + (Y == "angry")[:, None, None]


def small(**parameters):
    return TIMNetClassifier(
        **{"n_blocks": 2, "n_filters": 6, "batch_size": 8, "max_epochs": 5, "random_state": 0, **parameters}
    )


def state(classifier):
    return {name: tensor.clone() for name, tensor in classifier.net_.module_.state_dict().items()}


class Record(Callback):
    """Keep the weights after each step, and those at the end of each epoch."""

    def __init__(self):
        self.steps, self.epochs = [], []

    def on_batch_end(self, net, training, **_):
        if training:
            self.steps.append({name: tensor.clone() for name, tensor in net.module_.state_dict().items()})

    def on_epoch_end(self, net, **_):
        self.epochs.append({name: tensor.clone() for name, tensor in net.module_.state_dict().items()})

    def __deepcopy__(self, memo):
        return self


# ---- weight decay ---------------------------------------------------------------------------------------------------


def test_without_weight_decay_the_steps_are_adams_to_the_bit():
    weights = [[torch.linspace(-1, 1, 50, requires_grad=True)] for _ in range(2)]
    adam = torch.optim.Adam(weights[0], betas=(0.93, 0.98), fused=True)
    adamw = torch.optim.AdamW(weights[1], betas=(0.93, 0.98), fused=True, weight_decay=0.0)
    for step in range(20):
        for (weight,), optimizer in zip(weights, (adam, adamw), strict=True):
            weight.grad = torch.sin(step + 3 * weight.detach())
            optimizer.step()
    assert torch.equal(weights[0][0], weights[1][0])


def test_weight_decay_takes_its_share_of_each_weight_at_every_step():
    plain, decayed = (Record() for _ in range(2))
    small(max_epochs=1, batch_size=40, callbacks=[plain]).fit(X, Y)
    small(max_epochs=1, batch_size=40, lr=1e-3, weight_decay=0.1, callbacks=[decayed]).fit(X, Y)
    before = small(max_epochs=1, batch_size=40, lr=1e-30).fit(X, Y).net_.module_.output.weight.detach()
    difference = plain.steps[0]["output.weight"] - decayed.steps[0]["output.weight"]
    torch.testing.assert_close(difference, 1e-3 * 0.1 * before, rtol=1e-2, atol=1e-7)


def test_a_warm_start_takes_the_weight_decay_as_it_is_then():
    classifier = small(warm_start=True).fit(X, Y).set_params(weight_decay=0.5).fit(X, Y)
    assert [group["weight_decay"] for group in classifier.net_.optimizer_.param_groups] == [0.5]


# ---- averages -------------------------------------------------------------------------------------------------------


def test_weights_and_statistics_are_exponential_moving_averages_over_all_steps():
    record = Record()
    classifier = small(weight_averaging=0.9, callbacks=[record]).fit(X, Y)
    expected = record.steps[0]
    for step in record.steps[1:]:
        expected = {name: 0.9 * tensor + 0.1 * step[name] for name, tensor in expected.items()}
    for name, tensor in state(classifier).items():
        torch.testing.assert_close(tensor, expected[name], rtol=1e-4, atol=1e-6)


def test_averaging_changes_no_step_of_the_training():
    records = [Record() for _ in range(2)]
    for decay, record in zip((None, 0.9), records, strict=True):
        small(weight_averaging=decay, callbacks=[record]).fit(X, Y)
    for plain, averaged in zip(records[0].steps, records[1].steps, strict=True):
        assert all(torch.equal(plain[name], averaged[name]) for name in plain)


def test_an_average_that_keeps_nothing_is_the_last_step():
    last, kept = (small(weight_averaging=decay).fit(X, Y) for decay in (None, 0.0))
    assert all(torch.equal(a, b) for a, b in zip(state(last).values(), state(kept).values(), strict=True))


def test_averaged_statistics_are_those_of_the_averaged_network_once_it_has_settled():
    classifier = small(
        weight_averaging=0.95, schedule="one-cycle", batch_norm_momentum=0.1, max_epochs=300, dropout=0, batch_size=40
    ).fit(X, Y)
    kept = state(classifier)
    network = classifier.net_.module_.train()
    network.set_batch_norm_momentum(1.0)  # the statistics of this very batch
    with torch.no_grad():
        network(torch.from_numpy(X))
    for name, tensor in state(classifier).items():
        torch.testing.assert_close(kept[name], tensor, rtol=0.05, atol=0.02)


def test_scores_of_an_epoch_are_those_of_the_average():
    record = Record()
    classifier = small(weight_averaging=0.9, callbacks=[record]).fit(X, Y, X_val=X, y_val=Y)
    network = classifier.net_.module_
    for epoch, loss in zip(record.epochs, classifier.net_.history[:, "valid_loss"], strict=True):
        network.load_state_dict(epoch)
        logits = torch.log(torch.from_numpy(classifier.predict_proba(X)))
        target = torch.from_numpy(np.searchsorted(classifier.classes_, Y))
        assert torch.nn.functional.nll_loss(logits, target).item() == pytest.approx(loss, rel=1e-4)


def test_the_best_epoch_that_early_stopping_keeps_is_an_average():
    record, stopping = Record(), EarlyStopping("valid_loss", patience=50, load_best=True, sink=noop)
    classifier = small(weight_averaging=0.9, max_epochs=8, callbacks=[record, stopping]).fit(X, Y, X_val=X, y_val=Y)
    best = int(np.argmin(classifier.net_.history[:, "valid_loss"]))
    assert all(torch.equal(tensor, record.epochs[best][name]) for name, tensor in state(classifier).items())


def test_evaluate_scores_every_epoch_of_an_averaged_training():
    report = evaluate(small(weight_averaging=0.9), X, Y, protocol="best-epoch", n_splits=2)
    assert report.curves["test_accuracy"].shape == (2, 5)


class Stop(Callback):
    """Stop the training as a killed process does, in the middle of the fourth epoch; without state of its own."""

    on = False

    def on_batch_end(self, net, **_):
        if Stop.on and len(net.history) == 4:
            raise SystemExit


def test_a_killed_training_ends_with_the_same_average(tmp_path, monkeypatch):
    classifier = small(weight_averaging=0.9, checkpoint=tmp_path, callbacks=[Stop()])
    monkeypatch.setattr(Stop, "on", True)
    with pytest.raises(SystemExit):
        classifier.fit(X, Y)
    monkeypatch.setattr(Stop, "on", False)
    resumed, expected = classifier.fit(X, Y), small(weight_averaging=0.9).fit(X, Y)
    assert all(torch.equal(a, b) for a, b in zip(state(resumed).values(), state(expected).values(), strict=True))


def test_a_pickle_predicts_with_the_average():
    classifier = small(weight_averaging=0.9).fit(X, Y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(classifier)).predict_proba(X), classifier.predict_proba(X))


def test_a_warm_start_goes_on_from_the_average_and_averages_anew():
    record = Record()
    classifier = small(weight_averaging=0.9, warm_start=True, lr=1e-30).fit(X, Y)
    kept = state(classifier)
    classifier.set_params(callbacks=[record]).fit(X, Y)
    torch.testing.assert_close(record.steps[0]["output.weight"], kept["output.weight"])
    assert classifier.n_iter_ == 10


def test_partial_fit_refuses_to_average():
    with pytest.raises(ValueError, match=r"weight_averaging=0.9 averages over a whole training"):
        small(weight_averaging=0.9).partial_fit(X, Y, classes=["angry", "calm"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what torch's compiler uses of torch
def test_compiled_trainings_average_too():
    plain, compiled = (
        small(weight_averaging=0.9, compile=c, max_epochs=2, device="cpu").fit(X, Y) for c in (False, True)
    )
    np.testing.assert_allclose(compiled.predict_proba(X), plain.predict_proba(X), atol=1e-4)


# ---- several networks -----------------------------------------------------------------------------------------------


def test_a_soft_vote_of_several_seeds_works_behind_a_transformer_and_in_cross_validation():
    corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), random_state=0)
    networks = [(f"seed {seed}", small(max_epochs=2, random_state=seed)) for seed in range(3)]
    pipe = make_pipeline(MFCCTransformer(clip_length=1.0), VotingClassifier(networks, voting="soft"))
    scores = cross_validate(pipe, corpus.data, corpus.target, cv=2, scoring=SCORING, error_score="raise")
    assert scores["test_UAR"].shape == (2,)
    fitted = pipe.fit(corpus.data, corpus.target)
    features = fitted[0].transform(corpus.data)
    mean = np.mean([network.predict_proba(features) for network in fitted[-1].estimators_], axis=0)
    np.testing.assert_allclose(fitted.predict_proba(corpus.data), mean)
