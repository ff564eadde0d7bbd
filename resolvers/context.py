"""The context of a use case: its request, and what it needs to serve it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from analytics.embedding.port import Embedder
from analytics.warehouse.port import Warehouse
from resolvers.change_hub import Live
from resolvers.configuration import Configuration
from resolvers.digests import Digests, new_id
from resolvers.errors import Busy, erasing
from resolvers.import_slots import ImportsUnderWay
from resolvers.page_budget import Allowance
from resolvers.record_loader import RecordLoader
from resolvers.write_queues import WriteQueues
from stores.errors import RecordChanged, RecordExists, RecordMissing
from stores.keys import Key, erasure_key, mark_key
from stores.mirror_records import Change, ExportMark
from stores.ports import Committed, Create, Plan, Snapshot, Store, Write
from stores.records import Record

T = TypeVar("T")

ATTEMPTS = 6
CONFLICTS = (RecordExists, RecordMissing, RecordChanged)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The caller, according to a verified credential.

    `uid` is the keyed digest that owns their records; `email` is verified, or None. A guest has a
    token issued by this service instead of a login, and is never an administrator.
    """

    uid: str
    email: str | None
    is_guest: bool = False
    is_admin: bool = False
    expires_at: int | None = field(default=None, compare=False)
    """When the credential expires, in seconds since 1970; None if it does not."""


@dataclass(slots=True)
class EventPosition:
    """The position of a subscription, which its transport reports beside the events themselves."""

    after: str | None = None
    """The cursor that the transport continues from; it takes precedence over the operation's own."""
    reached: str | None = None
    """The cursor of the current event."""
    written_at: int | None = None
    """When the change behind the current event was written, by the store's clock; None if there is none."""


@dataclass(slots=True)
class Context:
    """One request: the caller, the store, the warehouse and the configuration. Not to be changed; frozen, it
    would take three times as long to make, for each request."""

    viewer: Viewer
    store: Store
    warehouse: Warehouse
    embedder: Embedder | None
    """Finds turns by meaning; None if search is by words only."""
    configuration: Configuration
    digests: Digests
    loader: RecordLoader
    live: Live
    importing: ImportsUnderWay
    write_queues: WriteQueues
    mails: Literal["smtp", "folder", "none"]
    """How mails are delivered."""
    smallest_group: int
    """The smallest number of users whose figures may be shown together."""
    mirror_lag: Callable[[], Awaitable[float]]
    """How many seconds the mirror is behind the store."""
    now: Callable[[], int]
    """The server's clock, in microseconds since 1970."""
    public_url: str = ""
    """The URL at which browsers reach the API, without a trailing slash; empty if unknown."""
    allowance: Allowance = field(default_factory=Allowance)
    position: EventPosition = field(default_factory=EventPosition)
    erasures: list[int] = field(default_factory=list)
    """The erasures seen by the current change. If another one happens meanwhile, data read before it
    must not be written back."""

    @property
    def uid(self) -> str:
        """The owner of everything that this request may touch."""
        return self.viewer.uid

    def expect(self, *keys: Key[Record]) -> None:
        """Begin to read records that `read` will be asked for."""
        self.loader.expect(keys)

    def read(self, *keys: Key[Record]) -> Awaitable[Snapshot]:
        """Read records in order to show them; writers use `fresh`."""
        return self.loader.load(keys)

    async def fresh(self, *keys: Key[Record]) -> Snapshot:
        """Read records for a writer, now and in one batch. Raises `Refused` while the viewer's data
        is being erased."""
        return self.allowed(await self.store.get([*keys, erasure_key(self.uid)]))

    def allowed(self, snapshot: Snapshot) -> Snapshot:
        """Check a snapshot that includes the viewer's erasure, and return it. Raises `Refused` during
        the erasure."""
        erasure = snapshot.get(erasure_key(self.uid))
        self.erasures.append(erasure.update_time if erasure else 0)
        if (erasure and erasure.finished_at is None) or self.erasures[0] != self.erasures[-1]:
            raise erasing()
        return snapshot

    def mark(self, changes: Sequence[Change]) -> Create:
        """The export mark of a commit; write it in that same commit."""
        mark = ExportMark(uid=self.uid, mark_id=new_id(), changes=list(changes))
        return Create(mark_key(self.uid, mark.mark_id), mark)

    async def commit(self, writes: Sequence[Write], changes: Sequence[Change]) -> Committed:
        """Write records and, if the mirror needs them, the export mark that names them; all or nothing.

        Raises what `Store.commit` raises.
        """
        marks = [self.mark(changes)] if changes else []
        try:
            return await self.store.commit([*writes, *marks])
        finally:
            self.loader.clear()

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        """Let `plan` decide under lock what to write. Raises `Refused` during an erasure, and what
        `Store.transact` raises."""
        try:
            return await self.store.transact(
                [*keys, erasure_key(self.uid)], lambda snapshot: plan(self.allowed(snapshot))
            )
        finally:
            self.loader.clear()

    async def settle(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run `attempt`, which reads and commits, and repeat it while other writers commit first. From the
        first conflict on, writers of the same user take turns.

        Raises `Busy` after too many attempts.
        """
        self.erasures.clear()
        if not self.write_queues.is_busy(self.uid):
            with suppress(*CONFLICTS):
                return await attempt()
        async with self.write_queues.of(self.uid):
            for tries in range(ATTEMPTS):
                try:
                    return await attempt()
                except CONFLICTS:
                    await asyncio.sleep(random.uniform(0, 0.01 * 2**tries))  # noqa: S311
        raise Busy
