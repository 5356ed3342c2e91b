"""A fitted pipeline in a file that is safe to open: :func:`save` and :func:`load`.

`_content.py` turns estimators into the content of a file and back; `_version_1.py` reads files of version 0.1.
"""

from sktimnet.persistence._files import load, load_with_versions, save

__all__ = ["load", "load_with_versions", "save"]
