"""After a user's erasure, nothing from before it is shown, however late it arrives."""

from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.warehouse.port import Warehouse
from tests.contract.warehouses.helpers import (
    ALWAYS,
    T0,
    preferences,
    session,
    sessions_of,
    turn,
    turns_of,
)

pytest_plugins = ["tests.contract.warehouses.fixtures"]


async def shown(warehouse: Warehouse, uid: str = "anna") -> list[dict[str, Any]]:
    return [
        *await turns_of(warehouse, uid),
        *await sessions_of(warehouse, uid),
        *await warehouse.query("user_preferences", {"uid": uid}),
    ]


async def test_all_of_a_user_goes_and_nothing_of_another(warehouse: Warehouse) -> None:
    for uid in ("anna", "bert"):
        email = f"{uid}@example.com"
        await warehouse.append(
            [turn(f"c{n}", uid=uid, user_email=email) for n in range(5)]
            + [turn("c1", uid=uid, change_seq=T0 - 1, user_email=email)]
            + [session(uid=uid, user_email=email), preferences(uid)]
        )
    before = await shown(warehouse, "bert")
    erased = await warehouse.erase("anna", T0)
    assert erased.removed == {
        "conversation_history_changes": 6,
        "user_sessions_changes": 1,
        "user_preferences_changes": 1,
    }
    assert await shown(warehouse) == []
    assert await warehouse.query("uid_of_email", {"email": "anna@example.com"}) == []
    left = await warehouse.query("rows_up_to", {"uid": "anna", "before": T0})
    assert [table["row_count"] for table in left] == [0, 0, 0]
    assert await shown(warehouse, "bert") == before
    assert len(before) == 7


async def test_what_comes_late_is_not_shown_and_what_is_new_is(warehouse: Warehouse) -> None:
    await warehouse.erase("anna", T0)
    await warehouse.append([turn(), session(), preferences(), turn(uid="bert")])
    assert await shown(warehouse) == []
    assert len(await turns_of(warehouse, "bert")) == 1

    again: dict[str, Any] = {"change_seq": T0 + 1}
    await warehouse.append([turn("new", **again), session(**again), preferences(**again)])
    assert len(await shown(warehouse)) == 3
    assert [row["conversation_id"] for row in await turns_of(warehouse)] == ["new"]


async def test_repeated_it_keeps_the_latest_time_and_what_is_younger(warehouse: Warehouse) -> None:
    await warehouse.append([turn("old"), turn("new", change_seq=T0 + 9)])
    await warehouse.erase("anna", T0 + 5)
    again = await warehouse.erase("anna", T0 + 1)
    assert sum(again.removed.values()) == 0
    await warehouse.append([turn("late", change_seq=T0 + 5)])
    assert [row["conversation_id"] for row in await turns_of(warehouse)] == ["new"]
    await warehouse.erase("anna", T0 + 9)
    assert await turns_of(warehouse) == []


async def test_a_session_from_before_hides_no_turn_from_after(warehouse: Warehouse) -> None:
    await warehouse.erase("anna", T0)
    await warehouse.append([session(status="deleted"), turn("new", change_seq=T0 + 1)])
    assert [row["conversation_id"] for row in await turns_of(warehouse)] == ["new"]


async def test_a_user_without_rows_can_be_erased(warehouse: Warehouse) -> None:
    assert sum((await warehouse.erase("anna", T0)).removed.values()) == 0
    await warehouse.append([turn()])
    assert await shown(warehouse) == []


Step = tuple[str, int]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 9)),
        st.tuples(st.just("erase"), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=steps)
async def test_any_history_shows_the_latest_version_younger_than_the_erasure(
    warehouse: Warehouse, history: list[Step]
) -> None:
    """Each number is a commit time, of a change to record number % 3. Each version arrives twice, the second
    time at the end, as from a delayed exporter."""
    uid, appended, erased = uuid4().hex, set[int](), -1
    late = [(kind, at) for kind, at in history if kind == "append"]
    for kind, at in history + late:
        if kind == "append":
            appended.add(at)
            await warehouse.append([turn(f"c{at % 3}", uid=uid, change_seq=at, query=f"{at}")])
        else:
            erased = max(erased, at)
            await warehouse.erase(uid, at)
    expected: dict[str, int] = {}
    for at in sorted(at for at in appended if at > erased):
        expected[f"c{at % 3}"] = at
    found = await warehouse.query("conversation_history", {"uid": uid, **ALWAYS})
    assert {row["conversation_id"]: row["change_seq"] for row in found} == expected
