"""Compares what the store has with what the mirror shows, record by record.

Both sides are read in the same order, a chunk at a time, while writers and exporters go on. So a
difference is only suspected at first. It counts once no mark waits for the record and it differs in
the same way twice, with both sides read again. A version that the store had before its marks were
read, and that no mark names, was acknowledged by the warehouse before the warehouse was read.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

from analytics.embedding.port import Embedder
from analytics.mirror.ranges import mark_key_of
from analytics.unreadable_records import OnUnreadable, log_unreadable, readable_records
from analytics.upkeep import fingerprint
from analytics.upkeep.record_kinds import END, KINDS, START, Changed, Kind, position, record_of
from analytics.upkeep.scans import Report, ScanProgress
from analytics.upkeep.stored_versions import Chunk, Version, chunks, erasing, versions_of
from analytics.warehouse.port import Warehouse
from stores.errors import Unreadable
from stores.keys import AFTER_IDS, BEFORE_IDS, Key, mark_key
from stores.mirror_records import ExportMark
from stores.ports import Store

LISTED = 1000
"""Rows per query."""
KEYS_AT_ONCE = 64
"""Suspects that are read again at once. A turn may be 0.9 MB."""
ROUNDS = 20
ROUND_SECONDS = 0.2
"""How often a suspect that keeps changing is read again, and the pause in between."""
MARKS_AT_ONCE = 300

Problem: TypeAlias = Literal["missing", "extra", "stale"]
_Pair: TypeAlias = tuple[Version | None, Version | None]
"""The store's version and the mirror's."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that is missing from the mirror, is shown there although it is gone, or is shown in
    a wrong version."""

    kind: Kind
    record: Changed
    problem: Problem


async def differences(
    store: Store,
    warehouse: Warehouse,
    report: Report,
    on_unreadable: OnUnreadable = log_unreadable,
    embedder: Embedder | None = None,
) -> AsyncIterator[list[Difference]]:
    """All differences, in non-empty lists of at most `KEYS_AT_ONCE` of one kind. `on_unreadable` is called
    with records that can't be read, perhaps more than once; they are left out. A turn that was not
    embedded by `embedder`, if there is one, is stale.

    Users who are being erased are left out too. Raises `StoreUnavailable` and `WarehouseError`.
    """
    progress = ScanProgress(report)
    for kind in KINDS:
        async for chunk in chunks(store, kind, progress, on_unreadable, embedder):
            async for suspects in _suspects(warehouse, kind, chunk):
                while part := list(islice(suspects, KEYS_AT_ONCE)):
                    if found := await confirmed(store, warehouse, kind, part, embedder):
                        yield found


async def confirmed(
    store: Store,
    warehouse: Warehouse,
    kind: Kind,
    suspects: Iterable[Changed],
    embedder: Embedder | None = None,
) -> list[Difference]:
    """The suspects that certainly differ. Records that are still being exported, or keep
    changing, are left out."""
    records = {position(*record): record for record in suspects}
    found: list[Difference] = []
    before: dict[str, _Pair] = {}
    for _ in range(ROUNDS):
        pairs = await _pairs(store, warehouse, kind, records, embedder)
        differing = {each: pair for each, pair in pairs.items() if not _same(*pair)}
        sure = {each: pair for each, pair in differing.items() if before.get(each) == pair}
        found += [Difference(kind, records[each], _problem(*pair)) for each, pair in sure.items()]
        records = {each: records[each] for each in differing if each not in sure}
        if not records:
            break
        before = differing
        await asyncio.sleep(ROUND_SECONDS)
    return found


async def _pairs(
    store: Store,
    warehouse: Warehouse,
    kind: Kind,
    records: Mapping[str, Changed],
    embedder: Embedder | None,
) -> dict[str, _Pair]:
    """Both sides of some records, without those still being exported. They are read in this order:
    the store, its marks, the warehouse."""
    uids = sorted({uid for uid, _ in records.values()})
    stored = await versions_of(store, list(records.values()), embedder)
    gone = await erasing(store, uids)
    named = {change async for change in _named(store, uids)}
    shown = await warehouse.query(
        kind.listing,
        {
            **{"first_uid": uids[0], "last_uid": uids[-1], "after": START, "until": END},
            **{"every": False, "keys": list(records), "limit": len(records)},
        },
    )
    mirrored = {row["position"]: _version(kind, row) for row in shown}
    return {
        each: (version, mirrored.get(each))
        for each, (uid, change) in records.items()
        if uid not in gone and each not in named and f"{uid} {change.session_id}" not in named
        if not isinstance(version := stored.get(each), Unreadable)
    }


async def _named(store: Store, uids: Iterable[str]) -> AsyncIterator[str]:
    """The positions of the records that some users' marks name; for a subtree, its owner and session."""
    for uid in uids:
        after: Key[ExportMark] = mark_key(uid, BEFORE_IDS)
        last = mark_key(uid, AFTER_IDS)
        while marks := await store.scan_marks(after, MARKS_AT_ONCE, last):
            for change in (change for mark in readable_records(marks) for change in mark.changes):
                subtree = change.kind == "subtree"
                yield f"{uid} {change.session_id}" if subtree else position(uid, change)
            after = mark_key_of(marks[-1])


async def _suspects(
    warehouse: Warehouse, kind: Kind, chunk: Chunk
) -> AsyncIterator[Iterator[Changed]]:
    """The records of a chunk that differ between the two sides."""
    left = dict(chunk.versions)
    after = chunk.after
    while True:
        rows = await warehouse.query(
            kind.listing,
            {
                "first_uid": chunk.after.partition(" ")[0],
                "last_uid": chunk.until.partition(" ")[0],
                **{"after": after, "until": chunk.until},
                **{"every": True, "keys": [], "limit": LISTED},
            },
        )
        yield iter(
            [
                record_of(kind, row)
                for row in rows
                if not _same(left.pop(row["position"], None), _version(kind, row))
            ]
        )
        if len(rows) < LISTED:
            break
        after = rows[-1]["position"]
    yield iter([chunk.records[each] for each in left])


def _version(kind: Kind, row: Mapping[str, Any]) -> Version:
    return Version(
        row["change_seq"],
        fingerprint.of_listed(kind.table, row),
        embedded_by=row.get("embedding_model"),
    )


def _same(stored: Version | None, mirrored: Version | None) -> bool:
    if stored is None or mirrored is None:
        return stored is mirrored
    in_time = (
        mirrored.change_seq <= stored.change_seq
        if stored.unmarked
        else mirrored.change_seq == stored.change_seq
    )
    embedded = stored.embedded_by in (None, mirrored.embedded_by)
    return in_time and embedded and mirrored.fingerprint == stored.fingerprint


def _problem(stored: Version | None, mirrored: Version | None) -> Problem:
    if mirrored is None:
        return "missing"
    return "extra" if stored is None else "stale"
