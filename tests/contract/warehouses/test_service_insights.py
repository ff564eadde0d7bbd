"""Figures about all users are right, and no figure about fewer than five can be computed from them."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from analytics.insights.activity import ActiveMonth, ActiveWeek, Activity, of_everybody
from analytics.insights.figures import CANDIDATES, TOPICS, ModelFigures, Percentiles
from analytics.insights.service import (
    CommonFailure,
    CommonTopic,
    ServiceInsights,
    WholeDays,
    of_service,
)
from analytics.topics.listing import without_parts
from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import ConversationRow, Row
from tests.contract.warehouses import service_groups
from tests.contract.warehouses.analysts_seed import K, day, nearest, seed, topics, week
from tests.contract.warehouses.helpers import DAY, T0, preferences, turn
from tests.contract.warehouses.service_groups import (
    MEASURES,
    by_failure,
    by_model,
    counted,
    enough,
    groups,
    opening,
    rounded_down,
)

pytest_plugins = [
    "tests.contract.warehouses.fixtures",
    "tests.contract.warehouses.analyst_fixtures",
]

START = date(2026, 1, 1)
"""The day of T0."""
RANGES = (
    WholeDays(date(2025, 12, 1), date(2026, 5, 1), 0),
    WholeDays(date(2026, 1, 13), date(2026, 1, 22), 0),
    WholeDays(date(2026, 1, 1), date(2026, 2, 1), T0 + 13 * DAY),
    WholeDays(START, START, 0),
)


def kept(rows: Sequence[Row], wanted: WholeDays) -> list[ConversationRow]:
    return [
        row
        for row in rows
        if isinstance(row, ConversationRow) and (row.recorded_at or 0) >= wanted.kept_since
    ]


def times(rows: Sequence[ConversationRow]) -> Percentiles | None:
    """Percentiles to two digits, none above the K-th longest of the users' longest response times."""
    longest: dict[str, int] = defaultdict(int)
    for row in rows:
        longest[row.uid] = max(longest[row.uid], row.response_time_ms or 0)
    if not rows:
        return None
    bound = sorted(longest.values(), reverse=True)[K - 1]
    found = [min(nearest((row.response_time_ms or 0 for row in rows), p), bound) for p in PERCENTS]
    return Percentiles(*(int(float(f"{each:.2g}")) for each in found))


PERCENTS = (50, 95, 99)


def models(rows: Sequence[ConversationRow], wanted: WholeDays) -> list[ModelFigures]:
    """The figures of each model with enough users; models with the most turns come first."""
    told = []
    for model, answered in by_model(rows).items():
        of = {
            name: counted(filter(measure, answered), wanted) for name, measure in MEASURES.items()
        }
        if of["turns"]:
            told.append(
                ModelFigures(
                    model=model,
                    turns=len(of["turns"]),
                    users=rounded_down(of["turns"]),
                    good=len(of["good"]) or None,
                    bad=len(of["bad"]) or None,
                    response_times=times(of["timed"]),
                    input_tokens=total(row.input_tokens for row in of["read"]),
                    output_tokens=total(row.output_tokens for row in of["written"]),
                )
            )
    return sorted(told, key=lambda each: (-each.turns, each.model))


def failures(rows: Sequence[ConversationRow], wanted: WholeDays) -> list[CommonFailure]:
    """The reasons why answers failed for enough users; those with the most turns come first."""
    told = [
        CommonFailure(why, rounded_down(of), len(of))
        for why, failed in by_failure(rows).items()
        if (of := counted(failed, wanted))
    ]
    return sorted(told, key=lambda each: (-each.turns, each.failure or "not told"))


def total(tokens: Iterable[int | None]) -> int | None:
    known = [number for number in tokens if number is not None]
    return sum(known) if known else None


def agrees(found: ServiceInsights, rows: Sequence[ConversationRow], wanted: WholeDays) -> None:
    """Check all figures except those of topics against the turns."""
    of = {name: counted(filter(measure, rows), wanted) for name, measure in MEASURES.items()}
    assert found.users == (rounded_down(of["turns"]) or None)
    assert found.turns == (len(of["turns"]) or None)
    assert found.sessions == (len(counted(opening(rows), wanted)) or None)
    assert (found.good, found.bad) == (len(of["good"]) or None, len(of["bad"]) or None)
    assert found.response_times == times(of["timed"])
    assert found.models == models(rows, wanted)
    assert found.failures == failures(rows, wanted)
    assert [(each.day, each.users, each.turns) for each in found.days] == sorted(
        (first, rounded_down(group), len(group))
        for first, after, group in groups(rows)
        if after - first == timedelta(days=1) and wanted.since <= first < wanted.until
    )


