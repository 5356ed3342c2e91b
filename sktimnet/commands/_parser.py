"""The parser of a command: :class:`CommandParser`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any


class CommandParser(argparse.ArgumentParser):
    """Take options between arguments too, as in ``predict MODEL --timeline FILE``."""

    _inside = False  # parse_known_intermixed_args calls parse_known_args

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Parse as :meth:`argparse.ArgumentParser.parse_known_intermixed_args` does."""
        if self._inside:
            return super().parse_known_args(args, namespace)
        self._inside = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._inside = False
