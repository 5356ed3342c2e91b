"""Stress tests: what is changed, what is counted, what fails; for any classifier of recordings."""

import json
import sys

import joblib
import matplotlib
import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from sktimnet import audio
from sktimnet.__main__ import main
from sktimnet.datasets import make_emotional_speech
from sktimnet.model_selection import THRESHOLDS, RobustnessReport, robustness
from sktimnet.perturbations import PERTURBATIONS, Room
from sktimnet.recipes import make_recipe
from sktimnet.speakers import SpeakerNormalizedClassifier, clips_and_speakers, replace_clips, with_speakers

matplotlib.use("Agg")
SR = 8000
CORPUS = make_emotional_speech(n_speakers=2, n_texts=3, emotions=("angry", "sad"), duration=0.4, sr=SR, random_state=0)
CLIPS = [(clip, SR) for clip in CORPUS.data]
Y = CORPUS.target
SOME = ["gain", "silence:3s", "white-noise:10dB", "rate:11025Hz"]


class ByLevel(ClassifierMixin, BaseEstimator):
    """Call loud clips angry; answers depend on level alone."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.loudness_ = float(np.median(_loudness(X)))
        self.seen_ = list(X)
        return self

    def predict(self, X):
        return np.where(_loudness(X) > self.loudness_, "angry", "sad")

    def predict_proba(self, X):
        loud = (_loudness(X) > self.loudness_)[:, np.newaxis]
        return np.where(loud, [0.9, 0.1], [0.2, 0.8])


class Keeper(ByLevel):
    """Keep what was asked, batch after batch."""

    asked = []

    def predict(self, X):
        self.asked.append(X)
        return super().predict(clips_and_speakers(X)[0])

    @property
    def predict_proba(self):
        raise AttributeError


def _loudness(X):
    return np.array([np.mean(np.square(audio.read(clip)[0])) for clip in X])


@pytest.fixture
def fitted():
    return ByLevel().fit(CLIPS, Y)


@pytest.fixture
def keeper():
    Keeper.asked = []
    return Keeper().fit(CLIPS, Y)


# ---- what is counted ------------------------------------------------------------------------------------------------


def test_scores_are_those_of_the_changed_clips(fitted):
    report = robustness(fitted, CLIPS, Y, perturbations=["gain:-30dB"])
    clean, quiet = report.to_table()
    assert clean["UAR"] == pytest.approx(
        np.mean([np.mean(fitted.predict(CLIPS)[name == Y] == name) for name in set(Y)])
    )
    assert quiet["UAR"] == 0.5 and quiet["lost"] == clean["UAR"] - 0.5  # all of them sad
    assert quiet["changed"] == np.mean(fitted.predict(CLIPS) == "angry")
    assert (clean["confidence"], quiet["confidence"]) == (pytest.approx(0.85), pytest.approx(0.8))


def test_a_recipe_that_normalizes_the_level_answers_the_same_at_any():
    clips = [(clip, 22050) for clip in CORPUS.data]
    report = robustness(make_recipe("robust").fit(clips, Y), clips, Y, perturbations=["gain"])
    assert [row["changed"] for row in report.to_table()] == [0] * 6
    assert report.failures == []


def test_what_misses_a_threshold_is_marked(fitted):
    report = robustness(fitted, CLIPS, Y, perturbations=["gain:-30dB", "rate:8000Hz"])
    assert report.failures == ["gain:-30dB"]
    line = next(line for line in str(report).splitlines() if line.startswith("gain:-30dB"))
    assert line.endswith("changed <= 2.0  FAILS")
    assert report.thresholds["gain:-30dB"] == THRESHOLDS["gain:-30dB"]


def test_own_thresholds_take_the_place_of_the_default_ones(fitted):
    own = {"gain:-30dB": {"lost": 0.6, "changed": 0.6}, "sex": {"gap": 2}, "length": {}}
    report = robustness(fitted, CLIPS, Y, sex=CORPUS.gender, perturbations=["gain:-30dB"], thresholds=own)
    assert report.failures == []
    assert report.to_table()[1]["most_lost"] == 0.6


def test_a_perturbation_without_threshold_neither_passes_nor_fails(fitted):
    report = robustness(fitted, CLIPS, Y, perturbations={"nothing": lambda waveform, sr, rng: (waveform, sr)})
    assert report.to_table()[1]["passed"] is None and report.to_table()[1]["changed"] == 0


def test_every_perturbation_has_a_threshold():
    assert set(THRESHOLDS) - {"sex", "length"} == set(PERTURBATIONS)


def test_groups_are_compared(fitted):
    report = robustness(fitted, CLIPS, Y, speaker=CORPUS.speaker, sex=CORPUS.gender, perturbations=["gain:-30dB"])
    sexes = [row for row in report.groups if row["by"] == "sex"]
    for row in sexes:
        members = row["group"] == CORPUS.gender
        right = fitted.predict(CLIPS)[members] == Y[members]
        assert row["n"] == 6 and row["n_classes"] == 2
        assert row["UAR"] == pytest.approx(np.mean([right[Y[members] == name].mean() for name in set(Y)]))
    assert report.gaps["sex"] == abs(sexes[0]["UAR"] - sexes[1]["UAR"])
    assert "speaker s01" in str(report)


def test_the_audit_says_what_one_answer_weighs(fitted):
    few = [0, 6, 7, 8]  # one angry clip, three sad ones
    report = robustness(fitted, [CLIPS[i] for i in few], Y[few], perturbations=["gain:-30dB"])
    assert "one answer is 25.0 % of the 4 clips" in report.audit[1]
    assert "50.0 points of UAR for a clip of the rarest class (angry, 1)" in report.audit[1]


def test_lengths_are_thirds():
    clips = [(clip[: 1000 + 100 * i], SR) for i, (clip, _) in enumerate(CLIPS)]
    report = robustness(ByLevel().fit(clips, Y), clips, Y, perturbations=["gain:-30dB"])
    assert [row["n"] for row in report.groups if row["by"] == "length"] == [4, 4, 4]


# ---- what is changed ------------------------------------------------------------------------------------------------


def test_the_noise_of_a_clip_depends_on_its_position_alone(keeper):
    reports = [robustness(keeper, CLIPS, Y, perturbations=["white-noise:10dB"], batch_size=size) for size in (5, 32)]
    batches = [clip for X in keeper.asked for clip, _ in X]
    small, large = batches[12:24], batches[36:48]
    np.testing.assert_array_equal(np.stack(small), np.stack(large))
    assert not np.array_equal(small[0] - CLIPS[0][0], small[1] - CLIPS[1][0])
    assert reports[0] == reports[1]
    robustness(keeper, CLIPS, Y, perturbations=["gain:-20dB", "white-noise:10dB"], seed=1)
    assert not np.array_equal(keeper.asked[-1][0][0], large[0])


def test_a_change_that_writes_into_a_clip_leaves_the_others_what_they_were(keeper):
    def silenced(waveform, sr, rng):
        waveform[:] = 0
        return waveform, sr

    report = robustness(keeper, CLIPS, Y, perturbations={"silenced": silenced, "same": lambda x, sr, rng: (x, sr)})
    clean, silent, same = report.to_table()
    assert same["changed"] == 0 and silent["changed"] > 0


def test_batches_are_no_larger_than_asked_for(keeper):
    robustness(keeper, CLIPS, Y, perturbations=["gain:-20dB"], batch_size=5)
    assert [len(X) for X in keeper.asked] == [5, 5, 2, 5, 5, 2]


@pytest.mark.parametrize("make", [with_speakers, lambda clips, names: pd.DataFrame({"path": clips, "speaker": names})])
def test_clips_of_a_named_speaker_are_changed_together_and_the_names_kept(make, keeper):
    X = make(CLIPS, CORPUS.speaker)
    report = robustness(keeper, X, Y, perturbations=["gain:-20dB"], batch_size=2)
    assert [set(table["speaker"]) for table in keeper.asked] == [{"s01"}, {"s02"}] * 2
    assert report.speaker == CORPUS.speaker[report.clip].tolist()
    quiet, original = clips_and_speakers(keeper.asked[2])[0][0], CLIPS[report.clip[0]]
    np.testing.assert_allclose(quiet[0], 0.1 * original[0], atol=1e-7)


def test_the_rest_of_a_table_is_kept():
    frame = pd.DataFrame({"path": ["a", "b"], "age": [3, 4]})
    changed = replace_clips(frame, [CLIPS[0], CLIPS[1]])
    assert changed["age"].tolist() == [3, 4] and changed["path"][0] is CLIPS[0] and frame["path"][0] == "a"
    table = np.array([("a", 3), ("b", 4)], dtype=[("path", "U1"), ("age", int)])
    changed = replace_clips(table, [CLIPS[0], CLIPS[1]])
    assert changed["age"].tolist() == [3, 4] and changed["path"][1] is CLIPS[1]


def test_files_are_read_at_their_own_rate(tmp_path, keeper):
    for i, (clip, rate) in enumerate(CLIPS):
        soundfile.write(tmp_path / f"{i}.wav", clip, rate, subtype="FLOAT")
    paths = [str(tmp_path / f"{i}.wav") for i in range(len(CLIPS))]
    report = robustness(keeper, paths, Y, perturbations=["gain:-20dB"])
    assert report.path == paths and report.seconds == pytest.approx([0.4] * 12)
    np.testing.assert_array_equal(keeper.asked[0][3][0], CLIPS[3][0])
    assert keeper.asked[0][3][1] == SR


def test_a_codec_that_cannot_be_written_is_skipped_and_named(fitted, monkeypatch):
    monkeypatch.setattr(soundfile, "available_subtypes", lambda file_format: {"PCM_16": ""})
    report = robustness(fitted, CLIPS, Y, perturbations=["codec:opus", "gain:+6dB"])
    assert [row["perturbation"] for row in report.to_table()] == ["clean", "gain:+6dB"]
    assert "Skipped: codec:opus (this libsndfile cannot write OGG OPUS)." in report.audit


def test_the_answer_is_what_predict_says_where_probabilities_differ():
    class Stubborn(ByLevel):
        def predict(self, X):
            return np.full(len(X), "sad")

    report = robustness(Stubborn().fit(CLIPS, Y), CLIPS, Y, perturbations=["gain:+12dB"])
    assert all(set(answers.predicted) == {"sad"} for answers in report.answers)


# ---- folds ----------------------------------------------------------------------------------------------------------


def test_an_unfitted_classifier_is_tested_on_speakers_that_are_not_in_training():
    report = robustness(ByLevel(), CLIPS, Y, speaker=CORPUS.speaker, perturbations=SOME)
    assert report.n_folds == 2 and sorted(report.clip) == list(range(12))
    halves = [{report.speaker[i] for i in part} for part in (range(6), range(6, 12))]
    assert sorted(map(len, halves)) == [1, 1] and halves[0] != halves[1]
    assert "speakers that are not in it" in report.audit[0]
    half = np.flatnonzero(CORPUS.speaker != report.speaker[0])
    trained = ByLevel().fit([CLIPS[i] for i in half], Y[half])
    assert report.answers[0].predicted[:6] == trained.predict([CLIPS[i] for i in report.clip[:6]]).tolist()


def test_without_speakers_folds_are_stratified():
    report = robustness(ByLevel(), CLIPS, Y, perturbations=["gain:-20dB"], cv=3)
    assert report.n_folds == 3 and report.settings["cv"] == 3
    assert "may share a speaker" in report.audit[0]


def test_a_fitted_classifier_is_left_as_it_is_and_said_to_be_fitted(fitted):
    seen = fitted.seen_
    report = robustness(fitted, CLIPS, Y, perturbations=["gain:-20dB"])
    assert fitted.seen_ is seen and report.n_folds is None
    assert "whether it was trained on these clips or speakers is not known" in report.audit[0]


def test_parallel_batches_give_the_same_report(tmp_path):
    energy = FunctionTransformer(_loudness_column)
    pipeline = make_pipeline(energy, SVC()).fit(CLIPS, Y)
    with joblib.parallel_config("threading"):
        one, two = (robustness(pipeline, CLIPS, Y, perturbations=SOME, batch_size=4, n_jobs=n) for n in (1, 2))
    assert one == two and one.to_table()[0]["confidence"] is None


def _loudness_column(X):
    return _loudness(X)[:, np.newaxis]


# ---- the report -----------------------------------------------------------------------------------------------------


def test_a_report_comes_back_from_its_file(fitted, tmp_path):
    report = robustness(fitted, CLIPS, Y, speaker=CORPUS.speaker, sex=CORPUS.gender, perturbations=SOME)
    report.to_json(tmp_path / "report.json")
    again = RobustnessReport.from_json(tmp_path / "report.json")
    assert again == report and str(again) == str(report)
    summary = json.loads((tmp_path / "report.json").read_text())["summary"]
    assert summary["failures"] == report.failures and "gain:-30dB" in summary["perturbations"]


def test_a_damaged_report_is_refused(fitted, tmp_path):
    path = tmp_path / "report.json"
    robustness(fitted, CLIPS, Y, perturbations=["gain:-20dB"]).to_json(path)
    document = json.loads(path.read_text())
    document["answers"][1]["predicted"].pop()
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match="is damaged"):
        RobustnessReport.from_json(path)


def test_the_picture_has_a_bar_for_each_perturbation_and_the_failed_ones_in_another_colour(fitted):
    report = robustness(fitted, CLIPS, Y, perturbations=SOME, thresholds={"gain:-30dB": {"lost": 0.01}})
    ax = report.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        row["perturbation"] for row in report.to_table()[1:]
    ]
    colours = {bar.get_facecolor() for bar in ax.patches[:1]}, {bar.get_facecolor() for bar in ax.patches[6:7]}
    assert colours[0] != colours[1]
    assert ax.patches[0].get_width() == pytest.approx(100 * report.to_table()[1]["lost"])


# ---- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": CORPUS.data}, r"12 of 12 clips cannot be used:(.|\n)*comes without its sampling rate"),
        ({"X": ["nowhere.wav", *CLIPS[1:]]}, r"'nowhere.wav' \(clip 0\) does not exist"),
        ({"X": "nowhere.wav"}, "X is one path, 'nowhere.wav'"),
        ({"y": np.where(Y == "sad", "triste", "fache")}, r"knows none of the labels in y, \['fache', 'triste'\]"),
        ({"cv": 3}, "cv=3, but the estimator is fitted"),
        ({"perturbations": ["echo"]}, "no perturbation 'echo'"),
        ({"perturbations": {"mine": 3}}, r"perturbations\['mine'\] must be a callable, .* got 3"),
        ({"perturbations": {"mine": Room}}, r"perturbations\['mine'\] .* the class Room; make one: Room\(...\)"),
        (
            {"perturbations": {"mine": lambda waveform: waveform}},
            r"perturbations\['mine'\] must take a waveform, its rate and a generator, .*; it takes \(waveform\)\.",
        ),
        ({"perturbations": {1: Room(0.3)}}, r"perturbations\[1\] must be a callable under a name"),
        (
            {"perturbations": {"mine": lambda x, sr, rng: x}},
            r"perturbations\['mine'\]: clip 0 is no recording: <.*> must return \(waveform, rate\), got array",
        ),
        (
            {"perturbations": {"mine": lambda x, sr, rng: (x[:0], sr)}},
            r"perturbations\['mine'\]: clip 0 \(changed by <.*>\) has no samples",
        ),
        ({"thresholds": {"echo": {"lost": 0.1}}}, r"thresholds\['echo'\] is of no perturbation"),
        (
            {"perturbations": [Room(0.3)]},
            r"has Room\(rt60=0.3\) without a name; pass a dict: {'mine': Room\(rt60=0.3\)}",
        ),
        ({"thresholds": {"gain:+6dB": {"gap": 0.1}}}, r"must map 'lost' or 'changed' to a fraction"),
        ({"thresholds": {"gain:+6dB": 0.1}}, r"must map 'lost' or 'changed' to a fraction, got 0.1"),
        ({"batch_size": 0}, "batch_size"),
        ({"estimator": FunctionTransformer()}, "'estimator' parameter of robustness"),
        ({"estimator": LinearRegression().fit([[0], [1]], [0, 1])}, "is not a classifier"),
        ({"speaker": ["Ann"]}, "inconsistent numbers of samples"),
    ],
)
def test_wrong_input_is_named(arguments, message, fitted):
    with pytest.raises(ValueError, match=message):
        robustness(**{"estimator": fitted, "X": CLIPS, "y": Y} | arguments)


def test_bare_waveforms_need_their_rate(fitted):
    given = robustness(fitted, CORPUS.data, Y, sr=SR, perturbations=SOME)
    assert given == robustness(fitted, CLIPS, Y, perturbations=SOME)


def test_labels_that_the_classifier_does_not_know_are_named(fitted):
    report = robustness(fitted, CLIPS, np.where(np.arange(12) == 0, "bored", Y), perturbations=["gain:-20dB"])
    assert report.unknown_classes == ["bored"] and any("bored" in line for line in report.audit)


# ---- the command line -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Write the clips, a table of them, and a fitted model."""
    root = tmp_path_factory.mktemp("recordings")
    for i, (clip, rate) in enumerate(CLIPS):
        soundfile.write(root / f"{i}.wav", clip, rate)
    rows = zip(range(12), Y, CORPUS.speaker, CORPUS.gender, strict=True)
    lines = ["path,label,speaker,gender", *(f"{i}.wav,{label},{name},{sex}" for i, label, name, sex in rows)]
    (root / "clips.csv").write_text("\n".join(lines))
    joblib.dump(make_recipe("robust").fit([str(root / f"{i}.wav") for i in range(12)], Y), root / "model.joblib")
    return root


