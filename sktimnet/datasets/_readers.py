"""The public corpora on disk become paths, labels, speakers and texts."""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.utils import Bunch

from sktimnet.datasets._corpora import CORPORA, Corpus
from sktimnet.datasets._files import Root, directory, files, natural


class Clip(NamedTuple):
    """What a file's name says about its recording."""

    label: str
    speaker: str
    text: str
    name: str  # the same for every copy of the recording, decides the order of the rows


def load_casia(root: Root) -> Bunch:
    """Load CASIA: 1,200 Chinese clips, 6 emotions, 4 speakers, 50 texts.

    Expects ``<speaker>/<emotion>/201.wav`` to ``250.wav``, the sentences that every speaker says in every
    emotion. Spellings of the speakers vary between copies and are unified.

    Parameters
    ----------
    root : str or path-like
        The corpus as distributed: its root, a folder above or the speakers' folder, in any case of names.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`. ``gender`` is None: the names do not tell it.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no clip of the corpus.
    """
    corpus = CORPORA["CASIA"]

    def parse(tail: str) -> Clip | None:
        match = re.fullmatch(r"([^/]+)/([a-z]+)/(20[1-9]|2[1-4]\d|250)\.wav", tail)
        if match is None or match[2] not in corpus.labels:
            return None
        speaker = (get_close_matches(match[1], corpus.speaker_counts, n=1) or [match[1]])[0]
        return Clip(match[2], speaker, match[3], f"{match[3]} {speaker}")

    return _load(corpus, root, parse)


def load_cremad(root: Root) -> Bunch:
    """Load CREMA-D: 7,442 English clips, 6 emotions, 91 speakers, 12 texts.

    Expects ``AudioWAV/1001_DFA_ANG_XX.wav``: speaker 1001, text DFA, anger, level of intensity.

    Parameters
    ----------
    root : str or path-like
        The corpus as distributed: its root, a folder above or ``AudioWAV``, in any case of names.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no clip of the corpus.
    """
    corpus = CORPORA["CREMA-D"]
    codes = dict(zip("ang dis fea hap neu sad".split(), corpus.labels, strict=True))

    def parse(tail: str) -> Clip | None:
        match = re.search(rf"(?:^|/)((1\d{{3}})_([a-z]{{3}})_({'|'.join(codes)})_[a-z]+)\.wav$", tail)
        return match and Clip(codes[match[4]], match[2], match[3].upper(), match[1])

    return _load(corpus, root, parse)


def load_emodb(root: Root) -> Bunch:
    """Load EMODB (Berlin): 535 German clips, 7 emotions, 10 speakers, 10 texts.

    Expects ``wav/03a01Fa.wav``: speaker 03, text a01, F for Freude (happiness), version a.

    Parameters
    ----------
    root : str or path-like
        The corpus as distributed: the unpacked archive, a folder above or its ``wav`` folder, in any
        case of names.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        data : ndarray of shape (n_clips,), str
            Absolute paths, ordered by class (alphabetically), then by file name (numbers by value): the order
            that the published folds refer to.
        target, speaker, text, gender : ndarray of shape (n_clips,), str
            Emotion, speaker, text and "female" or "male"; None where the corpus does not tell.
        corpus : str
            The corpus's name in :data:`CORPORA`.
        DESCR : str
            What the corpus is, its licence and source.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no clip of the corpus.

    Warns
    -----
    UserWarning
        If the number of clips of a class or speaker differs from the published one.

    See Also
    --------
    fetch_emodb : Download the corpus first.
    load_folder, load_table : Load own recordings.

    Examples
    --------
    >>> from sktimnet.datasets import load_emodb
    >>> corpus = load_emodb("path/to/emodb")  # doctest: +SKIP
    >>> corpus.target[:2], corpus.speaker[:2]  # doctest: +SKIP
    (array(['angry', 'angry'], dtype='<U7'), array(['03', '03'], dtype='<U2'))
    """
    corpus = CORPORA["EMODB"]
    letters = dict(zip("wleafnt", corpus.labels, strict=True))

    def parse(tail: str) -> Clip | None:
        match = re.search(r"(?:^|/)((\d\d)([ab]\d\d)([wleafnt])[a-z]?)\.wav$", tail)
        return match and Clip(letters[match[4]], match[2], match[3], match[1])

    return _load(corpus, root, parse)


