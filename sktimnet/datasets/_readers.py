"""A corpus on disk becomes paths, labels, speakers and texts."""

import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.utils import Bunch

from sktimnet.datasets._corpora import CORPORA, Corpus

Root = str | os.PathLike[str]

AUDIO = (".flac", ".mp3", ".ogg", ".wav")


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
        As described in :func:`load_emodb`. ``gender`` is None: nobody published it.

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


def load_folder(root: Root) -> Bunch:
    """Load own recordings that lie in one directory per label.

    Expects ``root/<label>/.../<any name>.wav``; flac, mp3 and ogg files are taken too.

    Parameters
    ----------
    root : str or path-like
        The directory that holds the labels' directories.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`. ``speaker``, ``text`` and ``gender`` are None: use
        :func:`load_table` where they are known. Hidden files are ignored.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or no directory in it holds audio.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sktimnet.datasets import load_folder
    >>> root = Path(tempfile.mkdtemp())
    >>> for clip in ("happy/2.wav", "happy/10.wav", "angry/1.wav"):
    ...     (root / clip).parent.mkdir(exist_ok=True)
    ...     (root / clip).touch()
    >>> corpus = load_folder(root)
    >>> [Path(path).name for path in corpus.data], corpus.target.tolist()
    (['1.wav', '2.wav', '10.wav'], ['angry', 'happy', 'happy'])
    """
    top = _directory(root)
    rows = []
    for path in _files(top, AUDIO):
        label, *rest = path.relative_to(top).parts
        if rest:
            rows.append((label, _natural(path.name), _natural(str(path)), path))
    if not rows:
        raise FileNotFoundError(
            f"No labelled audio in {str(root)!r}: expected one directory per label there, such as "
            f"{top / 'happy' / 'clip.wav'} (or {', '.join(AUDIO[:-1])})."
        )
    rows.sort()
    labels = [label for label, *_ in rows]
    counts = ", ".join(f"{label} {count}" for label, count in Counter(labels).items())
    return Bunch(
        data=np.array([str(path) for *_, path in rows]),
        target=np.array(labels),
        speaker=None,
        text=None,
        gender=None,
        corpus=top.name,
        DESCR=f"Own recordings in {top}\n{len(rows)} clips ({counts}).",
    )


def _load(corpus: Corpus, root: Root, parse: Callable[[str], Clip | None]) -> Bunch:
    """Find the clips that `parse` knows by the lower-case tail of their path, each recording once."""
    found: dict[tuple[str, str, str], tuple[Clip, Path]] = {}
    for path in _files(_directory(root), (".wav",)):
        clip = parse("/".join(path.parts[-3:]).lower())
        if clip is not None:
            found.setdefault(
                (clip.label, clip.speaker, clip.name), (clip, path)
            )  # archives nest second copies
    if not found:
        raise FileNotFoundError(
            f"No {corpus.name} clips in {str(root)!r}: expected {corpus.layout} there or in a folder below. "
            f"Source: {corpus.source}"
        )
    rows = sorted(found.values(), key=lambda row: (row[0].label, _natural(row[0].name)))
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


def _directory(root: Root) -> Path:
    path = Path(os.path.abspath(Path(root).expanduser()))
    if not path.is_dir():
        reason = "is a file" if path.exists() else "does not exist"
        raise FileNotFoundError(f"{str(root)!r} {reason}; expected the directory of a corpus.")
    return path


def _files(root: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Give the visible files with one of the suffixes, folders from the top down, each folder once."""
    seen = set()
    for folder, below, names in os.walk(root, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:  # a link back up the tree
            below.clear()
            continue
        seen.add(real)
        below[:] = sorted((name for name in below if not name.startswith(".")), key=_natural)
        for name in sorted(names, key=_natural):
            if name.lower().endswith(suffixes) and not name.startswith("."):
                yield Path(folder, name)


def _natural(name: str) -> list[tuple[int, str]]:
    """Order numbers by value: clip2 before clip10."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part)
        for part in re.split(r"(\d+)", name.casefold())
        if part
    ]
