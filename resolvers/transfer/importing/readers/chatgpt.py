"""ChatGPT's `conversations.json`: each chat is a tree of messages, of which people see one path."""

from collections import Counter
from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.chatgpt_canvas import Canvas
from resolvers.transfer.importing.readers.chatgpt_references import referenced
from resolvers.transfer.importing.readers.chatgpt_research import report_of
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.messages import (
    EMPTY,
    Chat,
    Message,
    lifetime,
    list_of,
    marker,
    object_of,
    seconds,
    side,
    text_of,
    title_of,
)

TEXTS = {"text", "multimodal_text"}
ASSETS = (("image", "image"), ("audio", "audio"), ("video", "video"), ("file", "file"))
METADATA = (
    "attachments",
    "canvas",
    "chatgpt_sdk",
    "citations",
    "content_references",
    "is_visually_hidden_from_conversation",
    "model_slug",
    "targeted_reply",
)


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of its chats."""
    return isinstance(value.get("mapping"), dict)


def light(node: Any) -> Any:
    """A node without what people never saw: thoughts, and the output of tools."""
    said = object_of(object_of(node).get("message"))
    if not said:
        return node
    metadata, content = object_of(said.get("metadata")), object_of(said.get("content"))
    role = object_of(said.get("author")).get("role")
    kept: dict[str, Any] = {
        name: said[name] for name in ("author", "create_time", "recipient") if name in said
    }
    kept["metadata"] = {name: metadata[name] for name in METADATA if name in metadata}
    if str(content.get("content_type")) in TEXTS or role == "user":
        kept["content"] = content
    else:
        kept["content"] = {"content_type": content.get("content_type")}
        if content.get("content_type") == "code":
            kept["content"]["text"] = content.get("text")
    if role == "tool":
        parts = [part for part in list_of(content.get("parts")) if isinstance(part, dict)]
        kept["content"] = {**kept["content"], "parts": parts}
    return {"parent": node.get("parent"), "message": kept}


LIGHT = {"mapping": light}


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a message's id is its node's. Raises `BadValue`."""
    nodes = value.get("mapping")
    if not isinstance(nodes, dict):
        raise BadValue("it has no mapping of messages")
    canvas = Canvas()
    messages: list[Message] = []
    unseen: list[Message] = []
    for number, (key, node) in enumerate(nodes.items(), 1):
        parent = text_of(object_of(node).get("parent"))
        said = object_of(node).get("message")
        message = Message(f"{place}, message {number}", key, parent, False, None)
        messages.append(message)
        if isinstance(said, dict):
            _read(message, said, canvas)
            empty = object_of(said.get("content")).get("parts") == [""]
            unseen += [message] if message.text is None and not empty else []
    canvas.fill(messages)
    hidden = sum(message.text is None for message in unseen)
    for message in messages:
        if message.text is not None and not message.by_user:
            message.model = message.model or text_of(value.get("default_model_slug"))
    own = value.get("id") or value.get("conversation_id")
    session = ArchivedSession(
        id=str(own) if isinstance(own, str | int) else "\n".join([*nodes][:1]),
        title=title_of(value.get("title")),
        status="archived" if value.get("is_archived") is True else "active",
        pinned=value.get("is_starred") is True or bool(seconds(value.get("pinned_time"))),
        **lifetime(seconds(value.get("create_time")), seconds(value.get("update_time")), now),
    )
    leaf = text_of(value.get("current_node"))
    return Chat(session, messages, leaf, hidden=hidden)


def _read(message: Message, said: dict[str, Any], canvas: Canvas) -> None:
    """Fill in what people see of a message; parts that are not text are named in place and counted."""
    metadata, content = object_of(said.get("metadata")), object_of(said.get("content"))
    author = object_of(said.get("author"))
    by_user, _ = side(author.get("role"), None)
    kind = str(content.get("content_type"))
    message.time = seconds(said.get("create_time"))
    message.model = text_of(metadata.get("model_slug"))
    if canvas.takes(message, said) or metadata.get("is_visually_hidden_from_conversation") is True:
        return
    if by_user is None:
        report = report_of(metadata)
        if report is not None:
            message.text, message.details = referenced(*report)
        elif author.get("role") == "tool" and kind == "multimodal_text":
            # Pictures made by a tool are part of the answer; a tool's text is not.
            seen = [part for part in list_of(content.get("parts")) if isinstance(part, dict)]
            message.text = "\n".join(_part(part, message.parts) for part in seen) or None
        return
    if not by_user and said.get("recipient", "all") != "all":
        return
    text = _text(content, metadata, kind, message.parts)
    if by_user:
        if text is None:
            text = marker(kind, message.parts)
        quoted = text_of(metadata.get("targeted_reply")) or ""
        lines = "\n".join(f"> {line}" for line in quoted.splitlines())
        message.by_user = True
        message.text = "\n\n".join(part for part in (lines, text or EMPTY) if part)
    elif text:
        message.text, message.details = referenced(text, metadata)


def _text(
    content: dict[str, Any], metadata: dict[str, Any], kind: str, parts: Counter[str]
) -> str | None:
    if kind in TEXTS:
        shown = [_part(part, parts) for part in list_of(content.get("parts")) if part is not None]
        shown += [_file(each, parts) for each in list_of(metadata.get("attachments"))]
        return "\n".join(part for part in shown if part)
    if kind == "code" and text_of(content.get("text")):
        return f"```\n{content['text']}\n```"
    return None


def _part(part: Any, parts: Counter[str]) -> str:
    if isinstance(part, str):
        return part
    kind = str(object_of(part).get("content_type"))
    if kind in ("audio_transcription", "text") and text_of(part.get("text")):
        return str(part["text"])
    return marker(next((name for begin, name in ASSETS if begin in kind), kind), parts)


def _file(attachment: Any, parts: Counter[str]) -> str:
    """The name of an attached file; an image is a part by itself."""
    given = object_of(attachment)
    if str(given.get("mime_type")).startswith("image/"):
        return ""
    return marker("file", parts, given.get("name"))
