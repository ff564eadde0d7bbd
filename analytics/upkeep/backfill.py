"""Backfill: marks everything in the store, so that the exporter mirrors all of it.

A mark names a record without its content, and the exporter reads the record's state at that time.
So a backfill may run beside writers and exporters: nothing newer is overwritten by anything older.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from analytics.unreadable_records import OnUnreadable, log_unreadable
from analytics.upkeep.export_marks import change_of, marks, writes
from analytics.upkeep.scans import Report, expected_records, pages
from stores.errors import RecordChanged, RecordExists, RecordMissing, StoreError
from stores.keys import Key, backfill_key, session_key, trash_key
from stores.mirror_records import Backfill
from stores.ports import Create, Delete, Snapshot, Store, Update
from stores.records import Conversation, Profile, Record, Session

STAGES: Mapping[str, tuple[type[Record], bool]] = {
    "profiles": (Profile, False),
    "sessions": (Session, False),
    "trash": (Session, True),
    "turns": (Conversation, False),
}
"""The stages, in order: the kind of record to mark, and whether it is in the trash."""


class BackfillTakenOver(StoreError):
    """Another backfill has taken over."""


async def backfill(
    store: Store, report: Report, on_unreadable: OnUnreadable = log_unreadable
) -> int:
    """Mark every profile, session and turn except those of temporary sessions. Returns how many
    records were processed. `on_unreadable` is called with those that can't be read, which are not marked.

    Its position is stored in the same commit as the marks: after an interruption the next call
    continues from there. Raises `StoreUnavailable`, and `BackfillTakenOver` if two run at once.
    """
    progress = await _begin(store)
    stages = list(STAGES)
    for stage in stages[stages.index(progress.stage) :]:
        kind, trash = STAGES[stage]
        after = (
            Key(kind, tuple(progress.after)) if stage == progress.stage and progress.after else None
        )
        async for page in pages(store, kind, after, trash=trash, on_unreadable=on_unreadable):
            report(progress.done, progress.expected)
            progress = await _mark(store, progress, stage, page)
    await store.commit([Delete(backfill_key())])
    report(progress.done, progress.done)
    return progress.done


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
    store: Store, progress: Backfill, stage: str, page: Sequence[tuple[Key[Record], Record]]
) -> Backfill:
    """Mark a page and store the new position, in one commit."""
    done = progress.done + len(page)
    known = progress.expected + sum(expected_records(record) for _, record in page)
    values = {
        "stage": stage,
        "after": list(page[-1][0].path),
        "done": done,
        "expected": max(known, done),
    }
    moved = Update(backfill_key(), set=values, unchanged_since=progress.update_time)
    changed = [(key.uid, change_of(key, record)) for key, record in await _mirrored(store, page)]
    with _alone():
        time = (await store.commit([*writes(marks(changed)), moved])).time
    return progress.model_copy(update={**values, "update_time": time})


@contextmanager
def _alone() -> Iterator[None]:
    try:
        yield
    except (RecordChanged, RecordExists, RecordMissing):
        raise BackfillTakenOver(
            "Another backfill is running, or a response of the store was lost. Nothing is "
            "skipped: run `recollect backfill` again when no other is running, and it continues "
            "from where it stopped."
        ) from None


async def _mirrored(
    store: Store, page: Sequence[tuple[Key[Record], Record]]
) -> Sequence[tuple[Key[Record], Record]]:
    """The records of a page without temporary sessions and their turns."""
    sessions = {(key.uid, key.path[3]) for key, _ in page if key.kind is Conversation}
    keys = [at(*session) for session in sorted(sessions) for at in (session_key, trash_key)]
    found = await store.get(keys) if keys else Snapshot([])
    temporary = {
        (key.uid, key.id)
        for key in keys
        # The exporter decides about sessions that can't be read.
        if isinstance(of := found.entry(key), Session) and of.temporary
    }
    return [
        (key, record)
        for key, record in page
        if not (isinstance(record, Session) and record.temporary)
        and (key.uid, *key.path[3:4]) not in temporary
    ]
