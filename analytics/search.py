"""Asks the warehouse for candidates of a search. The caller reads them from the store and matches again."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any, TypeAlias

from analytics.embedding.port import Embedder, Vector
from analytics.search_query import SearchQuery
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
    score: float = 0
    """The higher, the better it matches; comparable within one search."""

    @property
    def position(self) -> Position:
        """Its position among the results. Pass it as `before` to continue after it."""
        return (self.time, self.session_id, self.conversation_id or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where to look: from `since` on, strictly before a position, within some sessions or in all."""

    uid: str
    before: Position = END
    since: int = 0
    sessions: Sequence[str] | None = None

    def parameters(self, query: SearchQuery) -> dict[str, Parameter]:
        """The parameters of a statement that looks there."""
        time, session_id, conversation_id = self.before
        return {
            "uid": self.uid,
            "since": self.since,
            "before_time": time,
            "before_session": session_id,
            "before_id": conversation_id,
            "every_session": self.sessions is None,
            "sessions": list(self.sessions or ()),
            "model": query.model,
        }


async def newest(
    warehouse: Warehouse, query: SearchQuery, scope: Scope, limit: int
) -> list[Candidate]:
    """At most `limit` sessions and turns of a user in which some version matched, newest first.

    A candidate may have been changed, moved to the trash or deleted since. Without terms the result is empty.
    """
    found = await _find(warehouse, query, scope, limit, now=None)
    return list(islice(merge(*found, key=lambda each: each.position, reverse=True), limit))


async def best(
    warehouse: Warehouse, query: SearchQuery, scope: Scope, limit: int, now: int
) -> list[Candidate]:
    """Like `newest`, but the best matches come first; `now` is in microseconds."""
    found = await _find(warehouse, query, scope, limit, now)
    ranked = merge(*found, key=lambda each: (each.score, each.position), reverse=True)
    return list(islice(ranked, limit))


async def _find(
    warehouse: Warehouse, query: SearchQuery, scope: Scope, limit: int, now: int | None
) -> tuple[list[Candidate], list[Candidate]]:
    if not query.terms:
        return [], []
    parameters = scope.parameters(query) | {
        "patterns": [pattern for term in query.terms for pattern in term],
        "terms": [str(number) for number, term in enumerate(query.terms) for _ in term],
        "term_count": len(query.terms),
        "excluded": [pattern for term in query.excluded for pattern in term],
        "now": now or 0,
        "by_score": now is not None,
        "limit": limit,
    }
    of_titles = {name: value for name, value in parameters.items() if name != "model"}
    asked = warehouse.query("search_conversations", parameters | {"side": query.side})
    if query.model is not None or query.side is not None:
        return [_turn(row) for row in await asked], []
    turns, titles = await asyncio.gather(asked, warehouse.query("search_sessions", of_titles))
    return [_turn(row) for row in turns], [_session(row) for row in titles]


async def nearest(
    warehouse: Warehouse,
    query: SearchQuery,
    scope: Scope,
    limit: int,
    embedder: Embedder,
    vector: Vector,
) -> list[Candidate]:
    """At most `limit` turns about the same subject as the query with this `vector`, the nearest first. Only
    turns embedded by this version of `embedder` are compared."""
    asked: dict[str, Parameter] = {
        "embedder": embedder.model,
        "vector": list(vector),
        "floor": embedder.floor,
        "limit": limit,
    }
    rows = await warehouse.query("search_by_meaning", scope.parameters(query) | asked)
    return [_turn(row) for row in rows]


async def nearest_words(warehouse: Warehouse, uid: str, words: Sequence[str]) -> dict[str, str]:
    """For each folded word, the nearest of the user's own words, if one is near: itself if they used it."""
    rows = await warehouse.query("nearest_words", {"uid": uid, "words": list(dict.fromkeys(words))})
    return {row["wanted"]: row["word"] for row in rows}


def _turn(row: Mapping[str, Any]) -> Candidate:
    time = _micros(row["timestamp"])
    return Candidate(time, row["session_id"], row["conversation_id"], row["score"])


def _session(row: Mapping[str, Any]) -> Candidate:
    return Candidate(_micros(row["created_at"]), row["session_id"], score=row["score"])


def _micros(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