@pytest.mark.parametrize("wanted", RANGES, ids=["all", "between", "kept", "empty"])
async def test_the_services_figures_count_groups_of_five_or_more(
    analysed: Warehouse, wanted: WholeDays
) -> None:
    made = seed(3)
    await analysed.append(made.rows)
    rows = kept(made.rows, wanted)
    found = await of_service(analysed, wanted)

    agrees(found, rows, wanted)
    assert (found.turns is None) == (wanted.since == wanted.until)
    assert bool(found.models) == (wanted.since != wanted.until)
    assert {each.failure for each in found.failures} >= (
        {"timeout", None} if wanted == RANGES[0] else set()
    )


@pytest.mark.parametrize("wanted", RANGES, ids=["all", "between", "kept", "empty"])
async def test_the_services_topics_are_those_of_groups_of_five_or_more_who_opted_in(
    analysed: Warehouse, wanted: WholeDays
) -> None:
    made = seed(3)
    await analysed.append(made.rows)
    found = await of_service(analysed, wanted)
    seen = [row for rows in made.seen.values() for row in kept(rows, wanted)]
    about = {
        topic: counted((row for row in seen if topic in topics(row)), wanted)
        for topic in {topic for row in seen for topic in row.topics}
    }
    common = {
        topic: rows
        for topic, rows in about.items()
        if len({row.uid for row in rows if topic in row.topics}) >= K
    }
    ordered = sorted(common, key=lambda t: (-rounded_down(common[t]), -len(common[t]), t))

    told = [
        CommonTopic(topic, rounded_down(common[topic]), len(common[topic]), None)
        for topic in ordered[:CANDIDATES]
    ]
    assert [(each.topic, each.users, each.turns) for each in found.topics] == [
        (each.topic, each.users, each.turns) for each in without_parts(told)[:TOPICS]
    ]
    for each in {*found.topics, *found.returned_topics}:
        back = []
        for uid in {row.uid for row in common[each.topic]}:
            rows = [row for row in common[each.topic] if row.uid == uid]
            if len({row.session_id for row in rows}) > 1 and len(set(map(day, rows))) > 1:
                back += rows
        assert each.returning_users == (rounded_down(back) or None)


