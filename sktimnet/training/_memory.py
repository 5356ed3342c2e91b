"""Memory that a step frees and the next one needs again: :func:`freed_memory_kept`."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Have glibc keep up to 1 GiB of freed memory, which else each step fetches from the system again, page by page.

    Blocks of more than 32 MiB are not kept, which is the most that glibc allows. Afterwards free memory goes back to
    the system, and glibc keeps 64 MiB, the most that it chooses by itself. With another C library nothing changes.
    """
    if platform.libc_ver()[0] != "glibc":
        yield
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_MMAP_THRESHOLD, 2**25)
    libc.mallopt(_TRIM_THRESHOLD, 2**30)
    try:
        yield
    finally:
        libc.mallopt(_TRIM_THRESHOLD, 2**26)
        libc.malloc_trim(0)
