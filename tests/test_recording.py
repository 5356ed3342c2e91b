"""Training steps on a GPU are recorded once and replayed; what needs one is skipped where there is none."""

import gc

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, GradientNormClipping

from sktimnet import TCNClassifier, TIMNetClassifier
from sktimnet.nn import TIMNet
from sktimnet.nn._causal import CausalNetwork
from sktimnet.training import _recording
from sktimnet.training._recording import Recorder

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
SMALL = {"n_blocks": 2, "n_filters": 8, "max_epochs": 6, "batch_size": 16, "device": "cuda", "random_state": 0}


@pytest.fixture
def clips():
    """Give 40 clips of 3 emotions: two batches of 16 and one of 8."""
    rng = np.random.default_rng(0)
    y = np.arange(40) % 3
    return (rng.normal(size=(40, 5, 20)) + y[:, None, None]).astype(np.float32), y


def trained(monkeypatch, recordable, classifier, clips):
    monkeypatch.setattr(CausalNetwork, "recordable", recordable)
    classifier.fit(*clips)
    return classifier.net_.history[:, "train_loss"], classifier.predict_proba(clips[0])


class Recording:
    """Stand in for a recording where there is no GPU: note what is recorded, and compute when it is replayed."""

    made: list = []

    def __init__(self, step, network, inputs):
        self.step = step
        Recording.made.append((len(inputs[0]), gc.isenabled()))

    def replay(self, inputs):
        return self.step(*inputs)


@pytest.fixture
def recorder(monkeypatch):
    """Give a recorder whose step tells how many clips it got."""
    monkeypatch.setattr(_recording, "_Recording", Recording)
    monkeypatch.setattr(Recording, "made", [])
    return Recorder(lambda X, _: (torch.tensor(len(X)),), torch.nn.Linear(1, 1))


def test_the_second_batch_of_each_size_is_recorded_and_replayed_from_then_on(recorder):
    sizes = [4, 4, 3, 4, 3, 4, 3]
    assert [int(recorder(torch.ones(size), None)[0]) for size in sizes] == sizes
    assert [n_clips for n_clips, _ in Recording.made] == [4, 3]


def test_a_network_with_other_trained_weights_is_recorded_anew(recorder):
    for _ in range(3):
        recorder(torch.ones(4), None)
    recorder.network.bias.requires_grad = False
    for _ in range(3):
        recorder(torch.ones(4), None)
    assert len(Recording.made) == 2


def test_nothing_is_freed_while_a_step_is_recorded(recorder):
    for _ in range(2):
        recorder(torch.ones(4), None)
    assert Recording.made == [(4, False)]
    assert gc.isenabled()


def test_on_the_cpu_nothing_is_recorded(clips, monkeypatch):
    monkeypatch.setattr(_recording, "_Recording", Recording)
    monkeypatch.setattr(Recording, "made", [])
    TIMNetClassifier(**SMALL | {"device": "cpu"}).fit(*clips)
    assert Recording.made == []


@needs_cuda
@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"class_weight": "balanced", "weight_averaging": 0.9, "weight_decay": 0.1},
        {"callbacks": [GradientNormClipping(0.1)], "schedule": "one-cycle", "label_smoothing": 0},
    ],
    ids=["published", "weights", "callbacks"],
)
@pytest.mark.parametrize("network", [TIMNetClassifier, TCNClassifier])
def test_recorded_steps_train_as_plain_ones_do(clips, monkeypatch, network, changed):
    plain, recorded = (trained(monkeypatch, on, network(**SMALL, **changed), clips) for on in (False, True))
    np.testing.assert_allclose(recorded[0], plain[0], rtol=1e-5)
    np.testing.assert_allclose(recorded[1], plain[1], atol=1e-5)


@needs_cuda
def test_each_size_of_batch_is_computed_once_and_recorded_once(clips, monkeypatch):
    steps = []
    step = Recorder.__init__

    def counted(self, compute, network):
        step(self, lambda *inputs: steps.append(len(inputs[0])) or compute(*inputs), network)

    monkeypatch.setattr(Recorder, "__init__", counted)
    TIMNetClassifier(**SMALL).fit(*clips)
    assert sorted(steps) == [8, 8, 16, 16]


@needs_cuda
def test_a_weight_that_is_frozen_midway_stays_as_it_is(clips):
    class Freeze(Callback):
        def on_epoch_begin(self, net, **kwargs):
            if len(net.history) == 4:
                net.module_.output.weight.requires_grad = False
                self.frozen = net.module_.output.weight.detach().clone()

    classifier = TIMNetClassifier(**SMALL, callbacks=[Freeze()]).fit(*clips)
    frozen = next(callback for _, callback in classifier.net_.callbacks_ if isinstance(callback, Freeze)).frozen
    torch.testing.assert_close(classifier.net_.module_.output.weight, frozen.cpu(), rtol=0, atol=0, check_device=False)


@needs_cuda
def test_a_step_that_waits_for_the_gpu_is_refused_with_the_way_out(clips):
    class Waiting(TIMNet):
        def fuse(self, g):
            return super().fuse(g) * g.sum().item()

    class WaitingClassifier(TIMNetClassifier):
        network_class = Waiting

    with pytest.raises(RuntimeError, match="set Waiting.recordable = False"):
        WaitingClassifier(**SMALL).fit(*clips)
