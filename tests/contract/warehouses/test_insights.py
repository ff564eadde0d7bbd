"""The API's figures equal those computed in Python, on either warehouse."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from analytics.insights import habits
from analytics.insights.figures import CANDIDATES, TOPICS, ModelFigures, Percentiles
from analytics.insights.habits import COLOURS, LISTED, Hour, Week
from analytics.insights.stored import StoredDay, stored_days
from analytics.insights.user import Regenerations, Span, Topic, UserTurns, of_user
from analytics.topics.listing import without_parts
from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import ConversationRow
from tests.contract.warehouses.analysts_seed import K, Seed, day, nearest, seed, topics, week
from tests.contract.warehouses.helpers import DAY, T0, moment

pytest_plugins = [
    "tests.contract.warehouses.fixtures",
    "tests.contract.warehouses.analyst_fixtures",
]

# On a busy machine, the BigQuery emulator takes many times longer to create the views.

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


def total(turns: Sequence[ConversationRow], field: str) -> int | None:
    values = [value for row in turns if (value := getattr(row, field)) is not None]
    return sum(values) if values else None


def by_model(turns: Sequence[ConversationRow]) -> list[ModelFigures]:
    """The figures of each model; models with the most turns come first."""
    rows: dict[str, list[ConversationRow]] = defaultdict(list)
    for row in turns:
        if row.model:
            rows[row.model].append(row)
    return [
        ModelFigures(
            model=model,
            turns=len(rows[model]),
            users=None,
            good=sum(row.feedback_score == 1 for row in rows[model]),
            bad=sum(row.feedback_score == 0 for row in rows[model]),
            response_times=percentiles(rows[model]),
            input_tokens=total(rows[model], "input_tokens"),
            output_tokens=total(rows[model], "output_tokens"),
        )
        for model in sorted(rows, key=lambda model: (-len(rows[model]), model))
    ]


def asked_again(turns: Sequence[ConversationRow]) -> list[Regenerations]:
    """How often turns were repeated or edited, by model and style; those with the most turns come first."""
    places = {(row.session_id, row.conversation_id): row for row in turns}
    found: dict[tuple[str | None, str | None], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in turns:
        found[row.model, row.response_style][0] += 1
        if replaced := places.get((row.session_id, row.replaces_conversation_id or "")):
            found[replaced.model, replaced.response_style][1 + (row.query != replaced.query)] += 1

    def rank(pair: tuple[str | None, str | None]) -> tuple[int, bool, str, bool, str]:
        model, style = pair
        return -found[pair][0], model is None, model or "", style is None, style or ""

    return [Regenerations(*pair, *found[pair]) for pair in sorted(found, key=rank)]


def ranked(turns: Sequence[ConversationRow]) -> tuple[list[Topic], list[Topic]]:
    """The most frequent topics, and the most frequent of those that the user returned to."""
    rows: dict[str, list[ConversationRow]] = defaultdict(list)
    for row in turns:
        for topic in topics(row):
            rows[topic].append(row)
    whole = {topic for row in turns for topic in row.topics}
    ordered = sorted(rows.keys() & whole, key=lambda topic: (-len(rows[topic]), topic))
    told = {t: Topic(t, len(rows[t]), len({r.session_id for r in rows[t]})) for t in ordered}
    back = [t for t in ordered if told[t].sessions > 1 and len(set(map(day, rows[t]))) > 1]
    frequent, returned = (
        without_parts([told[t] for t in of[:CANDIDATES]])[:TOPICS] for of in (ordered, back)
    )
    return frequent, returned


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
        found = await of_user(analysed, UserTurns("user-1", span, without_sessions, without_turns))
        assert found.turns == len(counted)
        assert found.sessions == len({row.session_id for row in counted})
        assert found.good == sum(row.feedback_score == 1 for row in counted)
        assert found.bad == sum(row.feedback_score == 0 for row in counted)
        assert found.response_times == percentiles(counted)
        assert found.models == by_model(counted)
        assert found.regenerations == asked_again(counted)
        assert [(each.day, each.turns) for each in found.days] == sorted(
            Counter(map(day, counted)).items()
        )
        assert (found.topics, found.returned_topics) == ranked(counted)


@pytest.mark.parametrize("span", SPANS, ids=["all", "between", "kept", "empty"])
async def test_what_is_stored_is_counted_by_the_day_of_recording(
    analysed: Warehouse, span: Span
) -> None:
    made = seed(2, users=K)
    await analysed.append(made.rows)
    mine = [row for row in turns_of(made, span) if row.uid == "user-1"]
    expected: dict[date, list[int]] = defaultdict(list)
    for row in mine:
        texts = (row.query, row.response, row.feedback_comment)
        recorded = moment(row.recorded_at or 0).date()
        expected[recorded].append(sum(len((text or "").encode()) for text in texts))
    assert await stored_days(analysed, UserTurns("user-1", span)) == [
        StoredDay(day, len(expected[day]), sum(expected[day])) for day in sorted(expected)
    ]


def by_week(turns: Sequence[ConversationRow], wanted: Sequence[str]) -> list[Week]:
    """The turns of each week; each counts for the first of the wanted topics that it is about."""
    mondays: dict[date, list[str | None]] = defaultdict(list)
    for row in turns:
        about = next((topic for topic in wanted if topic in topics(row)), None)
        mondays[week(row)].append(about)
    return [
        Week(
            monday,
            len(mondays[monday]),
            [(topic, n) for topic in wanted if (n := mondays[monday].count(topic))],
        )
        for monday in sorted(mondays)
    ]


def by_hour(turns: Sequence[ConversationRow], zone: str) -> list[Hour]:
    asked = Counter(
        (local.weekday(), local.hour)
        for row in turns
        for local in [moment(row.timestamp).astimezone(ZoneInfo(zone))]
    )
    return [Hour(weekday, hour, asked[weekday, hour]) for weekday, hour in sorted(asked)]


def longest(turns: Sequence[ConversationRow]) -> list[tuple[str, int]]:
    rows: dict[str, list[ConversationRow]] = defaultdict(list)
    for row in turns:
        rows[row.session_id].append(row)

    def rank(session_id: str) -> tuple[int, int, str]:
        of = rows[session_id]
        return -len(of), -max(row.timestamp for row in of), session_id

    return [(session_id, len(rows[session_id])) for session_id in sorted(rows, key=rank)][:LISTED]


def has_no_answer(row: ConversationRow) -> bool:
    return (
        row.response is None and row.query is not None if row.answered is None else not row.answered
    )


@pytest.mark.parametrize("span", SPANS, ids=["all", "between", "kept", "empty"])
async def test_a_users_pictures_are_those_of_their_turns(analysed: Warehouse, span: Span) -> None:
    made = seed(4, users=K)
    await analysed.append(made.rows)
    mine = [row for row in turns_of(made, span) if row.uid == "user-1"]
    dropped = [(row.session_id, row.conversation_id) for row in mine[::5]]
    counted = [
        row
        for row in mine
        if row.session_id != "user-1-s0" and (row.session_id, row.conversation_id) not in dropped
    ]
    asked = UserTurns("user-1", span, ["user-1-s0"], [*dropped, ("", "")])
    found = await of_user(analysed, asked)
    named = [each.topic for each in found.topics]

    told = await habits.weeks(analysed, asked, found.days, named)
    assert told == by_week(counted, named[:COLOURS])
    assert sum(each.turns for each in told) == len(counted)
    # Each change of a zone's clock takes a query.
    within = Span(max(span.since, T0), min(span.until, T0 + 365 * DAY), span.kept_since)
    this_year = replace(asked, span=within)
    # A zone half an hour off, one with summer time, and the API's own.
    for zone in ("Asia/Kolkata", "America/New_York", "UTC"):
        assert await habits.hours(analysed, this_year, zone) == by_hour(counted, zone)
    assert await habits.longest_sessions(analysed, asked) == longest(counted)
    waiting = sorted(
        filter(has_no_answer, counted),
        key=lambda row: (-row.timestamp, row.session_id, row.conversation_id),
    )
    places = [(row.session_id, row.conversation_id) for row in waiting]
    assert await habits.unanswered(analysed, asked) == habits.Unanswered(
        len(places), places[:LISTED]
    )
    assert bool(waiting) == bool(counted)
