"""A lock that many threads share, or that one holds exclusively."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Admits any number of sharing threads, or a single exclusive one.

    An exclusive thread waits until the present holders have left; threads that arrive meanwhile wait for it.
    """

    def __init__(self) -> None:
        """Create an unlocked lock."""
        self._changed = threading.Condition()
        self._sharing = 0
        self._exclusive = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold the lock together with others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._exclusive)
            self._sharing += 1
        try:
            yield
        finally:
            with self._changed:
                self._sharing -= 1
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock alone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._exclusive)
            self._exclusive = True
            self._changed.wait_for(lambda: not self._sharing)
        try:
            yield
        finally:
            with self._changed:
                self._exclusive = False
                self._changed.notify_all()
