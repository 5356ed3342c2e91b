"""Each perturbation against its formula, on synthetic speech and on clips of any length, level and rate."""

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from sktimnet.datasets import make_emotional_speech
from sktimnet.perturbations import (
    PERTURBATIONS,
    Babble,
    Band,
    Clipping,
    Codec,
    Cut,
    Gain,
    Hum,
    Offset,
    Pitch,
    Rate,
    Room,
    Silence,
    Speed,
    WhiteNoise,
    named_perturbations,
)

SR = 16000
SPEECH = make_emotional_speech(n_speakers=1, n_texts=1, emotions=("angry",), sr=SR, random_state=0).data[0]
TIME = np.arange(SR) / SR


def tone(hz):
    return np.sin(2 * np.pi * hz * TIME).astype(np.float32)


def level(waveform):
    """Give the mean square in dB."""
    return 10 * np.log10(np.mean(np.square(waveform, dtype=np.float64)))


# ---- level ----------------------------------------------------------------------------------------------------------


def test_a_gain_is_exactly_linear():
    np.testing.assert_array_equal(Gain(-20)(SPEECH, SR)[0], (0.1 * SPEECH).astype(np.float32))
    assert np.abs(Gain(12)(tone(100), SR)[0]).max() == pytest.approx(10 ** (12 / 20), rel=1e-3)  # and not clipped


def test_clipping_leaves_what_is_below_the_share_of_the_peak():
    clipped, _ = Clipping(0.5)(SPEECH, SR)
    limit = 0.5 * np.abs(SPEECH).max()
    below = np.abs(SPEECH) < limit
    np.testing.assert_array_equal(clipped[below], SPEECH[below])
    np.testing.assert_allclose(np.abs(clipped[~below]), limit, rtol=1e-6)


def test_an_offset_moves_every_sample_alike():
    moved = Offset(0.1)(SPEECH, SR)[0] - SPEECH
    np.testing.assert_allclose(moved, 0.1 * np.abs(SPEECH).max(), atol=1e-6)


# ---- noise ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [WhiteNoise, Babble, Hum])
@pytest.mark.parametrize("snr", [30, 0])
def test_the_ratio_is_over_the_samples_in_which_someone_speaks(noise, snr):
    pauses = np.zeros(2 * SR)
    speech = np.concatenate([pauses, tone(200), pauses])
    added = noise(snr)(speech, SR, rng=0)[0] - speech
    assert level(tone(200)) - level(added) == pytest.approx(snr, abs=0.2)  # whole frames: the edges are blurred
    assert np.abs(added[:SR]).max() > 0


def test_white_noise_has_as_much_power_in_every_band():
    noise, _ = WhiteNoise(0)(np.ones(10 * SR), SR, rng=0)
    bands = np.square(np.abs(np.fft.rfft(noise - 1)))[1:].reshape(8, -1).mean(axis=1)
    np.testing.assert_allclose(bands, bands.mean(), rtol=0.05)


def test_babble_is_voices_and_no_stationary_noise():
    babble = Babble(0)(np.ones(4 * SR, np.float32), SR, rng=0)[0] - 1
    spectrum = np.square(np.abs(np.fft.rfft(babble)))
    low, high = spectrum[: 4 * 1000].mean(), spectrum[4 * 4000 :].mean()
    assert 10 * np.log10(low / high) > 10
    assert not np.array_equal(babble, Babble(0)(np.ones(4 * SR, np.float32), SR, rng=1)[0] - 1)


def test_hum_is_the_mains_and_its_harmonics():
    hum = Hum(0)(np.ones(SR), SR)[0] - 1
    spectrum = np.abs(np.fft.rfft(hum))  # a bin a Hz
    lines = [50, 100, 150, 200, 250]
    np.testing.assert_allclose(spectrum[lines] / spectrum[50], [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5], rtol=1e-3)
    assert np.delete(spectrum, lines).max() < 1e-3 * spectrum[50]


def test_digital_silence_stays_silent_in_noise():
    for noise in (WhiteNoise(0), Babble(0), Hum(0)):
        assert not noise(np.zeros(SR), SR, rng=0)[0].any()


# ---- channel --------------------------------------------------------------------------------------------------------


def test_a_room_loses_60_db_in_its_reverberation_time():
    response, _ = Room(0.5)(np.eye(1, SR)[0], SR, rng=0)
    decay = [level(response[int(t * SR) : int((t + 0.02) * SR)]) for t in (0.05, 0.45)]
    assert decay[0] - decay[1] == pytest.approx(60 * 0.4 / 0.5, abs=2)
    assert len(response) == SR


