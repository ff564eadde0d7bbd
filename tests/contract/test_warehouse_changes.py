"""What the sweeper removes from a warehouse, and what it leaves."""

from typing import Any

import pytest

from analytics.ports import Parameter, Warehouse
from analytics.rows import ConversationRow
from tests.contract.warehouse_helpers import (
    DAY,
    T0,
    session,
    sessions_of,
    turn,
    turns_of,
)

pytest_plugins = ["tests.contract.warehouse_fixtures"]


def gone(conversation_id: str, **values: Any) -> ConversationRow:
    empty = dict.fromkeys(("query", "response", "recorded_at", "citations", "metadata"))
    return turn(conversation_id, change_seq=T0 + 9, deleted=True, **empty, **values)


async def kept(warehouse: Warehouse, uid: str = "anna") -> dict[str, int]:
    counts = await warehouse.query("rows_up_to", {"uid": uid, "before": 4 * T0})
    return {table["table_name"]: table["row_count"] for table in counts}


async def test_expired_turns_go_with_all_their_versions(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            turn("old"),
            turn("old", change_seq=T0 + 1, response="changed"),
            turn("dated ahead", timestamp=T0 + DAY - 1),
            turn("imported", timestamp=T0 - 900 * DAY, recorded_at=T0 + 5),
            turn("young", recorded_at=T0 + 5, timestamp=T0 + 5),
            gone("removed"),
            turn("old", uid="bert"),
            session(),
        ]
    )
    limit: dict[str, Parameter] = {"uid": "anna", "recorded_before": T0 + 5}
    assert await warehouse.execute("expire_turns", limit) == 3
    assert [row["conversation_id"] for row in await turns_of(warehouse)] == ["imported", "young"]
    assert (await kept(warehouse))["conversation_history_changes"] == 3
    assert len(await turns_of(warehouse, "bert")) == 1
    assert len(await sessions_of(warehouse)) == 1
    assert await warehouse.execute("expire_turns", limit) == 0


async def test_a_purged_session_goes_with_its_turns_but_not_its_tombstones(
    warehouse: Warehouse,
) -> None:
    await warehouse.append(
        [
            session(),
            session(change_seq=T0 + 1, status="deleted", title=None),
            session(change_seq=T0 + 2, deleted=True, status=None),
            turn("c1"),
            turn("c2", timestamp=T0 + 40 * DAY),
            gone("c1"),
            session("other"),
            turn("c1", session_id="other"),
            session(uid="bert"),
            turn(uid="bert"),
        ]
    )
    assert await warehouse.execute("remove_session", {"uid": "anna", "session_id": "s1"}) == 4
    assert await kept(warehouse) == {
        "user_sessions_changes": 2,
        "conversation_history_changes": 2,
        "user_preferences_changes": 0,
    }
    assert [row["session_id"] for row in await turns_of(warehouse)] == ["other"]
    assert len(await turns_of(warehouse, "bert")) == 1


async def test_a_deleted_turn_goes_and_its_neighbours_stay(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            turn("c1"),
            turn("c1", change_seq=T0 + 1),
            gone("c1"),
            turn("c2"),
            turn("c1", session_id="other"),
            turn("c1", uid="bert"),
        ]
    )
    place: dict[str, Parameter] = {
        "uid": "anna",
        "session_id": "s1",
        "conversation_id": "c1",
        "timestamp": T0,
    }
    assert await warehouse.execute("remove_turn", place) == 2
    assert await kept(warehouse) == {
        "user_sessions_changes": 0,
        "conversation_history_changes": 3,
        "user_preferences_changes": 0,
    }
    assert len(await turns_of(warehouse, "bert")) == 1


async def test_an_unknown_change_is_a_key_error(warehouse: Warehouse) -> None:
    with pytest.raises(KeyError):
        await warehouse.execute("nothing", {})
