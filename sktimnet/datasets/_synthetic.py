"""Speech-like waveforms with emotions, made from nothing but NumPy and SciPy."""

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from sklearn.utils import Bunch, check_random_state

from sktimnet.validation import Interval, validate_params

Array = NDArray[np.float64]


class Expression(NamedTuple):
    """What an emotion does to a voice, relative to the same voice in neutral speech."""

    pitch: float  # mean F0, semitones
    range: float  # F0 range, octaves of a factor (1 doubles it)
    rate: float  # speaking rate, octaves of a factor
    level: float  # energy, dB
    tilt: float  # spectral tilt, dB per octave; positive is flatter, brighter
    breath: float  # aspiration noise, dB
    pause: float  # a pause between the words, seconds
    formants: float  # formant frequencies, octaves: spread lips raise them, a lax mouth lowers them


# The directions of the vocal correlates that Banse and Scherer (1996) and Juslin and Laukka (2003) report.
EXPRESSIONS = {
    "angry": Expression(7.0, 0.8, 0.30, 11.0, 4.5, -3.5, 0.00, 0.04),
    "boredom": Expression(-3.0, -0.8, -0.35, -3.5, -1.5, 0.0, 0.11, 0.00),
    "disgust": Expression(-2.0, 0.3, -0.35, 1.5, 1.7, 7.0, 0.08, -0.08),
    "fear": Expression(9.0, -0.2, 0.42, 0.0, 0.8, 7.0, 0.06, 0.04),
    "happy": Expression(7.0, 1.1, 0.14, 5.5, 1.7, -2.0, 0.00, 0.11),
    "neutral": Expression(0.0, 0.0, 0.00, 0.0, 0.0, 0.0, 0.00, 0.00),
    "sad": Expression(-3.0, -1.1, -0.42, -9.0, -3.5, 7.0, 0.17, -0.06),
    "surprise": Expression(11.0, 1.5, 0.07, 3.5, 0.8, 1.5, 0.03, 0.00),
}

# One "usual deviation" of each trait: the unit in which speakers and clips stray from the expressions above.
SPREAD = np.array(Expression(2.0, 0.3, 0.12, 2.5, 1.2, 2.5, 0.03, 0.03))
MANNER, MOOD = 1.2, 0.25  # how far a speaker's own manner of an emotion strays, and one clip from that manner
BLEND = 0.25  # the largest share of another emotion in a clip
STRENGTH = (0.85, 1.15)  # how strongly a clip expresses its emotion


class Phone(NamedTuple):
    """A target that the synthesiser moves through."""

    seconds: float
    formants: tuple[float, float, float]  # Hz, of an adult male tract
    voice: float  # amplitude of the glottal source
    breath: float  # amplitude of aspiration noise, shaped by the tract as the voice is
    hiss: float  # amplitude of frication noise
    hiss_hz: float  # its centre


PHONES = {
    "a": Phone(0.13, (730, 1090, 2440), 1.0, 0.03, 0.0, 4000),
    "e": Phone(0.12, (530, 1840, 2480), 1.0, 0.03, 0.0, 4000),
    "i": Phone(0.11, (270, 2290, 3010), 0.9, 0.03, 0.0, 4000),
    "o": Phone(0.13, (570, 840, 2410), 1.0, 0.03, 0.0, 4000),
    "u": Phone(0.11, (300, 870, 2240), 0.9, 0.03, 0.0, 4000),
    "m": Phone(0.06, (250, 1100, 2200), 0.4, 0.01, 0.0, 4000),
    "l": Phone(0.06, (350, 1100, 2600), 0.6, 0.02, 0.0, 4000),
    "h": Phone(0.06, (500, 1500, 2500), 0.0, 0.20, 0.0, 4000),
    "s": Phone(0.10, (320, 1700, 2600), 0.0, 0.00, 0.25, 6500),
    "S": Phone(0.10, (320, 1900, 2500), 0.0, 0.00, 0.30, 3500),
    "f": Phone(0.08, (320, 1000, 2300), 0.0, 0.00, 0.08, 5000),
    " ": Phone(0.05, (400, 1400, 2400), 0.0, 0.00, 0.0, 4000),  # silence: a closure or a pause
    "T": Phone(0.02, (320, 1700, 2600), 0.0, 0.05, 0.30, 4500),  # the burst that ends a closure
}
VOWELS = ("a", "e", "i", "o", "u")
ONSETS = ("m", "l", "h", "s", "S", "f", " T", " T", "")
SYLLABLES_PER_SECOND = 3.4
FRAMES_PER_SECOND = 100
LEVEL, ROOM = -24.0, -60.0  # speech and room noise, dB below full scale (root mean square)


