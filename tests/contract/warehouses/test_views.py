"""The views show the latest version of each record, in whatever order versions arrive."""

import json
from dataclasses import replace
from itertools import permutations
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import ConversationRow
from tests.contract.warehouses.helpers import (
    DAY,
    T0,
    moment,
    preferences,
    session,
    sessions_of,
    turn,
    turns_of,
)

pytest_plugins = ["tests.contract.warehouses.fixtures"]


async def test_init_repeated_keeps_rows(warehouse: Warehouse) -> None:
    await warehouse.append([turn()])
    await warehouse.init()
    assert len(await turns_of(warehouse)) == 1
    await warehouse.ping()


async def test_views_have_the_promised_columns_first(warehouse: Warehouse) -> None:
    await warehouse.append([turn(), session(), preferences()])
    turns = await turns_of(warehouse)
    sessions = await sessions_of(warehouse)
    users = await warehouse.query("user_preferences", {"uid": "anna"})
    assert list(turns[0])[:8] == [
        "conversation_id",
        "session_id",
        "user_email",
        "query",
        "response",
        "timestamp",
        "feedback_score",
        "response_time_ms",
    ]
    assert list(sessions[0])[:8] == [
        "session_id",
        "user_email",
        "created_at",
        "last_active",
        "conversation_count",
        "preferences",
        "metadata",
        "status",
    ]
    assert list(users[0])[:2] == ["user_email", "preferences"]


async def test_every_value_of_a_turn_comes_back_as_it_was(warehouse: Warehouse) -> None:
    row = turn(
        timestamp=T0 + 123_457,
        recorded_at=T0 + 999_999,
        response_time_ms=1234,
        feedback_score=0,
        feedback_comment="no",
        citations=json.dumps([{"title": "Ä", "uri": "https://example.com/?a=1&b=2"}, 2.5, None]),
        metadata=json.dumps({"nested": {"list": [1, -2, True]}, "empty": "", "nul": "\0"}),
        model="gpt-4o · ü",
        input_tokens=0,
        output_tokens=2**40,
        finish_reason="stop",
        first_token_ms=120,
        topics=["rain", "größe"],
        answered=True,
        failed=True,
        failure="timeout",
        text_saved=True,
        judged_at=T0 + 7,
        response_style="detailed",
        language="pt-BR",
    )
    await warehouse.append([row])
    (found,) = await turns_of(warehouse)
    for column in ("citations", "metadata"):
        assert json.loads(found.pop(column)) == json.loads(getattr(row, column))
    assert found == {
        "conversation_id": "c1",
        "session_id": "s1",
        "user_email": "anna@example.com",
        "query": row.query,
        "response": row.response,
        "timestamp": moment(T0 + 123_457),
        "feedback_score": 0,
        "response_time_ms": 1234,
        "uid": "anna",
        "recorded_at": moment(T0 + 999_999),
        "feedback_comment": "no",
        "model": "gpt-4o · ü",
        "input_tokens": 0,
        "output_tokens": 2**40,
        "finish_reason": "stop",
        "first_token_ms": 120,
        "branch_id": 0,
        "replaces_conversation_id": None,
        "on_shown_path": True,
        "topics": ["rain", "größe"],
        "answered": True,
        "failed": True,
        "failure": "timeout",
        "text_saved": True,
        "judged_at": moment(T0 + 7),
        "response_style": "detailed",
        "language": "pt-BR",
        "change_seq": T0,
        "updated_at": moment(T0),
    }


async def test_times_are_aware_and_in_utc(warehouse: Warehouse) -> None:
    await warehouse.append([turn()])
    (found,) = await turns_of(warehouse)
    assert found["timestamp"].isoformat() == "2026-01-01T00:00:00+00:00"


async def test_the_latest_version_wins_in_every_order_of_arrival(warehouse: Warehouse) -> None:
    asked = turn(change_seq=T0 + 1, response=None)
    answered = turn(change_seq=T0 + 2, response="Water.")
    rated = turn(change_seq=T0 + 3, response="Water.", feedback_score=1)
    orders = list(permutations([asked, answered, rated, asked]))
    for position in range(4):
        await warehouse.append(
            [replace(order[position], conversation_id=f"c{n}") for n, order in enumerate(orders)]
        )
    shown = await turns_of(warehouse)
    assert len(shown) == len(orders)
    assert {(row["change_seq"], row["feedback_score"]) for row in shown} == {(T0 + 3, 1)}


Version = tuple[int, bool, int]
versions = st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 1))
histories = st.lists(st.lists(versions, min_size=1, max_size=5), min_size=5, max_size=30)


