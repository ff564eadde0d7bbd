"""Asks the warehouse for candidates of a search. The caller reads them from the store and matches again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import TypeAlias

from analytics.warehouse.port import Parameter, Warehouse

Position: TypeAlias = tuple[int, str, str]
"""(time in microseconds, session id, conversation id or '' for a session). Results are in
descending order."""

END: Position = (253_402_300_799_999_999, "", "")
"""Before the first result: the end of the year 9999."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A session (its title matched) or, with a `conversation_id`, a turn (its text matched)."""

    time: int
    """Microseconds: a turn's timestamp, a session's created_at."""
    session_id: str
    conversation_id: str | None = None

    @property
    def position(self) -> Position:
        """Its position among the results. Pass it as `before` to continue after it."""
        return (self.time, self.session_id, self.conversation_id or "")


async def find(
    warehouse: Warehouse,
    uid: str,
    patterns: Sequence[str],
    before: Position,
    limit: int,
    since: int = 0,
    model: str | None = None,
) -> list[Candidate]:
    """At most `limit` sessions and turns of a user in which some version had every pattern
    (`analytics.search_text.patterns`), newest first, strictly before a position and not before `since`;
    with a `model` only turns that it answered.

    A candidate may have been changed, moved to the trash or deleted since. Without patterns there are none.
    """
    if not patterns:
        return []
    time, session_id, conversation_id = before
    parameters: dict[str, Parameter] = {
        "uid": uid,
        "patterns": list(patterns),
        "since": since,
        "before_time": time,
        "before_session": session_id,
        "before_id": conversation_id,
        "limit": limit,
    }
    searches = [warehouse.query("search_conversations", {**parameters, "model": model})]
    if model is None:
        searches.append(warehouse.query("search_sessions", parameters))
    turns, *titles = await asyncio.gather(*searches)
    found = merge(
        (Candidate(_micros(r["timestamp"]), r["session_id"], r["conversation_id"]) for r in turns),
        (Candidate(_micros(r["created_at"]), r["session_id"]) for rows in titles for r in rows),
        key=lambda candidate: candidate.position,
        reverse=True,
    )
    return list(islice(found, limit))


def _micros(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
