"""What a use case knows of the request it serves."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from analytics.warehouse.port import Warehouse
from resolvers.change_hub import Live
from resolvers.configuration import Configuration
from resolvers.digests import Digests, new_id
from resolvers.errors import Busy, erasing
from resolvers.import_slots import ImportsUnderWay
from resolvers.page_budget import Allowance
from stores.keys import Key, erasure_key, mark_key
from stores.ports import (
    Committed,
    Create,
    Plan,
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

    `uid` is the keyed digest that owns their records; `email` is verified, or None. A guest has a
    token of ours in place of a login, and is never an administrator.
    """

    uid: str
    email: str | None
    is_guest: bool = False
    is_admin: bool = False
    expires_at: int | None = field(default=None, compare=False)
    """When the credential can't be used any more, in seconds since 1970; None if it always can."""


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
    live: Live
    importing: ImportsUnderWay
    now: Callable[[], int]
    """The server's clock, in microseconds since 1970."""
    allowance: Allowance = field(default_factory=Allowance)
    erasures: list[int] = field(default_factory=list)
    """The erasure that the present change began after: what it read before must not outlive another."""

    @property
    def uid(self) -> str:
        """The owner of everything this request may touch."""
        return self.viewer.uid

    async def read(self, *keys: Key[Record]) -> Snapshot:
        """Records for showing; writers read the store itself."""
        return Snapshot(zip(keys, await self.loader.load_many(keys), strict=True))

    async def fresh(self, *keys: Key[Record]) -> Snapshot:
        """Records for a writer, read now in one batch; raises `Refused` while the viewer's data is
        being erased."""
        return self.allowed(await self.store.get([*keys, erasure_key(self.uid)]))

    def allowed(self, snapshot: Snapshot) -> Snapshot:
        """A snapshot with the viewer's erasure in it; raises `Refused` while that is going on."""
        erasure = snapshot.get(erasure_key(self.uid))
        self.erasures.append(erasure.update_time if erasure else 0)
        if (erasure and erasure.finished_at is None) or self.erasures[0] != self.erasures[-1]:
            raise erasing()
        return snapshot

    def mark(self, changes: Sequence[Change]) -> Create:
        """The export mark of a commit, to be written in that commit."""
        mark = ExportMark(uid=self.uid, mark_id=new_id(), changes=list(changes))
        return Create(mark_key(self.uid, mark.mark_id), mark)

    async def commit(self, writes: Sequence[Write], changes: Sequence[Change]) -> Committed:
        """Write records and, where the mirror is to hear of it, the export mark that names them; all
        or nothing.

        Raises what `Store.commit` raises.
        """
        marks = [self.mark(changes)] if changes else []
        try:
            return await self.store.commit([*writes, *marks])
        finally:
            self.loader.clear_all()

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        """Let `plan` decide under lock what to write; raises `Refused` while erasing, and what
        `Store.transact` raises."""
        try:
            return await self.store.transact(
                [*keys, erasure_key(self.uid)], lambda snapshot: plan(self.allowed(snapshot))
            )
        finally:
            self.loader.clear_all()

    async def settle(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run `attempt`, which reads and commits, again while other writers come first.

        Raises `Busy` when it never wins.
        """
        self.erasures.clear()
        for tries in range(ATTEMPTS):
            try:
                return await attempt()
            except (RecordExists, RecordMissing, RecordChanged):
                await asyncio.sleep(random.uniform(0, 0.01 * 2**tries))  # noqa: S311
        raise Busy
