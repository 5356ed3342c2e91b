"""The model that ships with the package: what it is, what it answers, and how it is made."""

import io
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sktimnet import pretrained
from sktimnet.__main__ import main
from sktimnet.datasets import load_emodb, make_emotional_speech
from sktimnet.pretrained import MODELS, load_model

SCRIPT = Path(__file__).parents[1] / "examples" / "make_emodb_model.py"
SR = 16_000
RNG = np.random.default_rng(0)
SECONDS = np.arange(3 * SR) / SR


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    corpus = make_emotional_speech(n_speakers=1, n_texts=1, emotions=("angry",), random_state=0)
    path = tmp_path_factory.mktemp("recording") / "new.wav"
    soundfile.write(path, corpus.data[0], corpus.sr)
    return str(path)


def test_each_model_is_small_and_has_a_card():
    assert list(MODELS) == ["emodb"]
    for path in MODELS.values():
        assert path.stat().st_size < 1_000_000
        assert path.with_suffix(".md").is_file()


def test_it_knows_no_speaker_and_no_path():
    model = load_model("emodb")
    assert model.speaker_scalers_ == {}
    assert b".wav" not in MODELS["emodb"].read_bytes()


def test_it_has_the_labels_of_the_corpus_and_gives_probabilities(recording):
    model = load_model()
    assert model.classes_.tolist() == ["angry", "boredom", "disgust", "fear", "happy", "neutral", "sad"]
    np.testing.assert_allclose(model.predict_proba([recording]).sum(), 1)


def test_an_unknown_model_is_named():
    with pytest.raises(ValueError, match="name='casia' is no model of this package; there are 'emodb'"):
        load_model("casia")


@pytest.mark.filterwarnings("ignore:.*of the 535 clips:UserWarning")
def test_it_recognises_what_it_was_trained_on_and_finds_it_familiar(emodb_root):
    corpus = load_emodb(emodb_root)
    clips, target = corpus.data[::10], corpus.target[::10]
    assert np.mean(load_model().predict(clips) == target) > 0.95
    assert load_model().is_outlier(clips).mean() <= 0.05


@pytest.mark.filterwarnings("ignore:.*of the 535 clips:UserWarning")
def test_training_gives_the_same_bits_wherever_the_corpus_is(emodb_root, tmp_path):
    make = runpy.run_path(str(SCRIPT))["train"]
    for place in ("one", "two"):
        folder = tmp_path / place / "emodb" / "wav"
        folder.mkdir(parents=True)
        for file in sorted(emodb_root.glob("**/*.wav"))[::17]:
            shutil.copy(file, folder)
        make(folder.parent, tmp_path / f"{place}.safetensors")
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()


WAVEFORM = np.zeros(4_000)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (WAVEFORM, r"X is one waveform of 4000 samples; .*\[\(waveform, rate\)\]"),
        (WAVEFORM[:, np.newaxis], r"X has the shape \(4000, 1\), .* write \[\(waveform, rate\)\]"),
        ((WAVEFORM, SR), "X is one clip, .* wrap it in a list"),
        ({"array": WAVEFORM, "sampling_rate": SR}, "X is one clip, .* wrap it in a list"),
        (io.BytesIO(b"RIFF"), "X is one clip, .* wrap it in a list"),
        ("new.wav", "X is one path, 'new.wav'; .* wrap it in a list"),
    ],
)
def test_one_recording_in_place_of_a_list_is_told_how_to_write_it(X, message):
    with pytest.raises(ValueError, match=message):
        load_model("emodb").predict(X)


# ---- the command line -----------------------------------------------------------------------------------------------


