"""ChatGPT's `conversations.json`: each chat a tree of messages, of which people see one branch."""

import re
from collections import Counter
from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.chats import (
    Chat,
    Message,
    branch,
    lifetime,
    named,
    seconds,
    text_of,
)
from resolvers.transfer.importing.readers.entries import Finding, Hidden
from resolvers.transfer.importing.readers.json_values import BadValue

UNTITLED = {"New chat", "New Chat"}
TEXTS = {"text", "multimodal_text"}
ASSETS = (("image", "image"), ("audio", "audio"), ("video", "video"), ("file", "file"))


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat's current branch; a message's id is its node's. Raises `BadValue`."""
    nodes = value.get("mapping")
    if not isinstance(nodes, dict):
        raise BadValue("it has no mapping of messages")
    leaf = value.get("current_node")
    if nodes and not isinstance(nodes.get(str(leaf)), dict):
        raise BadValue("its current_node is none of its messages")
    messages: list[Message] = []
    remarks: list[Finding] = []
    hidden = 0
    model = None
    for number, (node, entry) in enumerate(branch(nodes, leaf, "parent"), 1):
        said = entry.get("message")
        if not isinstance(said, dict):
            continue
        where = f"{place}, message {number}"
        metadata = _object(said.get("metadata"))
        role = _object(said.get("author")).get("role")
        parts: Counter[str] = Counter()
        text = _text(said, metadata, str(role), parts)
        if text is None:
            hidden += _parts(_object(said.get("content"))) != [""]
            continue
        if not text and role != "user":
            continue
        remarks += named(where, parts)
        model = text_of(metadata.get("model_slug")) or model
        details = {"metadata": {"model": model}} if role != "user" and model else {}
        time = seconds(said.get("create_time"))
        messages.append(Message(where, node, role == "user", text, time, details))
    title = text_of(value.get("title"))
    own = value.get("id") or value.get("conversation_id")
    session = ArchivedSession(
        id=str(own) if isinstance(own, str | int) else "\n".join([*nodes][:1]),
        title=None if title in UNTITLED else title,
        status="archived" if value.get("is_archived") is True else "active",
        pinned=value.get("is_starred") is True or bool(seconds(value.get("pinned_time"))),
        **lifetime(value.get("create_time"), value.get("update_time"), now),
    )
    return Chat(session, messages, [*remarks, Hidden(hidden)])


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(
    said: dict[str, Any], metadata: dict[str, Any], role: str, parts: Counter[str]
) -> str | None:
    """What people see of a message, with what is no text named in its place and counted; None if
    they see nothing of it."""
    content = _object(said.get("content"))
    kind = str(content.get("content_type"))
    if metadata.get("is_visually_hidden_from_conversation") is True:
        return None
    if role == "tool":
        # Pictures that a tool made are part of the answer; what tools say is not.
        seen = [part for part in _parts(content) if isinstance(part, dict)]
        shown = [_part(part, parts) for part in seen if kind == "multimodal_text"]
        return "\n".join(shown) if shown else None
    if role not in ("user", "assistant"):
        return None
    if role == "assistant" and said.get("recipient", "all") != "all":
        return None
    if kind in TEXTS:
        shown = [_part(part, parts) for part in _parts(content)]
        files = metadata.get("attachments")
        shown += [_file(each, parts) for each in files] if isinstance(files, list) else []
        return "\n".join(part for part in shown if part)
    if kind == "code" and text_of(content.get("text")):
        return f"```\n{content['text']}\n```"
    return None if role == "assistant" else _name(kind, parts)


def _parts(content: dict[str, Any]) -> list[Any]:
    parts = content.get("parts")
    return parts if isinstance(parts, list) else []


def _part(part: Any, parts: Counter[str]) -> str:
    if isinstance(part, str):
        return part
    kind = str(_object(part).get("content_type"))
    if kind in ("audio_transcription", "text") and text_of(part.get("text")):
        return str(part["text"])
    return _name(next((name for begin, name in ASSETS if begin in kind), kind), parts)


def _file(attachment: Any, parts: Counter[str]) -> str:
    """The name of a file that was sent along; an image is a part of its own."""
    if str(_object(attachment).get("mime_type")).startswith("image/"):
        return ""
    name = text_of(_object(attachment).get("name"))
    marker = _name("file", parts)
    return f"[file: {name}]" if name else marker


def _name(kind: str, parts: Counter[str]) -> str:
    """The marker of a part that is no text."""
    name = re.sub(r"[^a-z0-9 ]+", " ", kind.lower()).strip()[:40] or "part"
    parts[name] += 1
    return f"[{name}]"