def test_the_telephone_band_is_left_and_the_rest_is_weakened():
    band = Band(300, 3400)
    inside = [level(band(tone(hz), SR)[0][SR // 2 :]) - level(tone(hz)) for hz in (500, 1000, 3000)]
    outside = [level(band(tone(hz), SR)[0][SR // 2 :]) - level(tone(hz)) for hz in (100, 150, 6800)]
    np.testing.assert_allclose(inside, 0, atol=1.5)
    assert max(outside) < -23  # an octave away, 24 dB an octave


def test_the_upper_end_of_a_band_may_lie_above_the_clip():
    filtered, _ = Band(300, 3400)(tone(1000)[::4], SR // 4)
    assert level(filtered[1000:]) == pytest.approx(level(tone(1000)), abs=0.5)


CODECS = {name: change for name, change in PERTURBATIONS.items() if name.startswith("codec")}


@pytest.mark.parametrize("name", CODECS)
def test_a_codec_is_lossy_and_keeps_what_is_said(name):
    codec = CODECS[name]
    if codec.missing:
        pytest.skip(codec.missing)
    decoded, rate = codec(SPEECH, SR)
    original, _ = Rate(rate)(SPEECH, SR)
    correlation = np.correlate(decoded, original, "full")  # the codec may delay
    assert correlation.max() / (np.linalg.norm(decoded) * np.linalg.norm(original)) > 0.9
    assert not np.array_equal(decoded[: len(original)], original[: len(decoded)])


def test_gsm_and_u_law_are_of_telephones():
    assert {PERTURBATIONS[name](SPEECH, SR)[1] for name in ("codec:gsm", "codec:ulaw")} == {8000}


def test_a_codec_takes_the_next_rate_that_it_knows():
    assert [PERTURBATIONS["codec:mp3"](SPEECH, sr)[1] for sr in (7000, 16000, 20000, 96000)] == [
        8000,
        16000,
        22050,
        48000,
    ]


def test_a_codec_takes_long_clips():
    decoded, _ = PERTURBATIONS["codec:vorbis"](np.tile(SPEECH, 120), SR)
    assert len(decoded) == pytest.approx(120 * len(SPEECH), rel=0.01)


def test_a_codec_that_libsndfile_lacks_says_so(monkeypatch):
    monkeypatch.setattr(soundfile, "available_subtypes", lambda file_format: {"PCM_16": ""})
    assert Codec("OGG", "OPUS").missing == "this libsndfile cannot write OGG OPUS"


def test_a_lower_rate_loses_what_is_above_half_of_it():
    low, rate = Rate(8000)(tone(1000) + tone(6000), SR)
    assert rate == 8000
    np.testing.assert_allclose(low[1000:-1000], tone(1000)[::2][1000:-1000], atol=1e-3)


# ---- time -----------------------------------------------------------------------------------------------------------


def test_silence_is_before_and_after():
    padded, _ = Silence(3)(SPEECH, SR)
    np.testing.assert_array_equal(padded, np.pad(SPEECH, 3 * SR))


def test_silence_of_a_recorder_is_60_db_below_speech():
    padded, _ = Silence(3, snr=60)(tone(200), SR, rng=0)
    for side in (padded[: 3 * SR], padded[-3 * SR :]):
        assert level(tone(200)) - level(side) == pytest.approx(60, abs=0.3)
    np.testing.assert_array_equal(padded[3 * SR : -3 * SR], tone(200))


@pytest.mark.parametrize(("cut", "kept"), [(Cut(share=0.1), 0.8), (Cut(seconds=0.2), 0.6), (Cut(seconds=9), 0.5)])
def test_both_ends_are_cut_and_half_of_the_clip_is_kept_at_least(cut, kept):
    n = round(kept * SR)
    np.testing.assert_array_equal(cut(tone(200), SR)[0], tone(200)[(SR - n) // 2 : (SR + n) // 2])


@pytest.mark.parametrize("factor", [0.95, 1.05])
def test_speed_changes_length_and_pitch(factor):
    changed, _ = Speed(factor)(tone(400), SR)
    assert len(changed) == pytest.approx(SR / factor, abs=1)
    peak = np.abs(np.fft.rfft(changed)).argmax() * SR / len(changed)
    assert peak == pytest.approx(400 * factor, abs=1)


@pytest.mark.parametrize("semitones", [-0.5, 0.5])
def test_pitch_changes_and_the_length_does_not(semitones):
    changed, _ = Pitch(semitones)(tone(400), SR)
    assert len(changed) == SR
    assert np.abs(np.fft.rfft(changed)).argmax() == pytest.approx(400 * 2 ** (semitones / 12), abs=1)


# ---- all of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_the_same_seed_gives_the_same_clip_and_leaves_the_original(name):
    if PERTURBATIONS[name].missing:
        pytest.skip(PERTURBATIONS[name].missing)
    before = SPEECH.copy()
    (once, rate), (again, _) = (PERTURBATIONS[name](SPEECH, SR, rng=3) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(SPEECH, before)
    assert once.dtype == np.float32 and rate > 0


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    name=st.sampled_from([name for name, change in PERTURBATIONS.items() if not change.missing]),
    n_samples=st.one_of(st.integers(1, 40), st.integers(1, 6000)),
    sr=st.sampled_from([8000, 11025, 16000, 22050, 44100, 96000]),
    scale=st.sampled_from([0, 1e-6, 0.3, 4]),
)
def test_clips_of_any_length_level_and_rate_stay_recordings(name, n_samples, sr, scale):
    waveform = scale * np.random.default_rng(n_samples).uniform(-1, 1, n_samples)
    changed, rate = PERTURBATIONS[name](waveform.astype(np.float32), sr, rng=0)
    assert changed.dtype == np.float32 and changed.ndim == 1 and len(changed) > 0
    assert np.isfinite(changed).all() and rate > 0


def test_a_kind_stands_for_all_of_it():
    assert list(named_perturbations(["gain:-20dB", "hum"])) == ["gain:-20dB", "hum:20dB", "hum:10dB"]


@pytest.mark.parametrize(("names", "message"), [(["echo"], "no perturbation 'echo'"), ("gain", r"must be a list")])
def test_an_unknown_name_is_an_error_that_names_those_there_are(names, message):
    with pytest.raises(ValueError, match=message):
        named_perturbations(names)
