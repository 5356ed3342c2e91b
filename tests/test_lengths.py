"""Clips of any length: what stands after a clip's end, and the clips beside it, change no answer."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import cross_validate

from sktimnet import SCORING, TCNClassifier, TIMNetClassifier
from sktimnet.training import Batches, Clips

RNG = np.random.default_rng(0)
LENGTHS = RNG.integers(3, 60, size=24)
Y = np.repeat(["calm", "angry"], 12)
CLIPS = [RNG.normal(size=(4, length)).astype(np.float32) + (label == "angry") for length, label in zip(LENGTHS, Y)]  # noqa: B905


def padded(clips, n_frames):
    """Join clips of shape (n_features, n_frames_i), with missing frames after their ends."""
    X = np.full((len(clips), 4, n_frames), np.nan, dtype=np.float32)
    for row, clip in zip(X, clips, strict=True):
        row[:, : clip.shape[1]] = clip
    return X


def small(classifier_class, **parameters):
    return classifier_class(n_blocks=3, n_filters=6, batch_size=5, max_epochs=6, random_state=0, **parameters)


@pytest.fixture(scope="module", params=[TIMNetClassifier, TCNClassifier])
def fitted(request):
    return small(request.param).fit(padded(CLIPS, 60), Y)


def test_a_clip_has_the_same_probabilities_alone_and_in_any_batch(fitted):
    together = fitted.predict_proba(padded(CLIPS, 60))
    for clip, expected in zip(CLIPS, together, strict=True):
        np.testing.assert_allclose(fitted.predict_proba(clip[np.newaxis])[0], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n_frames", [60, 61, 100])
def test_padding_changes_no_probability(fitted, n_frames):
    np.testing.assert_allclose(
        fitted.predict_proba(padded(CLIPS, n_frames)), fitted.predict_proba(padded(CLIPS, 60)), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("classifier_class", [TIMNetClassifier, TCNClassifier])
def test_padding_changes_no_training(classifier_class):
    first, second = (small(classifier_class).fit(padded(CLIPS, n), Y) for n in (60, 90))
    for a, b in zip(first.net_.module_.state_dict().values(), second.net_.module_.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_a_list_of_features_is_the_array_with_missing_frames(fitted):
    np.testing.assert_array_equal(fitted.predict_proba(CLIPS), fitted.predict_proba(padded(CLIPS, 60)))


def test_lists_of_features_are_cross_validated():
    scores = cross_validate(small(TIMNetClassifier), CLIPS, Y, cv=2, scoring=SCORING, error_score="raise")
    assert scores["test_UAR"].shape == (2,)


def test_clips_of_one_length_are_trained_as_without_missing_frames():
    whole = np.stack([np.resize(clip, (4, 30)) for clip in CLIPS])
    later = np.concatenate([whole, np.full((24, 4, 5), np.nan, np.float32)], axis=2)
    first, second = (small(TIMNetClassifier).fit(X, Y) for X in (whole, later))
    np.testing.assert_array_equal(first.predict_proba(whole), second.predict_proba(later))


def test_validation_clips_may_have_other_lengths():
    classifier = small(TIMNetClassifier).fit(CLIPS, Y, X_val=[clip[:, :3] for clip in CLIPS], y_val=Y)
    assert len(classifier.net_.history[:, "valid_bal_acc"]) == 6


@pytest.mark.parametrize(
    "spoil", [lambda X: X[0].__setitem__((slice(None), 1), np.nan), lambda X: X[0].__setitem__(slice(None), np.nan)]
)
def test_missing_frames_within_a_clip_or_all_of_it_are_refused_by_row(spoil):
    X = padded(CLIPS, 60)
    spoil(X)
    with pytest.raises(ValueError, match=r"Input X contains NaN or infinity in 1 row\(s\): 0.*after a clip's end"):
        small(TIMNetClassifier).fit(X, Y)


def test_embeddings_and_probabilities_keep_the_order_of_the_clips(fitted):
    order = RNG.permutation(24)
    X = padded(CLIPS, 60)
    np.testing.assert_allclose(fitted.transform(X)[order], fitted.transform(X[order]), rtol=0, atol=1e-6)


# ---- batches --------------------------------------------------------------------------------------------------------


def clips_of(lengths):
    n = len(lengths)
    X = torch.arange(n, dtype=torch.float32).view(n, 1, 1).expand(n, 1, int(max(lengths)))
    return Clips(X, torch.arange(n), lengths=torch.tensor(lengths))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 20), st.integers(0, 9))
def test_every_clip_is_in_one_batch_padded_to_the_longest_of_it(lengths, batch_size, seed):
    batches = list(Batches(clips_of(lengths), batch_size, torch.Generator().manual_seed(seed)))
    assert sorted(torch.cat([batch.y for batch in batches]).tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert batch.X.shape[2] == batch.lengths.max()
        assert batch.lengths.tolist() == [lengths[i] for i in batch.y]


def test_the_generator_decides_the_batches():
    clips = clips_of(list(LENGTHS))
    drawn = [torch.cat([b.y for b in Batches(clips, 5, torch.Generator().manual_seed(s))]).tolist() for s in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_batches_gather_clips_of_similar_length():
    lengths = np.random.default_rng(1).integers(50, 250, size=480).tolist()
    padded_to = [len(b.X) * b.X.shape[2] for b in Batches(clips_of(lengths), 64, torch.Generator().manual_seed(0))]
    assert sum(padded_to) < 1.2 * sum(lengths)


def test_batches_differ_from_epoch_to_epoch():
    batches = Batches(clips_of(list(LENGTHS)), 5, torch.Generator().manual_seed(0))
    first, second = ({frozenset(batch.y.tolist()) for batch in batches} for _ in range(2))
    assert first != second
