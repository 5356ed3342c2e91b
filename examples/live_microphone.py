"""Answer a microphone while it listens: one line each second, until Ctrl-C.

With the model that ships with the package, or with one of your own:

    python examples/live_microphone.py
    sktimnet fit --data recordings --out model.joblib
    python examples/live_microphone.py model.joblib

It needs sounddevice (``pip install "sktimnet[live]"``) and, on Linux, PortAudio (``apt install libportaudio2``).
"""

import argparse
import sys
from collections.abc import Iterator

import joblib
import numpy as np

from sktimnet import persistence
from sktimnet.pretrained import load_model
from sktimnet.timeline import live

RATE = 16_000


def number_or_name(device: str) -> int | str:
    """Return what sounddevice looks devices up by: a number must be an int, a string is part of a name."""
    return int(device) if device.isdecimal() else device


def microphone(device: int | str | None) -> Iterator[np.ndarray]:
    """Yield blocks of a tenth of a second, float32 of shape (1600, 1), for ever."""
    try:
        import sounddevice
    except ImportError:
        sys.exit("Live audio needs sounddevice; install it with: pip install 'sktimnet[live]'")
    except OSError as error:
        sys.exit(f"sounddevice does not work here ({error}); on Linux: apt install libportaudio2")
    try:
        stream = sounddevice.InputStream(samplerate=RATE, channels=1, dtype="float32", device=device)
    except (sounddevice.PortAudioError, ValueError) as error:
        chosen = "The default microphone" if device is None else f"--device {device}"
        sys.exit(f"{chosen} cannot be used at {RATE} Hz ({error}); python -m sounddevice lists all")
    with stream:
        while True:
            block, overflowed = stream.read(RATE // 10)  # (1600, 1)
            if overflowed:
                print("audio was lost: the model is too slow for this hop", file=sys.stderr)
            yield block


def load(model: str) -> object:
    """Load a model by its file, or the one that ships with the package."""
    if model == "emodb":
        return load_model(model)
    return persistence.load(model) if model.endswith(".safetensors") else joblib.load(model)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("model", nargs="?", default="emodb", help="what sktimnet fit saved; default: %(default)s")
parser.add_argument("--device", type=number_or_name, help="name or number, as python -m sounddevice lists them")
parser.add_argument("--window", type=float, default=3.0, metavar="SECONDS", help="default: %(default)s")
parser.add_argument("--hop", type=float, default=1.0, metavar="SECONDS", help="default: %(default)s")
options = parser.parse_args()

try:
    answers = live(load(options.model), microphone(options.device), sr=RATE, window=options.window, hop=options.hop)
    for answer in answers:
        shown = answer.reason if answer.label is None else f"{answer.label} {answer.probabilities.max():.0%}"
        print(f"{answer.start:6.1f} to {answer.end:6.1f} s  {shown}", flush=True)
except KeyboardInterrupt:
    pass
