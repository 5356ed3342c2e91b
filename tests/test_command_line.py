"""The command line, as a person at a terminal meets it."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys

import joblib
import numpy as np
import pytest
import soundfile
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier, audio, datasets, persistence
from sktimnet.__main__ import main
from sktimnet.datasets import make_emotional_speech
from sktimnet.model_selection import Report
from sktimnet.timeline import timeline

FIT = ["fit", "--recipe", "paper"]
TINY = ["--epochs", "1", "--folds", "2", "--n-blocks", "1"]


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    """Keep features in a directory of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write 16 short recordings, in one directory per label."""
    root = tmp_path_factory.mktemp("recordings")
    corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), duration=0.4, random_state=0)
    for i, (clip, label) in enumerate(zip(corpus.data, corpus.target, strict=True)):
        (root / label).mkdir(exist_ok=True)
        soundfile.write(root / label / f"{i}.wav", clip, corpus.sr)
    return root


@pytest.fixture(scope="module")
def model(folder, tmp_path_factory):
    """Fit a small model to these recordings."""
    corpus = datasets.load_folder(folder)
    pipeline = make_pipeline(MFCCTransformer(), TIMNetClassifier(n_blocks=1, max_epochs=5, random_state=0))
    path = tmp_path_factory.mktemp("model") / "model.joblib"
    joblib.dump(pipeline.fit(corpus.data, corpus.target), path)
    return path


def test_evaluate_without_options_names_protocol_settings_and_chance(capsys):
    assert main(["evaluate", *TINY]) == 0
    out = capsys.readouterr().out
    for piece in ("UAR", "WAR", "last-epoch", "240", "16.7", "max_epochs=1", "n_blocks=1"):
        assert piece in out


def test_evaluate_saves_the_report_as_json(folder, tmp_path, capsys):
    options = ["--corpus", "folder", "--root", str(folder), "--folds", "2", "--epochs", "2", "--seed", "3"]
    assert main(["evaluate", *options, "--json", str(tmp_path / "report.json")]) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert len(report["folds"]) == 2
    assert {fold["seed"] for fold in report["folds"]} == {3}


def test_each_seed_repeats_the_evaluation(folder, capsys):
    options = ["--corpus", "folder", "--root", str(folder), "--folds", "2", "--epochs", "1", "--n-blocks", "1"]
    assert main(["evaluate", *options, "--seed", "0", "7"]) == 0
    assert "4 folds, seeds: 0, 7" in capsys.readouterr().out


@pytest.mark.parametrize(("front_end", "expected"), [("paper", "win_length=0.05"), ("released", "win_length=2048")])
def test_the_front_end_is_what_was_asked_for(front_end, expected, folder, capsys):
    options = ["--corpus", "folder", "--root", str(folder), "--folds", "2", "--epochs", "1", "--front-end", front_end]
    assert main(["evaluate", *options]) == 0
    out = capsys.readouterr().out
    assert ("hop_length=512" in out) == (front_end == "released")


@pytest.mark.filterwarnings("always::UserWarning")
def test_real_recordings_are_compared_with_the_published_figures(emodb_root, capsys):
    options = ["--corpus", "emodb", "--root", str(emodb_root), "--folds", "2", "--epochs", "1", "--n-blocks", "1"]
    assert main(["evaluate", *options]) == 0
    out, err = capsys.readouterr()
    assert "published" in out and "89.19" in out
    assert "sktimnet: warning:" in err and "339 of the 535 clips" in err


def test_fit_then_predict(folder, tmp_path, capsys):
    model = tmp_path / "model.joblib"
    assert main([*FIT, "--data", str(folder), "--out", str(model), "--epochs", "3", "--n-blocks", "2"]) == 0
    assert "16 clips, labels angry, sad" in capsys.readouterr().out
    files = sorted(map(str, (folder / "sad").iterdir()))
    assert main(["predict", str(model), *files]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    pipeline = joblib.load(model)
    assert [line[0] for line in lines] == files
    assert [line[1] for line in lines] == list(pipeline.predict(files))
    np.testing.assert_allclose([float(line[2]) for line in lines], pipeline.predict_proba(files).max(1), atol=6e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "--corpus", "emodb", "--root", "nowhere"], "nowhere"),
        (["evaluate", "--corpus", "emodb"], "--corpus emodb needs --root"),
        (["evaluate", "--folds", "1"], "n_splits"),
        (["evaluate", "--epochs", "0"], "max_epochs"),
        ([*FIT, "--data", "nowhere", "--out", "model.joblib"], "nowhere"),
        (["fit", "--data", ".", "--out", "nowhere/model.joblib"], "--out nowhere/model.joblib"),
        (["predict", "nowhere.joblib", "clip.wav"], "nowhere.joblib"),
        (["evaluate", "--json", "nowhere/report.json"], "--json nowhere/report.json"),
        (["evaluate", "--root", "recordings"], "--root recordings needs --corpus"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Traceback" not in err
    error = [line for line in err.splitlines() if line.startswith("sktimnet: error:")]
    assert len(error) == 1 and message in error[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["@empty.txt"], "@empty.txt names no recording; expected a name on each line"),
        (["."], "No audio in '.'"),
        (["@nowhere.txt"], "nowhere.txt"),
        (["a.wav", "--min-confidence", "50"], "--min-confidence 50 is no probability"),
        (["a.wav", "--window", "0"], "window=0.0 must be a number of seconds, at least 0.05"),
        (["a.wav", "--window", "1", "--hop", "2"], "hop=2.0 is more than window=1.0"),
        (["a.wav", "b.wav", "--audacity", "labels.txt"], "--audacity labels.txt takes the labels of one recording"),
        (["a.wav", "--audacity", "nowhere/labels.txt"], "--audacity nowhere/labels.txt"),
    ],
)
def test_a_wrong_prediction_is_one_line_and_exit_code_2(arguments, message, model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").touch()
    assert main(["predict", str(model), *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Traceback" not in err and message in err


def test_a_file_that_is_no_model_is_named(tmp_path, capsys):
    (tmp_path / "notes.joblib").write_text("no model")
    assert main(["predict", str(tmp_path / "notes.joblib"), "clip.wav"]) == 2
    assert "notes.joblib is no model that sktimnet fit saved" in capsys.readouterr().err


def test_fit_saves_a_safe_file_by_its_ending(folder, tmp_path, capsys):
    model = tmp_path / "model.safetensors"
    assert (
        main(
            [
                "fit",
                "--recipe",
                "paper",
                "--data",
                str(folder),
                "--out",
                str(model),
                "--epochs",
                "1",
                "--batch-size",
                "8",
            ]
        )
        == 0
    )
    assert main(["predict", str(model), *map(str, (folder / "sad").iterdir())]) == 0
    assert persistence.load(model)["timnet"].batch_size == 8


def test_fit_refuses_before_training_what_it_could_not_save(folder, tmp_path, capsys):
    assert main([*FIT, "--data", str(folder), "--out", str(tmp_path)]) == 2
    assert "is a directory; name a file in it" in capsys.readouterr().err


def test_fit_needs_two_labels(folder, tmp_path, capsys):
    (tmp_path / "above").mkdir()
    (tmp_path / "above" / "recordings").symlink_to(folder)
    assert main([*FIT, "--data", str(tmp_path / "above"), "--out", str(tmp_path / "model.joblib")]) == 2
    assert "there is nothing to tell apart" in capsys.readouterr().err


def test_ctrl_c_is_one_line(monkeypatch, capsys):
    def interrupt(root):
        raise KeyboardInterrupt

    monkeypatch.setattr(datasets, "load_folder", interrupt)
    assert main([*FIT, "--data", ".", "--out", "model.joblib"]) == 130
    assert capsys.readouterr().err == "sktimnet: interrupted\n"


def test_a_reader_that_has_enough_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "sktimnet", "evaluate", *TINY], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.returncode == 0
    assert b"Broken pipe" not in done.stderr and b"Traceback" not in done.stderr


def test_new_speakers_of_a_folder_need_a_table(folder, capsys):
    assert main(["evaluate", "--corpus", "Folder", "--root", str(folder), "--protocol", "speaker"]) == 2
    assert "--corpus table" in capsys.readouterr().err


def test_a_folder_named_like_a_corpus_is_ones_own(folder, tmp_path, capsys):
    (tmp_path / "SAVEE").symlink_to(folder)
    assert (
        main(["evaluate", "--corpus", "folder", "--root", str(tmp_path / "SAVEE"), "--folds", "2", "--epochs", "1"])
        == 0
    )
    out = capsys.readouterr().out
    assert "published" not in out and "clip_length" not in out


def test_a_file_that_is_no_recording_is_named_and_the_others_are_predicted(folder, tmp_path, capsys):
    model, text = tmp_path / "model.joblib", tmp_path / "notes.wav"
    text.write_text("no audio")
    good = sorted(map(str, (folder / "sad").iterdir()))[:2]
    main([*FIT, "--data", str(folder), "--out", str(model), "--epochs", "1", "--n-blocks", "1"])
    capsys.readouterr()
    assert main(["predict", str(model), good[0], str(text), good[1]]) == 2
    out, err = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == good
    assert "1 of 3 files cannot be used" in err and "notes.wav' is not audio" in err


def test_a_report_is_saved_before_it_is_printed(tmp_path, monkeypatch):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError("No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    file = tmp_path / "report.json"
    assert main(["evaluate", "--folds", "2", "--epochs", "1", "--n-blocks", "1", "--json", str(file)]) == 2
    assert Report.from_json(file).n_clips > 0


def test_labels_that_the_terminal_cannot_show_are_escaped(folder, tmp_path):
    shutil.copytree(folder / "angry", tmp_path / "own" / "angry")
    shutil.copytree(folder / "sad", tmp_path / "own" / "Ärger")
    model = str(tmp_path / "model.joblib")
    command = [
        sys.executable,
        "-m",
        "sktimnet",
        "fit",
        "--recipe",
        "paper",
        "--data",
        str(tmp_path / "own"),
        "--out",
        model,
        "--epochs",
        "1",
    ]
    done = subprocess.run(command, capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii"}, check=True)
    assert rb"labels angry, \xc4rger" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 there")
def test_a_file_name_that_is_not_utf_8_is_a_name_as_any_other(folder, tmp_path, capsys):
    model, odd = str(tmp_path / "model.joblib"), os.fsdecode(os.fsencode(tmp_path) + b"/b\xfc.wav")
    os.link(next((folder / "sad").iterdir()), odd)
    assert main([*FIT, "--data", str(folder), "--out", model, "--epochs", "1", "--n-blocks", "1"]) == 0
    assert main(["predict", model, odd]) == 0


def test_the_clip_length_is_given_in_seconds(folder, tmp_path):
    model = tmp_path / "model.joblib"
    options = ["--epochs", "1", "--n-blocks", "1", "--clip-length", "0.5"]
    assert main([*FIT, "--data", str(folder), "--out", str(model), *options]) == 0
    assert joblib.load(model)["mfcc"].clip_length_ == 11_025


@pytest.mark.filterwarnings("default:A training of:sklearn.exceptions.ConvergenceWarning")
def test_what_is_trained_on_and_that_it_is_short_is_told(folder, tmp_path, capsys):
    model = str(tmp_path / "model.joblib")
    assert main(["fit", "--recipe", "paper", "--data", str(folder), "--out", model, "--epochs", "2"]) == 0
    err = capsys.readouterr().err
    assert "16 clips (angry 8, sad 8)" in err
    assert "warning: A training of 2 steps is short" in err


def test_no_recording_at_all_is_an_error(folder, tmp_path, capsys):
    model = tmp_path / "model.joblib"
    main([*FIT, "--data", str(folder), "--out", str(model), "--epochs", "1", "--n-blocks", "1"])
    capsys.readouterr()
    assert main(["predict", str(model), "nowhere.wav"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "'nowhere.wav' does not exist" in err


# Recipes


@pytest.fixture(scope="module")
def table(folder):
    """List the recordings with who speaks."""
    rows = [
        f"{file},{file.parent.name},{'Ann' if i % 8 < 6 else 'Ben'}"
        for i, file in enumerate(sorted(folder.rglob("*.wav")))
    ]
    path = folder.parent / "recordings.csv"
    path.write_text("path,label,speaker\n" + "\n".join(rows))
    return path


def test_fit_takes_the_robust_recipe_and_the_speakers_of_a_table(table, files, tmp_path, capsys):
    model = tmp_path / "model.joblib"
    assert main(["fit", "--data", str(table), "--out", str(model)]) == 0
    assert joblib.load(model).known_ is not None
    assert main(["predict", str(model), files[0]]) == 0


def test_the_report_says_that_the_recipe_was_told_who_speaks(table, capsys):
    options = ["--corpus", "table", "--root", str(table), "--protocol", "speaker", "--recipe", "robust"]
    assert main(["evaluate", *options]) == 0
    assert "The classifier was told who speaks" in capsys.readouterr().out
    assert main(["evaluate", *options, "--unknown-speakers"]) == 0
    assert "The classifier was told who speaks" not in capsys.readouterr().out


def test_features_are_kept_for_the_next_evaluation(folder, tmp_path, monkeypatch, capsys):
    options = ["--corpus", "folder", "--root", str(folder), *TINY, "--cache", str(tmp_path / "kept")]
    assert main(["evaluate", *options]) == 0
    monkeypatch.setattr("sktimnet.feature_extraction._reading._features", None)  # nothing is computed again
    assert main(["evaluate", *options, "--seed", "1"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recipe", "robust", "--epochs", "3"], "--epochs is of a network, which --recipe robust has not"),
        (["--recipe", "timnet", "--front-end", "paper"], "--front-end is of --recipe paper"),
    ],
)
def test_options_that_a_recipe_has_not_are_refused(arguments, message, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["fit", "--data", str(folder), "--out", "model.joblib", *arguments]) == 2
    assert message in capsys.readouterr().err


# Predictions in bulk


def predict(capsys, *arguments, expected=0):
    """Run the command; return the lines of standard output and all of standard error."""
    assert main(["predict", *map(str, arguments)]) == expected
    out, err = capsys.readouterr()
    return out.splitlines(), err


@pytest.fixture
def files(folder):
    return sorted(map(str, folder.rglob("*.wav")))


def test_a_folder_is_all_the_recordings_in_it(model, folder, files, capsys):
    lines, _ = predict(capsys, model, folder)
    assert sorted(line.split("\t")[0] for line in lines) == files


@pytest.mark.parametrize("way", ["list", "standard input"])
def test_names_come_from_a_list_or_standard_input(way, model, files, tmp_path, monkeypatch, capsys):
    names = "\n".join(files[:3]) + "\n\n"
    (tmp_path / "names.txt").write_text(names)
    monkeypatch.setattr(sys, "stdin", io.StringIO(names))
    lines, _ = predict(capsys, model, f"@{tmp_path / 'names.txt'}" if way == "list" else "-")
    assert [line.split("\t")[0] for line in lines] == files[:3]


def rows_of(lines, kind):
    return list(csv.DictReader(lines)) if kind == "csv" else [json.loads(line) for line in lines]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_row_has_the_probability_of_each_class(kind, model, files, capsys):
    lines, _ = predict(capsys, model, "--format", kind, *files)
    rows = rows_of(lines, kind)
    probabilities = joblib.load(model).predict_proba(files)
    assert [row["file"] for row in rows] == files
    assert {row["status"] for row in rows} == {"ok"}
    np.testing.assert_allclose([[float(row["p_angry"]), float(row["p_sad"])] for row in rows], probabilities, atol=1e-6)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_bad_file_costs_one_row_and_the_exit_code(kind, model, files, tmp_path, capsys):
    (tmp_path / "notes.wav").write_text("no audio")
    lines, err = predict(capsys, model, "--format", kind, files[0], tmp_path / "notes.wav", files[1], expected=2)
    rows = rows_of(lines, kind)
    assert [row["status"] for row in rows] == ["ok", "error", "ok"]
    assert "is not audio that libsndfile can read" in rows[1]["reason"] and not rows[1]["label"]
    assert err.endswith(f"1 of 3 files cannot be used:\n- '{tmp_path / 'notes.wav'}' {rows[1]['reason']}\n")


def test_each_file_is_decoded_once(model, files, monkeypatch, capsys):
    decoded = []
    load = audio.load
    monkeypatch.setattr(audio, "load", lambda clip, sr: decoded.append(audio.is_path(clip)) or load(clip, sr))
    predict(capsys, model, *files)
    assert sum(decoded) == len(files)


def test_no_speech_is_a_question_mark_with_the_reason(model, tmp_path, capsys):
    soundfile.write(tmp_path / "hum.wav", 0.3 * np.sin(2 * np.pi * 50 * np.arange(6_000) / 16_000), 16_000)
    lines, _ = predict(capsys, model, tmp_path / "hum.wav")
    assert lines == [f"{tmp_path / 'hum.wav'}\t?\t-\tno speech"]


def test_an_answer_below_the_threshold_is_a_question_mark_with_the_reason(model, files, capsys):
    lines, _ = predict(capsys, model, "--min-confidence", "1", "--format", "jsonl", files[0])
    row = json.loads(lines[0])
    assert (row["label"], row["status"]) == ("?", "unsure")
    assert row["reason"] in (f"most probable is {label}, below --min-confidence 1" for label in ("angry", "sad"))


@pytest.fixture
def long(files, tmp_path):
    """Join the recordings to one of six seconds."""
    path = tmp_path / "long.wav"
    soundfile.write(
        path, np.concatenate([soundfile.read(file)[0] for file in files]), soundfile.info(files[0]).samplerate
    )
    return path


def test_a_recording_longer_than_the_model_s_is_answered_as_a_whole_and_it_says_so(model, long, capsys):
    options = ["--window", "0.4", "--hop", "0.2"]
    lines, err = predict(capsys, model, *options, "--format", "jsonl", long)
    overall = timeline(joblib.load(model), long, window=0.4, hop=0.2).overall()
    assert json.loads(lines[0])["probability"] == pytest.approx(overall.probabilities.max())
    assert f"note: {long} lasts" in err and "longer than the model's clips (" in err
    assert "mean over windows of 0.4 s" in err and "warning" not in err


def test_a_timeline_is_a_row_for_each_window(model, long, capsys):
    lines, _ = predict(capsys, model, "--timeline", "--window", "0.4", "--hop", "0.2", "--format", "csv", long)
    rows = rows_of(lines, "csv")
    windows = timeline(joblib.load(model), long, window=0.4, hop=0.2).windows
    assert [float(row["start"]) for row in rows] == [window.start for window in windows]
    assert [row["label"] for row in rows] == [window.label or "?" for window in windows]


def test_segments_are_written_as_labels_for_audacity(model, long, tmp_path, capsys):
    predict(capsys, model, "--audacity", tmp_path / "labels.txt", "--window", "0.4", "--hop", "0.2", long)
    ends = [float(line.split("\t")[1]) for line in (tmp_path / "labels.txt").read_text().splitlines()]
    assert ends == sorted(ends) and ends[-1] <= soundfile.info(long).duration + 0.01


def test_python_m_sktimnet_runs():
    done = subprocess.run([sys.executable, "-m", "sktimnet", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("sktimnet ")
