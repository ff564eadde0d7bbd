"""Users with some weeks of chats for a warehouse, and the insights expected of them, computed in Python."""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from analytics.warehouse.rows import ConversationRow, PreferencesRow, SessionRow
from tests.contract.warehouses.helpers import DAY, T0, moment, preferences, session, turn

K = 5
OPTED_IN_AT = T0 + 10 * DAY
STOP_WORDS = {"what", "is", "the", "of", "und", "wie", "est"}
POOL = ("tides", "moon", "the", "Étna", "what", "of", "volcano", "und", "Straße", "rain", "is")

T = TypeVar("T")
Table = list[dict[str, Any]]


@dataclass(frozen=True)
class Seed:
    """The rows of some users; `seen` are the turns that analysts may see, by user."""

    rows: list[ConversationRow | SessionRow | PreferencesRow]
    seen: dict[str, list[ConversationRow]]
    preferences: dict[str, str]


def seed(number: int, users: int = 12) -> Seed:
    """Chats of `users` users who opted in after some of their chats, of one who did not opt in, and of one
    without a key."""
    rng = random.Random(number)  # noqa: S311
    made = Seed([], defaultdict(list), {})
    for n in range(users):
        chosen = rng.choice(['{"response_style":"concise"}', "{}"])
        made.preferences[f"key-{n}"] = chosen
        made.rows.append(
            preferences(
                f"user-{n}", user_key=f"key-{n}", opted_in_at=OPTED_IN_AT, preferences=chosen
            )
        )
        for turn_row in _chats(made, rng, f"user-{n}", list(POOL)):
            if turn_row.recorded_at is not None and turn_row.recorded_at >= OPTED_IN_AT:
                made.seen[f"key-{n}"].append(turn_row)
    for hidden, key in (("opted-out-marker", "key-marker"), ("no-key-marker", None)):
        made.rows.append(preferences(hidden, user_key=key, opted_in_at=key and None))
        _chats(made, rng, hidden, ["outmarker"])
    return made


