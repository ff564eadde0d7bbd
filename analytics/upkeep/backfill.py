"""Backfill: marks everything the store holds, so that the exporter mirrors all of it.

A mark names a key and no content, and the exporter reads the record as it then is. So it may run
beside writers and exporters, and whoever writes meanwhile is not overwritten by anything older.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from analytics.unreadable_records import OnUnreadable, log_unreadable
from analytics.upkeep.export_marks import change_of, marks, writes
from analytics.upkeep.scans import Report, announced, pages
from stores.keys import Key, backfill_key, session_key, trash_key
from stores.ports import (
    Create,
    Delete,
    RecordChanged,
    RecordExists,
    RecordMissing,
    Snapshot,
    Store,
    StoreError,
    Update,
)
from stores.records import Backfill, Conversation, Profile, Record, Session

STAGES: Mapping[str, tuple[type[Record], bool]] = {
    "profiles": (Profile, False),
    "sessions": (Session, False),
    "trash": (Session, True),
    "turns": (Conversation, False),
}
"""What is marked, in this order: the kind of record, and whether those in the trash."""


class BackfillTakenOver(StoreError):
    """Another backfill goes on from where this one was."""


async def backfill(store: Store, report: Report, tell: OnUnreadable = log_unreadable) -> int:
    """Mark every profile, session and turn but those of temporary sessions; returns how many records
    were gone through. `tell` hears of those that can't be read, which are not marked.

    How far it came is kept in the store, in the commit of the marks: interrupted anywhere, the next
    call goes on from there. Raises `StoreUnavailable`, and `BackfillTakenOver` where two run at once.
    """
    place = await _begin(store)
    stages = list(STAGES)
    for stage in stages[stages.index(place.stage) :]:
        kind, trash = STAGES[stage]
        after = Key(kind, tuple(place.after)) if stage == place.stage and place.after else None
        async for page in pages(store, kind, after, trash=trash, tell=tell):
            report(place.done, place.expected)
            place = await _mark(store, place, stage, page)
    await store.commit([Delete(backfill_key())])
    report(place.done, place.done)
    return place.done


async def _begin(store: Store) -> Backfill:
    key = backfill_key()
    interrupted = (await store.get([key])).get(key)
    if interrupted is not None:
        return interrupted
    begun = Backfill()
    with _alone():
        time = (await store.commit([Create(key, begun)])).time
    return begun.model_copy(update={"update_time": time})


async def _mark(
    store: Store, place: Backfill, stage: str, page: Sequence[tuple[Key[Record], Record]]
) -> Backfill:
    """Mark a page and keep that it is done, in one commit."""
    done = place.done + len(page)
    known = place.expected + sum(announced(record) for _, record in page)
    values = {
        "stage": stage,
        "after": list(page[-1][0].path),
        "done": done,
        "expected": max(known, done),
    }
    moved = Update(backfill_key(), set=values, unchanged_since=place.update_time)
    changed = [(key.uid, change_of(key, record)) for key, record in await _mirrored(store, page)]
    with _alone():
        time = (await store.commit([*writes(marks(changed)), moved])).time
    return place.model_copy(update={**values, "update_time": time})


@contextmanager
def _alone() -> Iterator[None]:
    try:
        yield
    except (RecordChanged, RecordExists, RecordMissing):
        raise BackfillTakenOver(
            "Another backfill runs, or an answer of the store was lost. Nothing is left out: run "
            "`recollect backfill` again when no other runs, and it goes on from where it is."
        ) from None


async def _mirrored(
    store: Store, page: Sequence[tuple[Key[Record], Record]]
) -> Sequence[tuple[Key[Record], Record]]:
    """The records of a page without temporary sessions and their turns."""
    sessions = {(key.uid, key.path[3]) for key, _ in page if key.kind is Conversation}
    places = [at(*session) for session in sorted(sessions) for at in (session_key, trash_key)]
    found = await store.get(places) if places else Snapshot([])
    temporary = {
        (key.uid, key.id)
        for key in places
        # Of one that can't be read the exporter decides.
        if isinstance(of := found.entry(key), Session) and of.temporary
    }
    return [
        (key, record)
        for key, record in page
        if not (isinstance(record, Session) and record.temporary)
        and (key.uid, *key.path[3:4]) not in temporary
    ]
