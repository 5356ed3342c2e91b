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
from sktimnet.datasets._own import AUDIO


class Clip(NamedTuple):
    """What a file's name says about its recording.

    Parameters
    ----------
    label : str
        The emotion.
    speaker, text : str or None, default=None
        Who speaks and what is said; None where the name does not tell.
    name : str or None, default=None
        Decides the order of the clips of a label, and is the same for every copy of a recording: of clips with the same
        label, speaker and name the first is taken. None stands for the file's name with its folders.
    """

    label: str
    speaker: str | None = None
    text: str | None = None
    name: str | None = None


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

    return load_corpus(root, corpus, parse)


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

    return load_corpus(root, corpus, parse)


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

    return load_corpus(root, corpus, parse)


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

    return load_corpus(root, CORPORA["EMOVO"], parse)


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

    return load_corpus(root, CORPORA["IEMOCAP"], parse)


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

    return load_corpus(root, CORPORA["RAVDESS"], parse)


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

    return load_corpus(root, CORPORA["SAVEE"], parse)


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

    return load_corpus(root, corpus, parse)


def load_corpus(root: Root, corpus: Corpus, parse: Callable[[str], Clip | None]) -> Bunch:
    """Load a corpus whose file names tell what is spoken, with the checks that the loaders of public corpora have.

    Parameters
    ----------
    root : str or path-like
        A directory; recordings are looked for in it and in all folders below. Hidden files are ignored.
    corpus : Corpus
        What there should be: classes and speakers with their counts, licence and source.
    parse : callable
        Takes the end of a path in lower case, two folders and the file, such as ``"studio/s01/angry_t01.wav"``; returns
        a :class:`Clip`, or None for a file that is none of the corpus.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`. A clip is "female" where `corpus` says so of its speaker, else "male";
        ``speaker``, ``text`` and ``gender`` are None where no clip tells.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no clip of the corpus.
    TypeError
        If `corpus` is no Corpus, or `parse` no function or returns something else.
    ValueError
        If `parse` raises an error.

    Warns
    -----
    UserWarning
        If the number of clips of a class or speaker differs from that of `corpus`.

    Examples
    --------
    >>> import re, tempfile
    >>> from pathlib import Path
    >>> from sktimnet.datasets import Clip, Corpus, load_corpus
    >>> root = Path(tempfile.mkdtemp())
    >>> for name in ("ann_happy_2.wav", "ann_happy_10.wav", "ben_sad_1.wav"):
    ...     (root / name).touch()
    >>> studio = Corpus(
    ...     name="Studio",
    ...     language="English",
    ...     class_counts={"happy": 2, "sad": 1},
    ...     speaker_counts={"ann": 2, "ben": 1},
    ...     female=("ann",),
    ...     n_texts=3,
    ...     layout="ann_happy_2.wav",
    ...     licence="own recordings",
    ...     source="ask us",
    ... )
    >>> def parse(tail):
    ...     match = re.search(r"(ann|ben)_(happy|sad)_([0-9]+)[.]wav$", tail)
    ...     return match and Clip(label=match[2], speaker=match[1], text=match[3])
    >>> found = load_corpus(root, studio, parse)
    >>> found.target.tolist(), found.speaker.tolist(), found.text.tolist()
    (['happy', 'happy', 'sad'], ['ann', 'ann', 'ben'], ['2', '10', '1'])
    """
    if not isinstance(corpus, Corpus):
        raise TypeError(f"corpus={corpus!r} must be a Corpus, which says what there should be.")
    if not callable(parse):
        raise TypeError(f"parse={parse!r} must be a function that takes the end of a path and returns a Clip or None.")
    found: dict[tuple[str, str | None, str], tuple[Clip, Path]] = {}  # by label, speaker and name
    others = []
    for path in files(directory(root), AUDIO):
        tail = "/".join(path.parts[-3:]).lower()
        try:
            clip = parse(tail)
        except Exception as error:  # of any kind: the function is the user's
            raise ValueError(
                f"parse({tail!r}) raised {type(error).__name__}: {error}; return None for what is no clip."
            ) from error
        if clip is None:
            others.append(tail)
        elif isinstance(clip, Clip):
            name = tail if clip.name is None else clip.name
            found.setdefault((clip.label, clip.speaker, name), (clip, path))  # archives nest second copies
        else:
            raise TypeError(f"parse({tail!r}) must return a Clip or None, got {clip!r}.")
    if not found:
        seen = f" The {len(others)} recordings there are none of it, such as {others[0]!r}." if others else ""
        raise FileNotFoundError(
            f"No {corpus.name} clips in {str(root)!r}: expected {corpus.layout} there or in a folder below.{seen} "
            f"Source: {corpus.source}"
        )
    rows = [found[key] for key in sorted(found, key=lambda key: (key[0], natural(key[2])))]
    clips = [clip for clip, _ in rows]
    _compare_counts(corpus, clips, root)
    speaker, text = _told([clip.speaker for clip in clips]), _told([clip.text for clip in clips])
    gender = None
    if corpus.female is not None and speaker is not None:
        gender = np.array(["female" if clip.speaker in corpus.female else "male" for clip in clips])
    return Bunch(
        data=np.array([str(path) for _, path in rows]),
        target=np.array([clip.label for clip in clips]),
        speaker=speaker,
        text=text,
        gender=gender,
        corpus=corpus.name,
        DESCR=corpus.describe(),
    )


def _told(values: list[str | None]) -> np.ndarray | None:
    """Return what file names tell of each clip; None where they tell it of none."""
    return None if set(values) == {None} else np.array(values)


def _compare_counts(corpus: Corpus, clips: Sequence[Clip], root: Root) -> None:
    classes = Counter(clip.label for clip in clips)
    speakers = Counter(clip.speaker for clip in clips if clip.speaker is not None)
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
