"""Dead letters: records that can't be read, or that the warehouse will not accept, set aside with the reason.

A dead letter belongs to its user, so it is erased with the user. It names the record and has none of its
content. One commit replaces the record's marks with it. It is removed when the record is next mirrored.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias
from uuid import uuid4

from analytics.mirror.current_records import Changed
from stores.errors import RecordExists, RecordMissing, Unreadable
from stores.keys import Key, dead_letter_key, mark_key
from stores.mirror_records import DeadLetter, ExportMark
from stores.ports import Create, Delete, Entry, Store, Update, Write

Found: TypeAlias = tuple[Key[DeadLetter], Entry[DeadLetter]]

LETTERS_AT_ONCE = 500
WRITES_AT_ONCE = 500
ATTEMPTS = 3
"""How often to try while another exporter sets the same records aside."""


class DeadLetters:
    """The dead letters of all users, as they were at the first read plus what was written here
    since. Create a new object for every pass."""

    def __init__(self, store: Store) -> None:
        """Start without reading anything."""
        self._store = store
        self._known: set[Key[DeadLetter]] = set()
        self._damaged: set[Key[DeadLetter]] = set()
        """Known dead letters that can't be read themselves."""
        self._read = False
        self._reading = asyncio.Lock()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._known)

    async def read(self) -> None:
        """Read which dead letters there are, once."""
        async with self._reading:
            if not self._read:
                await self._refresh()

    async def settle(
        self,
        marks: Sequence[ExportMark],
        landed: Collection[Changed],
        refused: Mapping[Changed, tuple[int, str]],
    ) -> None:
        """Delete marks, and the dead letters of records that were mirrored; set aside the refused records,
        each with the time of its mark and the reason. It is one commit, unless very many were refused: then
        the marks are deleted last."""
        await self.read()
        for attempt in range(ATTEMPTS):
            writes = [write for each in refused.items() for write in self._set_aside(*each)]
            over = self._known.intersection(map(key_of, landed)) if self._known else set()
            writes += map(Delete, over)
            writes += [Delete(mark_key(mark.uid, mark.mark_id)) for mark in marks]
            try:
                for start in range(0, len(writes), WRITES_AT_ONCE):
                    await self._store.commit(writes[start : start + WRITES_AT_ONCE])
                break
            except (RecordExists, RecordMissing):
                if attempt == ATTEMPTS - 1:
                    raise
                await self._refresh()
        self._known -= over
        self._known.update(map(key_of, refused))
        self._damaged.difference_update(over, map(key_of, refused))

    async def _refresh(self) -> None:
        self._known, self._damaged = set(), set()
        async for key, letter in all_dead_letters(self._store):
            self._known.add(key)
            if isinstance(letter, Unreadable):
                self._damaged.add(key)
        self._read = True

    def _set_aside(self, changed: Changed, why: tuple[int, str]) -> list[Write]:
        key, (marked_at, reason) = key_of(changed), why
        if key in self._known and key not in self._damaged:
            latest = {"marked_at": marked_at, "reason": reason}
            return [Update(key, set=latest, increase={"attempts": 1})]
        since = time.time_ns() // 1000
        letter = DeadLetter(change=changed[1], marked_at=marked_at, reason=reason, since=since)
        return [*([Delete(key)] if key in self._damaged else []), Create(key, letter)]


def key_of(changed: Changed) -> Key[DeadLetter]:
    """The key of a record's dead letter; a record has at most one."""
    uid, change = changed
    parts = (uid, change.kind, change.session_id, change.conversation_id, str(change.at))
    return dead_letter_key(uid, hashlib.sha256("/".join(parts).encode()).hexdigest()[:32])


async def all_dead_letters(store: Store) -> AsyncIterator[Found]:
    """Every dead letter, of all users."""
    after: Key[DeadLetter] | None = None
    while page := await store.scan(DeadLetter, after, LETTERS_AT_ONCE):
        for key, letter in page:
            yield key, letter
        if len(page) < LETTERS_AT_ONCE:
            return
        after = page[-1][0]


async def retry(store: Store, letters: Iterable[Found]) -> int:
    """Mark the records to be exported again. Returns how many; dead letters that can't be read are skipped.

    Their dead letters stay until they are mirrored, so that search finds the records meanwhile.
    """
    count = 0
    for key, letter in letters:
        if isinstance(letter, Unreadable):
            continue
        mark = ExportMark(uid=key.uid, mark_id=uuid4().hex, changes=[letter.change])
        await store.commit([Create(mark_key(mark.uid, mark.mark_id), mark)])
        count += 1
    return count


async def drop(store: Store, letters: Iterable[Found]) -> int:
    """Remove dead letters; returns how many."""
    count = 0
    for key, _ in letters:
        await store.commit([Delete(key)])
        count += 1
    return count
