"""A fitted pipeline in a file that is safe to open: :func:`save` and :func:`load`.

What stands in a file is in `_content.py`; `_version_1.py` reads the files of version 0.1.
"""

from sktimnet.persistence._files import load, require_safetensors, save

__all__ = ["load", "require_safetensors", "save"]