def stress(table, *options):
    corpus = ["--corpus", "table", "--root", str(table / "clips.csv")]
    return main(["stress", str(table / "model.joblib"), *corpus, *options])


def test_stress_prints_saves_and_draws(table, tmp_path, capsys):
    files = [str(tmp_path / name) for name in ("stress.json", "stress.png")]
    options = ["--perturbation", "gain:-20dB", "codec:ulaw", "--known-speakers", "--json", files[0], "--plot", files[1]]
    assert stress(table, *options) == 0
    out, err = capsys.readouterr()
    assert "sex female" in out and "codec:ulaw" in out and "Batches" in err
    assert str(RobustnessReport.from_json(files[0])) == out.rstrip("\n")
    assert (tmp_path / "stress.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def own_file(tmp_path, monkeypatch):
    """Write Python files of one's own, from which the command line imports."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def write(name, text):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    yield write
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def test_stress_takes_perturbations_and_thresholds_of_ones_own_file(table, own_file, capsys):
    own = own_file(
        "soft_voices.py",
        "from sktimnet.perturbations import Gain\n"
        "PERTURBATIONS = {'soft': Gain(-3)}\n"
        "THRESHOLDS = {'soft': {'changed': -1}}\n",
    )
    assert stress(table, "--perturbation", "gain:-20dB", own, "--strict") == 1
    out = capsys.readouterr().out
    assert "gain:-20dB" in out and "1 thresholds missed: soft" in out


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("untold.py", "CHANGES = {}", "must define PERTURBATIONS, a dict of perturbations by name"),
        ("json.py", "PERTURBATIONS = {}", "there is another module named json; rename the file"),
        ("names.py", "PERTURBATIONS = {'soft': 3}", "perturbations['soft'] must be a callable"),
    ],
)
def test_a_file_without_perturbations_is_exit_code_2(name, text, message, table, own_file, capsys):
    assert stress(table, "--perturbation", own_file(name, text)) == 2
    assert message in capsys.readouterr().err


def test_strict_turns_a_missed_threshold_into_exit_code_1(table, fitted, tmp_path, capsys):
    joblib.dump(fitted, tmp_path / "by_level.joblib")
    options = [str(tmp_path / "by_level.joblib"), "--corpus", "table", "--root", str(table / "clips.csv")]
    assert main(["stress", *options, "--perturbation", "gain:-30dB", "--strict"]) == 1
    assert "FAILS" in capsys.readouterr().out
    assert main(["stress", *options, "--perturbation", "gain:-30dB"]) == 0
    assert main(["stress", *options, "--perturbation", "rate:8000Hz", "--strict"]) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--perturbation", "echo"], "no perturbation 'echo'"),
        (["--perturbation", "nowhere/echo.py"], "--perturbation nowhere/echo.py: there is no such file"),
        (["--json", "nowhere/report.json"], "--json nowhere/report.json"),
        (["--plot", "nowhere/stress.png"], "--plot nowhere/stress.png"),
    ],
)
def test_wrong_options_are_exit_code_2(options, message, table, capsys):
    assert stress(table, *options) == 2
    assert message in capsys.readouterr().err


def test_recipes_calibrate_on_speakers_that_are_held_out(monkeypatch):
    given = []
    fit = SpeakerNormalizedClassifier.fit
    monkeypatch.setattr(
        SpeakerNormalizedClassifier,
        "fit",
        lambda self, X, y, *, groups=None: given.append(groups) or fit(self, X, y, groups=groups),
    )
    levels = FunctionTransformer(lambda clips: _loudness(clips)[:, np.newaxis])
    classifier = SpeakerNormalizedClassifier(levels, SVC(), calibration_folds=2)
    speaker = np.resize(["Ann", "Ben", "Cem", "Dee"], len(CLIPS))
    robustness(classifier, CLIPS, Y, speaker=speaker, cv=2, perturbations=["gain:-20dB"], thresholds={})
    assert [len(set(groups)) for groups in given] == [2, 2]
