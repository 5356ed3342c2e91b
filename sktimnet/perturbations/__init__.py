"""Changes of a recording that leave the emotion as it is, each with its formula: gain, noise, room, codec, ..."""

from sktimnet.perturbations._base import Perturbation, add_noise
from sktimnet.perturbations._chain import Chain
from sktimnet.perturbations._channel import Band, Codec, Rate, Room
from sktimnet.perturbations._level import Clipping, Gain, Offset
from sktimnet.perturbations._named import PERTURBATIONS, named_perturbations
from sktimnet.perturbations._noise import Babble, Hum, WhiteNoise
from sktimnet.perturbations._time import Cut, Pitch, Silence, Speed

__all__ = [
    "PERTURBATIONS",
    "Babble",
    "Band",
    "Chain",
    "Clipping",
    "Codec",
    "Cut",
    "Gain",
    "Hum",
    "Offset",
    "Perturbation",
    "Pitch",
    "Rate",
    "Room",
    "Silence",
    "Speed",
    "WhiteNoise",
    "add_noise",
    "named_perturbations",
]
