"""Reads the changes of some collections, in order, and each state of a record only once."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from resolvers.change_hub import Subscriber
from stores.keys import Collection
from stores.ports import SETTLING, Changed, Position, Store, Window
from stores.records import Record

T = TypeVar("T", bound=Record)


@dataclass(frozen=True, slots=True)
class Topic(Generic[T]):
    """What a subscription follows: collections whose changes are read as one list."""

    name: str
    collections: tuple[Collection[Any], ...]
    identity: Callable[[T], str]
    """The record's identity, which stays the same when it changes or moves to another collection."""
    at_once: int
    """Records per read."""


class Feed(Generic[T]):
    """One subscription's reader of a topic. `position` is how far it has read, by the store's clock."""

    def __init__(self, store: Store, subscriber: Subscriber, topic: Topic[T]) -> None:
        self._store = store
        self._subscriber = subscriber
        self._topic = topic
        self._seen: dict[str, Changed[T]] = {}
        """The latest state of recently read records, by identity."""
        self.position = 0

    async def begin_now(self) -> None:
        """Skip everything that has been written so far."""
        latest = await self._each(Window(1, from_end=True))
        self.position = max((changed.at[0] for changed in latest), default=0)
        after: Position | None = self.restart()
        while after is not None:
            page, after = await self.read(after)
            for changed in page:
                self.take(changed)

    def restart(self) -> Position:
        """Where to start reading: a little before `position`, because commits that were under way
        when it was reached may have been ordered before it."""
        after = (max(0, self.position - SETTLING), "")
        self._seen = {name: seen for name, seen in self._seen.items() if seen.at > after}
        return after

    async def read(self, after: Position) -> tuple[Sequence[Changed[T]], Position | None]:
        """A page of what was written after a position, and where the next page begins, if there is one."""
        page = await self._subscriber.read((self._topic.name, after), lambda: self._page(after))
        return page, page[-1].at if len(page) == self._topic.at_once else None

    def take(self, changed: Changed[T]) -> bool:
        """Note that this change is reported. Returns False if it, or a later state of its record,
        has been reported already."""
        name = self._topic.identity(changed.record)
        seen = self._seen.get(name)
        if seen is not None and seen.record.update_time >= changed.record.update_time:
            return False
        self._seen[name] = changed
        self.position = max(self.position, changed.at[0])
        return True

    async def _page(self, after: Position) -> Sequence[Changed[T]]:
        """The first changes after a position, in all collections together."""
        found = await self._each(Window(self._topic.at_once, after=after))
        return sorted(found, key=lambda changed: changed.at)[: self._topic.at_once]

    async def _each(self, window: Window) -> Sequence[Changed[T]]:
        """The same window of each collection."""
        found = await asyncio.gather(
            *(self._store.list_changed(each, window) for each in self._topic.collections)
        )
        return [changed for part in found for changed in part]
