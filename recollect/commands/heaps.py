"""Bounds how much freed memory a process keeps."""

import ctypes
from contextlib import suppress

_ARENA_MAX = -8
"""glibc's M_ARENA_MAX (malloc.h)."""
HEAPS = 1


def share_heaps() -> None:
    """Have all threads share one heap; a thread's own would keep the largest page it ever read.

    Does nothing where the C library is not glibc.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, HEAPS)