def _chats(made: Seed, rng: random.Random, uid: str, pool: list[str]) -> list[ConversationRow]:
    found: list[ConversationRow] = []
    for s in range(3):
        opened = T0 + rng.choice([5, 12, 12, 13, 20]) * DAY + rng.randrange(DAY // 2)
        turns = rng.randrange(1, 9)
        for t in range(turns):
            asked = opened + t * rng.choice([1, DAY // 2, 8 * DAY])
            words = rng.sample(pool, rng.randrange(1, len(pool) + 1))
            early = "beforemarker " if asked < OPTED_IN_AT else ""
            query = early + " ".join(words) + "?"
            again = t % 3 == 1
            if again and s != 1 and (found[-1].timestamp < OPTED_IN_AT) == bool(early):
                query = found[-1].query or ""
            found.append(
                turn(
                    f"c{t}",
                    uid=uid,
                    user_email=f"{uid}@emailmarker.example",
                    session_id=f"{uid}-s{s}",
                    timestamp=asked,
                    recorded_at=asked,
                    query=query,
                    topics=_phrases(query),
                    replaces_conversation_id=f"c{t - 1}" if again else None,
                    response=None if t % 4 == 3 else f"{early}An answer.",
                    answered=(None, True, None, False, None, True, None, None)[t],
                    failed=t == 3,
                    failure=("timeout", None, "other")[s] if t == 3 else None,
                    response_time_ms=rng.choice([None, rng.randrange(5000)]),
                    feedback_score=rng.choice([None, 0, 1]),
                    feedback_comment=f"Said about: {query}",
                    citations=json.dumps([{"title": f"Page {t}", "snippet": query}]),
                    response_style=("detailed", None)[t % 2],
                    **_answered(rng),
                )
            )
        made.rows.append(
            session(
                f"{uid}-s{s}",
                uid=uid,
                user_email=f"{uid}@emailmarker.example",
                created_at=opened,
                last_active=found[-1].timestamp,
                conversation_count=turns,
                title="titlemarker",
                metadata='{"note":"beforemarker"}' if opened < OPTED_IN_AT else "{}",
            )
        )
    made.rows.extend(found)
    return found


def _phrases(query: str) -> tuple[str, ...]:
    """The first words, at most three, of each run of words without stop words."""
    words = query.lower().rstrip("?").split()
    runs = " ".join("," if word in STOP_WORDS else word for word in words).split(",")
    return tuple(" ".join(run.split()[:3]) for run in runs if run.split())


def _answered(rng: random.Random) -> dict[str, Any]:
    """The fields that describe what answered a turn; some of them may be unknown."""
    model = rng.choice([None, "gpt-4o", "gpt-4o", "gpt-4o", "rare"])
    if model is None:
        return {}
    return {
        "model": model,
        "input_tokens": rng.choice([None, rng.randrange(2000)]),
        "output_tokens": rng.choice([None, rng.randrange(500)]) if model == "gpt-4o" else None,
        "finish_reason": "stop",
        "first_token_ms": rng.randrange(900),
    }


def day(row: ConversationRow) -> date:
    return moment(row.timestamp).date()


def week(row: ConversationRow) -> date:
    return day(row) - timedelta(days=day(row).weekday())


def grouped(
    seen: dict[str, list[ConversationRow]], key: Callable[[ConversationRow], Iterable[T]]
) -> dict[T, list[tuple[str, ConversationRow]]]:
    """The turns of each group that has enough users."""
    groups: dict[T, list[tuple[str, ConversationRow]]] = defaultdict(list)
    for user, turns in seen.items():
        for row in turns:
            for name in key(row):
                groups[name].append((user, row))
    return {name: rows for name, rows in groups.items() if users(rows) >= K}


def users(rows: Sequence[tuple[str, ConversationRow]]) -> int:
    return len({user for user, _ in rows})


def sessions(rows: Sequence[tuple[str, ConversationRow]]) -> int:
    return len({row.session_id for _, row in rows})


def topics(row: ConversationRow) -> set[str]:
    """The topics of a row and their parts."""
    parts = set(row.topics)
    for phrase in row.topics:
        words = phrase.split()
        parts |= {*words, *map(" ".join, pairwise(words))}
    return parts


def nearest(values: Iterable[int], percent: int) -> int:
    """The smallest value that at least `percent` percent of the values do not exceed."""
    ordered = sorted(values)
    return next(v for n, v in enumerate(ordered, 1) if 100 * n >= percent * len(ordered))


def daily_usage(seed: Seed) -> Table:
    return [
        {"day": name, "users": users(rows), "sessions": sessions(rows), "turns": len(rows)}
        for name, rows in grouped(seed.seen, lambda row: [day(row)]).items()
    ]


def response_times(seed: Seed) -> Table:
    timed = grouped(seed.seen, lambda row: [day(row)] if row.response_time_ms is not None else [])
    return [
        {
            "day": name,
            "users": users(rows),
            "turns": len(rows),
            **{
                f"p{percent}_ms": nearest((row.response_time_ms or 0 for _, row in rows), percent)
                for percent in (50, 95, 99)
            },
        }
        for name, rows in timed.items()
    ]


def feedback(seed: Seed) -> Table:
    rated = grouped(
        seed.seen,
        lambda row: [(week(row), row.feedback_score)] if row.feedback_score is not None else [],
    )
    return [
        {"week": name[0], "feedback_score": name[1], "users": users(rows), "turns": len(rows)}
        for name, rows in rated.items()
    ]


def told(rows: Sequence[tuple[str, ConversationRow]], field: str) -> list[int] | None:
    """The values of a field of turns; None if they come from too few users."""
    known = [(user, row) for user, row in rows if getattr(row, field) is not None]
    return [getattr(row, field) for _, row in known] if users(known) >= K else None


def judged(rows: Sequence[tuple[str, ConversationRow]], score: int) -> int | None:
    found = [(user, row) for user, row in rows if row.feedback_score == score]
    return len(found) if users(found) >= K else None


def model_figures(rows: Sequence[tuple[str, ConversationRow]]) -> dict[str, Any]:
    """The figures about a model's turns, given with their users; none is about too few users."""
    times = told(rows, "response_time_ms")
    sums = {
        field: None if (values := told(rows, field)) is None else sum(values)
        for field in ("input_tokens", "output_tokens")
    }
    return {
        "users": users(rows),
        "turns": len(rows),
        **{f"p{p}_ms": times and nearest(times, p) for p in (50, 95, 99)},
        "good": judged(rows, 1),
        "bad": judged(rows, 0),
        **sums,
    }


def monthly_models(seed: Seed) -> Table:
    named = grouped(
        seed.seen, lambda row: [(day(row).replace(day=1), row.model)] if row.model else []
    )
    return [
        {"month": month, "model": model, **model_figures(rows)}
        for (month, model), rows in named.items()
    ]


def regenerations(seed: Seed) -> Table:
    """By month, model and style: the turns, and how often they were repeated or edited."""
    turns: dict[tuple[date, str, str], list[tuple[str, int, int]]] = defaultdict(list)
    for user, rows in seed.seen.items():
        now = "concise" if "concise" in seed.preferences[user] else "not chosen"
        for row in filter(lambda each: each.model, rows):
            style = row.response_style or now
            instead = [
                each.query == row.query
                for each in rows
                if each.session_id == row.session_id
                and each.replaces_conversation_id == row.conversation_id
            ]
            of = (day(row).replace(day=1), str(row.model), style)
            turns[of].append((user, sum(instead), len(instead) - sum(instead)))

    def total(found: list[tuple[str, int, int]], which: int) -> int | None:
        asking = {each[0] for each in found if each[which]}
        return sum(int(each[which]) for each in found) if len(asking) >= K else None

    return [
        {
            "month": month,
            "model": model,
            "response_style": style,
            "users": len({each[0] for each in found}),
            "turns": len(found),
            "regenerations": total(found, 1),
            "edits": total(found, 2),
        }
        for (month, model, style), found in turns.items()
        if len({each[0] for each in found}) >= K
    ]


def monthly_failures(seed: Seed) -> Table:
    failed = grouped(
        seed.seen,
        lambda row: [(day(row).replace(day=1), row.failure or "not told")] if row.failed else [],
    )
    return [
        {"month": month, "failure": failure, "users": users(rows), "turns": len(rows)}
        for (month, failure), rows in failed.items()
    ]


def weekly_cohorts(seed: Seed) -> Table:
    counts: dict[tuple[date, int], int] = defaultdict(int)
    for turns in seed.seen.values():
        first = min(map(week, turns))
        for later in {(week(row) - first).days // 7 for row in turns}:
            counts[first, later] += 1
    return [
        {"cohort_week": first, "weeks_later": later, "users": count}
        for (first, later), count in counts.items()
        if count >= K
    ]


def monthly_topics(seed: Seed) -> Table:
    named = grouped(seed.seen, lambda row: [(day(row).replace(day=1), t) for t in topics(row)])
    whole = grouped(seed.seen, lambda row: [(day(row).replace(day=1), t) for t in row.topics])
    return [
        {
            "month": month,
            "topic": topic,
            "users": users(rows),
            "sessions": sessions(rows),
            "turns": len(rows),
        }
        for (month, topic), rows in named.items()
        if (month, topic) in whole
    ]


def returned_topics(seed: Seed) -> Table:
    found: dict[str, list[list[ConversationRow]]] = defaultdict(list)
    for turns in seed.seen.values():
        for topic in set().union(*map(topics, turns)):
            rows = [row for row in turns if topic in topics(row)]
            places = {(row.session_id, day(row)) for row in rows}
            if any(a[0] != b[0] and a[1] != b[1] for a in places for b in places):
                found[topic].append(rows)
    return [
        {
            "topic": topic,
            "users": len(each),
            "sessions": sum(len({row.session_id for row in rows}) for rows in each),
            "turns": sum(map(len, each)),
        }
        for topic, each in found.items()
        if sum(any(topic in row.topics for row in rows) for rows in each) >= K
    ]


def session_retention(seed: Seed) -> Table:
    lasting: dict[tuple[date, int], list[tuple[str, str]]] = defaultdict(list)
    for user, turns in seed.seen.items():
        for session_id in {row.session_id for row in turns}:
            days = [day(row) for row in turns if row.session_id == session_id]
            opened = min(days) - timedelta(days=min(days).weekday())
            for later in (0, 1, 7, 30):
                if (max(days) - min(days)).days >= later:
                    lasting[opened, later].append((user, session_id))
    return [
        {"week": name[0], "days_later": name[1], "users": len(counted), "sessions": len(found)}
        for name, found in lasting.items()
        if len(counted := {user for user, _ in found}) >= K
    ]


def preference_values(seed: Seed) -> Table:
    concise = sum("concise" in chosen for chosen in seed.preferences.values())
    of_style = {"concise": concise, "not chosen": len(seed.preferences) - concise}
    return [
        {"preference": "response_style", "value": value, "users": count}
        for value, count in of_style.items()
        if count >= K
    ]


EXPECTED: dict[str, Callable[[Seed], Table]] = {
    "insights_daily_usage": daily_usage,
    "insights_response_times": response_times,
    "insights_feedback": feedback,
    "insights_models": monthly_models,
    "insights_regenerations": regenerations,
    "insights_failures": monthly_failures,
    "insights_weekly_cohorts": weekly_cohorts,
    "insights_topics": monthly_topics,
    "insights_returned_topics": returned_topics,
    "insights_session_retention": session_retention,
}
