"""The example that answers a microphone, with a stand-in for sounddevice that has its calls, errors and shapes."""

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[1] / "examples/live_microphone.py"


class PortAudioError(Exception):
    """As sounddevice's, which is no OSError."""


class InputStream:
    """Five seconds of silence, then Ctrl-C; as sounddevice's it knows a device by an int or by part of its name."""

    NAMES = ("Line 2", "USB microphone")

    def __init__(self, samplerate, channels, dtype, device):
        if isinstance(device, int) and device >= len(self.NAMES):
            raise PortAudioError(f"Error querying device {device}")
        if isinstance(device, str) and not any(device in name for name in self.NAMES):
            raise ValueError(f"No input device matching {device!r}")
        self.samplerate, self.channels, self.dtype = samplerate, channels, dtype
        self.samples_left = 5 * samplerate

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def read(self, frames):
        if self.samples_left < frames:
            raise KeyboardInterrupt
        self.samples_left -= frames
        return np.zeros((frames, self.channels), self.dtype), False


STAND_IN = SimpleNamespace(InputStream=InputStream, PortAudioError=PortAudioError)


@pytest.fixture
def run(monkeypatch, capsys):
    """Give a function that runs the example and returns what it printed."""

    def run(*arguments, sounddevice=STAND_IN):
        monkeypatch.setitem(sys.modules, "sounddevice", sounddevice)
        monkeypatch.setattr(sys, "argv", ["live_microphone.py", *arguments])
        runpy.run_path(str(SCRIPT), run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return run


def test_each_window_is_a_line_with_the_answer_or_why_there_is_none_and_ctrl_c_ends_it(run):
    assert run() == [f"{start:6.1f} to {start + 3:6.1f} s  no speech" for start in (0, 1, 2)]


@pytest.mark.parametrize("device", ["1", "USB"])
def test_a_device_is_chosen_by_its_number_or_a_part_of_its_name(device, run):
    assert len(run("--device", device)) == 3


@pytest.mark.parametrize("device", ["3", "nosuch"])
def test_a_device_that_cannot_be_used_is_named_with_the_way_to_find_others(device, run):
    with pytest.raises(SystemExit, match=rf"--device {device} cannot be used .*python -m sounddevice lists all"):
        run("--device", device)


def test_without_sounddevice_the_extra_is_named(run):
    with pytest.raises(SystemExit, match=r"pip install 'sktimnet\[live\]'"):
        run(sounddevice=None)
