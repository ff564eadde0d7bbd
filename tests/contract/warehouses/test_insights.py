"""The API's figures are what Python counts, on either warehouse."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest

from analytics.insights import TOPICS, Percentiles, Span, Topic, of_service, of_user
from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import ConversationRow
from tests.contract.warehouses.analysts_seed import K, Seed, day, nearest, seed, topics
from tests.contract.warehouses.helpers import DAY, T0

pytest_plugins = [
    "tests.contract.warehouses.fixtures",
    "tests.contract.warehouses.analyst_fixtures",
]

# Making the views takes the BigQuery emulator many times longer on a busy machine.

ALL = Span(0, 2 * T0, 0)
SPANS = (
    ALL,
    Span(T0 + 12 * DAY, T0 + 21 * DAY, 0),
    Span(0, 2 * T0, T0 + 13 * DAY),
    Span(T0, T0, 0),
)


def turns_of(made: Seed, span: Span) -> list[ConversationRow]:
    return [
        row
        for row in made.rows
        if isinstance(row, ConversationRow)
        and span.since <= row.timestamp < span.until
        and (row.recorded_at or 0) >= span.kept_since
    ]


def percentiles(turns: Sequence[ConversationRow]) -> Percentiles | None:
    times = [row.response_time_ms for row in turns if row.response_time_ms is not None]
    return Percentiles(*(nearest(times, p) for p in (50, 95, 99))) if times else None


def ranked(turns: Sequence[ConversationRow]) -> tuple[list[Topic], list[Topic]]:
    """The most frequent topics, and of those returned to."""
    rows: dict[str, list[ConversationRow]] = defaultdict(list)
    for row in turns:
        for topic in topics(row):
            rows[topic].append(row)
    ordered = sorted(rows, key=lambda topic: (-len(rows[topic]), topic))
    told = {t: Topic(t, len(rows[t]), len({r.session_id for r in rows[t]})) for t in ordered}
    back = [t for t in ordered if told[t].sessions > 1 and len(set(map(day, rows[t]))) > 1]
    return [told[t] for t in ordered[:TOPICS]], [told[t] for t in back[:TOPICS]]


@pytest.mark.parametrize("span", SPANS, ids=["all", "between", "kept", "empty"])
async def test_a_users_figures_are_those_of_their_turns(analysed: Warehouse, span: Span) -> None:
    made = seed(2, users=K)
    await analysed.append(made.rows)
    mine = [row for row in turns_of(made, span) if row.uid == "user-1"]
    leave_out = [("", ""), *((r.session_id, r.conversation_id) for r in mine[::3])]
    for without_sessions, without_turns in (([], []), (["user-1-s0"], leave_out)):
        counted = [
            row
            for row in mine
            if row.session_id not in without_sessions
            and (row.session_id, row.conversation_id) not in without_turns
        ]
        found = await of_user(analysed, "user-1", span, without_sessions, without_turns)
        assert found.turns == len(counted)
        assert found.sessions == len({row.session_id for row in counted})
        assert found.good == sum(row.feedback_score == 1 for row in counted)
        assert found.bad == sum(row.feedback_score == 0 for row in counted)
        assert found.response_times == percentiles(counted)
        assert [(each.day, each.turns) for each in found.days] == sorted(
            Counter(map(day, counted)).items()
        )
        assert (found.topics, found.returned_topics) == ranked(counted)


@pytest.mark.parametrize("span", SPANS, ids=["all", "between", "kept", "empty"])
async def test_the_services_figures_count_all_and_tell_of_five_or_more(
    analysed: Warehouse, span: Span
) -> None:
    made = seed(3)
    await analysed.append(made.rows)
    counted = turns_of(made, span)
    found = await of_service(analysed, span)
    users = {row.uid for row in counted}
    enough = len(users) >= K
    assert found.users == (len(users) if enough else None)
    assert found.turns == (len(counted) if enough else None)
    assert found.response_times == percentiles(counted)
    for score, told in ((1, found.good), (0, found.bad)):
        judged = [row for row in counted if row.feedback_score == score]
        assert told == (len(judged) if len({row.uid for row in judged}) >= K else None)
    by_day: dict[object, list[ConversationRow]] = defaultdict(list)
    for row in counted:
        by_day[day(row)].append(row)
    assert {of.day: (of.users, of.turns) for of in found.days} == {
        name: (len(who), len(rows))
        for name, rows in by_day.items()
        if len(who := {row.uid for row in rows}) >= K
    }

    asked: dict[str, dict[str, list[ConversationRow]]] = defaultdict(lambda: defaultdict(list))
    seen = {id(row) for rows in made.seen.values() for row in rows}
    for row in counted:
        for topic in topics(row) if id(row) in seen else ():
            asked[topic][row.uid].append(row)
    common = {topic: by_user for topic, by_user in asked.items() if len(by_user) >= K}
    turns = {topic: sum(map(len, by_user.values())) for topic, by_user in common.items()}
    ordered = sorted(common, key=lambda topic: (-len(common[topic]), -turns[topic], topic))
    assert [(t.topic, t.users, t.turns) for t in found.topics] == [
        (topic, len(common[topic]), turns[topic]) for topic in ordered[:TOPICS]
    ]
    returned = [(-(t.returning_users or 0), -t.turns, t.topic) for t in found.returned_topics]
    assert returned == sorted(returned)
    for each in {*found.topics, *found.returned_topics}:
        back = [
            rows
            for rows in common[each.topic].values()
            if len({row.session_id for row in rows}) > 1 and len(set(map(day, rows))) > 1
        ]
        assert each.returning_users == (len(back) if len(back) >= K else None)
    assert all(each.returning_users for each in found.returned_topics)
