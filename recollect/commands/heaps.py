"""What a process does with its memory: how much of it is kept, and how long looking for garbage takes."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ARENA_MAX = -8
"""glibc's M_ARENA_MAX (malloc.h)."""
HEAPS = 1


def share_heaps() -> None:
    """Have all threads share one heap; a thread's own would keep the largest page it ever read.

    Does nothing where the C library is not glibc.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, HEAPS)


@contextmanager
def what_stays_spared() -> Iterator[None]:
    """Have the garbage collector leave alone all that there is now: code and connections that live as long as
    the process. To look through them takes 100 ms and more, for which every caller would wait.

    At the end it looks again; DuckDB would report all that Python then leaves behind.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
