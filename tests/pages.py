"""The code of a page of the documentation: its blocks, and its files written where Python finds them."""

import contextlib
import re
import sys
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def blocks_of(page):
    """List the Python blocks of a page; those that are files begin with a comment that names the file."""
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)


@contextlib.contextmanager
def written(page, directory):
    """Write the files of a page to a directory from which Python imports."""
    files = {match[1]: block for block in blocks_of(page) if (match := re.match(r"# (\w+)\.py\n", block))}
    for name, block in files.items():
        (directory / f"{name}.py").write_text(block, encoding="utf-8")
    sys.path.insert(0, str(directory))
    yield directory
    sys.path.remove(str(directory))
    for name in files:
        sys.modules.pop(name, None)


def run(block, page, names=None):
    """Run a block as it stands on its page; return the names that it defines, those given among them."""
    names = {} if names is None else names
    exec(compile(block, str(DOCS / page), "exec"), names)
    return names
