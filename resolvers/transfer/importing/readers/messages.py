"""What the chats of all systems have in common: messages of two sides, each following another."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from resolvers.input_limits import EPOCH
from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.entries import Finding
from stores.records import Feedback

UNTITLED = {"new chat", "new conversation", "untitled", ""}
UNREADABLE = "[unreadable message]"
EMPTY = "[empty message]"
ATTACHED_CHARACTERS = 64 * 1024
"""The most characters of an attachment's text that are kept with the question it was sent with."""
NAME_CHARACTERS = 200
USER = {"user", "human", "you", "prompter"}
ASSISTANT = {
    "assistant", "gpt", "chatgpt", "model", "ai", "bot", "bing", "bard", "claude", "copilot",
    "deepseek", "gemini", "grok", "llama", "mistral",
}  # fmt: skip
HIDDEN = {"system", "developer", "tool", "function", "observation", "function_call"}


@dataclass(slots=True)
class Message:
    """A message; without text it is only a place in the tree."""

    place: str
    id: str
    parent: str | None
    by_user: bool
    text: str | None
    """Markdown; None if people never saw it."""
    time: datetime | None = None
    model: str | None = None
    parts: Counter[str] = field(default_factory=Counter)
    """Its parts that are not text, by kind; the text names each of them."""
    document: str | None = None
    """The document of which it is a version; of several versions in one answer, the last is kept."""
    details: dict[str, Any] = field(default_factory=dict)
    """Other fields of the turn that the message is part of."""


@dataclass(slots=True)
class Chat:
    """A chat of another system: its session, its messages, remarks on them, and how many are hidden."""

    session: ArchivedSession
    messages: list[Message]
    leaf: str | None = None
    """The last message that people saw; None if the newest path is shown."""
    remarks: list[Finding] = field(default_factory=list)
    hidden: int = 0
    """Messages that people never saw: system and tool messages, and hidden ones."""


def side(role: Any, previous: Message | None) -> tuple[bool | None, bool]:
    """Whether a role is the user's, or None if people don't see it; and whether the role is known.

    An unknown role takes the other side than the message before it.
    """
    name = role.strip().casefold() if isinstance(role, str) else ""
    if name in HIDDEN:
        return None, True
    if name in USER | ASSISTANT:
        return name in USER, True
    return previous is None or not previous.by_user, False


def last_id(messages: list[Message]) -> str | None:
    """The id of the message that the next one of a plain list follows."""
    return messages[-1].id if messages else None


def text_of(value: Any) -> str | None:
    """A string that is not blank, or None."""
    return value if isinstance(value, str) and value.strip() else None


def one_line(text: str | None, characters: int) -> str | None:
    """A text as one line of at most `characters` characters; None if nothing of it is visible."""
    shown = "".join(each if each >= " " else " " for each in text or "")
    return " ".join(shown.split())[:characters].rstrip() or None


def object_of(value: Any) -> dict[str, Any]:
    """The value if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value if it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []


def id_or_first_message(own: str | None, messages: Sequence[Message]) -> str:
    """A chat's own id or, without one, that of its first message."""
    return own or "\n".join(message.id for message in messages[:1])


def title_of(*values: Any) -> str | None:
    """The first of these values that is a real title."""
    titles = (text_of(value) for value in values)
    return next((t for t in titles if t and t.strip().casefold() not in UNTITLED), None)


def marker(kind: str, parts: Counter[str], name: Any = None) -> str:
    """The marker in the text for a part that is not text; the part is counted."""
    words = re.sub(r"[^a-z0-9 ]+", " ", kind.lower()).strip()[:40] or "part"
    parts[words] += 1
    called = one_line(text_of(name), NAME_CHARACTERS)
    return f"[{words}: {called}]" if called else f"[{words}]"


def attached(name: Any, content: Any, parts: Counter[str]) -> str:
    """An attachment: its text, cut if it is too long, or only its name."""
    text = text_of(content)
    if text is None:
        return marker("file", parts, name)
    called = one_line(text_of(name), NAME_CHARACTERS) or ""
    kept = text[:ATTACHED_CHARACTERS]
    rest = f"\n[… {len(text) - len(kept)} more characters]" if len(text) > len(kept) else ""
    return f"[file{': ' if called else ''}{called}]\n{kept}{rest}\n[end of file]"


def seconds(value: Any) -> datetime | None:
    """A time from seconds since 1970, exact to the microsecond; None if the value is no time, or is 0,
    which stands for none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value:
        return None
    try:
        return EPOCH + timedelta(microseconds=round(Decimal(repr(value)) * 1_000_000))
    except OverflowError:
        return None


def iso(value: Any) -> datetime | None:
    """The time in a string in ISO 8601 or BigQuery's form, in UTC if it names no zone."""
    try:
        said = value.removesuffix(" UTC") if isinstance(value, str) else None
        time = datetime.fromisoformat(said) if said else None
        if time is None or time.tzinfo is not None:
            return time.astimezone(UTC) if time else None
        return time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def possible(time: datetime | None, now: datetime) -> bool:
    """Whether something can have happened then."""
    return time is not None and EPOCH <= time <= now + timedelta(days=1)


def lifetime(began: datetime | None, used: datetime | None, now: datetime) -> dict[str, datetime]:
    """When a chat began, or now if the file does not say, and when it was last used, or else when it
    began."""
    created_at = began if began and possible(began, now) else now
    last_active = used if used and possible(used, now) else created_at
    return {"created_at": created_at, "last_active": last_active}


def feedback_of(score: Any, comment: Any = None) -> Feedback | None:
    """A judgement, if the score is a number: above zero is good."""
    if isinstance(score, bool) or not isinstance(score, int | float) or score == 0:
        return None
    return Feedback(score=1 if score > 0 else 0, comment=text_of(comment))


def citation(title: Any, uri: Any, **others: Any) -> dict[str, Any] | None:
    """A source in the form of a turn's citation; None if it has neither title nor address."""
    found = {"title": text_of(title), "uri": text_of(uri), **others}
    kept = {name: value for name, value in found.items() if value is not None}
    return kept if "title" in kept or "uri" in kept else None


def citations(found: Iterable[dict[str, Any] | None]) -> dict[str, Any]:
    """The sources of an answer as a field of its turn, each once; no field if there are none."""
    kept: dict[Any, dict[str, Any]] = {}
    for each in found:
        if each is not None:
            kept.setdefault(each.get("uri") or each["title"], each)
    return {"citations": list(kept.values())} if kept else {}


def chat_id(value: dict[str, Any], texts: list[str]) -> str:
    """What identifies a chat: its id, which other such files may reuse, and its beginning.

    Without an id it is the whole text.
    """
    own = value.get("id")
    if isinstance(own, str | int) and str(own).strip():
        return "\n".join([str(own), *texts[:1]])
    return "\n".join(["", *texts])