def test_it_answers_without_torch_which_is_slow_to_import(recording):
    code = (
        "import sys; from sktimnet.__main__ import main; main(['predict', sys.argv[1]]); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, recording], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_predict_needs_no_model_and_says_which_answers(recording, capsys):
    assert main(["predict", recording]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{recording}\t") and "no model was named: that of the package answers, emodb" in err


def test_a_model_of_the_package_is_known_by_its_name(recording, capsys):
    assert main(["predict", "emodb", recording]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{recording}\t") and err == ""


def test_a_file_is_a_recording_unless_its_ending_is_that_of_a_model(recording, capsys):
    assert main(["predict", "model.bin", recording]) == 2
    assert "'model.bin' does not exist" in capsys.readouterr().err
    assert main(["predict", "model.joblib"]) == 2
    assert "model.joblib is a model; name a recording after it" in capsys.readouterr().err


def test_a_long_recording_is_answered_by_windows_and_no_length_of_training_clips_is_made_up(tmp_path, capsys):
    path = str(tmp_path / "long.wav")
    soundfile.write(path, np.zeros(31 * SR), SR)
    assert main(["predict", "emodb", path, "--window", "10", "--hop", "10"]) == 0
    assert "lasts 31.0 s, longer than 30 s: the answer is the mean over windows of 10 s" in capsys.readouterr().err


def test_no_other_model_is_opened_where_one_is_missing(recording, monkeypatch, capsys):
    monkeypatch.setattr(pretrained, "load_model", None)
    assert main(["predict", "missing.safetensors", recording]) == 2
    assert "missing.safetensors" in capsys.readouterr().err


def noise(slope):
    """Noise whose power falls with frequency: white at 0, pink at 1, brown at 2."""
    hz = np.maximum(np.fft.rfftfreq(len(SECONDS), 1 / SR), 1)
    wave = np.fft.irfft(np.fft.rfft(RNG.normal(size=len(SECONDS))) / hz ** (slope / 2))
    return 0.1 * wave / wave.std()


def tone(hz):
    return 0.3 * np.sin(2 * np.pi * hz * SECONDS)


def chords(*roots):
    beat = SECONDS[: round(0.375 * SR)]
    notes = [sum(np.sin(2 * np.pi * root * ratio * beat) for ratio in (1, 1.26, 1.5)) for root in roots]
    return np.concatenate([0.1 * np.exp(-4 * beat) * note for note in notes])


NO_EMOTION = {
    "silence": 0 * SECONDS,
    "the noise of a sound card": 1e-4 * RNG.normal(size=len(SECONDS)),
    "hum": sum(tone(50 * h) / h for h in range(1, 6)),
    "white noise": noise(0),
    "pink noise": noise(1),
    "brown noise": noise(2),
    "noise in bursts": noise(1) * (np.sin(2 * np.pi * 2 * SECONDS) > 0),
    "a tone": tone(440),
    "a dial tone": tone(350) + tone(440),
    "a sweep": 0.3 * np.sin(2 * np.pi * (100 * SECONDS + 60 * SECONDS**2)),
    "a tone that wavers": 0.3
    * np.sin(2 * np.pi * 300 * SECONDS + 8 * np.sin(2 * np.pi * 5 * SECONDS))
    * (1 + 0.8 * np.sin(2 * np.pi * 0.7 * SECONDS)),
    "chords": chords(220, 262, 196, 294, 220, 262, 196, 294),
}


@pytest.mark.parametrize("kind", NO_EMOTION)
def test_what_is_no_speech_never_gets_an_emotion(kind, tmp_path, capsys):
    path = str(tmp_path / "clip.wav")
    soundfile.write(path, NO_EMOTION[kind], SR)
    assert main(["predict", "emodb", path]) == 0
    label, probability, reason = capsys.readouterr().out.strip().split("\t")[1:]
    assert (label, probability) == ("?", "-") and reason in ("no speech", "unlike the training clips")


# Brown noise is as speech in what the model hears; that it is no speech is for others to tell.
@pytest.mark.parametrize("kind", [kind for kind in NO_EMOTION if kind != "brown noise"])
def test_the_model_alone_finds_what_is_no_speech_unlike_its_training_clips(kind):
    assert load_model().is_outlier([(NO_EMOTION[kind].astype(np.float32), SR)]).all()
