"""Reconciling: compares what the store holds with what the mirror shows, record by record.

Both sides are gone through in one order, a chunk at a time, while writers and exporters go on. So
what differs is only suspected: it counts as a difference once no mark waits for it and it differs in
the same way twice, with both sides read anew. A version that the store held before its marks were
read, and that none of them names, was acknowledged by the warehouse before that was read.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

from analytics.mirror.ranges import mark_place
from analytics.unreadable_records import OnUnreadable, log_unreadable, readable_records
from analytics.upkeep import fingerprint
from analytics.upkeep.record_kinds import END, KINDS, START, Changed, Kind, place_of, position
from analytics.upkeep.scans import Report, Tally
from analytics.upkeep.stored_versions import Chunk, Version, chunks, erasing, versions_of
from analytics.warehouse.port import Warehouse
from stores.keys import AFTER_IDS, BEFORE_IDS, Key, mark_key
from stores.ports import Store, Unreadable
from stores.records import ExportMark

LISTED = 1000
"""Rows of one query."""
KEYS_AT_ONCE = 64
"""Records that are looked at again at once: a turn may be 0.9 MB."""
ROUNDS = 20
ROUND_SECONDS = 0.2
"""How often what seems to differ is read again while it keeps changing, and the pause between."""
MARKS_AT_ONCE = 300

Problem: TypeAlias = Literal["missing", "extra", "stale"]
_Pair: TypeAlias = tuple[Version | None, Version | None]
"""What the store holds and what the mirror shows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that the mirror lacks, shows though it is gone, or shows as it is not."""

    kind: Kind
    place: Changed
    problem: Problem


async def differences(
    store: Store, warehouse: Warehouse, report: Report, tell: OnUnreadable = log_unreadable
) -> AsyncIterator[list[Difference]]:
    """All differences, in lists of at most `KEYS_AT_ONCE` of one kind, none of them empty. What can't
    be read is left out as well, and `tell` hears of it, maybe more than once.

    Users who are being erased are left out. Raises `StoreUnavailable` and `WarehouseError`.
    """
    tally = Tally(report)
    for kind in KINDS:
        async for chunk in chunks(store, kind, tally, tell):
            async for suspects in _suspects(warehouse, kind, chunk):
                while part := list(islice(suspects, KEYS_AT_ONCE)):
                    if found := await confirmed(store, warehouse, kind, part):
                        yield found


async def confirmed(
    store: Store, warehouse: Warehouse, kind: Kind, suspects: Iterable[Changed]
) -> list[Difference]:
    """Those of some records that differ beyond doubt: what is still on its way, or does not stop
    changing, is left out."""
    places = {position(*place): place for place in suspects}
    found: list[Difference] = []
    before: dict[str, _Pair] = {}
    for _ in range(ROUNDS):
        pairs = await _pairs(store, warehouse, kind, places)
        differing = {each: pair for each, pair in pairs.items() if not _same(kind, *pair)}
        sure = {each: pair for each, pair in differing.items() if before.get(each) == pair}
        found += [Difference(kind, places[each], _problem(*pair)) for each, pair in sure.items()]
        places = {each: places[each] for each in differing if each not in sure}
        if not places:
            break
        before = differing
        await asyncio.sleep(ROUND_SECONDS)
    return found


async def _pairs(
    store: Store, warehouse: Warehouse, kind: Kind, places: Mapping[str, Changed]
) -> dict[str, _Pair]:
    """Both sides of some records, without those that are on their way; in this order: the store, its
    marks, the warehouse."""
    uids = sorted({uid for uid, _ in places.values()})
    held = await versions_of(store, list(places.values()))
    gone = await erasing(store, uids)
    named = {change async for change in _named(store, uids)}
    shown = await warehouse.query(
        kind.listing,
        {
            **{"first_uid": uids[0], "last_uid": uids[-1], "after": START, "until": END},
            **{"every": False, "keys": list(places), "limit": len(places)},
        },
    )
    mirrored = {row["position"]: _version(kind, row) for row in shown}
    return {
        each: (version, mirrored.get(each))
        for each, (uid, change) in places.items()
        if uid not in gone and each not in named and f"{uid} {change.session_id}" not in named
        if not isinstance(version := held.get(each), Unreadable)
    }


async def _named(store: Store, uids: Iterable[str]) -> AsyncIterator[str]:
    """The positions of what the marks of some users name; of a subtree, its owner and session."""
    for uid in uids:
        after: Key[ExportMark] = mark_key(uid, BEFORE_IDS)
        last = mark_key(uid, AFTER_IDS)
        while marks := await store.scan_marks(after, MARKS_AT_ONCE, last):
            for change in (change for mark in readable_records(marks) for change in mark.changes):
                subtree = change.kind == "subtree"
                yield f"{uid} {change.session_id}" if subtree else position(uid, change)
            after = mark_place(marks[-1])


async def _suspects(
    warehouse: Warehouse, kind: Kind, chunk: Chunk
) -> AsyncIterator[Iterator[Changed]]:
    """What does not look the same on both sides, between two positions."""
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
                place_of(kind, row)
                for row in rows
                if not _same(kind, left.pop(row["position"], None), _version(kind, row))
            ]
        )
        if len(rows) < LISTED:
            break
        after = rows[-1]["position"]
    yield iter([chunk.places[each] for each in left])


def _version(kind: Kind, row: Mapping[str, Any]) -> Version:
    return Version(row["change_seq"], fingerprint.of_listed(kind.table, row))


def _same(kind: Kind, held: Version | None, mirrored: Version | None) -> bool:
    if held is None or mirrored is None:
        return held is mirrored
    # A profile's counters change without a mark: the mirror does not have them.
    in_time = (
        mirrored.change_seq <= held.change_seq
        if kind.name == "profile"
        else mirrored.change_seq == held.change_seq
    )
    return in_time and mirrored.fingerprint == held.fingerprint


def _problem(held: Version | None, mirrored: Version | None) -> Problem:
    if mirrored is None:
        return "missing"
    return "extra" if held is None else "stale"
