"""A long recording, window by window: times real time, and memory."""

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from sktimnet.datasets import make_emotional_speech

RATE = 48_000
MINUTES = 5

MEASURE = """
import re, sys, time
from pathlib import Path
from sktimnet.pretrained import load_model
from sktimnet.timeline import timeline

def megabytes(kind):
    return int(re.search(kind + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

long, short, n_jobs = sys.argv[1], sys.argv[2], int(sys.argv[3])
model = load_model("emodb")
timeline(model, short)  # what is imported and made once
before, start, cpu = megabytes("VmRSS"), time.perf_counter(), time.process_time()
windows = timeline(model, long, n_jobs=n_jobs).windows
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
print(windows[-1].end / wall, windows[-1].end / cpu, megabytes("VmHWM") - before, before)
"""


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Write synthetic speech of some minutes, and of some seconds."""
    folder = tmp_path_factory.mktemp("recordings")
    corpus = make_emotional_speech(n_speakers=4, n_texts=8, sr=RATE, random_state=0)
    speech = np.resize(np.concatenate(corpus.data), MINUTES * 60 * RATE).astype(np.float32)
    for name, samples in (("long.wav", speech), ("short.wav", speech[: 5 * RATE])):
        soundfile.write(folder / name, samples, RATE)
    return folder / "long.wav", folder / "short.wav"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_recording_is_answered_100_times_faster_than_it_lasts_in_little_memory(recordings, n_jobs):
    command = [sys.executable, "-c", MEASURE, *map(str, recordings), str(n_jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, cpu, more, before = map(float, done.stdout.split())
    print(
        f"\ntimeline at 48 kHz, n_jobs={n_jobs}: {wall:.0f} times real time, {cpu:.0f} of one processor, "
        f"{more:.0f} MB beside the {before:.0f} MB of imports and model"
    )
    assert more <= 100
    assert n_jobs == 1 or wall >= 100
