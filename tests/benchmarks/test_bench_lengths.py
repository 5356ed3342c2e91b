"""Training on recordings of their own lengths, beside clips of one length: only the ratio of epochs counts.

Run with ``tox -e bench``, or ``pytest -o addopts= -s tests/benchmarks``.
"""

from statistics import median

import pytest
from race import note, report

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import CORPORA, load_emodb
from sktimnet.feature_extraction import FRONT_ENDS

pytestmark = pytest.mark.filterwarnings("ignore:.*scores do not compare:UserWarning")  # a subset does here

ROUNDS, EPOCHS = 5, 3


def seconds_of_epochs(X, y):
    """Time epochs after the first, which fetches memory from the system."""
    classifier = TIMNetClassifier(max_epochs=EPOCHS, device="cpu", random_state=0).fit(X, y)
    return classifier.net_.history[1:, "dur"]


@pytest.mark.parametrize("front_end", FRONT_ENDS)
def test_an_epoch_of_trimmed_recordings_takes_at_most_0_65_of_one_of_clips_of_one_length(
    benchmark, emodb_root, front_end
):
    corpus = load_emodb(emodb_root)
    fixed = MFCCTransformer(**FRONT_ENDS[front_end], clip_length=CORPORA["EMODB"].clip_length)
    trimmed = MFCCTransformer(**FRONT_ENDS[front_end], trim=40, padding="nan")
    features = [transformer.fit_transform(corpus.data) for transformer in (trimmed, fixed)]
    pairs = []
    benchmark.pedantic(
        lambda: pairs.append([median(seconds_of_epochs(X, corpus.target)) for X in features]), rounds=ROUNDS
    )
    result = note(benchmark, pairs)
    report(f"epoch of trimmed clips, {front_end} / of one length", result)
    assert result.ratio <= 0.65
