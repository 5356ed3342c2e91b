"""Own recordings, in folders or listed in a table, become the same ``Bunch`` as a public corpus."""

import csv
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sktimnet.datasets._files import Root, directory, files, natural
from sktimnet.validation import check_path

AUDIO = (
    *(".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp3", ".nist", ".oga", ".ogg", ".opus", ".rf64", ".snd"),
    *(".sph", ".w64", ".wav", ".wave"),
)
FOREIGN = (".3gp", ".aac", ".amr", ".m4a", ".mp4", ".webm", ".wma")  # recordings that libsndfile cannot read
COLUMNS = ("path", "label", "speaker", "text", "gender")


def load_folder(root: Root) -> Bunch:
    """Load own recordings that lie in one directory per label.

    Expects ``root/<label>/.../<any name>.wav``; aiff, flac, mp3, ogg, opus and other files that libsndfile can read are
    taken too.

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

    Warns
    -----
    UserWarning
        If recordings are left out, of kinds that cannot be read or outside of the labels' directories, or if one of
        these directories holds none.

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
    top = directory(root)
    rows, left_out = [], []
    for path in files(top, AUDIO + FOREIGN):
        label, *rest = path.relative_to(top).parts
        if rest and path.suffix.lower() in AUDIO:
            rows.append((_composed(label), natural(path.name), natural(str(path)), path))
        else:
            left_out.append(path)
    if not rows:
        raise FileNotFoundError(
            f"No labelled audio in {str(root)!r}: expected one directory per label there, such as "
            f"{top / 'happy' / 'clip.wav'} (or {', '.join(AUDIO[:-1])})."
        )
    if left_out:
        warnings.warn(
            f"{len(left_out)} recordings in {str(root)!r} are left out, such as {str(left_out[0])!r}: convert "
            f"{', '.join(FOREIGN)} to wav, and put each into the directory of its label.",
            stacklevel=2,
        )
    rows.sort()
    labels = [label for label, *_ in rows]
    below = {_composed(path.name) for path in top.iterdir() if path.is_dir() and not path.name.startswith(".")}
    if empty := sorted(below - set(labels)):
        warnings.warn(
            f"No recordings in {', '.join(map(repr, empty))} of {str(root)!r}: no clip has such a label. Readable are "
            f"{', '.join(AUDIO)}.",
            stacklevel=2,
        )
    return Bunch(
        data=np.array([str(path) for *_, path in rows]),
        target=np.array(labels),
        speaker=None,
        text=None,
        gender=None,
        corpus=top.name,
        DESCR=f"Own recordings in {top}\n{len(rows)} clips ({_counts(labels)}).",
    )


def audio_files(root: Root) -> list[str]:
    """List the recordings below a directory that can be read; hidden ones are left out.

    Parameters
    ----------
    root : str or path-like
        The directory.

    Returns
    -------
    list of str
        Paths that begin with `root`, folders from the top down, numbers in names by value.

    Raises
    ------
    FileNotFoundError
        If `root` is no directory or holds no audio.

    Examples
    --------
    >>> import os, tempfile
    >>> from pathlib import Path
    >>> from sktimnet.datasets import audio_files
    >>> root = Path(tempfile.mkdtemp())
    >>> for name in ("10.wav", "2.flac", "notes.txt"):
    ...     (root / name).touch()
    >>> [os.path.basename(path) for path in audio_files(root)]
    ['2.flac', '10.wav']
    """
    directory(root)
    found = [str(path) for path in files(Path(root), AUDIO)]
    if not found:
        raise FileNotFoundError(f"No audio in {str(root)!r} ({', '.join(AUDIO)}).")
    return found


def load_table(path: Root) -> Bunch:
    r"""Load own recordings that a table lists, with their labels and, where known, speakers and texts.

    Parameters
    ----------
    path : str or path-like
        A CSV file (UTF-8, commas) with the columns ``path`` and ``label`` and any of ``speaker``, ``text`` and
        ``gender``. Relative paths start from the table's directory.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`; rows keep the table's order, and a column that is not in the table, or
        empty throughout, is None.

    Raises
    ------
    FileNotFoundError
        If there is no such table.
    ValueError
        If the table lacks a column, has no rows, leaves a path or label empty, or gives a path two labels.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sktimnet.datasets import load_table
    >>> table = Path(tempfile.mkdtemp(), "clips.csv")
    >>> _ = table.write_text("path,label,speaker\na.wav,happy,Ann\nb.wav,sad,Ben\n")
    >>> corpus = load_table(table)
    >>> corpus.target.tolist(), corpus.speaker.tolist(), corpus.text
    (['happy', 'sad'], ['Ann', 'Ben'], None)
    """
    table = check_path(path, "path")
    if not table.is_file():
        raise FileNotFoundError(f"No table at {str(path)!r}: expected a CSV file with the columns path and label.")
    try:
        columns, rows = _read_table(table)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{str(path)!r} is no CSV file in UTF-8 ({error}); save it as such.") from error
    if missing := [name for name in ("path", "label") if name not in columns]:
        way_out = " Separate columns by commas." if any(";" in name or "\t" in name for name in columns) else ""
        raise ValueError(f"{str(path)!r} has the columns {columns}, but not {missing}.{way_out}")
    if twice := [name for name in COLUMNS if columns.count(name) > 1]:
        raise ValueError(f"{str(path)!r} has the columns {columns}: {twice} more than once.")
    if not rows:
        raise ValueError(f"{str(path)!r} has no rows.")
    labels: dict[str, str] = {}
    for number, row in rows:
        if not row["path"] or not row["label"]:
            raise ValueError(f"{str(path)!r}, line {number}: path and label must not be empty, got {row}.")
        if "\0" in "".join(row.values()):
            raise ValueError(f"{str(path)!r}, line {number}: null characters, as of a table that is not UTF-8.")
        row["label"] = _composed(row["label"])
        if (label := labels.setdefault(row["path"], row["label"])) != row["label"]:
            raise ValueError(
                f"{str(path)!r}, line {number}: {row['path']!r} is {row['label']!r} here and {label!r} above; keep one."
            )
    values = {
        name: np.array([row[name] for _, row in rows]) for name in COLUMNS if any(row.get(name) for _, row in rows)
    }
    return Bunch(
        data=np.array([str(table.parent / clip) for clip in values["path"]]),
        target=values["label"],
        speaker=values.get("speaker"),
        text=values.get("text"),
        gender=values.get("gender"),
        corpus=table.stem,
        DESCR=f"Own recordings listed in {table}\n{len(rows)} clips ({_counts(values['label'])}).",
    )


def _read_table(table: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Give the names of the columns, and the rows with the numbers of their lines; cells are without blanks."""
    with table.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, restval="")
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        rows = []
        for row in reader:
            if extra := row.pop(None, None):
                raise csv.Error(f"line {reader.line_num} has more cells than columns, {extra}: quote cells with commas")
            rows.append((reader.line_num, {name: cell.strip() for name, cell in row.items()}))
    return columns, rows


def _composed(label: str) -> str:
    """Give a label in the one of its spellings that most programs write: Macs name files in another."""
    return unicodedata.normalize("NFC", label)


def _counts(labels: Iterable[str]) -> str:
    return ", ".join(f"{label} {count}" for label, count in sorted(Counter(labels).items()))
