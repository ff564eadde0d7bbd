"""Archives of every kind, for tests of what writes and reads them."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from resolvers.transfer.archive import (
    ArchivedAccount,
    ArchivedSession,
    ArchivedTurn,
    ArchiveEntry,
    ArchiveHeader,
)
from stores.choices import PreferenceOverrides, SessionPreferenceOverrides
from stores.records import Feedback

WHEN = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
HEADER = ArchiveHeader(exported_at=WHEN)


def session(**fields: Any) -> ArchivedSession:
    return ArchivedSession(**{"id": "chat", "created_at": WHEN, "last_active": WHEN, **fields})


def turn(query: str | None = "q", response: str | None = "r", **fields: Any) -> ArchivedTurn:
    given = {
        "session_id": "chat",
        "id": "turn",
        "query": query,
        "response": response,
        "answered": response is not None,
        "timestamp": WHEN,
        "recorded_at": WHEN,
    }
    return ArchivedTurn(**{**given, **fields})


texts = st.text(st.characters(codec="utf-8"), max_size=60)
times = st.datetimes(
    datetime(1970, 1, 1),
    datetime(2100, 1, 1),
    timezones=st.just(UTC),
)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,8}", fullmatch=True)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
turns = st.builds(
    ArchivedTurn,
    session_id=ids,
    id=ids,
    query=st.none() | texts,
    response=st.none() | texts,
    answered=st.booleans(),
    text_saved=st.booleans(),
    timestamp=times,
    recorded_at=times,
    response_time_ms=st.none() | st.integers(0, 86_400_000),
    first_token_ms=st.none() | st.integers(0, 86_400_000),
    model=st.none() | texts,
    input_tokens=st.none() | st.integers(0, 10**9),
    output_tokens=st.none() | st.integers(0, 10**9),
    finish_reason=st.none() | texts,
    feedback=st.none()
    | st.builds(Feedback, score=st.sampled_from([0, 1]), comment=st.none() | texts),
    citations=st.lists(values, max_size=2),
    metadata=st.dictionaries(texts, values, max_size=2),
    answer_token=st.none() | texts,
)
sessions = st.builds(
    ArchivedSession,
    id=ids,
    title=st.none() | texts,
    derived_title=st.none() | texts,
    created_at=times,
    last_active=times,
    status=st.sampled_from(["active", "archived"]),
    pinned=st.booleans(),
    tags=st.lists(texts, max_size=3),
    temporary=st.booleans(),
    deleted_at=st.none() | times,
    conversation_count=st.integers(0, 9),
    preferences=st.builds(
        SessionPreferenceOverrides,
        response_style=st.none() | st.just("concise"),
        save_conversations=st.none() | st.just(False),
    ),
    metadata=st.dictionaries(texts, values, max_size=2),
)
accounts = st.builds(
    ArchivedAccount,
    email=st.none() | texts,
    guest=st.booleans(),
    created_at=times,
    preferences=st.builds(PreferenceOverrides, language_preference=st.none() | st.just("de")),
)
documents: st.SearchStrategy[list[ArchiveEntry]] = st.builds(
    lambda header, account, chats: [
        header,
        *account,
        *(entry for chat, its_turns in chats for entry in (chat, *its_turns)),
    ],
    st.builds(ArchiveHeader, exported_at=times),
    st.lists(accounts, max_size=1),
    st.lists(st.tuples(sessions, st.lists(turns, max_size=3)), max_size=3),
)
"""The entries of a whole archive, in their order."""
