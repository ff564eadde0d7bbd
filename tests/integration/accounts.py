"""Accounts with everything that a user can create, made through the API, and the stored data of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from stores.keys import profile_key
from stores.ports import SessionQuery, Store, Window
from stores.records import Record
from tests.integration.conftest import Api

TEMPORARY, TRASHED, ARCHIVED = "temporary", "trashed", "archived"
PLACES = [
    SessionQuery("created_at", temporary=t, trash=d) for t in (False, True) for d in (False, True)
]

text = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=40)
shown = text.filter(lambda value: bool(value.strip()))
line = st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1, max_size=40).filter(
    lambda value: bool(value.strip())
)
long_line = "Langer Text · 長い文 · نص 🙂\n"
long = st.integers(100, 500).map(lambda lines: long_line * lines)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=4,
)
json_objects = st.dictionaries(text, json_values, max_size=2)
times = st.datetimes(datetime(1970, 1, 2), datetime(2026, 1, 1), timezones=st.just(UTC)).map(
    datetime.isoformat
)


@dataclass(frozen=True)
class Turn:
    """A turn to record, and later changes of it."""

    given: Mapping[str, Any]
    feedback: Mapping[str, Any] | None = None
    begun: str | None = None
    """The part of its answer that is written, if it is recorded without one."""
    failure: str | None = None
    """Why the answer got no further; None if no failure was reported."""
    deleted: bool = False


@dataclass(frozen=True)
class Chat:
    """A session to open, its turns, and the place it is moved to in the end."""

    given: Mapping[str, Any]
    turns: Sequence[Turn] = ()
    pinned: bool = False
    place: str | None = None


@dataclass(frozen=True)
class Account:
    """A user's preferences, before and after their chats, and the chats."""

    preferences: Mapping[str, Any] = field(default_factory=dict)
    chats: Sequence[Chat] = ()
    afterwards: Mapping[str, Any] = field(default_factory=dict)


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


look = _some(
    theme=st.sampled_from(["DARK", "LIGHT", "SYSTEM"]),
    fontSize=st.sampled_from(["SMALL", "LARGE"]),
    showCitations=st.booleans(),
)
styles = st.sampled_from(["CONCISE", "DETAILED", "TECHNICAL"])
languages = st.sampled_from(["en", "de", "pt-BR"])
preferences = _some(
    responseStyle=styles,
    languagePreference=languages,
    uiSettings=look,
    privacySettings=_some(
        saveConversations=st.booleans(),
        analyticsOptIn=st.booleans(),
        dataRetentionDays=st.integers(1, 90),
    ),
    notificationSettings=_some(
        summaryFrequency=st.sampled_from(["OFF", "DAILY", "WEEKLY"]),
        sessionReminders=st.booleans(),
        timeZone=st.sampled_from(["UTC", "Asia/Tokyo"]),
    ),
)
turns = st.builds(
    Turn,
    st.fixed_dictionaries(
        {"query": shown | long, "timestamp": times},
        optional={
            "response": st.just("") | text | long,
            "responseTimeMs": st.integers(0, 86_400_000),
            "firstTokenMs": st.integers(0, 86_400_000),
            "model": line,
            "inputTokens": st.integers(0, 10**9),
            "outputTokens": st.integers(0, 10**9),
            "finishReason": line,
            "citations": st.lists(json_values, max_size=2),
            "metadata": json_objects,
            "answerToken": text,
            "answerSession": text,
        },
    ),
    feedback=st.none()
    | st.fixed_dictionaries({"score": st.sampled_from([0, 1])}, optional={"comment": text}),
    begun=st.none() | shown | long,
    failure=st.sampled_from([None, "TIMEOUT", "OTHER"]),
    deleted=st.sampled_from([False, False, False, True]),
)
chats = st.builds(
    Chat,
    _some(
        title=line,
        tags=st.lists(line, max_size=3, unique=True),
        metadata=json_objects,
        preferences=_some(
            responseStyle=styles,
            languagePreference=languages,
            uiSettings=look,
            saveConversations=st.just(False),
        ),
    ),
    st.lists(turns, max_size=3),
    pinned=st.booleans(),
    place=st.sampled_from([None, None, ARCHIVED, TRASHED, TEMPORARY]),
)
accounts = st.builds(Account, preferences, st.lists(chats, max_size=4), preferences)


async def make(api: Api, account: Account, user: str) -> None:
    """Create an account, as its user would."""

    async def act(name: str, **given: Any) -> None:
        done = await api.mutate(name, "", user, **given)
        assert done["userErrors"] == [], (name, given, done)

    await act("updatePreferences", preferences=account.preferences)
    for number, chat in enumerate(account.chats):
        session = f"Session.chat-{number}"
        temporary = chat.place == TEMPORARY
        await act("createSession", clientId=f"chat-{number}", temporary=temporary, **chat.given)
        for index, turn in enumerate(chat.turns):
            conversation = f"Conversation.chat-{number}.turn-{index}"
            await act(
                "recordConversation",
                sessionId=session,
                clientId=f"turn-{index}",
                **turn.given,
            )
            if turn.begun and turn.given.get("response") is None:
                part = {"offset": 0, "text": turn.begun, "failure": turn.failure}
                await act("extendConversation", conversationId=conversation, **part)
            if turn.feedback is not None:
                await act("submitFeedback", conversationId=conversation, **turn.feedback)
            if turn.deleted:
                await act("deleteConversation", conversationId=conversation)
        if chat.pinned:
            await act("pinSession", sessionId=session, pinned=True)
        if chat.place == ARCHIVED:
            await act("archiveSession", sessionId=session)
        if chat.place == TRASHED:
            await act("deleteSession", sessionId=session)
    await act("updatePreferences", preferences=account.afterwards)


SERVER_FACTS = {
    "update_time",
    "fingerprint",
    "recorded_at",
    "touched_at",
    "oldest_turn_at",
    "title_from",
    "moved_to",
    "depth",
    "last_position",
    "opted_in_at",
    "changed_at",
    # They count the stubs of deleted turns too, which no archive carries.
    "stored_bytes",
    "stored_counted_at",
    "grown_at",
}
"""Fields that state when the service recorded something and how it identifies it, not data of a user."""


async def held(store: Store, uid: str) -> dict[str, Any]:
    """Everything that the store holds of a user except server facts, by path."""

    def shown(record: Record, *further: str) -> dict[str, Any]:
        return record.model_dump(exclude={*SERVER_FACTS, *further})

    found: dict[str, Any] = {}
    owner = profile_key(uid)
    profile = (await store.get([owner])).get(owner)
    if profile is not None:
        # A user who had everything erased is new to the service.
        found["profile"] = shown(profile, "created_at")
    for place in PLACES:
        for session in await store.list_sessions(uid, Window(1000), place):
            path = ("trash" if place.trash else "sessions", session.session_id)
            found["/".join(path)] = shown(session)
            for turn in await store.list_conversations(uid, session.session_id, Window(1000)):
                # A deleted turn leaves only a stub without text, which keeps its id from being reused.
                if turn.deleted_at is None:
                    found["/".join((*path, turn.conversation_id))] = shown(turn)
    return found
