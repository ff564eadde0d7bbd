"""Lets the writers of one user take turns after a conflict."""

from asyncio import Lock
from weakref import WeakValueDictionary


class WriteQueues:
    """The queues of one process, by user.

    Writers start immediately, since most of them change nothing that others change. A writer that lost
    waits in its user's queue, and later ones wait behind it, so that on its next try it meets only the
    writers of other processes.
    """

    def __init__(self) -> None:
        self._queues: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    def is_busy(self, uid: str) -> bool:
        """Whether a writer of a user has its turn in the queue."""
        queue = self._queues.get(uid)
        return queue is not None and queue.locked()

    def of(self, uid: str) -> Lock:
        """The queue of a user; it is forgotten when nobody holds it."""
        return self._queues.setdefault(uid, Lock())
