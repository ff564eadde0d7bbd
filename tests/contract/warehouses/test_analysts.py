"""The analysts' dataset: users who opted in, from then on, and no figure about a few users."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery

from analytics.insights.user import Span, UserTurns, of_user
from analytics.warehouse import statements
from analytics.warehouse.port import Warehouse
from tests.contract.warehouses.analyst import Ask
from tests.contract.warehouses.analysts_seed import (
    EXPECTED,
    OPTED_IN_AT,
    K,
    preference_values,
    seed,
)
from tests.contract.warehouses.helpers import (
    DAY,
    T0,
    moment,
    open_bigquery,
    preferences,
    session,
    turn,
)
from tests.emulators.bigquery import BigQueryDataset

pytest_plugins = [
    "tests.contract.warehouses.fixtures",
    "tests.contract.warehouses.analyst_fixtures",
]

# On a busy machine, the BigQuery emulator takes many times longer to create the views.

SQL = Path(statements.__file__).parent / "sql"
SHAPES = ("conversation_history", "user_preferences", "user_sessions")
INSIGHTS = sorted(file.stem for file in (SQL / "insights").iterdir())


def everything(ask: Ask) -> dict[str, list[dict[str, Any]]]:
    """All rows of all the analysts' views."""
    views = (*SHAPES, *INSIGHTS)
    return {view: ask(f"SELECT * FROM recollect_analysts.{view}") for view in views}  # noqa: S608


