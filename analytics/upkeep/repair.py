"""Repair: removes differing records from the warehouse and exports them again from the store."""

from collections import defaultdict
from collections.abc import Iterable

from analytics.embedding.port import Embedder
from analytics.mirror.passes import Pass
from analytics.mirror.progress import Progress
from analytics.mirror.superseded_rows import KEYS_AT_ONCE
from analytics.upkeep.export_marks import marks, writes
from analytics.upkeep.record_kinds import Changed, Kind, position
from analytics.warehouse.port import Warehouse
from stores.mirror_records import Change
from stores.ports import Store


async def repair(
    store: Store,
    warehouse: Warehouse,
    kind: Kind,
    records: Iterable[Changed],
    embedder: Embedder | None = None,
) -> None:
    """Remove every row of some records of one kind, then mark them and export their current state, turns
    with vectors from `embedder`.

    The rows are removed first, because a wrong one may outrank the right one. Records that are gone
    from the store get a tombstone. After an interruption rows are missing until the next repair.
    """
    of_user: dict[str, list[Change]] = defaultdict(list)
    for uid, change in records:
        of_user[uid].append(change)
    for uid, changes in of_user.items():
        # Records close in time share partitions, so sorting keeps the partitions per statement few.
        changes.sort(key=lambda change: change.at)
        for start in range(0, len(changes), KEYS_AT_ONCE):
            part = changes[start : start + KEYS_AT_ONCE]
            await warehouse.execute(
                kind.removal,
                {
                    "uid": uid,
                    "keys": [position(uid, change) for change in part],
                    "since": part[0].at,
                    "until": part[-1].at,
                },
            )
            await _export(Pass(store, warehouse, Progress(), embedder=embedder), store, uid, part)


async def _export(exporting: Pass, store: Store, uid: str, changes: list[Change]) -> None:
    marked = marks((uid, change) for change in changes)
    time = (await store.commit(writes(marked))).time
    written = [mark.model_copy(update={"update_time": time}) for mark in marked]
    await exporting.of_page(written)
