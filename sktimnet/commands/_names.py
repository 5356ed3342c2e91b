"""Which recordings a command line names: files, folders, lists, standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from sktimnet.datasets import audio_files


def named_recordings(names: list[str]) -> list[str]:
    """Return the paths of all recordings that are named.

    Parameters
    ----------
    names : list of str
        Files; folders, for the audio files in them; ``@FILE`` for a file that holds names, one a line; ``-`` for names
        on standard input.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If lists name none.
    FileNotFoundError
        If a folder holds no audio or a list does not exist.
    """
    found: list[str] = []
    for name in names:
        if name == "-":
            found += _read_names(sys.stdin)
        elif name.startswith("@"):
            with open(name[1:], encoding="utf-8", errors="surrogateescape") as lines:
                found += _read_names(lines)
        else:
            found += audio_files(name) if os.path.isdir(name) else [name]
    if not found:
        raise ValueError(f"{' '.join(names)} names no recording; expected a name on each line")
    return found


def _read_names(lines: Iterable[str]) -> list[str]:
    return [name for line in lines if (name := line.rstrip("\r\n"))]