def sorted_rows(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(str(sorted(row.items())) for row in rows)


@pytest.mark.parametrize("number", range(3))
async def test_insights_equal_what_python_counts(
    analysed: Warehouse, ask: Ask, number: int
) -> None:
    made = seed(number)
    await analysed.append(made.rows)
    shown = everything(ask)
    for view, expected in EXPECTED.items():
        wanted = expected(made)
        assert wanted, view
        assert sorted_rows(shown[view]) == sorted_rows(wanted), view
    styles = [r for r in shown["insights_preferences"] if r["preference"] == "response_style"]
    assert sorted_rows(styles) == sorted_rows(preference_values(made))


async def test_analysts_see_who_opted_in_since_they_did_and_nobody_else(
    analysed: Warehouse, ask: Ask
) -> None:
    made = seed(4)
    await analysed.append(made.rows)
    shown = everything(ask)
    turns = {(r["user_key"], r["session_id"], r["conversation_id"]) for r in shown[SHAPES[0]]}
    assert turns == {
        (key, row.session_id, row.conversation_id)
        for key, rows in made.seen.items()
        for row in rows
    }
    assert {r["user_key"] for r in shown["user_preferences"]} == set(made.preferences)
    sessions = {r["session_id"]: r for r in shown["user_sessions"]}
    assert set(sessions) >= {session_id for _, session_id, _ in turns}
    for session_id, row in sessions.items():
        counted = [place for place in turns if place[1] == session_id]
        assert row["conversation_count"] == len(counted)
        assert row["created_at"] >= moment(OPTED_IN_AT)
        assert row["last_active"] >= moment(OPTED_IN_AT)
    told = str(shown)
    said = {
        (row["session_id"], row["conversation_id"]): (
            row["feedback_comment"],
            json.loads(row["citations"]),
        )
        for row in shown[SHAPES[0]]
    }
    assert said == {
        (row.session_id, row.conversation_id): (
            row.feedback_comment,
            json.loads(row.citations or "[]"),
        )
        for rows in made.seen.values()
        for row in rows
    }
    for marker in ("outmarker", "beforemarker", "emailmarker", "titlemarker"):
        assert marker not in told
    for hidden in ("opted-out-marker", "no-key-marker", "user-0@", "key-marker"):
        assert hidden not in told


async def test_whoever_opts_out_is_gone_and_who_opts_in_again_starts_anew(
    analysed: Warehouse, ask: Ask
) -> None:
    chats: list[Any] = [turn(), session(), turn("later", timestamp=T0 + DAY, recorded_at=T0 + DAY)]
    await analysed.append([*chats, preferences(user_key="k", opted_in_at=T0)])
    view = "SELECT conversation_id FROM recollect_analysts.conversation_history"
    assert len(ask(view)) == 2
    await analysed.append([preferences(user_key="k", change_seq=T0 + 1)])
    assert not any(everything(ask).values())
    await analysed.append([preferences(user_key="k", change_seq=T0 + 2, opted_in_at=T0 + DAY)])
    assert ask(view) == [{"conversation_id": "later"}]


async def test_what_is_deleted_erased_or_in_the_trash_is_gone_for_analysts(
    analysed: Warehouse, ask: Ask
) -> None:
    await analysed.append(
        [
            preferences(user_key="k", opted_in_at=T0),
            session(),
            turn(),
            turn("gone", deleted=True),
            session("trashed", status="deleted", title=None, tags=None, metadata=None),
            turn(session_id="trashed"),
        ]
    )
    turns = "SELECT session_id, conversation_id FROM recollect_analysts.conversation_history"
    assert ask(turns) == [{"session_id": "s1", "conversation_id": "c1"}]
    await analysed.erase("anna", T0)
    assert not any(everything(ask).values())


@pytest.mark.parametrize("users", [K - 1, K])
async def test_a_group_is_shown_from_five_users_on_however_many_rows_it_has(
    analysed: Warehouse, ask: Ask, users: int
) -> None:
    rows: list[Any] = []
    for n in range(users):
        rows.append(preferences(f"user-{n}", user_key=f"key-{n}", opted_in_at=T0))
        for s in range(3):
            of = {"uid": f"user-{n}", "session_id": f"{n}-{s}"}
            rows.append(session(**of))
            rows += [
                turn(
                    f"c{t}",
                    **of,
                    timestamp=T0 + s * DAY,
                    recorded_at=T0 + s * DAY,
                    query="Spring tides?",
                    response_time_ms=10,
                    feedback_score=1,
                    model="gpt-4o",
                    failed=t == 3,
                )
                for t in range(4)
            ]
    await analysed.append(rows)
    shown = everything(ask)
    assert all(shown[shape] for shape in SHAPES)
    assert {view: bool(shown[view]) for view in INSIGHTS} == dict.fromkeys(INSIGHTS, users >= K)
    if users >= K:
        topics = {row["topic"]: row["turns"] for row in shown["insights_topics"]}
        assert topics == {"spring tides": 12 * K}
        assert {row["topic"] for row in shown["insights_returned_topics"]} == set(topics)


async def test_freshness_tells_the_latest_change_and_when_it_came(
    analysed: Warehouse, ask: Ask
) -> None:
    for n in range(K):
        await analysed.append(
            [
                preferences(f"user-{n}"),
                session(uid=f"user-{n}"),
                turn(uid=f"user-{n}", change_seq=T0 + n, exported_at=T0 + DAY),
            ]
        )
    rows = ask("SELECT * FROM recollect_analysts.insights_freshness")
    by_shape = {row["shape"]: row for row in rows}
    assert set(by_shape) == set(SHAPES)
    assert by_shape["conversation_history"] == {
        "shape": "conversation_history",
        "latest_change_at": moment(T0 + K - 1),
        "latest_export_at": moment(T0 + DAY),
    }


async def test_a_part_of_a_topic_counts_where_it_is_a_topic_itself(
    analysed: Warehouse, ask: Ask
) -> None:
    phrases = {"c1": ("sea salt crackers", "tea"), "c2": ("salt",), "c3": ()}
    await analysed.append([turn(of, topics=topics) for of, topics in phrases.items()])
    found = ask("SELECT conversation_id, topic, whole FROM recollect.turn_topics")
    told = {(row["conversation_id"], row["topic"]): row["whole"] for row in found}
    of_three = ("sea", "salt", "crackers", "sea salt", "salt crackers")
    assert told == {
        ("c1", "sea salt crackers"): True,
        ("c1", "tea"): True,
        **{("c1", part): False for part in of_three},
        ("c2", "salt"): True,
    }
    shown = await of_user(analysed, UserTurns("anna", Span(0, 2 * T0, 0)))
    assert [(each.topic, each.turns) for each in shown.topics] == [
        ("sea salt crackers", 1),
        ("tea", 1),
    ]


async def test_days_are_of_utc(analysed: Warehouse, ask: Ask) -> None:
    for n in range(K):
        of = {"uid": f"user-{n}", "session_id": f"s{n}"}
        await analysed.append(
            [
                preferences(f"user-{n}", user_key=f"key-{n}", opted_in_at=0),
                turn(**of, timestamp=T0 + DAY - 1, recorded_at=T0),
                turn("c2", **of, timestamp=T0 + DAY, recorded_at=T0),
            ]
        )
    rows = ask("SELECT day, turns FROM recollect_analysts.insights_daily_usage ORDER BY day")
    assert rows == [
        {"day": date(2026, 1, 1), "turns": K},
        {"day": date(2026, 1, 2), "turns": K},
    ]


async def test_an_erasure_leaves_the_analysts_their_views(analysed: Warehouse, ask: Ask) -> None:
    await analysed.append(
        [turn(), turn(uid="bert"), preferences("bert", user_key="k", opted_in_at=T0)]
    )
    await analysed.erase("anna", T0)
    (row,) = ask("SELECT user_key FROM recollect_analysts.conversation_history")
    assert row == {"user_key": "k"}


async def test_the_views_may_read_the_mirror_so_that_analysts_need_not(
    ready_dataset: BigQueryDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checks the request, because bqemulator does not store such an entry."""
    asked: list[Any] = []

    def spy(self: bigquery.Client, dataset: bigquery.Dataset, *args: Any, **options: Any) -> None:
        asked.append((dataset.dataset_id, dataset.access_entries[-1].to_api_repr()))

    monkeypatch.setattr(bigquery.Client, "update_dataset", spy)
    warehouse = open_bigquery(ready_dataset)
    await warehouse.init_analysts()
    await warehouse.close()
    analysts = {
        "projectId": ready_dataset.project,
        "datasetId": f"{ready_dataset.dataset}_analysts",
    }
    entry = {"dataset": {"dataset": analysts, "targetTypes": ["VIEWS"]}}
    assert asked == [(ready_dataset.dataset, entry)]
