"""Speed of the network, each beside its yardstick in the same run; only ratios count.

Run with ``pytest -n 0 -s tests/benchmarks`` to see the figures.
"""

import time
from statistics import median

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from sktimnet import TIMNetClassifier
from sktimnet.nn import TIMNet

# librosa.load imports audioread, which imports these modules of the standard library.
pytestmark = pytest.mark.filterwarnings("ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning")

N_CLIPS, N_FEATURES, N_FRAMES, N_CLASSES = 64, 39, 215, 8
# Two operations per weight and output of each convolution: 2 directions, 8 blocks, 2 sub-blocks, 2 taps.
FORWARD_OPERATIONS = 2 * N_CLIPS * N_FRAMES * 39 * 39 * 2 * 8 * 2 * 2


class PlainSubBlock(nn.Module):
    """One Conv1d, one BatchNorm1d, ReLU, Dropout1d: the sub-block as anyone would port it."""

    def __init__(self, dilation):
        super().__init__()
        self.dilation = dilation
        self.conv = nn.Conv1d(39, 39, 2, dilation=dilation)
        self.norm = nn.BatchNorm1d(39, eps=1e-3, momentum=0.01)
        self.dropout = nn.Dropout1d(0.1)

    def forward(self, x):
        return self.dropout(F.relu(self.norm(self.conv(F.pad(x, (self.dilation, 0))))))


class PlainTIMNet(nn.Module):
    """The plain port: both directions one after the other, one convolution at a time."""

    def __init__(self):
        super().__init__()
        self.inputs = nn.ModuleList(nn.Conv1d(N_FEATURES, 39, 1) for _ in range(2))
        self.directions = nn.ModuleList(
            nn.ModuleList(nn.Sequential(PlainSubBlock(2**j), PlainSubBlock(2**j)) for j in range(8)) for _ in range(2)
        )
        self.fusion_weights = nn.Parameter(torch.empty(8).uniform_(-0.05, 0.05))
        self.output = nn.Linear(39, N_CLASSES)

    def forward(self, x):
        forward, backward = self.inputs[0](x), self.inputs[1](x.flip(-1))
        pooled = []
        for ahead, back in zip(*self.directions, strict=True):
            forward, backward = torch.sigmoid(ahead(forward)) * forward, torch.sigmoid(back(backward)) * backward
            pooled.append((forward + backward).mean(-1))
        return self.output((torch.stack(pooled, -1) * self.fusion_weights).sum(-1))


@pytest.fixture(scope="module", autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def batch():
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(N_CLIPS, N_FEATURES, N_FRAMES, generator=generator)
    return X, torch.randint(0, N_CLASSES, (N_CLIPS,), generator=generator)


def interleaved(functions, repeats=9):
    """Run functions in turn, twice to warm up and then so many times; give the median seconds of each."""
    times = {name: [] for name in functions}
    for repeat in range(repeats + 2):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if repeat > 1:
                times[name].append(time.perf_counter() - start)
    return {name: median(seconds) for name, seconds in times.items()}


def matrix_product_rate():
    """Measure the operations a second that a large matrix product reaches."""
    a = torch.randn(2048, 2048)
    return 2 * 2048**3 / interleaved({"product": lambda: a @ a}, 5)["product"]


def training_step(network, X, y):
    def step():
        network.zero_grad()
        F.cross_entropy(network(X), y, label_smoothing=0.1).backward()

    network.train()
    return step


def report(title, ours, yardstick, bound=None):
    line = f"\n{title:38s} {ours * 1e3:8.1f} ms, yardstick {yardstick * 1e3:8.1f} ms, ratio {ours / yardstick:5.2f}"
    print(line + ("" if bound is None else f", times the arithmetic {ours / bound:4.1f}"))


def test_eager_training_step_beside_the_plain_port(batch):
    plain, ours = training_step(PlainTIMNet(), *batch), training_step(TIMNet(N_FEATURES, N_CLASSES), *batch)
    times = interleaved({"plain": plain, "ours": ours})
    report("training step, eager", times["ours"], times["plain"], 3 * FORWARD_OPERATIONS / matrix_product_rate())
    assert times["ours"] <= 0.9 * times["plain"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what torch's compiler uses of torch
def test_compiled_training_step_beside_the_plain_port(batch):
    network = TIMNet(N_FEATURES, N_CLASSES)
    network.compile()
    times = interleaved({"plain": training_step(PlainTIMNet(), *batch), "ours": training_step(network, *batch)})
    report("training step, compiled", times["ours"], times["plain"], 3 * FORWARD_OPERATIONS / matrix_product_rate())
    assert times["ours"] <= 0.45 * times["plain"]


def test_predict_proba_beside_the_plain_port(batch):
    X, y = batch
    classifier = TIMNetClassifier(max_epochs=1, device="cpu", random_state=0).fit(X.numpy(), y.numpy())
    plain = PlainTIMNet().eval()

    def forward():
        with torch.inference_mode():
            plain(X).softmax(-1)

    times = interleaved({"plain": forward, "ours": lambda: classifier.predict_proba(X.numpy())}, 25)
    report("forward pass in predict_proba", times["ours"], times["plain"], FORWARD_OPERATIONS / matrix_product_rate())
    assert times["ours"] <= 0.6 * times["plain"]


def test_overhead_of_scikit_learn_and_skorch_around_the_bare_loop():
    """Train 3 epochs of 16 short batches, as fit does and as a loop of the same steps does.

    Long ones would measure how often the C library hands memory back, by chance, rather than our overhead.
    """
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(256, N_FEATURES, 52, generator=generator)
    y = torch.randint(0, N_CLASSES, (256,), generator=generator)

    def bare():
        network = TIMNet(N_FEATURES, N_CLASSES).train()
        optimizer = torch.optim.Adam(network.parameters(), fused=True)
        for _ in range(3):
            for index in torch.randperm(len(X)).split(16):
                optimizer.zero_grad()
                F.cross_entropy(network(X[index]), y[index], label_smoothing=0.1).backward()
                optimizer.step()

    classifier = TIMNetClassifier(max_epochs=3, batch_size=16, device="cpu", random_state=0)
    arrays = X.numpy(), y.numpy()
    times = interleaved({"bare": bare, "ours": lambda: classifier.fit(*arrays)}, 11)
    report("fit, beside the bare loop", times["ours"], times["bare"])
    assert times["ours"] <= 1.05 * times["bare"]


def test_predict_of_one_file_from_path_to_label(tmp_path):
    import soundfile
    from sklearn.pipeline import make_pipeline

    from sktimnet import MFCCTransformer

    path = str(tmp_path / "clip.wav")
    soundfile.write(path, np.random.default_rng(0).normal(scale=0.1, size=5 * 16_000), 16_000)
    pipe = make_pipeline(
        MFCCTransformer(clip_length=5.0), TIMNetClassifier(max_epochs=1, batch_size=2, device="cpu", random_state=0)
    ).fit([path, path], ["angry", "sad"])
    seconds = interleaved({"predict": lambda: pipe.predict([path])}, 15)["predict"]
    print(f"\npredict of one 5 s file                {seconds * 1e3:8.1f} ms")
    assert seconds <= 0.040