def load_emovo(root: Root) -> Bunch:
    """Load EMOVO: 588 Italian clips, 7 emotions, 6 speakers, 14 texts.

    Expects ``f1/dis-f1-b1.wav``: disgusto (disgust), speaker f1, text b1.

    Parameters
    ----------
    root : str or path-like
        The corpus as distributed: its root, a folder above or one of the speakers' folders, in any case of names.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no clip of the corpus.
    """
    words = {
        "dis": "disgust",
        "gio": "happy",
        "neu": "neutral",
        "pau": "fear",
        "rab": "angry",
        "sor": "surprise",
        "tri": "sad",
    }

    def parse(tail: str) -> Clip | None:
        match = re.search(rf"(?:^|/)(({'|'.join(words)})-([fm][1-3])-(\w+))\.wav$", tail)
        return match and Clip(words[match[2]], match[3], match[4], match[1])

    return _load(CORPORA["EMOVO"], root, parse)


def load_iemocap(root: Root) -> Bunch:
    """Load IEMOCAP's four classes: 5,531 English clips of 10 speakers; excited counts as happy.

    Expects ``Session1/sentences/wav/Ses01F_impro04/Ses01F_impro04_F000.wav`` and the labels in
    ``Session1/dialog/EmoEvaluation/Ses01F_impro04.txt``, for five sessions. Turns with other labels are left out.

    Parameters
    ----------
    root : str or path-like
        The corpus as distributed: its root or a folder above, in any case of names.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`. ``speaker`` is the session and the talker ("Ses01F" is the woman
        of session 1, whoever wore the markers); ``text`` is the scenario ("impro04", "script01_1").

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no clip of the corpus.
    """
    emotions = {"ang": "angry", "exc": "happy", "hap": "happy", "neu": "neutral", "sad": "sad"}
    labels: dict[str, str] = {}  # of each turn
    for path in files(directory(root), (".txt",)):
        if path.parent.name.lower() == "emoevaluation":
            turns = re.findall(r"^\[[\d. -]+\]\s+(\w+)\s+(\w+)", path.read_text("latin-1").lower(), re.MULTILINE)
            labels.update(turns)

    def parse(tail: str) -> Clip | None:
        match = re.search(r"(?:^|/)((ses0[1-5])[fm]_((?:impro|script)\w+)_([fm])\w{3})\.wav$", tail)
        if match is None or labels.get(match[1]) not in emotions:
            return None
        return Clip(emotions[labels[match[1]]], f"S{match[2][1:]}{match[4].upper()}", match[3], match[1])

    return _load(CORPORA["IEMOCAP"], root, parse)


def load_ravdess(root: Root) -> Bunch:
    """Load RAVDESS: 1,440 English spoken clips, 8 emotions, 24 speakers, 2 texts.

    Expects ``Actor_01/03-01-05-01-02-01-01.wav``: audio, speech, angry, intensity, statement, repetition, actor.
    Songs and videos are left out, and so is the second copy that the archive nests.

    Parameters
    ----------
    root : str or path-like
        The corpus as distributed: its root, a folder above or an actor's folder, in any case of names.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no clip of the corpus.
    """
    labels = "neutral calm happy sad angry fear disgust surprise".split()

    def parse(tail: str) -> Clip | None:
        match = re.search(r"(?:^|/)(03-01-0([1-8])-0[12]-(0[12])-0[12]-(\d\d))\.wav$", tail)
        return match and Clip(labels[int(match[2]) - 1], match[4], match[3], match[1])

    return _load(CORPORA["RAVDESS"], root, parse)


def load_savee(root: Root) -> Bunch:
    """Load SAVEE: 480 English clips, 7 emotions, 4 speakers.

    Expects ``DC/d03.wav`` or ``DC_d03.wav``: speaker DC, disgust, sentence 3. Sentences 1 to 3 are common to the
    emotions (text "common01"), the others are taken for sentences of one emotion (text "d04"). Neutral clips repeat
    some of these under other numbers, which the names do not tell: "speaker+text" cannot hold such a text out.

    Parameters
    ----------
    root : str or path-like
        The corpus as distributed: its root, a folder above or a speaker's folder, in any case of names.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`. Rows are ordered by class, speaker, sentence in both layouts.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no clip of the corpus.
    """
    letters = {
        "a": "angry",
        "d": "disgust",
        "f": "fear",
        "h": "happy",
        "n": "neutral",
        "sa": "sad",
        "su": "surprise",
    }

    def parse(tail: str) -> Clip | None:
        match = re.search(rf"(?:^|/)(dc|je|jk|kl)[/_]({'|'.join(letters)})(\d\d)\.wav$", tail)
        if match is None:
            return None
        speaker, letter, number = match.groups()
        text = f"common{number}" if int(number) <= 3 else f"{letter}{number}"
        return Clip(letters[letter], speaker.upper(), text, f"{speaker}_{letter}{number}")

    return _load(CORPORA["SAVEE"], root, parse)


