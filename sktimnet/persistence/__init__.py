"""A fitted pipeline in a file that is safe to open: :func:`save` and :func:`load`.

`_content.py` says what a file may hold, `_calibrated.py` what it keeps of a calibrated classifier, `_writing.py` turns
estimators into it, `_reading.py` turns it back, and `_version_1.py` reads files of version 0.1.
"""

from sktimnet.persistence._files import load, load_with_versions, save

__all__ = ["load", "load_with_versions", "save"]
