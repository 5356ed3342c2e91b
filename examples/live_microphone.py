"""Answer a microphone while it listens: one line each second.

Train and save a model, then speak:

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
from sktimnet.timeline import live

RATE = 16_000


def microphone(device: str | None) -> Iterator[np.ndarray]:
    """Yield blocks of a tenth of a second, of shape (1600, 1), for ever."""
    try:
        import sounddevice
    except ImportError:
        sys.exit("Live audio needs sounddevice; install it with: pip install 'sktimnet[live]'")
    except OSError as error:
        sys.exit(f"sounddevice does not work here ({error}); on Linux: apt install libportaudio2")
    with sounddevice.InputStream(samplerate=RATE, channels=1, dtype="float32", device=device) as stream:
        while True:
            block, overflowed = stream.read(RATE // 10)
            if overflowed:
                print("audio was lost: the model is too slow for this hop", file=sys.stderr)
            yield block


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("model", help="what sktimnet fit saved")
parser.add_argument("--device", help="name or number, as python -m sounddevice lists them")
parser.add_argument("--window", type=float, default=3.0, metavar="SECONDS", help="default: %(default)s")
parser.add_argument("--hop", type=float, default=1.0, metavar="SECONDS", help="default: %(default)s")
options = parser.parse_args()

load = persistence.load if options.model.endswith(".safetensors") else joblib.load
try:
    answers = live(load(options.model), microphone(options.device), sr=RATE, window=options.window, hop=options.hop)
    for answer in answers:
        shown = "no speech" if answer.label is None else f"{answer.label} {answer.probabilities.max():.0%}"
        print(f"{answer.start:6.1f} to {answer.end:6.1f} s  {shown}", flush=True)
except KeyboardInterrupt:
    pass
