"""The perturbations of a stress test, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sktimnet.perturbations._base import Perturbation
from sktimnet.perturbations._channel import Band, Codec, Rate, Room
from sktimnet.perturbations._level import Clipping, Gain, Offset
from sktimnet.perturbations._noise import Babble, Hum, WhiteNoise
from sktimnet.perturbations._time import Cut, Pitch, Silence, Speed

_MP3 = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_VORBIS = (*_MP3, 96000, 192000)  # libvorbis crashes beyond 200 kHz
_OPUS = (8000, 12000, 16000, 24000, 48000)

#: Each is named ``kind:setting``.
PERTURBATIONS: Mapping[str, Perturbation] = {
    **{f"gain:{db:+}dB": Gain(db) for db in (-30, -20, -10, 6, 12)},
    **{f"white-noise:{snr}dB": WhiteNoise(snr) for snr in (30, 20, 10, 0)},
    **{f"babble:{snr}dB": Babble(snr) for snr in (30, 20, 10, 0)},
    **{f"room:{rt60}s": Room(rt60) for rt60 in (0.3, 0.6)},
    "band:telephone": Band(300, 3400),
    "codec:gsm": Codec("WAV", "GSM610", (8000,)),
    "codec:ulaw": Codec("WAV", "ULAW", (8000,)),
    "codec:vorbis": Codec("OGG", "VORBIS", _VORBIS),
    "codec:mp3": Codec("MP3", "MPEG_LAYER_III", _MP3),
    "codec:opus": Codec("OGG", "OPUS", _OPUS),
    **{f"clipping:{share:.0%}": Clipping(share) for share in (0.5, 0.2)},
    "offset:10%": Offset(0.1),
    **{f"hum:{snr}dB": Hum(snr) for snr in (20, 10)},
    "silence:3s": Silence(3),
    "silence:3s-noise": Silence(3, snr=60),
    "cut:10%": Cut(share=0.1),
    "cut:0.2s": Cut(seconds=0.2),
    **{f"rate:{sr}Hz": Rate(sr) for sr in (8000, 11025, 16000, 44100, 48000)},
    **{f"speed:{factor}": Speed(factor) for factor in (0.95, 1.05)},
    **{f"pitch:{semitones:+}": Pitch(semitones) for semitones in (-0.5, 0.5)},
}


def named_perturbations(names: Iterable[str]) -> dict[str, Perturbation]:
    """Return the perturbations of these names.

    Parameters
    ----------
    names : iterable of str
        Names such as "gain:-20dB", or kinds such as "gain", which stand for all of the kind.

    Returns
    -------
    dict of str to Perturbation

    Raises
    ------
    ValueError
        If there is none of a name.

    Examples
    --------
    >>> from sktimnet.perturbations import named_perturbations
    >>> named_perturbations(["gain:-20dB", "offset"])
    {'gain:-20dB': Gain(db=-20), 'offset:10%': Offset(share=0.1)}
    """
    if isinstance(names, str):
        raise ValueError(f"perturbations={names!r} must be a list of names: [{names!r}], or 'default'.")
    found: dict[str, Perturbation] = {}
    for wanted in names:
        some = {name: change for name, change in PERTURBATIONS.items() if str(wanted) in (name, name.split(":")[0])}
        if not some:
            known = ", ".join(PERTURBATIONS)
            raise ValueError(f"perturbations={names!r}: there is no perturbation {wanted!r}; there are {known}.")
        found |= some
    return found
