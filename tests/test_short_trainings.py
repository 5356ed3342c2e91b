"""What makes trainings short: one-cycle learning rates, statistics that follow, masks, and stopping early."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import Callback

from sktimnet import TIMNetClassifier
from sktimnet.augmentation import SpecAugment
from sktimnet.classifiers import _base
from sktimnet.classifiers._data import set_aside
from sktimnet.classifiers._training import train

RNG = np.random.default_rng(0)
Y = np.repeat(["calm", "angry"], 20)
X = RNG.normal(size=(40, 4, 20)).astype(np.float32) + (Y == "angry")[:, None, None]
SPEAKER = np.tile(["Ann", "Ben", "Cy", "Di"], 10)


def small(**parameters):
    return TIMNetClassifier(
        **{"n_blocks": 2, "n_filters": 6, "batch_size": 8, "max_epochs": 5, "random_state": 0, **parameters}
    )


# ---- too short ------------------------------------------------------------------------------------------------------


def test_a_training_that_leaves_batch_normalisation_behind_is_told_with_the_ways_out():
    message = (
        "A training of 25 steps is short: 78% of batch normalisation's statistics will be those of before it, and the "
        "network predicts worse than it learns. Take more epochs (max_epochs=5), smaller batches (batch_size=8) or "
        "a larger momentum (batch_norm_momentum=0.01)."
    )
    with pytest.warns(ConvergenceWarning, match=re.escape(message)) as told:
        small().fit(X, Y)
    assert told[0].filename == __file__


@pytest.mark.parametrize(
    "enough", [{"max_epochs": 60}, {"batch_size": 1, "max_epochs": 8}, {"batch_norm_momentum": 0.2}]
)
def test_a_training_that_is_long_enough_is_not_told(enough, recwarn):
    small(**enough).fit(X, Y)
    assert not recwarn.list


def test_a_single_step_or_more_epochs_of_a_trained_network_are_not_told(recwarn):
    fitted = small(max_epochs=60, warm_start=True).fit(X, Y)
    fitted.set_params(max_epochs=1).fit(X, Y)
    small().partial_fit(X, Y, classes=["angry", "calm"])
    assert not recwarn.list


# ---- schedule -------------------------------------------------------------------------------------------------------


def test_one_cycle_rises_to_lr_and_falls_below_where_it_began():
    seen = []

    class Watch(Callback):
        def on_batch_end(self, net, training, **_):
            seen.append(net.optimizer_.param_groups[0]["lr"])

        def __deepcopy__(self, memo):
            return self

    small(schedule="one-cycle", lr=0.01, max_epochs=10, callbacks=[Watch()]).fit(X, Y)
    assert max(seen) == pytest.approx(0.01, rel=0.02)
    assert seen.index(max(seen)) == pytest.approx(0.3 * len(seen), abs=2)
    assert seen[-1] < seen[0] < 0.01 / 10


def test_partial_fit_refuses_what_plans_a_whole_training():
    with pytest.raises(ValueError, match="schedule='one-cycle'.*partial_fit trains for one epoch"):
        small(schedule="one-cycle").partial_fit(X, Y, classes=["angry", "calm"])


def test_a_warm_start_begins_its_cycle_anew():
    classifier = small(schedule="one-cycle", warm_start=True).fit(X, Y)
    assert classifier.fit(X, Y).n_iter_ == 10


# ---- batch normalisation --------------------------------------------------------------------------------------------


def test_the_momentum_of_batch_normalisation_is_the_share_of_the_newest_batch():
    slow, quick = (
        small(batch_norm_momentum=m, max_epochs=1, batch_size=40, lr=1e-30, dropout=0).fit(X, Y).net_.module_
        for m in (0.01, 0.5)
    )
    mean = "blocks.0.sub_blocks.0.running_mean"
    torch.testing.assert_close(slow.state_dict()[mean] * 50, quick.state_dict()[mean])


# ---- augmentation ---------------------------------------------------------------------------------------------------


@given(
    n_time_masks=st.integers(0, 3),
    n_channel_masks=st.integers(0, 3),
    n_frames=st.integers(1, 40),
    seed=st.integers(0, 9),
)
def test_masks_are_stretches_of_zeros_no_longer_than_allowed(n_time_masks, n_channel_masks, n_frames, seed):
    augment = SpecAugment(n_time_masks=n_time_masks, n_channel_masks=n_channel_masks, time_share=0.25, max_channels=2)
    x = torch.ones(3, 5, n_frames)
    for clip in augment(x, torch.Generator().manual_seed(seed)):
        frames, channels = (clip == 0).all(0).sum(), (clip == 0).all(1).sum()
        if frames < n_frames and channels < 5:
            assert frames <= n_time_masks * max(1, n_frames // 4)
            assert channels <= n_channel_masks * 2
        assert set(clip.unique().tolist()) <= {0.0, 1.0}
    assert (x == 1).all()


def test_augmentation_changes_training_alone_and_is_seeded():
    plain, masked, again = (small(augmentation=a).fit(X, Y) for a in (None, SpecAugment(), SpecAugment()))
    assert not np.array_equal(plain.predict_proba(X), masked.predict_proba(X))
    np.testing.assert_array_equal(masked.predict_proba(X), again.predict_proba(X))
    np.testing.assert_array_equal(masked.predict_proba(X), masked.predict_proba(X))


def test_settings_of_the_augmentation_can_be_searched():
    classifier = clone(small(augmentation=SpecAugment())).set_params(augmentation__n_time_masks=0)
    assert classifier.get_params()["augmentation__n_time_masks"] == 0


# ---- early stopping -------------------------------------------------------------------------------------------------


def test_early_stopping_ends_the_training_and_keeps_the_best_epoch():
    noise = RNG.permutation(Y)
    classifier = small(early_stopping=True, n_iter_no_change=3, max_epochs=200, lr=0.03).fit(X, noise)
    losses = classifier.net_.history[:, "valid_loss"]
    assert len(losses) < 200
    assert len(losses) == int(np.argmin(losses)) + 1 + 3


def test_a_share_of_the_clips_is_set_aside_stratified():
    kept, aside = set_aside(Y, None, validation_fraction=0.25, seed=0)
    assert sorted([*kept, *aside]) == list(range(40))
    assert [np.sum(Y[aside] == label) for label in ("calm", "angry")] == [5, 5]


def test_with_groups_whole_speakers_are_set_aside(monkeypatch):
    seen = {}
    monkeypatch.setattr(
        _base,
        "train",
        lambda classifier, net, features, y, **k: (
            seen.update(n=len(y), n_val=len(k["validation"][1])) or train(classifier, net, features, y, **k)
        ),
    )
    small(early_stopping=True, validation_fraction=0.25).fit(X, Y, groups=SPEAKER)
    assert seen == {"n": 30, "n_val": 10}  # one of four speakers


def test_validation_clips_of_ones_own_are_scored_instead():
    classifier = small(early_stopping=True, n_iter_no_change=2, max_epochs=50, lr=0.03)
    classifier.fit(X, Y, X_val=X[::2], y_val=RNG.permutation(Y[::2]))
    assert classifier.n_iter_ < 50


def test_too_large_a_share_of_speakers_is_named():
    speaker = np.where(Y == "calm", "Ann", "Ben")
    with pytest.raises(ValueError, match="sets aside all clips with the label"):
        small(early_stopping=True).fit(X, Y, groups=speaker)
