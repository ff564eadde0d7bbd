"""What a process does with its memory: how much of it is kept, and how long looking for garbage takes."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ARENA_MAX = -8
_MMAP_THRESHOLD = -3
"""glibc's M_ARENA_MAX and M_MMAP_THRESHOLD (malloc.h)."""
HEAPS = 1
LARGE = 256 * 1024
"""Blocks of so many bytes go back to the system as soon as they are free. By itself glibc raises this to
32 MiB."""
YOUNG = 20_000
"""New objects, less those that were freed, after which the garbage collector looks through them, which takes
10 ms. By default that is 700: then a few bodies of 40,000 JSON values have it look through everything, which
takes over 100 ms."""


def share_heaps() -> None:
    """Have all threads share one heap; a thread's own would keep the largest page it ever read. Large bodies
    stay out of it, so that their memory is free again after them.

    Does nothing where the C library is not glibc.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, HEAPS)
        libc.mallopt(_MMAP_THRESHOLD, LARGE)


@contextmanager
def what_stays_spared() -> Iterator[None]:
    """Have the garbage collector leave alone all that there is now: code and connections that live as long as
    the process. To look through them takes 100 ms and more, for which every caller would wait. Through what
    is new it looks less often, for the same reason.

    At the end it looks again; DuckDB would report all that Python then leaves behind.
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
