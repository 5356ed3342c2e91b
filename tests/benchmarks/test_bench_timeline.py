"""An hour at 48 kHz, window by window: times real time, and memory."""

import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import soundfile
from race import note

from sktimnet.datasets import make_emotional_speech

RATE = 48_000
MINUTES = 60

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
start, cpu = time.perf_counter(), time.process_time()
windows = timeline(model, long, n_jobs=n_jobs).windows
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
print(wall, cpu, windows[-1].end, megabytes("VmHWM"))
"""


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Write synthetic speech of an hour, and of some seconds."""
    folder = tmp_path_factory.mktemp("recordings")
    corpus = make_emotional_speech(n_speakers=4, n_texts=8, sr=RATE, random_state=0)
    minute = np.resize(np.concatenate(corpus.data), 60 * RATE)
    soundfile.write(folder / "short.wav", minute[: 5 * RATE], RATE)
    with soundfile.SoundFile(folder / "long.wav", "w", RATE, channels=1) as file:
        for _ in range(MINUTES):
            file.write(minute)
    return folder / "long.wav", folder / "short.wav"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_hour_takes_less_than_300_mb_in_one_process_and_36_s_in_two(benchmark, recordings, n_jobs):
    command = [sys.executable, "-c", MEASURE, *map(str, recordings), str(n_jobs)]
    done = benchmark.pedantic(partial(subprocess.run, command, capture_output=True, text=True, check=True))
    wall, cpu, recorded, memory = map(float, done.stdout.split())
    result = note(benchmark, [(wall, recorded)])
    print(
        f"\ntimeline of {MINUTES} minutes at 48 kHz, n_jobs={n_jobs}: {1 / result.ratio:.0f} times real time, "
        f"{recorded / cpu:.0f} of one processor, {memory:.0f} MB of this process with all imports"
    )
    assert memory < 300 if n_jobs == 1 else result.ratio <= 1 / 100
