"""Earlier versions of records whose text is gone: what the mirror must not keep."""

from collections import defaultdict
from collections.abc import Iterable

from analytics.warehouse.port import Warehouse
from stores.records import Change

KEYS_AT_ONCE = 200
"""Records of one statement."""


async def forget(warehouse: Warehouse, changed: Iterable[tuple[str, Change]]) -> None:
    """Remove all versions but the latest of sessions and turns, each with its uid.

    Whoever calls it has appended a version without the text. Safe to repeat; raises
    `WarehouseError`.
    """
    groups: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for uid, change in changed:
        statement = "forget_sessions" if change.kind == "session" else "forget_turns"
        groups[statement, uid].append(change)
    for (statement, uid), changes in groups.items():
        # Neighbours in time share partitions, so each statement reads few.
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
