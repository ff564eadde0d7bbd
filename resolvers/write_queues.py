"""Lets the writers of one user take turns once they have met."""

from asyncio import Lock
from weakref import WeakValueDictionary


class WriteQueues:
    """The queues of one process, by user.

    Writers begin at once, and most of them change nothing that others change. One that was too late waits
    in its user's queue, and whoever comes meanwhile waits behind it, so that it meets only the writers of
    other processes when it tries again.
    """

    def __init__(self) -> None:
        self._queues: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    def of(self, uid: str) -> Lock:
        """The queue of a user; it is forgotten when nobody holds it."""
        return self._queues.setdefault(uid, Lock())
