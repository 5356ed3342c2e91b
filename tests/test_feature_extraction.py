"""MFCCTransformer: librosa's values for clips of any kind, with scikit-learn's manners."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import librosa
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from sktimnet import audio
from sktimnet.feature_extraction import MFCCTransformer

# librosa.load imports audioread, which imports these modules of the standard library.
AUDIOREAD = pytest.mark.filterwarnings("ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning")
RELEASED = {"win_length": 2048, "hop_length": 512, "window": "hann"}
SMALL = {"sr": 8_000, "n_mfcc": 5, "n_fft": 256, "win_length": 200, "hop_length": 100, "n_mels": 12}
ANY_LENGTH = "clips of another length than in fit are padded or cut, not refused"
EXPECTED_FAILURES = {"check_n_features_in_after_fitting": ANY_LENGTH, "check_transformer_general": ANY_LENGTH}


def noise(n_samples, seed=0):
    """Noise whose loudness rises and falls."""
    return 0.1 * np.random.default_rng(seed).normal(size=n_samples) * np.hanning(n_samples + 2)[1:-1]


def librosa_mfcc(waveform, transformer):
    """Make the features of one waveform with librosa alone."""
    t = transformer
    missing = t.clip_length_ - len(waveform)
    if missing >= 0:
        waveform = np.pad(waveform, (missing // 2, missing - missing // 2))
    else:
        waveform = waveform[-missing // 2 :][: t.clip_length_]
    return librosa.feature.mfcc(
        y=waveform,
        sr=t.sr,
        n_mfcc=t.n_mfcc,
        n_fft=t.n_fft,
        win_length=t.win_length_,
        hop_length=t.hop_length_,
        window=t.window,
        n_mels=t.n_mels,
    )


@pytest.fixture
def paths(tmp_path):
    """Four short clips of different lengths."""
    for i in range(4):
        soundfile.write(tmp_path / f"{i}.wav", noise(2_000 + 500 * i, seed=i), 8_000)
    return [str(tmp_path / f"{i}.wav") for i in range(4)]


# Values


@AUDIOREAD
@pytest.mark.parametrize("n_samples", [1, 700, 3_000])
def test_a_short_clip_amid_much_padding_equals_librosa(n_samples):
    waveform = noise(n_samples)
    transformer = MFCCTransformer(**SMALL, clip_length=40_000).fit([waveform])
    np.testing.assert_allclose(transformer.transform([waveform])[0], librosa_mfcc(waveform, transformer), atol=1e-3)


@AUDIOREAD
@pytest.mark.parametrize("framing", [{}, RELEASED], ids=["paper", "released"])
def test_features_of_real_clips_equal_librosa(emodb_root, framing):
    clips = sorted(emodb_root.glob("**/*.wav"))[::20]
    assert clips
    transformer = MFCCTransformer(**framing, clip_length=60_000)
    features = transformer.fit_transform(clips)
    for clip, mfcc in zip(clips, features, strict=True):
        waveform, _ = librosa.load(clip, sr=22050, res_type="soxr_hq")
        np.testing.assert_allclose(mfcc, librosa_mfcc(waveform, transformer), atol=1e-3, rtol=0)


def test_the_released_front_end_gives_the_reference_features(emodb_root):
    reference = os.environ.get("SKTIMNET_REFERENCE")
    if reference is None:
        pytest.skip("set SKTIMNET_REFERENCE to a directory with timnet_emodb46_fold1.npz to run this test")
    with np.load(Path(reference) / "timnet_emodb46_fold1.npz") as stored:
        names, expected = stored["clip"], stored["mfcc"]
    clips = [next(emodb_root.glob(f"**/{name}")) for name in names]
    features = MFCCTransformer(**RELEASED, clip_length=96_000).fit_transform(clips)
    np.testing.assert_allclose(features, expected, atol=1e-3, rtol=0)


@given(
    n_samples=st.integers(2_048, 12_000),
    clip_length=st.integers(2_048, 12_000),
    n_fft=st.sampled_from([256, 511, 1_024, 2_048]),
    win_share=st.floats(0.1, 1),
    hop_length=st.integers(50, 700),
    window=st.sampled_from(["hann", "hamming", "boxcar", ("kaiser", 4.0)]),
    n_mfcc=st.integers(1, 16),
)
@settings(max_examples=50, deadline=None)
def test_features_equal_librosa_for_any_framing(n_samples, clip_length, n_fft, win_share, hop_length, window, n_mfcc):
    waveform = noise(n_samples).astype(np.float32)
    transformer = MFCCTransformer(
        n_mfcc=n_mfcc,
        n_mels=16,
        n_fft=n_fft,
        win_length=int(np.ceil(win_share * n_fft)),
        hop_length=hop_length,
        window=window,
        clip_length=clip_length,
    )
    (features,) = transformer.fit_transform([waveform])
    assert features.shape == (n_mfcc, transformer.n_frames_)
    np.testing.assert_allclose(features, librosa_mfcc(waveform, transformer), atol=1e-3, rtol=0)


@pytest.mark.parametrize("clip", [[0.5], [0.0], np.zeros(500)], ids=["one sample", "one zero", "silence"])
@pytest.mark.parametrize("clip_length", [None, 0.5])
def test_silence_and_a_single_sample_give_finite_features(clip, clip_length):
    assert np.isfinite(MFCCTransformer(clip_length=clip_length).fit_transform([clip])).all()


# Shapes and lengths


def test_the_result_is_contiguous_float32_with_coefficients_before_frames():
    features = MFCCTransformer(clip_length=1.0).fit_transform([noise(22_050), noise(11_025)])
    assert features.shape == (2, 39, 80)
    assert features.dtype == np.float32
    assert features.flags.c_contiguous


def test_the_default_framing_is_that_of_the_paper():
    transformer = MFCCTransformer().fit([noise(22_050)])
    assert (transformer.win_length_, transformer.hop_length_) == (1_102, 276)


def test_the_released_front_end_gives_188_frames_for_emodb():
    assert MFCCTransformer(**RELEASED, clip_length=96_000).fit([[0.0]]).n_frames_ == 188


@pytest.mark.parametrize(
    ("value", "expected"),
    [(300, 300), (np.int64(300), 300), (0.0375, 300), (0.0200625, 160), (0.0201875, 162)],
)
def test_an_int_is_samples_and_a_float_seconds_rounded_half_to_even(value, expected):
    parameters = {"win_length": value, "hop_length": value, "clip_length": value}
    transformer = MFCCTransformer(sr=8_000, **parameters).fit([[0.0]])
    lengths = (transformer.win_length_, transformer.hop_length_, transformer.clip_length_)
    assert lengths == (expected, expected, expected)


def test_without_a_clip_length_fit_takes_the_longest_clip_at_the_rate_of_the_features(paths):
    transformer = MFCCTransformer(**(SMALL | {"sr": 16_000})).fit(paths)
    assert transformer.clip_length_ == 2 * 3_500
    assert transformer.n_frames_ == 71


def test_fit_reads_headers_only(paths, monkeypatch):
    monkeypatch.delattr(soundfile.SoundFile, "read")
    MFCCTransformer(**SMALL).fit(paths)


def test_clips_of_another_length_than_in_fit_are_padded_or_cut():
    transformer = MFCCTransformer(**SMALL).fit(np.zeros((2, 1_000)))
    assert transformer.transform([noise(10), noise(2_400)]).shape == (2, 5, 11)
    assert transformer.transform(np.zeros((3, 1_500))).shape == (3, 5, 11)


def test_short_clips_are_padded_on_both_sides():
    transformer = MFCCTransformer(**SMALL, clip_length=1_001).fit([[0.0]])
    clip = noise(500)
    np.testing.assert_array_equal(transformer.transform([clip]), transformer.transform([np.pad(clip, (250, 251))]))


# Kinds of input


def test_all_kinds_of_clips_give_the_same_features(paths):
    waveforms = [audio.load(path, 8_000) for path in paths]
    transformer = MFCCTransformer(**SMALL).fit(paths)
    expected = transformer.transform(paths)
    objects = np.empty(4, dtype=object)
    objects[:] = waveforms
    for X in (
        tuple(paths),
        [Path(path) for path in paths],
        np.array(paths),
        np.array(paths, dtype=object),
        pd.Series(paths, index=[7, 5, 3, 1]),
        waveforms,
        objects,
        pd.Series(waveforms),
        [(waveform, 8_000) for waveform in waveforms],
        [(waveforms[0].tolist(), 8_000.0), waveforms[1].tolist(), paths[2], Path(paths[3])],
    ):
        np.testing.assert_array_equal(transformer.transform(X), expected)
        assert transformer.__class__(**SMALL).fit(X).clip_length_ == transformer.clip_length_


def test_rows_of_a_2d_array_are_clips():
    X = np.stack([noise(1_000, seed) for seed in range(3)])
    transformer = MFCCTransformer(**SMALL).fit(X)
    assert transformer.n_features_in_ == 1_000
    np.testing.assert_array_equal(transformer.transform(X), transformer.transform(list(X)))


def test_integer_rows_are_scaled_as_pcm():
    X = np.array([noise(1_000) * 2**15]).astype(np.int16)
    transformer = MFCCTransformer(**SMALL).fit(X)
    np.testing.assert_array_equal(transformer.transform(X), transformer.transform(X / 2**15))


def test_refitting_forgets_the_columns_of_an_earlier_array():
    frame = pd.DataFrame(np.zeros((2, 3)), columns=["a", "b", "c"])
    transformer = MFCCTransformer(**SMALL).fit(frame)
    assert list(transformer.feature_names_in_) == ["a", "b", "c"]
    transformer.fit([np.zeros(3)])
    assert not hasattr(transformer, "n_features_in_")
    assert not hasattr(transformer, "feature_names_in_")


@pytest.mark.parametrize("X", ["clip.wav", Path("clip.wav")])
def test_a_bare_path_is_to_be_wrapped_in_a_list(X):
    with pytest.raises(ValueError, match=r"X is one path, 'clip\.wav'; .* wrap it in a list"):
        MFCCTransformer().fit(X)


@pytest.mark.parametrize("X", [[], (), np.array([], dtype=str), pd.Series([], dtype=object)])
def test_no_clips_at_all_are_refused(X):
    with pytest.raises(ValueError, match="Found 0 clips"):
        MFCCTransformer().fit(X)


def test_one_waveform_in_place_of_a_sequence_is_refused():
    with pytest.raises(
        ValueError, match=r"X is one waveform of 100 samples; .* \[\(waveform, rate\)\] is one recording"
    ):
        MFCCTransformer().fit(noise(100))


# Bad clips


def test_fit_names_every_bad_clip_that_headers_show(tmp_path, paths):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("no audio")
    clips = [*paths, tmp_path / "empty.wav", tmp_path / "text.wav", tmp_path / "lost.wav", [], ([0.0], -1)]
    with pytest.raises(ValueError) as error:
        MFCCTransformer(**SMALL).fit(clips)
    message = str(error.value)
    assert message.startswith("5 of 9 clips cannot be used:")
    for fault in (
        "empty.wav' (clip 4) is an empty file",
        "text.wav' (clip 5) is not audio",
        "lost.wav' (clip 6) does not exist",
        "clip 7 has no samples",
        "clip 8 has a sampling rate of -1 Hz",
        "on_error='warn'",
    ):
        assert fault in message


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_transform_names_every_bad_clip_that_decoding_shows(tmp_path, paths, n_jobs):
    for i in (1, 3):
        soundfile.write(paths[i], np.full(2_000, np.nan), 8_000, subtype="FLOAT")
    transformer = MFCCTransformer(**SMALL, n_jobs=n_jobs).fit(paths)
    with pytest.raises(ValueError) as error:
        transformer.transform(paths)
    message = str(error.value)
    assert message.startswith("2 of 4 clips cannot be used:")
    assert "1.wav' (clip 1) has NaN or infinite samples" in message
    assert "3.wav' (clip 3) has NaN or infinite samples" in message
    assert message.endswith("set on_error='warn' of the transformer, which then gives NaN features for them.")


def test_transform_changes_nothing_that_fit_learned():
    transformer = MFCCTransformer(**SMALL).fit(np.zeros((2, 500)))
    before = dict(vars(transformer))
    transformer.transform(np.zeros((2, 400)))
    assert vars(transformer) == before


def test_on_error_warn_gives_nan_features_and_one_warning_that_names_all(paths):
    clips = [paths[0], "lost.wav", paths[1], [np.nan]]
    transformer = MFCCTransformer(**SMALL, on_error="warn").fit(clips)
    with pytest.warns(UserWarning) as caught:
        features = transformer.transform(clips)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "'lost.wav' (clip 1) does not exist" in message
    assert "clip 3 has NaN or infinite samples" in message
    assert message.endswith("Their features are NaN; remove these rows before a classifier sees them.")
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(np.isnan(features).all(axis=(1, 2)), [False, True, False, True])
    np.testing.assert_array_equal(features[[0, 2]], transformer.transform(paths[:2]))


def test_a_corpus_of_nothing_but_bad_clips_is_an_error_even_with_on_error_warn():
    with pytest.raises(ValueError, match="2 of 2 clips cannot be used"):
        MFCCTransformer(on_error="warn").fit(["lost.wav", "gone.wav"])


# Parameters


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sr": 0}, "The 'sr' parameter .* Got 0 instead"),
        ({"sr": 22050.0}, "The 'sr' parameter .* Got 22050.0 instead"),
        ({"n_mfcc": 0}, "The 'n_mfcc' parameter .* Got 0 instead"),
        ({"n_mfcc": 129}, "n_mfcc=129 is more than n_mels=128"),
        ({"n_fft": 1}, "The 'n_fft' parameter .* Got 1 instead"),
        ({"win_length": 0}, "The 'win_length' parameter .* Got 0 instead"),
        ({"win_length": -0.1}, "The 'win_length' parameter .* Got -0.1 instead"),
        ({"win_length": 2_049}, "win_length=2049 is 2049 samples at sr=22050, more than n_fft=2048"),
        ({"clip_length": 3}, "clip_length=3 is samples, fewer than one window of 1102; write 3.0 for seconds"),
        ({"win_length": 0.1}, "win_length=0.1 is 2205 samples at sr=22050, more than n_fft=2048"),
        ({"hop_length": 0}, "The 'hop_length' parameter .* Got 0 instead"),
        ({"hop_length": 1e-6}, "hop_length=1e-06 seconds is less than one sample"),
        ({"clip_length": 0.0}, "The 'clip_length' parameter .* Got 0.0 instead"),
        ({"clip_length": np.inf}, "The 'clip_length' parameter .* Got inf instead"),
        ({"window": "rhombus"}, "window='rhombus' makes no window"),
        ({"window": ("kaiser",)}, r"window=\('kaiser',\) makes no window"),
        ({"window": ("general_cosine", [1, 2])}, "makes no window: unhashable type: 'list'"),
        ({"window": ("gaussian", 0.0)}, r"window=\('gaussian', 0.0\) makes no window: .* finite"),
        ({"window": 4.0}, "The 'window' parameter .* Got 4.0 instead"),
        ({"n_mels": 0}, "The 'n_mels' parameter .* Got 0 instead"),
        ({"on_error": "ignore"}, "The 'on_error' parameter .* Got 'ignore' instead"),
        ({"memory": 3}, "The 'memory' parameter .* Got 3 instead"),
        ({"n_jobs": 1.5}, "The 'n_jobs' parameter .* Got 1.5 instead"),
        ({"verbose": "yes"}, "The 'verbose' parameter .* Got 'yes' instead"),
    ],
)
def test_a_parameter_out_of_range_is_named_with_its_value(parameters, message):
    with pytest.raises(ValueError, match=message):
        MFCCTransformer(**parameters).fit([[0.0]])


# Parallel work and display


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_parallel_work_gives_the_same_features(paths, backend):
    clips = paths * 10
    expected = MFCCTransformer(**SMALL).fit_transform(clips)
    with joblib.parallel_config(backend, n_jobs=2):
        np.testing.assert_array_equal(MFCCTransformer(**SMALL).fit_transform(clips), expected)
    np.testing.assert_array_equal(MFCCTransformer(**SMALL, n_jobs=2).fit_transform(clips), expected)


def flat(features):
    """Make one row a clip."""
    return features.reshape(len(features), -1)


def test_cross_validation_in_processes_gives_the_same_scores(tmp_path, paths):
    X, y = paths * 3, ["a", "b", "a", "b"] * 3
    pipe = make_pipeline(
        MFCCTransformer(**SMALL, memory=tmp_path / "cache"), FunctionTransformer(flat), LogisticRegression()
    )
    serial = cross_val_score(pipe, X, y, cv=3, n_jobs=1, error_score="raise")
    np.testing.assert_array_equal(cross_val_score(pipe, X, y, cv=3, n_jobs=2, error_score="raise"), serial)


def test_it_is_silent_by_default_and_shows_a_progress_bar_on_demand(paths, capfd):
    MFCCTransformer(**SMALL).fit_transform(paths)
    assert capfd.readouterr() == ("", "")
    MFCCTransformer(**SMALL, verbose=1).fit_transform(paths)
    out, err = capfd.readouterr()
    assert out == ""
    assert "4/4" in err


# Manners


def test_a_generator_of_clips_is_refused():
    with pytest.raises(ValueError, match="X must be a sequence of clips, got <generator"):
        MFCCTransformer().fit(path for path in ["a.wav"])


def test_a_table_of_paths_is_refused_with_the_way_out():
    frame = pd.DataFrame({"path": ["a.wav", "b.wav"]})
    for table in (frame, frame.to_numpy()):
        with pytest.raises(ValueError, match="X is a table with one column of paths"):
            MFCCTransformer().fit(table)


def test_other_tables_of_one_column_are_no_paths():
    for empty_or_sparse in (np.empty((0, 1), dtype=object), scipy.sparse.csr_array(np.ones((3, 1)))):
        with pytest.raises((TypeError, ValueError), match="0 sample|[Ss]parse"):
            MFCCTransformer().fit(empty_or_sparse)


def test_a_waveform_of_two_channels_is_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"shape \(100, 2\); expected a 1-D waveform; average its channels first"):
        MFCCTransformer().fit([np.zeros((100, 2))])


def test_fit_names_the_files_that_only_decoding_shows_as_well(tmp_path):
    soundfile.write(tmp_path / "nan.wav", np.full(4000, np.nan), 22050, subtype="FLOAT")
    (tmp_path / "empty.wav").touch()
    with pytest.raises(ValueError, match="2 of 2 clips cannot be used"):
        MFCCTransformer().fit([tmp_path / "nan.wav", tmp_path / "empty.wav"])


def test_it_passes_the_checks_of_scikit_learn():
    results = check_estimator(MFCCTransformer(), expected_failed_checks=EXPECTED_FAILURES, on_skip=None, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert failed == {}
    assert {r["check_name"] for r in results if r["status"] == "xfail"} == set(EXPECTED_FAILURES)
    assert sum(r["status"] == "passed" for r in results) > 40


def test_a_fitted_transformer_pickles_small_and_works_elsewhere(paths):
    transformer = MFCCTransformer(**SMALL).fit(paths)
    expected = transformer.transform(paths)
    pickled = pickle.dumps(transformer)
    assert len(pickled) < 1_000
    np.testing.assert_array_equal(pickle.loads(pickled).transform(paths), expected)


def test_parameters_set_after_fit_wait_for_the_next_fit(paths):
    transformer = MFCCTransformer(**SMALL).fit(paths)
    expected = transformer.transform(paths)
    transformer.set_params(n_mfcc=3, hop_length=50)
    np.testing.assert_array_equal(transformer.transform(paths), expected)
    assert transformer.fit_transform(paths).shape == (4, 3, 71)


def test_importing_it_does_not_wait_for_slow_libraries():
    code = (
        "import sys, torch, sklearn, skorch; before = set(sys.modules); import sktimnet.feature_extraction; "
        "print({'librosa.filters', 'numba', 'scipy.signal', 'pandas'} & (set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# Clips of their own lengths


@AUDIOREAD
@given(lengths=st.lists(st.integers(256, 9_000), min_size=1, max_size=4), framing=st.sampled_from([{}, {"n_fft": 255}]))
@settings(max_examples=20, deadline=None)
def test_with_missing_frames_each_clip_has_librosas_features_of_itself(lengths, framing):
    waveforms = [noise(n, seed=i).astype(np.float32) for i, n in enumerate(lengths)]
    transformer = MFCCTransformer(**SMALL | framing, padding="nan")
    features = transformer.fit_transform(waveforms)
    assert features.shape[2] == max(1 + (n - transformer.n_fft % 2) // 100 for n in lengths)
    for waveform, found in zip(waveforms, features, strict=True):
        n = 1 + (len(waveform) - transformer.n_fft % 2) // 100
        expected = librosa.feature.mfcc(
            y=waveform, sr=8_000, n_mfcc=5, n_fft=transformer.n_fft, win_length=200, hop_length=100, window="hamming",
            n_mels=12,
        )  # fmt: skip
        np.testing.assert_allclose(found[:, :n], expected[:, :n], atol=1e-3)
        assert np.isnan(found[:, n:]).all()


def test_with_missing_frames_a_longer_clip_than_in_fit_is_not_cut():
    transformer = MFCCTransformer(**SMALL, padding="nan").fit([noise(2_000)])
    assert transformer.transform([noise(9_000)]).shape == (1, 5, 91)
    assert (transformer.clip_length_, transformer.n_frames_) == (2_000, 21)


def test_with_missing_frames_a_clip_length_cuts_only_longer_clips():
    transformer = MFCCTransformer(**SMALL, padding="nan", clip_length=4_000).fit([noise(2_000)])
    features = transformer.transform([noise(2_000), noise(9_000)])
    assert features.shape == (2, 5, 41)
    assert np.isnan(features[0, :, 21:]).all() and np.isfinite(features[1]).all()


def test_a_clip_has_the_same_features_whatever_it_is_read_with(paths):
    transformer = MFCCTransformer(**SMALL, padding="nan", n_jobs=2).fit(paths)
    together = transformer.transform(paths)
    for path, found in zip(paths, together, strict=True):
        alone = transformer.transform([path])[0]
        np.testing.assert_array_equal(found[:, : alone.shape[1]], alone)


def test_the_cache_keeps_clips_of_any_length(paths, tmp_path):
    transformer = MFCCTransformer(**SMALL, padding="nan", memory=tmp_path / "kept")
    first = transformer.fit_transform(paths)
    np.testing.assert_array_equal(transformer.transform(paths), first)
    np.testing.assert_array_equal(MFCCTransformer(**SMALL, padding="nan").fit_transform(paths), first)


def test_bad_clips_are_missing_throughout_where_others_keep_their_lengths(paths, tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"no audio")
    transformer = MFCCTransformer(**SMALL, padding="nan", on_error="warn").fit(paths)
    with pytest.warns(UserWarning, match="1 of 2 clips cannot be used"):
        features = transformer.transform([str(tmp_path / "bad.wav"), paths[0]])
    assert np.isnan(features[0]).all() and np.isfinite(features[1]).all()


# Silence and level


@AUDIOREAD
@pytest.mark.parametrize("trim", [20, 40.0])
def test_trimming_is_librosas(trim):
    waveform = np.concatenate([np.zeros(3_000), noise(5_000), np.zeros(1_000)]).astype(np.float32)
    kept, _ = librosa.effects.trim(waveform, top_db=trim)
    expected = MFCCTransformer(**SMALL).fit_transform([kept])
    np.testing.assert_array_equal(MFCCTransformer(**SMALL, trim=trim).fit_transform([waveform]), expected)


@AUDIOREAD
@given(st.lists(st.tuples(st.integers(1, 3_000), st.floats(-120, 20)), min_size=1, max_size=6), st.floats(0.1, 120))
def test_what_is_trimmed_is_librosas_for_any_levels(parts, top_db):
    waveform = np.concatenate([10 ** (level / 20) * noise(n) for n, level in parts]).astype(np.float32)
    kept, _ = librosa.effects.trim(waveform, top_db=top_db)
    np.testing.assert_array_equal(audio.trim(waveform, top_db), kept if kept.size else waveform)


def test_the_longest_clip_is_that_after_trimming():
    clips = [np.concatenate([np.zeros(9_000), noise(2_000)]), noise(4_000)]
    assert MFCCTransformer(**SMALL, trim=60).fit(clips).clip_length_ < 5_000


def test_silence_throughout_is_kept():
    features = MFCCTransformer(**SMALL, trim=40, normalize=True, padding="nan").fit_transform([np.zeros(2_000)])
    assert features.shape == (1, 5, 21) and np.isfinite(features).all()


@pytest.mark.parametrize("gain", [1e-3, 0.1, 4.0])
def test_normalized_features_depend_on_no_gain(gain):
    transformer = MFCCTransformer(**SMALL, normalize=True, trim=40).fit([noise(3_000)])
    np.testing.assert_allclose(
        transformer.transform([gain * noise(3_000)]), transformer.transform([noise(3_000)]), atol=1e-2
    )


def test_a_fitted_transformer_makes_no_cache_elsewhere(paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    transformer = pickle.loads(pickle.dumps(MFCCTransformer(**SMALL, memory="cache").fit(paths)))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    transformer.transform(paths)
    assert not (tmp_path / "elsewhere" / "cache").exists()
