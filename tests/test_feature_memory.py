"""With memory, MFCCTransformer decodes each file once, and never answers with stale or torn features."""

import os
from pathlib import Path

import joblib
import numpy as np
import pytest
import soundfile
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sktimnet import audio
from sktimnet.feature_extraction import MFCCTransformer

SMALL = {"sr": 8_000, "n_mfcc": 5, "n_fft": 256, "win_length": 200, "hop_length": 100, "n_mels": 12}


def noise(n_samples, seed=0):
    """Make reproducible noise."""
    return 0.1 * np.random.default_rng(seed).normal(size=n_samples)


@pytest.fixture
def paths(tmp_path):
    """Write four short clips of different lengths."""
    for i in range(4):
        soundfile.write(tmp_path / f"{i}.wav", noise(2_000 + 500 * i, seed=i), 8_000)
    return [str(tmp_path / f"{i}.wav") for i in range(4)]


@pytest.fixture
def decoded(monkeypatch):
    """Collect paths in the order in which they are decoded."""
    calls = []
    load = audio.load

    def counting_load(clip, sr):
        calls.append(str(clip))
        return load(clip, sr)

    monkeypatch.setattr(audio, "load", counting_load)
    return calls


def test_with_memory_each_file_is_decoded_once(tmp_path, paths, decoded):
    transformer = MFCCTransformer(**SMALL, clip_length=3_000, memory=tmp_path / "cache")
    first = transformer.fit_transform(paths)
    second = clone(transformer).fit_transform(paths[::-1])
    assert sorted(decoded) == paths
    np.testing.assert_array_equal(first, second[::-1])


@pytest.mark.parametrize("kind", [str, Path, lambda path: joblib.Memory(path, verbose=0)])
def test_memory_may_be_a_path_or_a_joblib_memory(tmp_path, paths, decoded, kind):
    for _ in range(2):
        transformer = MFCCTransformer(**SMALL, clip_length=3_000, memory=kind(tmp_path / "cache"))
        transformer.fit_transform(paths)
    assert len(decoded) == 4


def test_a_file_that_changes_is_decoded_again(tmp_path, paths, decoded):
    transformer = MFCCTransformer(**SMALL, clip_length=3_000, memory=tmp_path / "cache").fit(paths)
    before = transformer.transform(paths)
    soundfile.write(paths[2], noise(3_000, seed=9), 8_000)
    os.utime(paths[2], ns=(0, 0))
    after = transformer.transform(paths)
    assert decoded == [*paths, paths[2]]
    assert not np.array_equal(before[2], after[2])
    np.testing.assert_array_equal(after, MFCCTransformer(**SMALL, clip_length=3_000).fit_transform(paths))


@pytest.mark.parametrize(
    "change",
    [{"sr": 4_000}, {"n_mfcc": 4}, {"n_fft": 512}, {"win_length": 100}, {"hop_length": 50}]
    + [{"window": "hann"}, {"n_mels": 13}, {"clip_length": 2_000}],
    ids=str,
)
def test_other_parameters_are_kept_apart_in_memory(tmp_path, paths, change):
    parameters = SMALL | {"clip_length": 3_000}
    MFCCTransformer(**parameters, memory=tmp_path / "cache").fit_transform(paths)
    changed = MFCCTransformer(**(parameters | change))
    cached = clone(changed).set_params(memory=tmp_path / "cache")
    np.testing.assert_array_equal(cached.fit_transform(paths), changed.fit_transform(paths))


def test_another_version_of_a_library_is_computed_anew(tmp_path, paths, decoded, monkeypatch):
    transformer = MFCCTransformer(**SMALL, clip_length=3_000, memory=tmp_path / "cache").fit(paths)
    transformer.transform(paths)
    monkeypatch.setattr("soxr.__version__", "0.0.0")
    transformer.transform(paths)
    assert len(decoded) == 8


def test_a_torn_entry_in_memory_is_computed_anew(tmp_path, paths, decoded):
    transformer = MFCCTransformer(**SMALL, clip_length=3_000, memory=tmp_path / "cache").fit(paths)
    expected = transformer.transform(paths)
    torn, emptied, *_ = sorted((tmp_path / "cache").glob("**/output.pkl"))
    torn.write_bytes(torn.read_bytes()[:-10])
    emptied.write_bytes(b"")
    np.testing.assert_array_equal(transformer.transform(paths), expected)
    assert len(decoded) == 6
    np.testing.assert_array_equal(transformer.transform(paths), expected)
    assert len(decoded) == 6


def test_waveforms_are_not_kept(tmp_path):
    MFCCTransformer(**SMALL, memory=tmp_path / "cache").fit_transform([noise(1_000)])
    assert not list((tmp_path / "cache").glob("**/output.pkl"))


def test_a_bad_clip_is_not_kept(tmp_path, paths):
    transformer = MFCCTransformer(**SMALL, clip_length=3_000, memory=tmp_path / "cache").fit(paths)
    soundfile.write(paths[0], np.full(2_000, np.nan), 8_000, subtype="FLOAT")
    for _ in range(2):
        with pytest.raises(ValueError, match="1 of 4 clips"):
            transformer.transform(paths)


def flat(features):
    """One row a clip."""
    return features.reshape(len(features), -1)


def test_grid_search_at_a_fixed_clip_length_decodes_each_file_once(tmp_path, paths, decoded):
    clips = [tmp_path / f"clip{i}.wav" for i in range(12)]
    for i, clip in enumerate(clips):
        soundfile.write(clip, noise(2_000, seed=i), 8_000)
    pipe = make_pipeline(
        MFCCTransformer(**SMALL, clip_length=2_000, memory=tmp_path / "cache"),
        FunctionTransformer(flat),
        LogisticRegression(max_iter=2_000),
    )
    grid = {"logisticregression__C": [1e-4, 1e-3, 1e-2, 1e-1]}
    GridSearchCV(pipe, grid, cv=3).fit(clips, ["a", "b"] * 6)
    assert sorted(decoded) == sorted(map(str, clips))


def test_processes_may_share_a_memory(tmp_path, paths):
    transformer = MFCCTransformer(**SMALL, clip_length=3_000, memory=tmp_path / "cache").fit(paths)
    expected = transformer.transform(paths)
    joblib.Memory(tmp_path / "cache", verbose=0).clear(warn=False)
    results = joblib.Parallel(n_jobs=2)(joblib.delayed(transformer.transform)(paths) for _ in range(4))
    for features in results:
        np.testing.assert_array_equal(features, expected)
