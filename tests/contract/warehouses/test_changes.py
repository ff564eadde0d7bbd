"""What `forget` removes from a warehouse, and what it leaves."""

from typing import Any

import pytest

from analytics.mirror import superseded_rows as forgetting
from analytics.mirror.superseded_rows import forget
from analytics.search import Scope, newest
from analytics.search_query import SearchQuery
from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import ConversationRow
from stores.mirror_records import Change
from tests.contract.warehouses.helpers import (
    DAY,
    T0,
    session,
    sessions_of,
    turn,
    turns_of,
)

pytest_plugins = ["tests.contract.warehouses.fixtures"]


def gone(conversation_id: str = "c1", **values: Any) -> ConversationRow:
    empty = dict.fromkeys(("query", "response", "recorded_at", "citations", "metadata"))
    return turn(conversation_id, **{"change_seq": T0 + 9, "deleted": True, **empty, **values})


def of_turn(conversation_id: str = "c1", session_id: str = "s1", at: int = T0) -> Change:
    return Change(
        kind="conversation",
        session_id=session_id,
        conversation_id=conversation_id,
        at=at,
        forget=True,
    )


def of_session(session_id: str = "s1", at: int = T0) -> Change:
    return Change(kind="session", session_id=session_id, at=at, forget=True)


async def kept(warehouse: Warehouse, uid: str = "anna") -> dict[str, int]:
    counts = await warehouse.query("rows_up_to", {"uid": uid, "before": 4 * T0})
    return {table["table_name"]: table["row_count"] for table in counts if table["row_count"]}


async def found(warehouse: Warehouse, *patterns: str, uid: str = "anna") -> list[str]:
    """The turns that have a version that matches the patterns."""
    query = SearchQuery(terms=[(pattern,) for pattern in patterns])
    turns = await newest(warehouse, query, Scope(uid=uid), 100)
    return [f"{turn.session_id}/{turn.conversation_id}" for turn in turns]


async def test_a_forgotten_turn_keeps_its_tombstone_only_and_its_neighbours_stay(
    warehouse: Warehouse,
) -> None:
    await warehouse.append(
        [
            turn("c1", query="secret"),
            turn("c1", query="secret", change_seq=T0 + 1),
            gone("c1"),
            turn("c2"),
            turn("c2", change_seq=T0 + 1),
            turn("c1", session_id="other"),
            turn("c1", session_id="other", change_seq=T0 + 1),
            turn("c1", uid="bert"),
            turn("c1", uid="bert", change_seq=T0 + 1),
            session(),
            session(change_seq=T0 + 1),
        ]
    )
    await forget(warehouse, [("anna", of_turn())])
    assert await kept(warehouse) == {"user_sessions_changes": 2, "conversation_history_changes": 5}
    assert await kept(warehouse, "bert") == {"conversation_history_changes": 2}
    assert await found(warehouse, "secret") == []
    shown = [(row["session_id"], row["conversation_id"]) for row in await turns_of(warehouse)]
    assert sorted(shown) == [("other", "c1"), ("s1", "c2")]


async def test_a_session_forgets_its_old_titles_and_shows_its_latest(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            session(title="Secret"),
            session(title="Secret", change_seq=T0 + 1),
            session(title=None, change_seq=T0 + 2),
            session("other"),
            session("other", change_seq=T0 + 1),
            session(uid="bert"),
            session(uid="bert", change_seq=T0 + 1),
            turn(),
            turn(change_seq=T0 + 1),
        ]
    )
    await forget(warehouse, [("anna", of_session())])
    assert await kept(warehouse) == {"user_sessions_changes": 3, "conversation_history_changes": 2}
    assert await kept(warehouse, "bert") == {"user_sessions_changes": 2}
    titles = {row["session_id"]: row["title"] for row in await sessions_of(warehouse)}
    assert titles == {"s1": None, "other": "Weather"}


async def test_forgetting_again_or_what_has_one_version_removes_nothing(
    warehouse: Warehouse,
) -> None:
    # The same version twice: an exporter was killed after it had appended.
    await warehouse.append([turn(), gone(), gone(), turn("single"), session()])
    changes = [("anna", of_turn()), ("anna", of_turn("single")), ("anna", of_session())]
    for _ in range(2):
        await forget(warehouse, changes)
        assert await kept(warehouse) == {
            "user_sessions_changes": 1,
            "conversation_history_changes": 3,
        }


async def test_of_a_row_and_a_tombstone_of_the_same_time_the_tombstone_stays(
    warehouse: Warehouse,
) -> None:
    await warehouse.append([turn(change_seq=T0 + 9, query="secret"), gone()])
    await warehouse.append([session(), session(deleted=True, title=None)])
    await forget(warehouse, [("anna", of_turn()), ("anna", of_session())])
    assert await kept(warehouse) == {"user_sessions_changes": 1, "conversation_history_changes": 1}
    assert await turns_of(warehouse) == []
    assert await sessions_of(warehouse) == []


async def test_many_records_of_several_users_are_forgotten_in_parts(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "KEYS_AT_ONCE", 2)
    places = [(f"c{n}", T0 - n * 40 * DAY) for n in range(5)]
    for uid in ("anna", "bert"):
        await warehouse.append(
            [turn(name, uid=uid, timestamp=at) for name, at in places]
            + [gone(name, uid=uid, timestamp=at) for name, at in places]
        )
    await forget(
        warehouse,
        [(uid, of_turn(name, at=at)) for name, at in places for uid in ("anna", "bert")],
    )
    for uid in ("anna", "bert"):
        assert await kept(warehouse, uid) == {"conversation_history_changes": 5}
        assert await found(warehouse, "rain", uid=uid) == []


async def test_an_unknown_change_is_a_key_error(warehouse: Warehouse) -> None:
    with pytest.raises(KeyError):
        await warehouse.execute("nothing", {})
