"""The store's side of the comparison: the version of each record that the mirror should show."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from analytics.embedding.port import Embedder
from analytics.mirror import row_mapping
from analytics.mirror.embeddings import has_text
from analytics.unreadable_records import OnUnreadable
from analytics.upkeep import fingerprint
from analytics.upkeep.export_marks import change_of
from analytics.upkeep.record_kinds import END, START, Changed, Kind, position, position_after
from analytics.upkeep.scans import PAGE, ScanProgress, pages
from analytics.warehouse.rows import ConversationRow
from stores.errors import Unreadable
from stores.keys import Key, conversation_key, erasure_key
from stores.mirror_records import Erasure
from stores.ports import Snapshot, Store
from stores.records import Conversation, Profile, Record, Session

T = TypeVar("T")

CHUNK = 1000
"""Records compared with one query of the warehouse."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record: when it was written, and a digest of its fields."""

    change_seq: int
    fingerprint: str
    unmarked: bool = False
    """Whether the record may have been written since without a mark, in fields that are not mirrored:
    a profile's counters, or an answer that grows."""
    embedded_by: str | None = None
    """In the mirror, the embedder of the texts; in the store, the embedder that should embed them, if any."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The stored records of one kind strictly after a position, up to another."""

    after: str
    until: str
    versions: Mapping[str, Version]
    """By position."""
    records: Mapping[str, Changed]


async def chunks(
    store: Store,
    kind: Kind,
    progress: ScanProgress,
    on_unreadable: OnUnreadable,
    embedder: Embedder | None,
) -> AsyncIterator[Chunk]:
    """All stored records of one kind, in the order of positions. The last chunk is open-ended.
    `on_unreadable` is called with those that can't be read, perhaps more than once."""
    after, until = START, START
    versions: dict[str, Version] = {}
    records: dict[str, Changed] = {}
    async for page in _pages(store, kind, on_unreadable):
        changed = [(key.uid, change_of(key, record)) for key, record in page]
        found = await versions_of(store, changed, embedder, dict(page))
        for at, version in found.items():
            if isinstance(version, Unreadable):
                on_unreadable(version)
            else:
                versions[at] = version
        records |= {position(*each): each for each in changed if position(*each) in versions}
        until = position_after(*changed[-1])
        progress.add([record for _, record in page])
        if len(records) >= CHUNK:
            yield Chunk(after, until, versions, records)
            after, versions, records = until, {}, {}
    yield Chunk(after, END, versions, records)


async def versions_of(
    store: Store,
    changed: Sequence[Changed],
    embedder: Embedder | None,
    read: Mapping[Key[Record], Record] | None = None,
) -> dict[str, Version | Unreadable]:
    """The versions of some records that the mirror should show, by position. A record without an entry should
    not be shown. It is `Unreadable` if a record that the row is made from can't be read.

    Records in `read` are not read again.
    """
    known = dict(read or {})
    keys = dict.fromkeys(key for each in changed for key in row_mapping.keys(*each))
    rest = await store.get([key for key in keys if key not in known])
    found = Snapshot([(key, known.get(key) or rest.entry(key)) for key in keys])

    def versions() -> dict[str, Version | Unreadable]:
        model = embedder.model if embedder else None
        found_versions = ((position(*each), _version(each, found, model)) for each in changed)
        return {at: version for at, version in found_versions if version is not None}

    return await asyncio.to_thread(versions)


def _version(changed: Changed, found: Snapshot, model: str | None) -> Version | Unreadable | None:
    try:
        row = row_mapping.row(*changed, 0, found, 0)
    except Unreadable as error:
        return error
    if row is None or row.deleted:
        return None
    uid, change = changed
    unmarked = change.kind == "profile"
    if change.kind == "conversation":
        turn = found.get(conversation_key(uid, change.session_id, change.conversation_id))
        unmarked = turn is not None and turn.grown_at is not None
    embedded_by = model if isinstance(row, ConversationRow) and has_text(row) else None
    return Version(row.change_seq, fingerprint.of_row(row), unmarked, embedded_by)


async def erasing(store: Store, uids: Iterable[str]) -> set[str]:
    """The users among `uids` who are being erased."""
    keys = [erasure_key(uid) for uid in sorted(set(uids))]
    found = await store.get(keys)
    return {
        key.uid
        for key in keys
        if isinstance(erasure := found.entry(key), Erasure) and erasure.finished_at is None
    }


async def _pages(
    store: Store, kind: Kind, on_unreadable: OnUnreadable
) -> AsyncIterator[Sequence[tuple[Key[Record], Record]]]:
    if kind.name == "profile":
        async for profiles in pages(store, Profile, on_unreadable=on_unreadable):
            yield profiles
    elif kind.name == "conversation":
        async for turns in pages(store, Conversation, on_unreadable=on_unreadable):
            yield turns
    else:
        live = _each(pages(store, Session, on_unreadable=on_unreadable))
        trashed = _each(pages(store, Session, trash=True, on_unreadable=on_unreadable))
        sessions: list[tuple[Key[Record], Record]] = []
        async for session in _merged(live, trashed, lambda each: each[0].path[1::2]):
            sessions.append(session)
            if len(sessions) == PAGE:
                yield sessions
                sessions = []
        if sessions:
            yield sessions


async def _each(found: AsyncIterator[Sequence[T]]) -> AsyncIterator[T]:
    async for page in found:
        for each in page:
            yield each


async def _merged(
    first: AsyncIterator[T], second: AsyncIterator[T], order: Callable[[T], tuple[str, ...]]
) -> AsyncIterator[T]:
    """Merges two sorted streams; of equal items the first stream's comes first."""
    one, two = await anext(first, None), await anext(second, None)
    while one is not None and two is not None:
        if order(one) <= order(two):
            yield one
            one = await anext(first, None)
        else:
            yield two
            two = await anext(second, None)
    for left, following in ((one, first), (two, second)):
        if left is not None:
            yield left
        async for each in following:
            yield each
