"""Speed on a GPU, of what ``fit`` does there; skipped where there is none.

Run with ``tox -e bench``, or ``pytest -o addopts= -s tests/benchmarks``.
"""

from statistics import median

import pytest
import torch

from sktimnet import TIMNetClassifier

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")

N_CLIPS = 1296  # nine tenths of RAVDESS
N_STEPS = 21  # an epoch of these, in batches of 64


@pytest.fixture(scope="module")
def clips():
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(N_CLIPS, 39, 215, generator=generator)
    return X.numpy(), torch.randint(0, 8, (N_CLIPS,), generator=generator).numpy()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what torch's compiler uses of torch
@pytest.mark.parametrize("compile", [False, True])
def test_a_training_step_and_ten_folds_of_500_epochs(benchmark, clips, compile):
    """Time epochs, each of which ends with the GPU idle; the first one compiles."""
    classifier = TIMNetClassifier(max_epochs=10, device="cuda", compile=compile, random_state=0)
    benchmark.pedantic(classifier.fit, args=clips)
    epoch = median(classifier.net_.history[1:, "dur"])
    print(f"\ntraining step on CUDA, compile={compile!s:5s} {1e3 * epoch / N_STEPS:8.2f} ms")
    print(f"ten folds of 500 epochs                {10 * 500 * epoch / 60:8.1f} minutes")
    if compile:
        assert epoch / N_STEPS <= 0.001
        assert 10 * 500 * epoch <= 5 * 60
