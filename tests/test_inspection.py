"""What a fitted network learned: attention on the clip's own clock, fusion weights, and embeddings in the plane."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier, audio
from sktimnet.feature_extraction import ChannelUnion, DescriptorTransformer
from sktimnet.inspection import attention_maps, embedding_tsne, fusion_weights
from sktimnet.preprocessing import FeatureScaler

SR = 8000


def make_classifier(**parameters):
    parameters = {"n_blocks": 3, "n_filters": 4, "batch_size": 2, "max_epochs": 1, "random_state": 0, **parameters}
    return TIMNetClassifier(**parameters)


def fitted(classifier=None, clip_length=1.0):
    noise = np.random.default_rng(0).normal(size=(6, SR))
    pipeline = make_pipeline(MFCCTransformer(sr=SR, n_mfcc=5, clip_length=clip_length), classifier or make_classifier())
    return pipeline.fit(noise, ["angry", "calm"] * 3)


@pytest.fixture(scope="module")
def pipeline():
    return fitted()


@pytest.fixture(scope="module")
def clips():
    rng = np.random.default_rng(1)
    return [rng.normal(size=n_samples) for n_samples in (3000, 8000, 12000, 8001, 7999)]


# ---- attention ------------------------------------------------------------------------------------------------------


def test_attention_is_the_networks_averaged_over_channels(pipeline, clips):
    attention = attention_maps(pipeline, clips)
    network = pipeline[-1].net_.module_.eval()
    for i, clip in enumerate(clips):  # batch_size is 2, so that batches are put together in order
        features = pipeline[0].transform([clip])
        tensor = network.input_weight.new_tensor(features)
        expected = network.attention_maps(tensor).detach().numpy()[0].mean(axis=2)
        np.testing.assert_allclose(attention.maps[i], expected, rtol=1e-5)


def test_attention_has_a_map_for_each_clip_block_and_direction(pipeline, clips):
    attention = attention_maps(pipeline, clips)
    assert attention.maps.shape == (5, 3, 2, pipeline[0].n_frames_)
    assert attention.times.shape == (5, pipeline[0].n_frames_)
    assert attention.maps.dtype == np.float32
    assert attention.maps.min() >= 0.5 and attention.maps.max() <= 1


def test_the_map_of_each_channel_can_be_kept(pipeline, clips):
    maps = attention_maps(pipeline, clips, per_channel=True).maps
    assert maps.shape == (5, 3, 2, 4, pipeline[0].n_frames_)
    np.testing.assert_allclose(maps.mean(axis=3), attention_maps(pipeline, clips).maps, rtol=1e-5)


def test_without_the_backward_direction_there_is_one_map_for_each_block(clips):
    pipeline = fitted(make_classifier(bidirectional=False))
    assert attention_maps(pipeline, clips[:1]).maps.shape[:3] == (1, 3, 1)


@pytest.mark.parametrize("clip_length", [1.0, 0.4], ids=["padded", "cut"])
@pytest.mark.parametrize("direction", [0, 1], ids=["forward", "backward"])
def test_a_click_is_seen_at_its_own_time(direction, clip_length):
    pipeline = fitted(clip_length=clip_length)
    clip = np.zeros(round(0.6 * SR))
    clip[round(0.2 * SR)] = 1
    attention = attention_maps(pipeline, [clip])
    first_block, times = attention.maps[0, 0, direction], attention.times[0]
    changed = np.abs(first_block - np.median(first_block)) > 1e-3
    near = np.abs(times - 0.2) < 0.065  # half a window, and three frames for the block's receptive field
    inside = (np.abs(times - 0.2) < 0.15) & (
        times > 0.14
    )  # away from the ends, where the receptive field is not filled
    assert changed[near].any() and not changed[inside & ~near].any()


@pytest.mark.filterwarnings("ignore:.*are much longer than:UserWarning")
@settings(max_examples=40, deadline=None)
@given(n_samples=st.integers(1, 900), clip_length=st.integers(1, 900))
def test_times_count_from_the_first_sample_of_the_recording(pipeline, n_samples, clip_length):
    mfcc = MFCCTransformer(sr=SR, n_mfcc=5, hop_length=7, win_length=1, clip_length=clip_length).fit([np.zeros(1)])
    attention = attention_maps(make_pipeline(mfcc, pipeline[-1]), [np.ones(n_samples)])
    heard = audio.fit_length(np.arange(1, n_samples + 1), clip_length)[::7]  # sample numbers from 1, 0 in padding
    seconds = attention.times[0, : len(heard)]
    np.testing.assert_allclose(seconds[heard > 0], (heard[heard > 0] - 1) / SR, atol=1e-12)
    assert ((seconds[heard == 0] < 0) | (seconds[heard == 0] >= n_samples / SR)).all()
    assert attention.durations == [n_samples / SR]


def test_times_of_a_recording_at_another_rate_are_its_own_seconds(pipeline):
    attention = attention_maps(pipeline, [(np.ones(16_000), 32_000)])
    assert attention.durations[0] == 0.5
    assert attention.times[0, 0] == pytest.approx(-0.25)


@pytest.mark.parametrize(
    "make", [lambda: fitted(TCNClassifier(n_blocks=1, max_epochs=1)), lambda: fitted()[-1]], ids=["TCN", "no pipeline"]
)
def test_attention_of_anything_else_is_an_error(make, clips):
    with pytest.raises(
        TypeError, match="needs a Pipeline from recordings .* from MFCCTransformer to TIMNetClassifier, got "
    ):
        attention_maps(make(), clips)


def halve(features):
    return features / 2


def framed(transformer_class, **parameters):
    return transformer_class(sr=16_000, n_fft=1024, win_length=800, hop_length=256, **parameters)


@pytest.mark.parametrize(
    "steps",
    [
        [FeatureScaler()],
        [FunctionTransformer(halve)],
        [FeatureScaler(), FunctionTransformer(halve)],
        [make_pipeline(FeatureScaler(), FunctionTransformer(halve))],
    ],
    ids=["scaler", "function", "both", "pipeline"],
)
def test_attention_passes_through_the_steps_before_the_network(steps, clips):
    pipeline = make_pipeline(MFCCTransformer(sr=SR, n_mfcc=5, clip_length=1.0), *steps, make_classifier())
    pipeline.fit(clips, ["angry", "calm", "calm", "angry", "calm"])
    features = pipeline[:-1].transform(clips)
    expected = pipeline[-1].network_output(features, "attention_maps").mean(axis=3)
    np.testing.assert_allclose(attention_maps(pipeline, clips).maps, expected, rtol=1e-5)


@pytest.mark.parametrize("nested", [False, True])
def test_attention_of_joined_channels_is_on_their_frames(nested, clips):
    union = ChannelUnion([("mfcc", framed(MFCCTransformer)), ("prosody", framed(DescriptorTransformer))])
    front_end = make_pipeline(union, FeatureScaler()) if nested else union
    pipeline = make_pipeline(front_end, make_classifier()).fit(clips, ["angry", "calm", "calm", "angry", "calm"])
    attention = attention_maps(pipeline, clips)
    assert attention.maps.shape[-1] == attention.times.shape[1] == 1 + 12_000 // 256
    assert attention.durations.tolist() == [len(clip) / 16_000 for clip in clips]


@pytest.mark.parametrize("trim", [None, 40])
def test_missing_frames_have_neither_time_nor_attention(trim, clips):
    mfcc = framed(MFCCTransformer, padding="nan", trim=trim)
    pipeline = make_pipeline(mfcc, make_classifier()).fit(clips, ["angry", "calm", "calm", "angry", "calm"])
    # Of equal lengths in the first batch, so that it has fewer frames than the next.
    attention = attention_maps(pipeline, [clips[0], clips[0], *clips])
    for clip, maps, times in zip([clips[0], clips[0], *clips], attention.maps, attention.times, strict=True):
        present = np.arange(len(times)) <= len(clip) // 256
        np.testing.assert_array_equal(~np.isnan(maps), np.broadcast_to(present, maps.shape))
        np.testing.assert_allclose(times[present], np.arange(present.sum()) * 256 / 16_000)
        assert np.isnan(times[~present]).all()
        alone = attention_maps(pipeline, [clip]).maps[0]
        np.testing.assert_allclose(maps[..., present], alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize("padding", ["nan", "zero"])
def test_times_of_a_trimmed_recording_count_from_its_start(padding):
    noise = np.random.default_rng(0).normal(size=8000)
    clip = np.concatenate([np.zeros(16_000), noise, np.zeros(4000)])
    mfcc = framed(MFCCTransformer, padding=padding, trim=40, clip_length=1.0).fit([clip])
    (start, stop) = librosa.effects.trim(clip, top_db=40)[1]
    padded = (16_000 - (stop - start)) // 2 if padding == "zero" else 0
    times = mfcc.frame_times([clip])[0]
    assert times[0] == pytest.approx((start - padded) / 16_000)
    assert len(times) == mfcc.transform([clip]).shape[2]


def test_a_step_that_changes_the_number_of_frames_is_an_error(clips):
    pipeline = make_pipeline(
        MFCCTransformer(sr=SR, n_mfcc=5), FunctionTransformer(lambda features: features[:, :, ::2]), make_classifier()
    )
    pipeline.fit(clips, ["angry", "calm", "calm", "angry", "calm"])
    with pytest.raises(ValueError, match="needs steps that keep the number of frames"):
        attention_maps(pipeline, clips)


def test_every_clip_that_cannot_be_used_is_named(pipeline, clips):
    with pytest.raises(ValueError, match=r"2 of 3 clips cannot be used:\n- 'nowhere.wav' \(clip 0\)"):
        attention_maps(pipeline, ["nowhere.wav", clips[0], "there.wav"])


# ---- fusion weights -------------------------------------------------------------------------------------------------


def test_fusion_weights_are_found_in_classifier_and_pipeline(pipeline):
    learned = pipeline[-1].net_.module_.fusion_weights.detach().numpy()
    np.testing.assert_array_equal(fusion_weights(pipeline), learned)
    np.testing.assert_array_equal(fusion_weights(pipeline[-1]), learned)


def test_fusion_weights_of_a_network_without_fusion_are_an_error():
    with pytest.raises(TypeError, match=r"needs a classifier with fusion_weights_, .* got TCNClassifier\(\)"):
        fusion_weights(TCNClassifier())


# ---- embeddings in the plane ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[TIMNetClassifier, TCNClassifier])
def separated(request):
    """Give a classifier and features of two classes that it tells apart easily."""
    y = np.repeat(["angry", "calm"], 20)
    X = np.random.default_rng(0).normal(size=(40, 5, 12)) + 3 * (y == "angry")[:, None, None]
    classifier = request.param(n_blocks=2, n_filters=8, batch_size=8, max_epochs=5, random_state=0)
    return classifier.fit(X, y), X, y


def test_neighbours_in_the_plane_are_neighbours_in_the_embedding(separated):
    classifier, X, y = separated
    points = embedding_tsne(classifier, X, perplexity=8, random_state=0)
    assert points.shape == (40, 2)
    neighbours = NearestNeighbors(n_neighbors=3).fit(points).kneighbors(return_distance=False)
    assert (y[neighbours] == y[:, np.newaxis]).mean() > 0.95


def test_a_pipeline_takes_recordings_to_the_plane(pipeline, clips):
    assert embedding_tsne(pipeline, clips, perplexity=2, random_state=0).shape == (5, 2)


def test_the_same_seed_gives_the_same_layout(separated):
    classifier, X, _ = separated
    first, again = (embedding_tsne(classifier, X, perplexity=8, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_without_a_seed_numpys_generator_is_left_alone(separated):
    classifier, X, _ = separated
    before = np.random.get_state()[1].copy()
    embedding_tsne(classifier, X, perplexity=8)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_a_perplexity_that_needs_more_clips_is_an_error(separated):
    classifier, X, _ = separated
    with pytest.raises(ValueError, match="perplexity .*must be less than n_samples"):
        embedding_tsne(classifier, X[:20], perplexity=20)
