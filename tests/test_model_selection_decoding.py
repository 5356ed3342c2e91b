"""An evaluation decodes each file once, whatever it does with it."""

import os
import tempfile

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from sklearn.utils import Bunch

from sktimnet import MFCCTransformer, TIMNetClassifier, audio
from sktimnet.model_selection import ablations, cross_corpus, evaluate
from sktimnet.speakers import SpeakerNormalizedClassifier, with_speakers

SMALL = {"sr": 8_000, "n_mfcc": 5, "n_fft": 256, "win_length": 200, "hop_length": 100, "n_mels": 12}
FIXED = [{"clip_length": 2_000}, {"padding": "nan"}]
NET = TIMNetClassifier(n_blocks=1, n_filters=4, batch_size=8, max_epochs=1)
LABELS = np.array(["angry", "sad"] * 8)
SPEAKER = np.repeat(["Ann", "Ben"], 8)


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(16):
        soundfile.write(tmp_path / f"{i:02}.wav", rng.normal(scale=0.1, size=1_600 + 50 * i), 8_000)
    return [str(tmp_path / f"{i:02}.wav") for i in range(16)]


@pytest.fixture
def decoded(monkeypatch):
    """Collect paths in the order in which they are decoded."""
    calls = []
    load = audio.load
    monkeypatch.setattr(audio, "load", lambda clip, sr: calls.append(str(clip)) or load(clip, sr))
    return calls


def mean_over_time(features):
    return np.nanmean(features, axis=2)


def svc(**parameters):
    front = MFCCTransformer(**SMALL, **parameters)
    return make_pipeline(front, FunctionTransformer(mean_over_time), SVC())


@pytest.mark.parametrize("fixed", FIXED, ids=str)
def test_evaluate_decodes_each_file_once(paths, decoded, fixed):
    evaluate(svc(**fixed), paths, LABELS, n_splits=4, seeds=[0, 1])
    assert sorted(decoded) == paths


@pytest.mark.parametrize("fixed", FIXED, ids=str)
def test_ablations_decode_each_file_once(paths, decoded, fixed):
    ablations(make_pipeline(MFCCTransformer(**SMALL, **fixed), NET), paths, LABELS, n_splits=2)
    assert sorted(decoded) == paths


def test_a_search_inside_decodes_each_file_once(paths, decoded):
    evaluate(GridSearchCV(svc(clip_length=2_000), {"svc__C": [1, 9]}, cv=2), paths, LABELS, n_splits=2)
    assert sorted(decoded) == paths


def test_tables_with_speakers_are_decoded_once(paths, decoded):
    features = make_pipeline(MFCCTransformer(**SMALL, padding="nan"), FunctionTransformer(mean_over_time))
    relative = SpeakerNormalizedClassifier(features, LogisticRegression())
    report = evaluate(relative, with_speakers(paths, SPEAKER), LABELS, speaker=SPEAKER, n_splits=2)
    assert sorted(decoded) == paths
    assert report.folds[0].path == [paths[i] for i in report.folds[0].test]


def test_cross_corpus_decodes_each_file_once(paths, decoded):
    halves = {name: Bunch(data=paths[part], target=LABELS[part]) for name, part in [("a", np.s_[:8]), ("b", np.s_[8:])]}
    cross_corpus(svc(clip_length=2_000), halves, seeds=[0, 1, 2])
    assert sorted(decoded) == paths


@pytest.mark.parametrize("fixed", FIXED, ids=str)
def test_the_report_is_that_of_features_computed_beforehand(paths, fixed):
    report = evaluate(svc(**fixed), paths, LABELS, n_splits=4)
    features = MFCCTransformer(**SMALL, **fixed).fit_transform(paths)
    beforehand = evaluate(make_pipeline(FunctionTransformer(mean_over_time), SVC()), features, LABELS, n_splits=4)
    assert [fold.predicted for fold in report.folds] == [fold.predicted for fold in beforehand.folds]


def test_nothing_is_left_behind_or_told(paths, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    estimator = svc(clip_length=2_000)
    report = evaluate(estimator, paths, LABELS, n_splits=2)
    assert not os.listdir(tmp_path / "temporary")
    assert estimator[0].memory is None
    assert "temporary" not in str(report.settings)


def test_a_memory_of_ones_own_is_used_and_stays(paths, decoded, tmp_path):
    for _ in range(2):
        evaluate(svc(clip_length=2_000, memory=tmp_path / "cache"), paths, LABELS, n_splits=2)
    assert sorted(decoded) == paths


def test_finished_folds_are_known_wherever_features_are_kept(paths, tmp_path, monkeypatch):
    fits = []
    fit = SVC.fit
    monkeypatch.setattr(SVC, "fit", lambda *args, **kwargs: fits.append(1) or fit(*args, **kwargs))
    for _ in range(2):
        evaluate(svc(clip_length=2_000), paths, LABELS, n_splits=2, memory=tmp_path / "folds")
    evaluate(svc(clip_length=2_000, memory=tmp_path / "cache"), paths, LABELS, n_splits=2, memory=tmp_path / "folds")
    assert len(fits) == 2


@pytest.mark.parametrize("fixed", [*FIXED, {}], ids=str)
def test_recordings_that_repeat_another_are_found(paths, tmp_path, fixed):
    sound, rate = soundfile.read(paths[0], dtype="int16")
    soundfile.write(tmp_path / "copy.flac", sound, rate)
    report = evaluate(svc(**fixed), [*paths[:-1], str(tmp_path / "copy.flac")], LABELS, n_splits=2)
    assert report.n_repeated == 1


@pytest.mark.parametrize("fixed", [*FIXED, {}], ids=str)
def test_all_bad_files_are_named_at_once(paths, fixed):
    soundfile.write(paths[3], np.full(2_000, np.nan), 8_000, subtype="FLOAT")
    with open(paths[5], "wb") as file:
        file.write(b"RIFF")
    with pytest.raises(
        ValueError, match=r"2 of 16 clips cannot be used:\n.*03.wav' \(clip 3\).*\n.*05.wav' \(clip 5\)"
    ):
        evaluate(svc(**fixed), paths, LABELS, n_splits=2)


def test_a_table_with_other_columns_is_known_by_its_rows():
    frame = pd.DataFrame({"path": ["a.wav"] * 16, "pitch": np.arange(16.0)})
    by_pitch = make_pipeline(FunctionTransformer(pd.DataFrame.filter, kw_args={"items": ["pitch"]}), SVC())
    assert evaluate(by_pitch, frame, LABELS, n_splits=2).n_repeated == 0


def test_other_speakers_in_a_table_are_other_data(paths, tmp_path):
    features = make_pipeline(MFCCTransformer(**SMALL, padding="nan"), FunctionTransformer(mean_over_time))
    relative = SpeakerNormalizedClassifier(features, LogisticRegression())
    tables = [with_speakers(paths, SPEAKER), with_speakers(paths, [None] * 16)]
    known, unknown = (evaluate(relative, X, LABELS, n_splits=2, memory=tmp_path / "folds") for X in tables)
    assert unknown == evaluate(relative, tables[1], LABELS, n_splits=2)
    assert known == evaluate(relative, tables[0], LABELS, n_splits=2)