def version(n: int, at: Version) -> ConversationRow:
    seq, deleted, exported = at
    return turn(
        f"c{n}",
        change_seq=T0 + seq,
        deleted=deleted,
        exported_at=T0 + exported,
        response=f"{seq} {exported}",
    )


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deliveries=histories)
async def test_any_delivery_shows_the_highest_version(
    warehouse: Warehouse, deliveries: list[list[Version]]
) -> None:
    uid = uuid4().hex
    for turn_number in range(max(map(len, deliveries))):
        await warehouse.append(
            [
                replace(version(n, history[turn_number]), uid=uid)
                for n, history in enumerate(deliveries)
                if turn_number < len(history)
            ]
        )
    shown = {row["conversation_id"]: row["response"] for row in await turns_of(warehouse, uid)}
    latest = {f"c{n}": max(history) for n, history in enumerate(deliveries)}
    assert shown == {
        key: f"{seq} {exported}" for key, (seq, deleted, exported) in latest.items() if not deleted
    }


async def test_a_tombstone_hides_its_record_and_only_it(warehouse: Warehouse) -> None:
    gone = {"query": None, "response": None, "recorded_at": None, "deleted": True}
    await warehouse.append(
        [
            turn("gone", change_seq=T0 + 2, **gone, citations=None, metadata=None),
            turn("gone", change_seq=T0 + 1),
            turn("kept"),
            preferences(change_seq=T0 + 2, deleted=True, user_email=None, preferences=None),
            preferences(change_seq=T0 + 1),
            preferences("bert"),
        ]
    )
    assert [row["conversation_id"] for row in await turns_of(warehouse)] == ["kept"]
    assert await warehouse.query("user_preferences", {"uid": "anna"}) == []
    assert len(await warehouse.query("user_preferences", {"uid": "bert"})) == 1


async def test_a_tombstone_wins_a_tie(warehouse: Warehouse) -> None:
    await warehouse.append([session(deleted=True, exported_at=T0), session(exported_at=T0 + 9)])
    assert await sessions_of(warehouse) == []


async def test_a_date_filter_does_not_bring_a_deleted_turn_back(warehouse: Warehouse) -> None:
    await warehouse.append(
        [turn(change_seq=T0 + 1), turn(change_seq=T0 + 30 * DAY, deleted=True, query=None)]
    )
    assert await turns_of(warehouse, since=T0 - DAY, until=T0 + DAY) == []


async def test_a_session_in_the_trash_hides_its_turns_until_it_is_back(
    warehouse: Warehouse,
) -> None:
    await warehouse.append([session(), session("other"), turn(), turn(session_id="other")])
    assert len(await turns_of(warehouse)) == 2

    trashed = session(change_seq=T0 + 1, status="deleted", title=None, tags=None, metadata=None)
    await warehouse.append([trashed])
    assert [row["session_id"] for row in await turns_of(warehouse)] == ["other"]
    assert {row["session_id"]: row["status"] for row in await sessions_of(warehouse)} == {
        "s1": "deleted",
        "other": "active",
    }

    await warehouse.append([session(change_seq=T0 + 2)])
    assert {row["session_id"] for row in await turns_of(warehouse)} == {"s1", "other"}


async def test_a_session_that_is_gone_hides_turns_that_come_late(warehouse: Warehouse) -> None:
    await warehouse.append([session(change_seq=T0 + 5, deleted=True, status=None), turn()])
    assert await turns_of(warehouse) == []
    assert await sessions_of(warehouse) == []


async def test_a_session_made_anew_under_its_old_id_shows_its_turns(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            session(change_seq=T0 + 5, deleted=True, status=None),
            session(change_seq=T0 + 6, created_at=T0 + DAY),
            turn("new", change_seq=T0 + 6),
        ]
    )
    assert [row["conversation_id"] for row in await turns_of(warehouse)] == ["new"]
    assert len(await sessions_of(warehouse)) == 1


async def test_turns_are_shown_before_their_session_arrives(warehouse: Warehouse) -> None:
    await warehouse.append([turn()])
    assert len(await turns_of(warehouse)) == 1


async def test_another_users_session_hides_nothing(warehouse: Warehouse) -> None:
    await warehouse.append([turn(), session(uid="bert", status="deleted")])
    assert len(await turns_of(warehouse)) == 1
    assert await turns_of(warehouse, "bert") == []


async def test_filters_on_uid_and_time(warehouse: Warehouse) -> None:
    await warehouse.append(
        [turn(f"c{day}", timestamp=T0 + day * DAY, uid=uid) for day in range(5) for uid in "ab"]
    )
    found = await turns_of(warehouse, "a", since=T0 + DAY, until=T0 + 3 * DAY)
    assert [row["conversation_id"] for row in found] == ["c1", "c2"]


async def test_the_uid_of_an_email_is_that_of_its_latest_owner(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            preferences("anna", user_email="shared@example.com"),
            preferences("anna", user_email="new@example.com", change_seq=T0 + 1),
            preferences("bert", user_email="shared@example.com", change_seq=T0 + 2),
        ]
    )
    assert await warehouse.query("uid_of_email", {"email": "shared@example.com"}) == [
        {"uid": "bert"}
    ]
    assert await warehouse.query("uid_of_email", {"email": "nobody@example.com"}) == []