class Voice(NamedTuple):
    """A speaker: an anatomy, habits, and an own manner of each emotion."""

    gender: str
    f0: float  # Hz
    tract: NDArray[np.float64]  # factors on the three formants (a shorter tract raises them)
    liveliness: float  # F0 swing of neutral speech, semitones
    habits: Array  # (n_traits,) added to every emotion
    manners: Array  # (n_emotions, n_traits)


@validate_params(
    {
        "n_speakers": [Interval(Integral, 1, None, closed="left")],
        "n_texts": [Interval(Integral, 1, None, closed="left")],
        "emotions": [Iterable],
        "n_takes": [Interval(Integral, 1, None, closed="left")],
        "duration": [Interval(Real, 0.3, None, closed="left")],
        "sr": [Interval(Integral, 8000, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_emotional_speech(
    n_speakers: int = 8,
    n_texts: int = 5,
    emotions: Sequence[str] = ("angry", "boredom", "fear", "happy", "neutral", "sad"),
    *,
    n_takes: int = 1,
    duration: float = 1.2,
    sr: int = 22050,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Synthesise a small corpus of emotional speech, for demonstrations and tests without recordings.

    Every speaker says every text in every emotion. A glottal pulse train and noise pass through moving
    formants; texts are strings of syllables of vowels, nasals, fricatives and stops. Speakers differ in
    pitch, vocal-tract length, habits and in their own manner of each emotion, so a classifier does better
    on speakers of the training set. Clips differ in strength, and some lean towards another emotion.

    Parameters
    ----------
    n_speakers : int, default=8
        Number of speakers, female and male in turn.
    n_texts : int, default=5
        Number of texts.
    emotions : sequence of str, default=("angry", "boredom", "fear", "happy", "neutral", "sad")
        Any of these, "disgust" and "surprise".
    n_takes : int, default=1
        How often a speaker repeats a text in an emotion.
    duration : float, default=1.2
        Seconds of each clip. Longer clips have longer texts.
    sr : int, default=22050
        Sampling rate in Hz, 8000 or more.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same corpus at each call. NumPy's global generator is never used.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        data : ndarray of shape (n_clips, n_samples), float32
            The waveforms, within [-1, 1]; ``n_clips = n_emotions * n_speakers * n_texts * n_takes``.
        target, speaker, text, gender : ndarray of shape (n_clips,), str
            Emotion, speaker ("s01"), text ("t01") and gender ("female" or "male") of each clip. Rows are
            ordered by emotion, speaker, text, take.
        sr : int
            The sampling rate.
        DESCR : str
            A description.
        corpus : str
            ``"synthetic"``.

    Raises
    ------
    ValueError
        If an emotion is unknown or repeated, or a number is out of range.

    Notes
    -----
    Relative to neutral speech, in the directions reported by [1]_ and [2]_:

    ======== ===== ======= ===== ====== ======== ======== ======= =========
    emotion  pitch range   rate  energy spectrum breath   pauses  formants
    ======== ===== ======= ===== ====== ======== ======== ======= =========
    angry    high  wide    fast  high   flat     little   none    raised
    boredom  low   narrow  slow  low    steep             some
    disgust  low   wider   slow  higher flatter  much     some    lowered
    fear     high  narrow  fast         flatter  much     few     raised
    happy    high  wide    fast  high   flatter  little   none    raised
    sad      low   narrow  slow  low    steep    much     long    lowered
    surprise high  wide    fast  higher flatter  some     few
    ======== ===== ======= ===== ====== ======== ======== ======= =========

    The same seed gives the same bits whatever the number of threads.

    References
    ----------
    .. [1] R. Banse, K. R. Scherer, "Acoustic profiles in vocal emotion expression", Journal of Personality
       and Social Psychology 70(3), 1996.
    .. [2] P. N. Juslin, P. Laukka, "Communication of emotions in vocal expression and music performance",
       Psychological Bulletin 129(5), 2003.

    Examples
    --------
    >>> from sktimnet.datasets import make_emotional_speech
    >>> corpus = make_emotional_speech(n_speakers=2, n_texts=1, emotions=("angry", "sad"), random_state=0)
    >>> corpus.data.shape
    (4, 26460)
    >>> corpus.target.tolist(), corpus.speaker.tolist()
    (['angry', 'angry', 'sad', 'sad'], ['s01', 's02', 's01', 's02'])
    """
    if isinstance(emotions, str) or getattr(emotions, "ndim", 1) != 1:
        raise ValueError(f"emotions must be a sequence of names, got {emotions!r}; write ({emotions!r},).")
    emotions = list(emotions)
    _check(emotions)
    emotions.sort()
    # check_random_state(None) would draw from NumPy's global generator
    rng = np.random.RandomState() if random_state is None else check_random_state(random_state)
    texts = [_draw_text(rng, duration) for _ in range(n_texts)]
    voices = [_draw_voice(rng, "female" if s % 2 == 0 else "male", emotions) for s in range(n_speakers)]
    profiles = np.array([EXPRESSIONS[emotion] for emotion in emotions])  # (n_emotions, n_traits)

    clips, rows = [], []
    for e, emotion in enumerate(emotions):
        for s, voice in enumerate(voices):
            for t, text in enumerate(texts):
                for _ in range(n_takes):
                    expression = _draw_expression(rng, voice, profiles, e)
                    clips.append(_speak(rng, text, voice, expression, duration, sr))
                    rows.append((emotion, f"s{s + 1:02d}", f"t{t + 1:02d}", voice.gender))
    target, speaker, text_id, gender = np.array(rows).T
    return Bunch(
        data=np.stack(clips),
        target=target,
        speaker=speaker,
        text=text_id,
        gender=gender,
        sr=sr,
        corpus="synthetic",
        DESCR=f"Synthetic emotional speech\n{len(rows)} clips of {duration:g} s at {sr} Hz, "
        f"{n_speakers} speakers, {n_texts} texts, emotions {', '.join(emotions)}. No person was recorded.",
    )


def _check(emotions: list) -> None:
    if not emotions:
        raise ValueError(f"emotions must name one or more, got {emotions!r}.")
    for emotion in emotions:
        if not isinstance(emotion, str) or emotion not in EXPRESSIONS:
            raise ValueError(f"Unknown emotion {emotion!r}; known are {', '.join(EXPRESSIONS)}.")
        if emotions.count(emotion) > 1:
            raise ValueError(f"The emotion {emotion!r} is given twice.")


def _draw_text(rng: np.random.RandomState, duration: float) -> str:
    """Draw the words of a text as phones, with "|" where a pause may fall."""
    n_syllables = max(1, round(duration * SYLLABLES_PER_SECOND))
    # shuffled, not drawn: a few syllables of chance would tell texts apart better than voices
    onsets = np.resize(rng.permutation(ONSETS), n_syllables)
    vowels = np.resize(rng.permutation(VOWELS), n_syllables)
    syllables = [f"{onset}{vowel}" for onset, vowel in zip(onsets, vowels, strict=True)]
    syllables.insert((n_syllables + 1) // 2, "|")
    return f" {''.join(syllables)} "


def _draw_voice(rng: np.random.RandomState, gender: str, emotions: list[str]) -> Voice:
    female = gender == "female"
    n_traits = len(SPREAD)
    habits = 0.4 * SPREAD * rng.randn(n_traits)
    manners = MANNER * SPREAD * rng.randn(len(emotions), n_traits)
    return Voice(
        gender=gender,
        f0=(195 if female else 120) * 2 ** (rng.randn() * 2.5 / 12),
        tract=(1.14 if female else 1.0) * 2 ** (0.06 * rng.randn() + 0.03 * rng.randn(3)),
        liveliness=2.5 * 2 ** (0.3 * rng.randn()),
        habits=habits,
        manners=manners,
    )


def _draw_expression(rng: np.random.RandomState, voice: Voice, profiles: Array, own: int) -> Expression:
    """Draw how one clip expresses emotion `own`: a strength, a lean towards another emotion, a mood."""
    other = profiles[rng.randint(len(profiles))]
    lean = BLEND * rng.beta(1, 3)
    strength = rng.uniform(*STRENGTH)
    profile = strength * ((1 - lean) * profiles[own] + lean * other)
    stray = MOOD * SPREAD * rng.randn(len(SPREAD))
    return Expression(*(profile + voice.manners[own] + voice.habits + stray))


def _speak(
    rng: np.random.RandomState, text: str, voice: Voice, expression: Expression, duration: float, sr: int
) -> NDArray[np.float32]:
    """Say a text: control tracks at 100 frames a second, then sources, filters and level."""
    phones, seconds = _time_phones(rng, text, expression, duration)
    tracks = _tracks(phones, seconds, voice, expression)
    n_frames = len(tracks["voice"])
    n_samples = round(duration * sr)
    f0 = _pitch_contour(rng, phones, seconds, n_frames, voice, expression)
    speech = _synthesise(rng, tracks, f0, expression, sr)[:n_samples]

    level = LEVEL + np.clip(expression.level, -12, 12)
    speech *= min(10 ** (level / 20) / np.sqrt(np.mean(speech**2)), 0.9 / np.abs(speech).max())
    clip = 10 ** (ROOM / 20) * rng.randn(n_samples)
    start = rng.randint(n_samples - len(speech) + 1)
    clip[start : start + len(speech)] += speech
    return np.clip(clip, -1, 1).astype(np.float32)


def _time_phones(
    rng: np.random.RandomState, text: str, expression: Expression, duration: float
) -> tuple[list[Phone], Array]:
    """Return the phones and their seconds; a text too long for the clip is said faster."""
    phones = [PHONES[" " if name == "|" else name] for name in text]
    seconds = np.array([phone.seconds for phone in phones]) * 2**-expression.rate
    seconds *= 2 ** (0.15 * rng.randn(len(phones)))
    seconds[text.index("|")] = max(expression.pause, 0.0)
    return phones, seconds * min(1.0, 0.95 * duration / seconds.sum())


def _tracks(phones: list[Phone], seconds: Array, voice: Voice, expression: Expression) -> dict[str, Array]:
    """Lay the phones' targets along the frames and smooth them, as a tract cannot jump."""
    ends = np.round(np.cumsum(seconds) * FRAMES_PER_SECOND).astype(int)
    counts = np.diff(ends, prepend=0)
    along = {
        name: np.repeat(np.array([getattr(phone, name) for phone in phones], float), counts, axis=0)
        for name in ("formants", "voice", "breath", "hiss", "hiss_hz")
    }
    tracks = {name: gaussian_filter1d(track, 1.0, axis=0) for name, track in along.items()}
    tracks["formants"] = gaussian_filter1d(along["formants"], 2.0, axis=0)
    tracks["formants"] *= voice.tract * 2**expression.formants  # (n_frames, 3)
    tracks["breath"] *= 10 ** (expression.breath / 20)
    return tracks


def _pitch_contour(
    rng: np.random.RandomState,
    phones: list[Phone],
    seconds: Array,
    n_frames: int,
    voice: Voice,
    expression: Expression,
) -> Array:
    """F0 in Hz: a falling line with a swing on each vowel."""
    swing = voice.liveliness * 2**expression.range  # semitones
    middles = (np.cumsum(seconds) - seconds / 2) * FRAMES_PER_SECOND
    time = np.arange(n_frames)
    contour = np.linspace(0.7, -0.7, n_frames)
    for middle, phone in zip(middles, phones, strict=True):
        if phone.voice > 0.8:
            contour += rng.uniform(-0.3, 1.2) * np.exp(-0.5 * ((time - middle) / 7) ** 2)
    contour -= contour.mean()
    flutter = 0.15 * rng.randn(n_frames)
    return voice.f0 * 2 ** ((expression.pitch + swing * contour + flutter) / 12)


def _synthesise(
    rng: np.random.RandomState, tracks: dict[str, Array], f0: Array, expression: Expression, sr: int
) -> Array:
    """Drive the tract with glottal pulses and noise, frame by frame in the frequency domain."""
    n_frames = len(f0)
    hop = sr // FRAMES_PER_SECOND
    time = np.arange(n_frames * hop) / hop
    frames = np.arange(n_frames)
    pulses = _glottal_pulses(np.cumsum(np.interp(time, frames, f0)) / sr)
    noise = rng.randn(len(time))
    voiced = pulses * np.interp(time, frames, tracks["voice"]) + noise * np.interp(time, frames, tracks["breath"])
    hiss = noise * np.interp(time, frames, tracks["hiss"])

    n_fft = 2 ** int(np.ceil(np.log2(4 * hop)))  # half of it empty: room for the tract to ring
    hz = np.fft.rfftfreq(n_fft, 1 / sr)
    octaves = np.log2(np.maximum(hz, 100.0) / 500.0)
    tilt = 10 ** ((np.clip(expression.tilt, -5, 5) - 2.0) * octaves / 20)
    band = np.exp(-0.5 * ((hz - tracks["hiss_hz"][:, None]) / 1500) ** 2)  # (n_frames, n_bins)
    spectra = _frames(voiced, hop, n_fft) * _tract(tracks["formants"], n_fft, sr) * tilt
    spectra += _frames(hiss, hop, n_fft) * band
    return _overlap_add(np.fft.irfft(spectra, n_fft, axis=1), hop)


def _glottal_pulses(cycles: Array) -> Array:
    """Rosenberg's pulse, differentiated: the flow rises slowly, falls fast, then the folds stay shut."""
    phase = cycles % 1.0
    open_part = phase / 0.6
    return np.where(phase < 0.6, 2 * open_part - 3 * open_part**2, 0.0)


def _tract(formants: Array, n_fft: int, sr: int) -> NDArray[np.complex128]:
    """Frequency response of resonators in cascade at three formants and two fixed higher ones, 1 at 0 Hz."""
    scale = formants[:, 2:] / 2500  # the higher formants follow the length of the tract
    centres = np.concatenate([formants, 3500 * scale, 4500 * scale], axis=1)  # (n_frames, 5)
    poles = np.zeros((len(formants), 11))  # the cascade's denominator, a polynomial of degree 10
    poles[:, 0] = 1
    for centre, width in zip(centres.T, (70, 90, 140, 220, 300), strict=True):
        radius = np.exp(-np.pi * width / sr)
        cosine = np.cos(2 * np.pi * np.minimum(centre, 0.48 * sr) / sr)[:, None]
        poles = poles - 2 * radius * cosine * np.roll(poles, 1, axis=1) + radius**2 * np.roll(poles, 2, axis=1)
    return poles.sum(axis=1, keepdims=True) / np.fft.rfft(poles, n_fft, axis=1)


def _frames(signal: Array, hop: int, n_fft: int) -> NDArray[np.complex128]:
    """Spectra of Hann-windowed frames, two hops long, one a hop."""
    views = np.lib.stride_tricks.sliding_window_view(np.pad(signal, hop), 2 * hop)[: len(signal) : hop]
    return np.fft.rfft(views * np.hanning(2 * hop + 1)[:-1], n_fft, axis=1)


def _overlap_add(frames: Array, hop: int) -> Array:
    n_frames, n_fft = frames.shape
    out = np.zeros(n_frames * hop + n_fft)
    for start, frame in zip(range(0, n_frames * hop, hop), frames, strict=True):
        out[start : start + n_fft] += frame
    return out[hop : hop + n_frames * hop]
