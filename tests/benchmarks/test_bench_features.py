"""Speed and memory of the features, each beside its yardstick in the same run; only ratios count.

Run with ``tox -e bench``, or ``pytest -o addopts= -s tests/benchmarks``.
"""

import subprocess
import sys
from functools import partial
from statistics import median

import librosa
import numpy as np
import pytest
import soundfile
from race import note, race, report, seconds

from sktimnet.datasets import make_emotional_speech
from sktimnet.feature_extraction import DescriptorTransformer, MFCCTransformer

# librosa.load imports audioread, which imports these modules of the standard library.
pytestmark = pytest.mark.filterwarnings("ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning")

SECONDS = 5.0


def librosa_loop(paths):
    """Make the features that MFCCTransformer gives by default, with librosa alone: the yardstick."""
    features = []
    for path in paths:
        waveform, sr = librosa.load(path, sr=22050, res_type="soxr_hq")
        features.append(
            librosa.feature.mfcc(
                y=waveform, sr=sr, n_mfcc=39, n_fft=2048, win_length=1102, hop_length=276, window="hamming"
            )
        )
    return np.stack(features)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Write a thousand clips of 5 s at 16 kHz."""
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    paths = [folder / f"{i}.wav" for i in range(1_000)]
    for path in paths:
        soundfile.write(path, 0.1 * rng.normal(size=int(SECONDS * 16_000)), 16_000)
    return paths


@pytest.fixture(scope="module")
def transformer(clips):
    """Give a transformer of 5 s clips with one worker."""
    return MFCCTransformer(clip_length=SECONDS, n_jobs=1).fit(clips[:1])


def test_one_worker_takes_at_most_three_quarters_of_the_librosa_loop(benchmark, clips, transformer):
    some = clips[:60]
    np.testing.assert_allclose(transformer.transform(some), librosa_loop(some), atol=1e-3, rtol=0)
    result = race(benchmark, lambda: transformer.transform(some), lambda: librosa_loop(some), 7)
    report("MFCC, one worker / librosa, a clip", result, items=60)
    assert result.ratio <= 0.75


def test_one_warm_clip_takes_at_most_three_quarters_of_librosa(benchmark, clips, transformer):
    one = clips[:1]
    result = race(benchmark, lambda: transformer.transform(one), lambda: librosa_loop(one), 50)
    report("MFCC of one clip / librosa", result)
    assert result.ratio <= 0.75


def test_two_workers_are_at_least_1_6_times_as_fast_as_one(benchmark, clips, transformer):
    two = MFCCTransformer(clip_length=SECONDS, n_jobs=2).fit(clips[:1])
    result = race(benchmark, lambda: two.transform(clips), lambda: transformer.transform(clips), 3, warmup_rounds=1)
    report("MFCC, two workers / one, a clip", result, items=1_000)
    assert result.ratio <= 1 / 1.6


def test_a_second_pass_with_memory_is_at_least_15_times_as_fast_as_librosa(benchmark, clips, tmp_path):
    some = clips[:60]
    cached = MFCCTransformer(clip_length=SECONDS, memory=tmp_path).fit(some)
    result = race(benchmark, lambda: cached.transform(some), lambda: librosa_loop(some), 7)
    report("second pass with memory / librosa", result, items=60)
    assert result.ratio <= 1 / 15


FRAMING = {"sr": 16_000, "n_fft": 1024, "win_length": 800, "hop_length": 256}


@pytest.fixture(scope="module")
def speech():
    """Make 3 s of synthetic speech at 16 kHz."""
    corpus = make_emotional_speech(n_speakers=1, n_texts=2, emotions=("angry",), sr=16_000, random_state=0)
    return np.concatenate(corpus.data)[: 3 * 16_000].astype(np.float32)


@pytest.mark.parametrize("descriptors", [("pitch", "voicing", "energy"), "all"], ids=["prosody", "all"])
def test_prosody_of_3_s_takes_at_most_three_times_librosas_mfccs(benchmark, speech, descriptors):
    transformer = DescriptorTransformer(descriptors=descriptors, **FRAMING).fit([speech])
    ours, mfcc = MFCCTransformer(n_mfcc=25, n_mels=64, window="hann", **FRAMING).fit([speech]), librosa.feature.mfcc
    framing = {"sr": 16_000, "n_fft": 1024, "win_length": 800, "hop_length": 256, "n_mfcc": 25, "n_mels": 64}
    result = race(benchmark, lambda: transformer.transform([speech]), lambda: mfcc(y=speech, **framing), 50)
    beside = median(seconds(lambda: ours.transform([speech])) for _ in range(50))
    name = descriptors if descriptors == "all" else "prosody"
    report(f"{name} of 3 s / librosa's MFCCs", result, note=f", MFCCTransformer {1e3 * beside:.2f} ms")
    assert descriptors == "all" or result.ratio <= 3


MEASURE_PEAK = """
import re, sys
from pathlib import Path
from sktimnet.datasets import make_emotional_speech
from sktimnet.feature_extraction import DescriptorTransformer, MFCCTransformer

def memory(kind):
    return 1024 * int(re.search(kind + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

path, n_jobs = sys.argv[1], int(sys.argv[2])
transformer = MFCCTransformer(clip_length=1.0, n_jobs=n_jobs).fit([path])
transformer.transform([path] * 100)
before = memory("VmRSS")
features = transformer.transform([path] * 10_000)
print(memory("VmHWM") - before, features.nbytes)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_features_of_10_000_clips_take_little_more_memory_than_the_result(benchmark, tmp_path, n_jobs):
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, size=16_000), 16_000)
    command = [sys.executable, "-c", MEASURE_PEAK, str(path), str(n_jobs)]
    run = partial(subprocess.run, command, capture_output=True, text=True, check=True)
    result = note(benchmark, [map(float, benchmark.pedantic(run).stdout.split())])  # bytes
    print(f"\npeak memory / result, 10,000 clips, n_jobs={n_jobs}: {result.ratio:.3f}")
    assert result.ratio <= 1.3
