"""What a use case knows of the request it serves."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from analytics.ports import Warehouse
from resolvers.configuration import Configuration
from resolvers.digests import Digests, new_id
from resolvers.errors import Busy
from stores.keys import Key, mark_key
from stores.ports import (
    Committed,
    Create,
    RecordChanged,
    RecordExists,
    RecordMissing,
    Snapshot,
    Store,
    Write,
)
from stores.records import Change, ExportMark, Record

T = TypeVar("T")

ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever a verified credential says is calling.

    `uid` is the keyed digest that owns their records; `email` is verified, or None.
    """

    uid: str
    email: str | None


class RecordLoader(Protocol):
    """Reads of one request, gathered into batches and remembered; never shared between requests."""

    def load_many(self, keys: Iterable[Key[Record]]) -> Awaitable[list[Record | None]]:
        """The records at `keys`, in one store read with all that is asked for at the same time."""

    def clear_all(self) -> None:
        """Forget what was read."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request: who calls, where records are, and what the configuration allows."""

    viewer: Viewer
    store: Store
    warehouse: Warehouse
    configuration: Configuration
    digests: Digests
    loader: RecordLoader
    now: Callable[[], int]
    """The server's clock, in microseconds since 1970."""

    @property
    def uid(self) -> str:
        """The owner of everything this request may touch."""
        return self.viewer.uid

    async def read(self, *keys: Key[Record]) -> Snapshot:
        """Records for showing; writers read the store itself."""
        return Snapshot(zip(keys, await self.loader.load_many(keys), strict=True))

    def mark(self, changes: Sequence[Change]) -> Create:
        """The export mark of a commit, to be written in that commit."""
        mark = ExportMark(uid=self.uid, mark_id=new_id(), changes=list(changes))
        return Create(mark_key(self.uid, mark.mark_id), mark)

    async def commit(self, writes: Sequence[Write], changes: Sequence[Change]) -> Committed:
        """Write records and the export mark that names them, all or nothing.

        Raises what `Store.commit` raises.
        """
        try:
            return await self.store.commit([*writes, self.mark(changes)])
        finally:
            self.loader.clear_all()

    async def settle(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run `attempt`, which reads and commits, again while other writers come first.

        Raises `Busy` when it never wins.
        """
        for tries in range(ATTEMPTS):
            try:
                return await attempt()
            except (RecordExists, RecordMissing, RecordChanged):
                await asyncio.sleep(random.uniform(0, 0.01 * 2**tries))  # noqa: S311
        raise Busy
