"""Reads what was written to some collections, in order, each state of a record once."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from resolvers.change_hub import Seat
from stores.keys import Collection
from stores.ports import SETTLING, Changed, Position, Store, Window
from stores.records import Record

T = TypeVar("T", bound=Record)


@dataclass(frozen=True, slots=True)
class Topic(Generic[T]):
    """What a subscription is about: collections whose changes it takes as one list."""

    name: str
    collections: tuple[Collection[Any], ...]
    identity: Callable[[T], str]
    """What stays the same while a record changes, and moves from one collection to another."""
    at_once: int
    """How many records are read at a time."""


class Feed(Generic[T]):
    """One subscription's reading of a topic; `place` is how far it came, by the store's clock."""

    def __init__(self, store: Store, seat: Seat, topic: Topic[T]) -> None:
        self._store = store
        self._seat = seat
        self._topic = topic
        self._seen: dict[str, Changed[T]] = {}
        """The latest state of what was read lately, by its identity."""
        self.place = 0

    async def begin_now(self) -> None:
        """Pass over all that was written by now."""
        latest = await self._each(Window(1, from_end=True))
        self.place = max((changed.at[0] for changed in latest), default=0)
        after: Position | None = self.restart()
        while after is not None:
            page, after = await self.read(after)
            for changed in page:
                self.take(changed)

    def restart(self) -> Position:
        """Where to read what is new: a little before `place`, for commits that were under way when it
        was reached can have landed there since."""
        after = (max(0, self.place - SETTLING), "")
        self._seen = {name: seen for name, seen in self._seen.items() if seen.at > after}
        return after

    async def read(self, after: Position) -> tuple[Sequence[Changed[T]], Position | None]:
        """A page of what was written after a position, and where the next one begins if there is one."""
        page = await self._seat.read((self._topic.name, after), lambda: self._page(after))
        return page, page[-1].at if len(page) == self._topic.at_once else None

    def take(self, changed: Changed[T]) -> bool:
        """Note that this is told; returns False if it, or a later state of its record, was before."""
        name = self._topic.identity(changed.record)
        seen = self._seen.get(name)
        if seen is not None and seen.record.update_time >= changed.record.update_time:
            return False
        self._seen[name] = changed
        self.place = max(self.place, changed.at[0])
        return True

    async def _page(self, after: Position) -> Sequence[Changed[T]]:
        """The first changes after a position, of all collections together."""
        found = await self._each(Window(self._topic.at_once, after=after))
        return sorted(found, key=lambda changed: changed.at)[: self._topic.at_once]

    async def _each(self, window: Window) -> Sequence[Changed[T]]:
        """A window of each collection."""
        found = await asyncio.gather(
            *(self._store.list_changed(each, window) for each in self._topic.collections)
        )
        return [changed for part in found for changed in part]
