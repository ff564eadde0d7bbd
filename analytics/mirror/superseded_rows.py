"""Removes earlier versions of records whose text was deleted: the mirror must not keep them."""

from collections import defaultdict
from collections.abc import Iterable

from analytics.warehouse.port import Warehouse
from stores.mirror_records import Change

KEYS_AT_ONCE = 200
"""Records per statement."""


async def forget(warehouse: Warehouse, changed: Iterable[tuple[str, Change]]) -> None:
    """Remove all versions except the latest of sessions and turns, each given with its uid.

    The caller has already appended a version without the text. It is safe to repeat. Raises `WarehouseError`.
    """
    groups: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for uid, change in changed:
        statement = "forget_sessions" if change.kind == "session" else "forget_turns"
        groups[statement, uid].append(change)
    for (statement, uid), changes in groups.items():
        # Records close in time share partitions, so sorting keeps the partitions per statement few.
        changes.sort(key=lambda change: change.at)
        for start in range(0, len(changes), KEYS_AT_ONCE):
            part = changes[start : start + KEYS_AT_ONCE]
            await warehouse.execute(
                statement,
                {
                    "uid": uid,
                    "keys": [_key(change) for change in part],
                    "since": part[0].at,
                    "until": part[-1].at,
                },
            )


def _key(change: Change) -> str:
    if change.kind == "session":
        return change.session_id
    return f"{change.session_id}/{change.conversation_id}"
