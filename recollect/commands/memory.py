"""Tunes a process's memory: how much of it is kept, and how long garbage collection takes."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ARENA_MAX = -8
_MMAP_THRESHOLD = -3
"""glibc's M_ARENA_MAX and M_MMAP_THRESHOLD (malloc.h)."""
HEAPS = 1
LARGE = 256 * 1024
"""Blocks of at least this many bytes go back to the system as soon as they are free. By default glibc can
raise this limit to 32 MiB."""
YOUNG = 20_000
"""The number of new objects, less freed ones, after which the garbage collector examines them, which takes
10 ms. The default is 700: a few bodies of 40,000 JSON values then cause a full collection, which takes over
100 ms."""


def share_heaps() -> None:
    """Make all threads share one heap: a heap per thread would keep the memory of the largest page that
    thread ever read. Large bodies stay out of the heap, so that their memory is freed after use.

    Does nothing where the C library is not glibc.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, HEAPS)
        libc.mallopt(_MMAP_THRESHOLD, LARGE)


@contextmanager
def frozen_heap() -> Iterator[None]:
    """Exempt all present objects from garbage collection: code and connections that live as long as the
    process. Examining them takes 100 ms or more, for which every caller would wait. New objects are examined
    less often, for the same reason.

    At the end all objects are examined again; otherwise DuckDB would report all that Python leaves behind.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
