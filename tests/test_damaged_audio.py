"""Damaged files by the thousand: each gives finite features or is named in one error, soon and in little memory."""

import struct
import sys
import time

import numpy as np
import pytest
import soundfile

from sktimnet.feature_extraction import MFCCTransformer

resource = pytest.importorskip("resource", reason="Windows does not have it")

N_FILES = 1_200
N_SOUNDS = 200
WAV_SUBTYPES = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM"]
RATES = [1_000, 8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000]
MP3_RATES = [8_000, 16_000, 22_050, 44_100, 48_000]


def sound(rng):
    """Draw a clip of up to 2,000 samples, of 1 to 8 channels at any rate, now and then silent or NaN."""
    rate = int(rng.choice(RATES))
    n_channels = int(rng.integers(1, 9))
    samples = 0.2 * rng.normal(size=(int(rng.integers(0, 2_000)), n_channels))
    if rng.random() < 0.1:
        samples[:] = 0
    if rng.random() < 0.1:
        samples[rng.random(samples.shape) < 0.01] = rng.choice([np.nan, np.inf, 1e30])
    return samples, rate


def write_sound(path, rng):
    """Write a clip as one of the formats; give its bytes."""
    samples, rate = sound(rng)
    kind = str(rng.choice(["WAV", "WAV", "FLAC", "OGG", "MP3"]))
    subtype = str(rng.choice(WAV_SUBTYPES if samples.shape[1] <= 2 else WAV_SUBTYPES[:-1]))
    if kind != "WAV" or subtype not in ("FLOAT", "DOUBLE"):  # libsndfile's encoders crash on NaN
        samples = np.nan_to_num(samples, posinf=1, neginf=-1).clip(-1, 1)
    if kind == "MP3":
        samples, rate = samples[:, :2], int(rng.choice(MP3_RATES))
    soundfile.write(path, samples, rate, format=kind, subtype=subtype if kind == "WAV" else None)
    return path.read_bytes()


def truncated(content, rng):
    return content[: int(rng.integers(0, len(content) + 1))]


def flipped(content, rng):
    """Overwrite some bytes anywhere, half of the time only in the header."""
    damaged = np.frombuffer(content, dtype=np.uint8).copy()
    reach = len(damaged) if rng.random() < 0.5 else min(len(damaged), 64)
    places = rng.integers(0, reach, size=int(rng.integers(1, 12)))
    damaged[places] = rng.integers(0, 256, size=len(places))
    return damaged.tobytes()


def huge(content, rng):
    """Write the largest numbers into four or eight bytes of the header, as a false length or rate."""
    width = int(rng.choice([4, 8]))
    start = int(rng.integers(4, 48))
    return content[:start] + b"\x7f\xff\xff\xff\xff\xff\xff\xff"[:width] + content[start + width :]


def spliced(content, rng):
    """Repeat one piece of the file inside another."""
    start, stop, place = np.sort(rng.integers(0, len(content), size=3))
    return content[:place] + content[start:stop] + content[place:]


def wrong_header(content, rng):
    """Put another format's first bytes in front."""
    magic = [b"RIFF\xff\xff\xff\xffWAVEfmt ", b"fLaC", b"OggS", b"ID3\x04", b"\xff\xfb\x90\x64", b"caff", b".snd"]
    head = magic[int(rng.integers(len(magic)))]
    return head + content[len(head) :]


def headless(content, rng):
    return content[int(rng.integers(1, 60)) :]


def sound_as_it_is(content, rng):
    return content


def no_audio(content, rng):
    texts = [b"", b"\0", b"speech\n" * 100, rng.bytes(2_000), struct.pack("<4sI4s", b"RIFF", 2**32 - 1, b"WAVE")]
    return texts[int(rng.integers(len(texts)))]


DAMAGES = [truncated, flipped, flipped, huge, huge, spliced, wrong_header, headless, no_audio, sound_as_it_is]
SUFFIXES = [".wav", ".flac", ".ogg", ".mp3", ".aiff", ".txt", ".raw", ""]


@pytest.fixture(scope="module")
def damaged_files(tmp_path_factory):
    """Make files of all kinds and damages, with some directories and missing ones."""
    folder = tmp_path_factory.mktemp("damaged")
    rng = np.random.default_rng(0)
    sounds = [write_sound(folder / "sound", rng) for _ in range(N_SOUNDS)]
    paths = [folder / f"{i}{rng.choice(SUFFIXES)}" for i in range(N_FILES)]
    for i, path in enumerate(paths):
        chance = rng.random()
        if chance < 0.02:
            path.mkdir()
        elif chance > 0.04:  # between the two, the file is missing
            damage = DAMAGES[int(rng.integers(len(DAMAGES)))]
            path.write_bytes(damage(sounds[i % N_SOUNDS], rng))
    return paths


def peak_memory():
    """Tell the most memory that this process ever took, in MB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@pytest.mark.filterwarnings("ignore:.*are much longer than:UserWarning")
def test_each_damaged_file_gives_finite_features_or_is_named_and_none_takes_long(damaged_files):
    transformer = MFCCTransformer(clip_length=0.25).fit([[0.0]])
    transformer.transform([np.zeros(10)])
    before = peak_memory()
    good, named, slowest = [], [], 0.0
    for path in damaged_files:
        start = time.perf_counter()
        try:
            features = transformer.transform([path])
        except ValueError as error:
            assert str(path) in str(error)
            named.append(path)
        else:
            assert np.isfinite(features).all()
            good.append(path)
        slowest = max(slowest, time.perf_counter() - start)
    assert slowest < 10
    assert peak_memory() - before < 200
    assert len(good) > N_FILES // 5
    assert len(named) > N_FILES // 5

    with pytest.raises(ValueError) as error:
        transformer.transform(damaged_files)
    assert str(error.value).startswith(f"{len(named)} of {N_FILES} clips cannot be used:")
    assert all(f"{str(path)!r} (clip" in str(error.value) for path in named)


def test_what_damaged_headers_claim_bounds_the_length_that_fit_learns(damaged_files):
    transformer = MFCCTransformer(on_error="warn").fit(damaged_files)
    largest = max(path.stat().st_size for path in damaged_files if path.is_file())
    assert transformer.clip_length_ <= 32 * largest * 128
