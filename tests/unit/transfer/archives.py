"""Archives of every kind, for tests of the code that writes and reads them."""

from collections.abc import Sequence
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
from resolvers.transfer.exporting.formats import FORMATS, ExportFormat
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


def written(form: ExportFormat, entries: Sequence[ArchiveEntry]) -> str:
    """The document that an export of these entries produces."""
    writer = FORMATS[form].writer()
    return "".join([*map(writer.write, entries), writer.finish()])


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

HOSTILE = (
    "# A heading",
    "Setext\n======",
    "```\nnever closed",
    "~~~~ python\n# code",
    "- list\n  ```\n<!-- never closed",
    "1. a\n\n   ```html\n<script>alert(1)</script>",
    "<!-- never closed",
    "<script>alert(1)</script>",
    "`` ` ``\n---\n***\n> quote",
    "> ```\n<textarea>",
    "line\rline\r\n\r\n# heading",
    "| a | b |\n|---|---|\n| c | d |",
    "``` `\n<b>",
    "    ```\n<b>",
    "```\n    ```\n```\n<plaintext>",
)
markdown = st.lists(
    st.sampled_from(
        [*HOSTILE, "```", "~~~", "````", "  ```", "   ~~~ x", "- ", "> ", "<b", "<!--", "", "x"]
    )
    | texts,
    max_size=6,
).map("\n".join)
"""Answers that try to break out of a document."""
