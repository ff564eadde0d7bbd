"""Copies a whole store into another, compares the two, and marks everything for the mirror.

Documents are copied as they are stored, whatever their kind: a kind that is added later is copied too.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from analytics.upkeep.backfill import backfill
from analytics.upkeep.scans import Report
from stores.bulk import BulkStore, Stored
from stores.errors import RecordExists, StoreError
from stores.keys import OF_PROCESSES, copying_key
from stores.mirror_records import Copying
from stores.ports import Create, Delete, Update

PAGE = 200
PAGE_BYTES = 3_000_000
"""Documents per commit, and about how much memory they may take: Firestore accepts 10 MiB."""
MOST_NAMED = 10
"""How many differing paths are named."""


class CopyRefused(StoreError):
    """The target can't be copied into."""


class CopyDiffers(StoreError):
    """The two stores are not equal after the copy."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many documents were copied, and how many records marked for the mirror."""

    documents: int
    marked: int


async def copy(source: BulkStore, target: BulkStore, report: Report) -> Copied:
    """Copy everything, compare, and mark it for the target's mirror.

    The position is stored in the target in the same commit as each page, so that after an interruption the
    next call continues there. Nobody else may write to either store meanwhile. `report` is called with how
    many documents were copied.

    Raises `CopyRefused` if the target holds anything else, and `CopyDiffers` with paths that differ.
    """
    position = await _begin(target)
    report(position.done, position.done)
    if not position.equal:
        position = await _copy(source, target, position, report)
        await _compare(source, target)
        position = await _move(target, (), position.model_copy(update={"equal": True}))
    marked = await backfill(target, report)
    await target.commit([Delete(copying_key())])
    return Copied(position.done, marked)


async def _begin(target: BulkStore) -> Copying:
    key = copying_key()
    if interrupted := (await target.get([key])).get(key):
        return interrupted
    async for _ in _pages(target):
        raise CopyRefused(
            "The target holds records already, and none of an interrupted copy: copy into an empty store."
        )
    begun = Copying()
    try:
        await target.commit([Create(key, begun)])
    except RecordExists:
        raise CopyRefused("Another copy into this store has just begun.") from None
    return begun


async def _copy(source: BulkStore, target: BulkStore, position: Copying, report: Report) -> Copying:
    async for page in _pages(source, tuple(position.after)):
        reached = {"after": list(page[-1].path), "done": position.done + len(page)}
        position = await _move(target, page, position.model_copy(update=reached))
        report(position.done, position.done)
    return position


async def _move(target: BulkStore, page: Sequence[Stored], position: Copying) -> Copying:
    await target.put_all(page, [Update(copying_key(), set=position.model_dump())])
    return position


async def _compare(source: BulkStore, target: BulkStore) -> None:
    """Read both to the end, side by side: they have the same order."""
    differing: list[str] = []
    ours, theirs = _documents(source), _documents(target)
    left, right = await anext(ours, None), await anext(theirs, None)
    while (left or right) and len(differing) < MOST_NAMED:
        if left and right and left.path == right.path:
            if left.fields != right.fields:
                differing.append(f"{'/'.join(left.path)} differs")
            left, right = await anext(ours, None), await anext(theirs, None)
        elif right is None or (left is not None and left.path < right.path):
            differing.append(f"{'/'.join(left.path) if left else ''} is missing")
            left = await anext(ours, None)
        else:
            differing.append(f"{'/'.join(right.path)} is not in the source")
            right = await anext(theirs, None)
    if differing:
        raise CopyDiffers(
            "The copy differs from the source. Was one of them written to? End whatever uses them, empty "
            "the target and copy again. Among others: " + "; ".join(differing)
        )


async def _documents(store: BulkStore) -> AsyncIterator[Stored]:
    async for page in _pages(store):
        for document in page:
            yield document


async def _pages(
    store: BulkStore, after: tuple[str, ...] | None = None
) -> AsyncIterator[Sequence[Stored]]:
    while found := await store.read_all(after or None, PAGE, PAGE_BYTES):
        if page := [document for document in found if document.path[0] not in OF_PROCESSES]:
            yield page
        after = found[-1].path
