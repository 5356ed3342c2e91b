"""Which versions made a figure or a file, and a warning where they are others now."""

import warnings
from functools import cache
from importlib.metadata import version
from platform import python_version

from sktimnet import __version__

__all__ = ["library_versions", "warn_of_other_versions"]

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "skorch", "librosa", "soundfile", "soxr")
# A change of these can change what a fitted estimator answers.
_DECISIVE = ("sktimnet", "scikit-learn", "torch")


def library_versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of the libraries that decide its figures."""
    return {"python": python_version(), "sktimnet": __version__} | {name: _version(name) for name in _LIBRARIES}


_version = cache(version)  # reads a file each time


def warn_of_other_versions(saved: dict[str, str], what: str, stacklevel: int = 3) -> None:
    """Warn once if ``what`` was saved with other versions of sktimnet, scikit-learn or torch."""
    here = library_versions()
    other = [f"{name} {saved.get(name)} (here {here[name]})" for name in _DECISIVE if saved.get(name) != here[name]]
    if other:
        warnings.warn(
            f"{what} was saved with {', '.join(other)}; what it answers can differ. "
            "Compare its predictions on a few known clips, then save it anew.",
            stacklevel=stacklevel,
        )
