"""Speed of the network beside one of torch's own layers (`tests/plain_timnet.py`) in the same run; only ratios count.

Run with ``tox -e bench``, or ``pytest -o addopts= -s tests/benchmarks``.
"""

from statistics import median

import numpy as np
import pytest
import soundfile
import torch
import torch.nn.functional as F
from plain_timnet import PlainTIMNet
from race import race, report, seconds
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.nn import TIMNet

# librosa.load imports audioread, which imports these modules of the standard library.
pytestmark = pytest.mark.filterwarnings("ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning")

N_CLIPS, N_FEATURES, N_FRAMES, N_CLASSES = 64, 39, 215, 8
# Two operations per weight and output of each convolution: 2 directions, 8 blocks, 2 sub-blocks, 2 taps.
FORWARD_OPERATIONS = 2 * N_CLIPS * N_FRAMES * 39 * 39 * 2 * 8 * 2 * 2


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


def times_the_arithmetic(result, operations):
    """Say how much longer ours took than a large matrix product of as many operations would have taken."""
    a = torch.randn(2048, 2048)
    rate = 2 * 2048**3 / median(seconds(lambda: a @ a) for _ in range(7))
    return f", {result.ours * rate / operations:.1f} times the arithmetic at {rate / 1e9:.0f} GFLOP/s"


def training_step(network, X, y):
    def step():
        network.zero_grad()
        F.cross_entropy(network(X), y, label_smoothing=0.1).backward()

    network.train()
    return step


def test_eager_training_step_beside_the_plain_port(benchmark, batch):
    result = race(
        benchmark,
        training_step(TIMNet(N_FEATURES, N_CLASSES), *batch),
        training_step(PlainTIMNet(N_FEATURES, N_CLASSES), *batch),
        15,
    )
    report("training step, eager", result, note=times_the_arithmetic(result, 3 * FORWARD_OPERATIONS))
    assert result.ratio <= 0.9


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what torch's compiler uses of torch
def test_compiled_training_step_beside_the_plain_port(benchmark, batch):
    network = TIMNet(N_FEATURES, N_CLASSES)
    network.compile()
    result = race(
        benchmark, training_step(network, *batch), training_step(PlainTIMNet(N_FEATURES, N_CLASSES), *batch), 15
    )
    report("training step, compiled", result, note=times_the_arithmetic(result, 3 * FORWARD_OPERATIONS))
    assert result.ratio <= 0.45


def test_predict_proba_beside_the_plain_port(benchmark, batch):
    X, y = batch
    classifier = TIMNetClassifier(max_epochs=1, device="cpu", random_state=0).fit(X.numpy(), y.numpy())
    plain = PlainTIMNet(N_FEATURES, N_CLASSES).eval()

    def forward():
        with torch.inference_mode():
            plain(X).softmax(-1)

    result = race(benchmark, lambda: classifier.predict_proba(X.numpy()), forward, 41)
    report("forward pass in predict_proba", result, note=times_the_arithmetic(result, FORWARD_OPERATIONS))
    assert result.ratio <= 0.6


def test_overhead_of_scikit_learn_and_skorch_around_the_bare_loop(benchmark):
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
    result = race(benchmark, lambda: classifier.fit(*arrays), bare, 15)
    report("fit, beside the bare loop", result)
    assert result.ratio <= 1.05


def test_predict_of_one_file_from_path_to_label(benchmark, tmp_path):
    path = str(tmp_path / "clip.wav")
    soundfile.write(path, np.random.default_rng(0).normal(scale=0.1, size=5 * 16_000), 16_000)
    pipe = make_pipeline(
        MFCCTransformer(clip_length=5.0), TIMNetClassifier(max_epochs=1, batch_size=2, device="cpu", random_state=0)
    ).fit([path, path], ["angry", "sad"])
    benchmark.pedantic(pipe.predict, args=([path],), rounds=15, warmup_rounds=2)
    warm = benchmark.stats.stats.median
    print(f"\npredict of one 5 s file                {warm * 1e3:8.2f} ms")
    assert warm <= 0.040
