"""Files of chats, and imports of them, for tests."""

import json
from typing import Any

import httpx

from stores.keys import profile_key
from stores.ports import SessionQuery, Window
from stores.records import Conversation, Profile, Session
from tests.integration.conftest import ANNA, Api

TIME = 1_750_000_000
"""Seconds since 1970, in June 2025."""


async def post(
    api: Api, content: bytes | str, user: str = ANNA, accept: str = "application/json", **query: str
) -> httpx.Response:
    """Send a file to be imported."""
    return await api.http.post(
        "/imports",
        content=content,
        params=query,
        headers={"X-Recollect-Dev-User": user, "Accept": accept},
    )


async def take(api: Api, content: bytes | str | Any, user: str = ANNA, **query: str) -> Any:
    """The report of an import, which must succeed."""
    file = content if isinstance(content, bytes | str) else json.dumps(content)
    answer = await post(api, file, user, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(report: Any) -> dict[str, dict[str, int]]:
    """The counts of a report that are not zero."""
    return {
        kind: {name: count for name, count in report[kind].items() if count}
        for kind in ("sessions", "turns")
    }


async def uid(api: Api, user: str = ANNA) -> str:
    """The id that owns a user's records."""
    viewer = await api.services.authenticator.authenticate({"x-recollect-dev-user": user})
    return viewer.uid


async def stored(api: Api, user: str = ANNA) -> dict[str, tuple[Session, list[Conversation]]]:
    """Every session of a user, in any state, with its turns, as stored."""
    store, owner = api.services.store, await uid(api, user)
    found = {}
    for temporary in (False, True):
        for trash in (False, True):
            query = SessionQuery(temporary=temporary, trash=trash)
            for session in await store.list_sessions(owner, Window(10_000), query):
                turns = await store.list_conversations(owner, session.session_id, Window(10_000))
                found[session.session_id] = (session, list(turns))
    return found


async def profile(api: Api, user: str = ANNA) -> Profile:
    """A user's profile."""
    key = profile_key(await uid(api, user))
    found = (await api.services.store.get([key])).get(key)
    assert found is not None
    return found


async def assert_exact(api: Api, user: str = ANNA) -> None:
    """Assert that the counters match the records, and that nothing is half written."""
    sessions = await stored(api, user)
    listed = [session for session, _ in sessions.values() if not session.temporary]
    owner = await profile(api, user)
    live = [session for session in listed if session.deleted_at is None]
    assert owner.active_count == sum(session.status == "active" for session in live)
    assert owner.archived_count == sum(session.status == "archived" for session in live)
    assert owner.trash_count == len(listed) - len(live)
    for session, turns in sessions.values():
        assert session.conversation_count == sum(turn.deleted_at is None for turn in turns)
        assert all(turn.recorded_at >= session.oldest_turn_at for turn in turns)
        assert len({turn.recorded_at for turn in turns}) == len(turns)


def gpt_node(
    parent: str | None, role: str, *parts: Any, time: float | None = None, **extra: Any
) -> dict[str, Any]:
    """A node of ChatGPT's tree."""
    kind = "text" if all(isinstance(part, str) for part in parts) else "multimodal_text"
    return {
        "parent": parent,
        "children": [],
        "message": {
            "author": {"role": role, "name": None, "metadata": {}},
            "create_time": time,
            "content": {"content_type": kind, "parts": list(parts)},
            "status": "finished_successfully",
            "metadata": {},
            "recipient": "all",
            **extra,
        },
    }


def gpt_chat(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A ChatGPT chat with an edited question."""
    nodes = {
        "root": {"parent": None, "children": [], "message": None},
        "system": gpt_node("root", "system", ""),
        "old": gpt_node("system", "user", "How do tidse work?", time=TIME),
        "old-answer": gpt_node("old", "assistant", "Tidse?", time=TIME + 1),
        "new": gpt_node("system", "user", "How do tides work? 🌊", time=TIME + 10.123456),
        "answer": gpt_node("new", "assistant", "The moon pulls.", time=TIME + 11),
        "more": gpt_node("answer", "assistant", "The sun does too.", time=TIME + 12),
        "thanks": gpt_node("more", "user", "Thank you!", time=TIME + 20),
    }
    return {
        "id": f"gpt-{number}",
        "conversation_id": f"gpt-{number}",
        "title": f"Tides {number}",
        "create_time": TIME + 0.5,
        "update_time": TIME + 30.25,
        "is_archived": False,
        "mapping": {
            key: {"id": key, **node}
            | ({"message": {"id": key, **node["message"]}} if node["message"] else {})
            for key, node in nodes.items()
        },
        "current_node": "thanks",
        **changes,
    }


def webui_chat(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An Open WebUI chat with an answer that was generated twice."""
    messages = {
        "q1": {
            "id": "q1",
            "parentId": None,
            "role": "user",
            "content": "Why is it blue?",
            "timestamp": TIME,
        },
        "a0": {
            "id": "a0",
            "parentId": "q1",
            "role": "assistant",
            "content": "No idea.",
            "timestamp": TIME + 1,
        },
        "a1": {
            "id": "a1",
            "parentId": "q1",
            "role": "assistant",
            "content": "Rayleigh scattering.",
            "timestamp": TIME + 2,
            "model": "llama",
            "annotation": {"rating": 1, "comment": "clear"},
            "sources": [
                {"source": {"name": "Sky", "url": "https://sky.example"}, "document": ["…"]}
            ],
        },
        "q2": {
            "id": "q2",
            "parentId": "a1",
            "role": "user",
            "content": "And this?",
            "timestamp": TIME + 3,
            "files": [{"type": "image", "url": "data:…"}, {"type": "file", "name": "sky.pdf"}],
        },
        "a2": {
            "id": "a2",
            "parentId": "q2",
            "role": "assistant",
            "content": "Too.",
            "timestamp": TIME + 4,
        },
    }
    return {
        "id": f"webui-{number}",
        "user_id": "somebody",
        "title": f"Sky {number}",
        "chat": {
            "title": f"Sky {number}",
            "models": ["llama"],
            "history": {"messages": messages, "currentId": "a2"},
            "messages": [],
            "timestamp": TIME * 1000,
        },
        "created_at": TIME - 5,
        "updated_at": TIME + 5,
        "share_id": None,
        "archived": True,
        "pinned": True,
        "meta": {"tags": ["physics", "sky"]},
        "folder_id": None,
        **changes,
    }


def sharegpt_chat(number: int = 1) -> dict[str, Any]:
    """A chat in the shape of ShareGPT."""
    return {
        "id": f"identity_{number}",
        "conversations": [
            {"from": "system", "value": "Be kind."},
            {"from": "human", "value": f"Who are you, {number}?"},
            {"from": "gpt", "value": "A machine."},
            {"from": "human", "value": "Good bye."},
        ],
    }


def plain_chat(number: int = 1, turns: int = 2) -> dict[str, Any]:
    """A chat of plain turns, the last of them without an answer."""
    return {
        "id": f"chat-{number}",
        "turns": [
            {"query": f"Question {number}.{n}", "response": f"Answer {n}" if n < turns else None}
            for n in range(1, turns + 1)
        ],
    }


def as_lines(*values: Any) -> str:
    """Values as JSON lines."""
    return "\n".join(json.dumps(value) for value in values)


def archived_session(name: str = "chat-1", **changes: Any) -> dict[str, Any]:
    """A session of our own archive, without its turns."""
    return {
        "kind": "session",
        "id": name,
        "title": f"Title of {name}",
        "createdAt": "2025-06-15T10:00:00.123456Z",
        "lastActive": "2025-06-15T11:00:00Z",
        **changes,
    }


def archived_turn(name: str = "turn-1", session: str = "chat-1", **changes: Any) -> dict[str, Any]:
    """A turn of our own archive."""
    return {
        "kind": "turn",
        "sessionId": session,
        "id": name,
        "query": f"Question of {name}",
        "response": "An answer.",
        "answered": True,
        "timestamp": "2025-06-15T10:30:00Z",
        "recordedAt": "2025-06-15T10:30:00Z",
        **changes,
    }


HEADER = {
    "kind": "header",
    "format": "recollect",
    "version": 2,
    "exportedAt": "2025-06-16T00:00:00Z",
}


def archive_lines(*entries: dict[str, Any]) -> str:
    """An archive as NDJSON."""
    return as_lines(HEADER, *entries)


def archive_document(*chats: tuple[dict[str, Any], list[Any]], **changes: Any) -> dict[str, Any]:
    """An archive as one JSON document, of sessions with their turns."""
    sessions = [{**session, "turns": turns} for session, turns in chats]
    return {**HEADER, "sessions": sessions, **changes}