def load_tess(root: Root) -> Bunch:
    """Load TESS: 2,800 English clips, 7 emotions, 2 speakers, 200 words.

    Expects ``OAF_back_angry.wav``: speaker OAF, the word "back", angry ("ps" is pleasant surprise), in folders by
    speaker and emotion.

    Parameters
    ----------
    root : str or path-like
        The corpus as distributed: its root, a folder above or one of these folders, in any case of names.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no clip of the corpus.
    """
    corpus = CORPORA["TESS"]

    def parse(tail: str) -> Clip | None:
        match = re.search(r"(?:^|/)([oy]af?_(\w+)_([a-z]+))\.wav$", tail)  # one file says OA for OAF
        label = match and {"ps": "surprise"}.get(match[3], match[3])
        if match is None or label not in corpus.labels:
            return None
        return Clip(label, f"{match[1][0].upper()}AF", match[2], match[1])

    return _load(corpus, root, parse)


def _load(corpus: Corpus, root: Root, parse: Callable[[str], Clip | None]) -> Bunch:
    """Find the clips that `parse` knows by the lower-case tail of their path, each recording once."""
    found: dict[tuple[str, str, str], tuple[Clip, Path]] = {}
    for path in files(directory(root), (".wav",)):
        clip = parse("/".join(path.parts[-3:]).lower())
        if clip is not None:
            found.setdefault((clip.label, clip.speaker, clip.name), (clip, path))  # archives nest second copies
    if not found:
        raise FileNotFoundError(
            f"No {corpus.name} clips in {str(root)!r}: expected {corpus.layout} there or in a folder below. "
            f"Source: {corpus.source}"
        )
    rows = sorted(found.values(), key=lambda row: (row[0].label, natural(row[0].name)))
    clips = [clip for clip, _ in rows]
    _compare_counts(corpus, clips, root)
    gender = None
    if corpus.female is not None:
        gender = np.array(["female" if clip.speaker in corpus.female else "male" for clip in clips])
    return Bunch(
        data=np.array([str(path) for _, path in rows]),
        target=np.array([clip.label for clip in clips]),
        speaker=np.array([clip.speaker for clip in clips]),
        text=np.array([clip.text for clip in clips]),
        gender=gender,
        corpus=corpus.name,
        DESCR=corpus.describe(),
    )


def _compare_counts(corpus: Corpus, clips: Sequence[Clip], root: Root) -> None:
    classes = Counter(clip.label for clip in clips)
    speakers = Counter(clip.speaker for clip in clips)
    # where a speaker's count is not published, only an absent speaker is certain to be short
    expected = {name: count or max(1, speakers[name]) for name, count in corpus.speaker_counts.items()}
    differences = [
        f"{what}: {_differences(found, published)}"
        for what, found, published in [
            ("classes", classes, corpus.class_counts),
            ("speakers", speakers, expected),
        ]
        if found != published
    ]
    if differences:
        warnings.warn(
            f"{str(root)!r} has {len(clips)} of the {corpus.n_clips} clips of {corpus.name}, so scores do "
            f"not compare with published ones. Differences by {'; '.join(differences)}.",
            UserWarning,
            stacklevel=4,
        )


def _differences(found: Mapping[str, int], published: Mapping[str, int], most: int = 12) -> str:
    """Say by how many each name is short (-) or over (+)."""
    names = dict.fromkeys([*published, *sorted(found)])
    gaps = {name: found.get(name, 0) - published.get(name, 0) for name in names}
    items = [f"{name} {gap:+d}" for name, gap in gaps.items() if gap]
    more = [f"and {len(items) - most} more"] if len(items) > most else []
    return ", ".join(items[:most] + more)
