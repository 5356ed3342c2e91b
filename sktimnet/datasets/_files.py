"""Which files a directory holds, and in which order."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from sktimnet.validation import check_path

Root = str | os.PathLike[str]


def directory(root: Root) -> Path:
    path = check_path(root, "root")
    if not path.is_dir():
        reason = "is a file" if path.exists() else "does not exist"
        raise FileNotFoundError(f"{str(root)!r} {reason}; expected the directory of a corpus.")
    return path


def files(root: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Give the visible files with one of the suffixes, folders from the top down, each folder once."""
    seen = set()
    for folder, below, names in os.walk(root, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:  # a link back up the tree
            below.clear()
            continue
        seen.add(real)
        below[:] = sorted((name for name in below if not name.startswith(".")), key=natural)
        for name in sorted(names, key=natural):
            if name.lower().endswith(suffixes) and not name.startswith("."):
                yield Path(folder, name)


def natural(name: str) -> list[tuple[int, str]]:
    """Order numbers by value: clip2 before clip10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name.casefold()) if part]
