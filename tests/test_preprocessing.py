"""FeatureScaler: the numbers of NumPy and of scikit-learn's StandardScaler, missing frames left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from sktimnet import TIMNetClassifier
from sktimnet.preprocessing import FeatureScaler


def features(seed=0, n_clips=7, n_features=3, n_frames=11):
    """Clips of different lengths, on different scales."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_clips, n_features, n_frames)) * [[1e-3], [1], [50]] + [[0], [-4], [900]]
    for clip, length in zip(X, rng.integers(1, n_frames + 1, size=n_clips), strict=True):
        clip[:, length:] = np.nan
    return X.astype(np.float32)


@given(seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_mean_and_sd_are_numpys_over_the_frames_present(seed):
    X = features(seed).astype(np.float64)
    scaler = FeatureScaler().fit(X)
    np.testing.assert_allclose(scaler.mean_, np.nanmean(X, axis=(0, 2)))
    np.testing.assert_allclose(scaler.scale_, np.nanstd(X, axis=(0, 2)))


def test_scaled_training_features_have_mean_0_and_sd_1_and_their_missing_frames():
    X = features()
    scaled = FeatureScaler().fit_transform(X)
    np.testing.assert_allclose(np.nanmean(scaled, axis=(0, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(np.nanstd(scaled, axis=(0, 2)), 1, rtol=1e-4)
    np.testing.assert_array_equal(np.isnan(scaled), np.isnan(X))
    assert scaled.dtype == np.float32


def test_two_dimensions_are_scaled_as_by_standard_scaler():
    X = features()[:, :, 0]
    np.testing.assert_allclose(FeatureScaler().fit_transform(X), StandardScaler().fit_transform(X), rtol=1e-4)


@pytest.mark.parametrize(("off", "kept"), [("with_mean", "mean_"), ("with_std", "scale_")])
def test_each_half_can_be_left_out(off, kept):
    scaler = FeatureScaler(**{off: False}).fit(features())
    assert getattr(scaler, kept).tolist() == [kept == "scale_"] * 3


def test_a_channel_without_spread_is_not_divided():
    X = np.full((4, 2, 5), 0.1, dtype=np.float32)
    np.testing.assert_allclose(FeatureScaler().fit_transform(X), 0, atol=1e-6)


def test_the_inverse_gives_the_features_back():
    X = features()
    scaler = FeatureScaler().fit(X)
    np.testing.assert_allclose(scaler.inverse_transform(scaler.transform(X)), X, rtol=1e-3)


def test_infinite_features_and_other_channel_counts_are_refused():
    with pytest.raises(ValueError, match="infinity"):
        FeatureScaler().fit(np.full((2, 3, 4), np.inf))
    with pytest.raises(ValueError, match="4 features, but FeatureScaler is expecting 3 features"):
        FeatureScaler().fit(features()).transform(np.zeros((2, 4, 9)))


def test_it_passes_the_checks_of_scikit_learn():
    results = check_estimator(FeatureScaler(), on_skip=None, on_fail=None)
    assert not [r for r in results if r["status"] == "failed"]
    assert sum(r["status"] == "passed" for r in results) >= 40


def test_it_stands_between_features_and_a_classifier():
    y = np.array(["calm", "angry"] * 10)
    X = np.concatenate([features(seed) for seed in range(3)])[:20] + 9 * (y == "angry")[:, None, None]
    pipeline = make_pipeline(FeatureScaler(), TIMNetClassifier(n_blocks=2, n_filters=4, max_epochs=2, random_state=0))
    assert pipeline.fit(X, y).predict_proba(X).shape == (20, 2)
