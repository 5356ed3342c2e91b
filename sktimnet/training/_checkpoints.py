"""A training that survives its process: :class:`Checkpoints` on disk."""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sktimnet.training._net import Net


class Checkpoints:
    """The last two complete epochs of one training, in files that are whole or not there.

    Parameters
    ----------
    directory : str or path-like
        Where the files are; it is made where it is missing.
    key : str
        What tells this training from all others.

    Raises
    ------
    OSError
        If the directory cannot be written.
    """

    def __init__(self, directory: str | os.PathLike[str], key: str):
        self.directory = Path(directory)
        self.paths = [self.directory / f"{key}.{i}.checkpoint" for i in range(2)]

    def save(self, net: Net) -> None:
        """Write the net in place of the older file, by way of a third that a killed process may leave torn."""
        content = pickle.dumps(net)
        path = self.paths[len(net.history) % 2]
        torn = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")  # another may do the same training
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with open(torn, "wb") as file:
                file.write(hashlib.sha256(content).digest() + content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(torn, path)
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            reason = getattr(error, "strerror", None) or error
            raise OSError(
                f"checkpoint={str(self.directory)!r} cannot be written ({reason}): "
                "name a directory on a disk with space that you may write to."
            ) from error

    def load(self) -> Net | None:
        """Read the net with most epochs from the files that are whole; None where there is none."""
        nets = [net for net in map(self._read, self.paths) if net is not None]
        return max(nets, key=lambda net: len(net.history), default=None)

    @staticmethod
    def _read(path: Path) -> Net | None:
        if not path.exists():
            return None
        content = path.read_bytes()
        digest, content = content[:32], content[32:]
        return pickle.loads(content) if hashlib.sha256(content).digest() == digest else None
