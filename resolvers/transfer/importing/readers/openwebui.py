"""Open WebUI's export of chats: each a tree of messages, of which people see one branch."""

from collections import Counter
from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.chats import (
    Chat,
    Message,
    branch,
    feedback_of,
    lifetime,
    named,
    seconds,
    text_of,
)
from resolvers.transfer.importing.readers.entries import Finding, Hidden, Skipped
from resolvers.transfer.importing.readers.json_values import BadValue

UNTITLED = {"New Chat", "New chat"}
ROLES = {"user", "assistant"}


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat's current branch; a message's id is its own. Raises `BadValue`."""
    chat = value.get("chat")
    if not isinstance(chat, dict):
        raise BadValue("it has no chat")
    messages: list[Message] = []
    remarks: list[Finding] = []
    hidden = 0
    for number, (key, said) in enumerate(_branch(chat), 1):
        where = f"{place}, message {number}"
        role, content = said.get("role"), said.get("content")
        if str(role) not in ROLES:
            hidden += 1
            continue
        if not isinstance(content, str):
            remarks.append(Skipped(where, "The message has no text.", "content"))
            continue
        parts: Counter[str] = Counter()
        text = "\n".join(part for part in (content, *_files(said, parts)) if part)
        remarks += named(where, parts)
        time = seconds(said.get("timestamp"))
        messages.append(Message(where, key, role == "user", text, time, _details(said)))
    title = text_of(value.get("title")) or text_of(chat.get("title"))
    own = value.get("id")
    session = ArchivedSession(
        id=str(own) if isinstance(own, str | int) else "\n".join(m.id for m in messages[:1]),
        title=None if title in UNTITLED else title,
        status="archived" if value.get("archived") is True else "active",
        pinned=value.get("pinned") is True,
        tags=_tags(value, chat),
        **lifetime(value.get("created_at"), value.get("updated_at"), now),
    )
    return Chat(session, messages, [*remarks, Hidden(hidden)])


def _branch(chat: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The messages people see; the oldest exports have them in a list only."""
    history = chat.get("history")
    if isinstance(history, dict) and isinstance(nodes := history.get("messages"), dict):
        leaf = history.get("currentId")
        if nodes and not isinstance(nodes.get(str(leaf)), dict):
            raise BadValue("its currentId is none of its messages")
        return branch(nodes, leaf, "parentId")
    said = chat.get("messages")
    if not isinstance(said, list):
        raise BadValue("it has no messages")
    return [
        (str(each.get("id") or number), each)
        for number, each in enumerate(said, 1)
        if isinstance(each, dict)
    ]


def _files(said: dict[str, Any], parts: Counter[str]) -> list[str]:
    """Markers of what was sent along."""
    files = said.get("files")
    markers = []
    for each in files if isinstance(files, list) else []:
        image = isinstance(each, dict) and each.get("type") == "image"
        name = text_of(each.get("name")) if isinstance(each, dict) and not image else None
        kind = "image" if image else "file"
        parts[kind] += 1
        markers.append(f"[{kind}: {name}]" if name else f"[{kind}]")
    return markers


def _details(said: dict[str, Any]) -> dict[str, Any]:
    """Feedback, sources and the model of an answer."""
    if said.get("role") != "assistant":
        return {}
    details: dict[str, Any] = {}
    judged = said.get("annotation")
    if isinstance(judged, dict):
        feedback = feedback_of(judged.get("rating"), judged.get("comment"))
        details |= {"feedback": feedback} if feedback else {}
    if model := text_of(said.get("model")):
        details["metadata"] = {"model": model}
    listed = said.get("sources")
    origins = [
        each.get("source")
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    ]
    citations = [
        {name: source[name] for name in ("name", "url") if text_of(source.get(name))}
        for source in origins
        if isinstance(source, dict)
    ]
    return details | ({"citations": citations} if any(citations) else {})


def _tags(value: dict[str, Any], chat: dict[str, Any]) -> list[str]:
    meta = value.get("meta")
    listed = meta.get("tags") if isinstance(meta, dict) else None
    if not isinstance(listed, list) or not listed:
        listed = chat.get("tags")
    tags = [
        text_of(each.get("name") if isinstance(each, dict) else each)
        for each in (listed if isinstance(listed, list) else [])
    ]
    return list(dict.fromkeys(tag for tag in tags if tag))
