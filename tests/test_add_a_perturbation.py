"""The page "Add a perturbation": its code runs as it stands, and wrong input gives the errors that it quotes."""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import blocks_of, errors_of, named_files, run, text_of, written
from sklearn.dummy import DummyClassifier

from sktimnet.__main__ import main
from sktimnet.model_selection import robustness
from sktimnet.perturbations import PERTURBATIONS, Rate
from sktimnet.recipes import make_recipe

PAGE = "add_a_perturbation.md"
_, USE = blocks_of(PAGE)
SR = 8000
CLIPS = [(np.random.default_rng(i).normal(size=SR // 4).astype(np.float32), SR) for i in range(4)]
Y = ["calm", "angry"] * 2


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """Run the page's code; give what it defines, in its directory."""
    with written(PAGE, tmp_path_factory.mktemp("own")) as directory, pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        yield run(USE, PAGE)


@pytest.fixture
def packets(used):
    return importlib.import_module("packets")


def test_the_use_on_the_page_tells_what_the_perturbations_cost(used, packets):
    report = used["report"]
    assert [row["perturbation"] for row in report.to_table()] == ["clean", "gain:-20dB", *packets.PERTURBATIONS]
    assert {name: report.thresholds[name] for name in packets.PERTURBATIONS} == packets.THRESHOLDS
    assert report.changes["packets:5%"] == "LostPackets(share=0.05)"
    assert "LostPackets(share=0.1)" in report.settings["parameters"]["augmentation"]


def test_the_command_on_the_page_runs(used, capsys):
    for i, (clip, rate) in enumerate(used["clips"]):
        soundfile.write(f"{i}.wav", clip, rate)
    rows = [f"{i}.wav,{label}" for i, label in enumerate(used["corpus"].target)]
    Path("recordings.csv").write_text("\n".join(["path,label", *rows]))
    command = re.search(r"^sktimnet (stress .*packets\.py)$", text_of(PAGE), flags=re.MULTILINE)[1]
    assert main(command.split()) == 0
    printed = capsys.readouterr().out
    assert all(f"\n{name} " in printed for name in ("gain:-20dB", "packets:5%", "packets:20%", "hall"))


def test_lost_packets_are_20_ms_of_silence_and_the_rest_is_as_it_was(packets):
    waveform = np.ones(SR, np.float32)
    changed, sr = packets.LostPackets(0.3)(waveform, SR, rng=0)
    by_packet = changed.reshape(50, SR // 50)
    assert sr == SR and set(np.unique(changed)) == {0, 1}
    assert (by_packet == by_packet[:, :1]).all()
    assert by_packet[:, 0].tolist() == (np.random.default_rng(0).random(51) >= 0.3)[:50].tolist()


def test_a_measured_room_is_a_convolution_at_the_rate_of_the_clip(packets, tmp_path):
    response = np.zeros(800)
    response[[0, 400]] = 0.5, 0.25
    soundfile.write(tmp_path / "echo.wav", response, SR, "FLOAT")
    room, (clip, _) = packets.MeasuredRoom(str(tmp_path / "echo.wav")), CLIPS[0]
    echo = clip.copy()
    echo[400:] += 0.5 * clip[:-400]
    np.testing.assert_allclose(room(clip, SR)[0], echo, atol=1e-4)
    impulse = room(np.eye(1, 2000, dtype=np.float32)[0], 2 * SR)[0]
    assert abs(int(np.abs(impulse[100:]).argmax()) + 100 - 800) <= 1  # as late at another rate


def test_a_room_that_is_not_there_is_skipped_and_named(packets):
    missing = {"cellar": packets.MeasuredRoom("cellar.wav"), "rate": Rate(SR)}
    report = robustness(DummyClassifier().fit(CLIPS, Y), CLIPS, Y, perturbations=missing)
    assert report.skipped == {"cellar": "there is no cellar.wav"}


@given(st.integers(1, 5000), st.sampled_from([8000, 11025, 44100]), st.sampled_from([1e-4, 1.0]), st.integers(0, 9))
@settings(max_examples=20, deadline=None)
def test_the_rules_hold_for_clips_of_any_length_level_and_rate(used, n_samples, sr, scale, seed):
    clip = (scale * np.random.default_rng(seed).normal(size=n_samples)).astype(np.float32)
    for change in used["PERTURBATIONS"].values():
        original = clip.copy()
        changed, rate = change(clip, sr, seed)
        np.testing.assert_array_equal(clip, original)
        np.testing.assert_array_equal(change(clip, sr, seed)[0], changed)
        assert len(changed) == n_samples and rate == sr and np.isfinite(changed).all()


def stressed(packets, **options):
    fitted = DummyClassifier().fit(CLIPS, Y)
    robustness(fitted, CLIPS, Y, **{"perturbations": {"packets": packets.LostPackets(0.1)}} | options)


WRONG = [
    lambda packets: stressed(packets, perturbations={"packets": packets.LostPackets}),
    lambda packets: stressed(packets, perturbations={"packets": lambda waveform, sr, rng: waveform}),
    lambda packets: stressed(packets, perturbations={"packets": lambda waveform, sr, rng: (waveform * np.nan, sr)}),
    lambda packets: stressed(packets, perturbations={"clean": packets.LostPackets(0.1)}),
    lambda packets: stressed(packets, thresholds={"packet": {"lost": 0.1}}),
    lambda packets: make_recipe("linear").set_params(augmentation=("packets:5%",)).fit(CLIPS, Y),
]


@pytest.mark.parametrize(("wrong", "quoted"), [*zip(WRONG, errors_of(PAGE), strict=True)])
def test_wrong_input_gives_the_error_that_the_page_quotes(wrong, quoted, packets):
    with pytest.raises(ValueError, match=re.escape(quoted)):
        wrong(packets)


def test_the_files_and_the_names_on_the_page_are_the_packages():
    assert named_files(PAGE) and all(map(Path.exists, named_files(PAGE)))
    assert "gain:-20dB" in PERTURBATIONS