def active(rows: Sequence[ConversationRow], wanted: WholeDays) -> Activity:
    """The users of each whole week and month of a range, and how many of a week's users came back."""
    weeks: dict[date, set[str]] = defaultdict(set)
    months: dict[date, set[str]] = defaultdict(set)
    for row in rows:
        weeks[week(row)].add(row.uid)
        months[day(row).replace(day=1)].add(row.uid)

    def inside(first: date, days: int) -> bool:
        return wanted.since <= first and first + timedelta(days=days) <= wanted.until

    def told(users: set[str]) -> int:
        return K * (len(users) // K)

    return Activity(
        [
            ActiveWeek(
                monday,
                told(weeks[monday]),
                [
                    (later, users)
                    for later in range(1, 9)
                    if inside(monday, 7 * later + 7)
                    and (
                        users := told(
                            weeks[monday] & weeks.get(monday + timedelta(7 * later), set())
                        )
                    )
                ],
            )
            for monday in sorted(weeks)
            if inside(monday, 7) and told(weeks[monday])
        ],
        [
            ActiveMonth(first, told(months[first]))
            for first in sorted(months)
            if wanted.since <= first
            and (first + timedelta(days=31)).replace(day=1) <= wanted.until
            and told(months[first])
        ],
    )


@pytest.mark.parametrize("wanted", RANGES, ids=["all", "between", "kept", "empty"])
async def test_active_users_are_told_by_whole_weeks_and_months(
    analysed: Warehouse, wanted: WholeDays
) -> None:
    made = seed(3)
    await analysed.append(made.rows)
    found = await of_everybody(analysed, wanted)
    assert found == active(kept(made.rows, wanted), wanted)


async def test_guests_count_in_no_group(analysed: Warehouse) -> None:
    rows: list[Row] = [turn(uid=f"user-{n}", session_id="s") for n in range(K)]
    rows += [preferences(f"user-{n}", user_key=f"key-{n}") for n in range(K - 1)]
    rows.append(preferences(f"user-{K - 1}", user_email=None))
    await analysed.append(rows)
    assert (await of_service(analysed, RANGES[0])).turns is None

    await analysed.append(
        [preferences(f"user-{K - 1}", user_email=None, user_key="k", change_seq=T0 + 1)]
    )
    assert (await of_service(analysed, RANGES[0])).turns == K


def world(rng: random.Random) -> list[Row]:
    """Some users' turns over ten weeks: a few busy users, many quiet ones, on days that many or few share."""
    rows: list[Row] = []
    shared = [rng.randrange(70) for _ in range(rng.randrange(1, 12))]
    for n in range(rng.randrange(4, 14)):
        rows.append(preferences(f"user-{n}", user_key=f"key-{n}", opted_in_at=0))
        for t in range(rng.choice([1, 3, 30])):
            at = T0 + rng.choice([*shared, *shared, rng.randrange(70)]) * DAY + rng.randrange(DAY)
            why = rng.choice(["", None, "timeout", "timeout", "timeout"])
            rows.append(
                turn(
                    f"c{t}",
                    uid=f"user-{n}",
                    session_id=f"s{rng.randrange(3)}",
                    timestamp=at,
                    recorded_at=at,
                    response_time_ms=rng.choice([None, rng.randrange(90_000)]),
                    feedback_score=rng.choice([None, 0, 1]),
                    model=rng.choice([None, "common", "common", "rare"]),
                    input_tokens=rng.choice([None, rng.randrange(4000)]),
                    output_tokens=rng.choice([None, rng.randrange(900)]),
                    failed=why != "",
                    failure=why or None,
                )
            )
    return rows


def ranges(rng: random.Random) -> list[WholeDays]:
    """Random ranges and whole months, and all of these one day longer or shorter at either end."""
    months = [START, date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)]
    pairs = [(a, b) for a in months for b in months if a < b]
    for _ in range(6):
        a, b = sorted(START + timedelta(days=rng.randrange(-2, 72)) for _ in range(2))
        pairs.append((a, b))
    one = timedelta(days=1)
    pairs += [
        (a + x * one, b + y * one) for a, b in pairs for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    return [WholeDays(a, b, 0) for a, b in sorted(set(pairs)) if a <= b]


@pytest.fixture
async def grouped(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DuckDBWarehouse]:
    """A warehouse whose smallest group has as many users as the parameter."""
    monkeypatch.setattr(service_groups, "K", request.param)
    monkeypatch.setitem(globals(), "K", request.param)
    warehouse = DuckDBWarehouse(tmp_path / "grouped.duckdb", request.param)
    await warehouse.init()
    await warehouse.init_analysts()
    yield warehouse
    await warehouse.close()


@pytest.mark.parametrize("grouped", [2, 7], indirect=True)
async def test_the_smallest_group_has_as_many_users_as_the_settings_say(
    grouped: DuckDBWarehouse,
) -> None:
    everybody: list[Row] = []
    for n in range(K):
        assert (await of_service(grouped, RANGES[0])).turns is None
        everybody += [turn(uid=f"user-{n}"), preferences(f"user-{n}", user_key=f"key-{n}")]
        await grouped.append(everybody[-2:])
    found = await of_service(grouped, RANGES[0])
    assert (found.users, found.turns, found.days[0].users) == (K, K, K)


@pytest.mark.parametrize(
    ("number", "grouped"), [(0, 5), (1, 5), (0, 2), (1, 3)], indirect=["grouped"]
)
async def test_no_figure_about_fewer_than_five_can_be_computed(
    grouped: DuckDBWarehouse, number: int
) -> None:
    """Sums and differences of figures are always about unions of smallest parts: turns that count in the
    same ranges. No smallest part is about fewer users than the smallest group has."""
    rng = random.Random(number)  # noqa: S311
    made = world(rng)
    await grouped.append(made)
    rows = [row for row in made if isinstance(row, ConversationRow)]
    wanted = ranges(rng)
    # The warehouse's figures equal those computed here. Only some ranges check that: each is slow.
    asked = [WholeDays(START, date(2026, 4, 1), 0), *rng.sample(wanted, 15)]
    told = [await of_service(grouped, each) for each in asked]

    for found, each in zip(told, asked, strict=True):
        agrees(found, rows, each)
        activity = await of_everybody(grouped, each)
        assert activity == active(rows, each)
        assert all((users or 0) % K == 0 for users in (found.users, *(d.users for d in found.days)))
    about = {name: list(filter(measure, rows)) for name, measure in MEASURES.items()}
    of_models = [
        list(filter(measure, answered))
        for answered in by_model(rows).values()
        for measure in MEASURES.values()
    ]
    of_failures = by_failure(rows).values()
    for measured in [*about.values(), *of_models, *of_failures, opening(rows)]:
        parts: dict[tuple[int, ...], list[ConversationRow]] = defaultdict(list)
        places: dict[int, list[int]] = defaultdict(list)
        for place, each in enumerate(wanted):
            for row in counted(measured, each):
                places[id(row)].append(place)
        for row in measured:
            parts[tuple(places[id(row)])].append(row)
        parts.pop((), None)
        assert all(map(enough, parts.values()))
    assert any(found.turns for found in told)
    assert any(found.failures for found in told)
