"""The code of a page of the documentation: its blocks, and its files written where Python finds them."""

import contextlib
import re
import sys
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def text_of(page):
    """Give a page as it stands."""
    return (DOCS / page).read_text(encoding="utf-8")


def blocks_of(page):
    """List the Python blocks of a page; those that are files begin with a comment that names the file."""
    return re.findall(r"```python\n(.*?)```", text_of(page), flags=re.DOTALL)


def errors_of(page):
    """List what each row of the page's table of wrong input quotes last: a part of the error or warning."""
    table = text_of(page).split("| wrong input |")[1].split("\n\n")[0]
    return [re.findall(r"`([^`]+)`", row)[-1] for row in table.splitlines()[2:]]


def named_files(page):
    """List the files of this repository that a page names, whether or not they are there."""
    return [DOCS.parent / name for name in re.findall(r"`((?:sktimnet|tests|docs)/[\w/]+\.(?:py|md))`", text_of(page))]


@contextlib.contextmanager
def written(page, directory):
    """Write the files of a page to a directory from which Python imports."""
    files = {match[1]: block for block in blocks_of(page) if (match := re.match(r"# (\w+)\.py\n", block))}
    for name, block in files.items():
        (directory / f"{name}.py").write_text(block, encoding="utf-8")
    before = [*sys.path]
    sys.path.insert(0, str(directory))
    yield directory
    sys.path[:] = before
    for name in files:
        sys.modules.pop(name, None)


def run(block, page, names=None):
    """Run a block as it stands on its page; return the names that it defines, those given among them."""
    names = {} if names is None else names
    exec(compile(block, str(DOCS / page), "exec"), names)
    return names
