"""What all systems' chats have in common: messages of two sides, each after another one."""

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
"""Of one attachment's text that is kept with the question it was sent along with."""
NAME_CHARACTERS = 200
USER = {"user", "human", "you", "prompter"}
ASSISTANT = {
    "assistant", "gpt", "chatgpt", "model", "ai", "bot", "bing", "bard", "claude", "copilot",
    "deepseek", "gemini", "grok", "llama", "mistral",
}  # fmt: skip
HIDDEN = {"system", "developer", "tool", "function", "observation", "function_call"}


@dataclass(slots=True)
class Message:
    """A message; one without text is no more than a place in the tree."""

    place: str
    id: str
    parent: str | None
    by_user: bool
    text: str | None
    """Markdown; None for what people never saw."""
    time: datetime | None = None
    model: str | None = None
    parts: Counter[str] = field(default_factory=Counter)
    """What it has besides text, by kind: the text names each."""
    document: str | None = None
    """What it is a version of: of several in one answer, the last is kept."""
    details: dict[str, Any] = field(default_factory=dict)
    """Other fields of the turn that the message is part of."""


@dataclass(slots=True)
class Chat:
    """A chat of another system: its session, its messages, and what of it is no message."""

    session: ArchivedSession
    messages: list[Message]
    leaf: str | None = None
    """The last message that people saw; None where the newest path is the one."""
    remarks: list[Finding] = field(default_factory=list)
    hidden: int = 0
    """Messages that people never saw: of systems and tools, and hidden ones."""


def side(role: Any, previous: Message | None) -> tuple[bool | None, bool]:
    """Whether a role is the user's, or None if people don't see it; and whether the role is known.

    One that is not known speaks in turn with the message before it.
    """
    name = role.strip().casefold() if isinstance(role, str) else ""
    if name in HIDDEN:
        return None, True
    if name in USER | ASSISTANT:
        return name in USER, True
    return previous is None or not previous.by_user, False


def last_id(messages: list[Message]) -> str | None:
    """What the next message of a plain list comes after."""
    return messages[-1].id if messages else None


def text_of(value: Any) -> str | None:
    """A string with something in it, or None."""
    return value if isinstance(value, str) and value.strip() else None


def one_line(text: str | None, characters: int) -> str | None:
    """A text in one line of at most so many characters; None if it has nothing that shows."""
    shown = "".join(each if each >= " " else " " for each in text or "")
    return " ".join(shown.split())[:characters].rstrip() or None


def object_of(value: Any) -> dict[str, Any]:
    """An object, empty where the value is none."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """A list, empty where the value is none."""
    return value if isinstance(value, list) else []


def id_or_first_message(own: str | None, messages: Sequence[Message]) -> str:
    """A chat's own id or, where it has none, that of its first message."""
    return own or "\n".join(message.id for message in messages[:1])


def title_of(*values: Any) -> str | None:
    """The first title that somebody or something gave."""
    titles = (text_of(value) for value in values)
    return next((t for t in titles if t and t.strip().casefold() not in UNTITLED), None)


def marker(kind: str, parts: Counter[str], name: Any = None) -> str:
    """What stands in the text for a part that is none, which is counted."""
    words = re.sub(r"[^a-z0-9 ]+", " ", kind.lower()).strip()[:40] or "part"
    parts[words] += 1
    called = one_line(text_of(name), NAME_CHARACTERS)
    return f"[{words}: {called}]" if called else f"[{words}]"


def attached(name: Any, content: Any, parts: Counter[str]) -> str:
    """An attachment: with its text, as far as it is not too long, or only named."""
    text = text_of(content)
    if text is None:
        return marker("file", parts, name)
    called = one_line(text_of(name), NAME_CHARACTERS) or ""
    kept = text[:ATTACHED_CHARACTERS]
    rest = f"\n[… {len(text) - len(kept)} more characters]" if len(text) > len(kept) else ""
    return f"[file{': ' if called else ''}{called}]\n{kept}{rest}\n[end of file]"


def seconds(value: Any) -> datetime | None:
    """The time of seconds since 1970, exact to the microsecond; None for what is no time, and for 0,
    which stands for none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value:
        return None
    try:
        return EPOCH + timedelta(microseconds=round(Decimal(repr(value)) * 1_000_000))
    except OverflowError:
        return None


def iso(value: Any) -> datetime | None:
    """The time that a string in ISO 8601 says, or in BigQuery's form; UTC where it names no zone."""
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
    """When a chat began and was used last; now, where a file can't tell."""
    created_at = began if began and possible(began, now) else now
    last_active = used if used and possible(used, now) else created_at
    return {"created_at": created_at, "last_active": last_active}


def feedback_of(score: Any, comment: Any = None) -> Feedback | None:
    """A judgement, where the score is a number: above zero is good."""
    if isinstance(score, bool) or not isinstance(score, int | float) or score == 0:
        return None
    return Feedback(score=1 if score > 0 else 0, comment=text_of(comment))


def citation(title: Any, uri: Any, **others: Any) -> dict[str, Any] | None:
    """A source as a turn has it; None if it has neither title nor address."""
    found = {"title": text_of(title), "uri": text_of(uri), **others}
    kept = {name: value for name, value in found.items() if value is not None}
    return kept if "title" in kept or "uri" in kept else None


def citations(found: Iterable[dict[str, Any] | None]) -> dict[str, Any]:
    """The sources of an answer as a field of its turn, each once; nothing where there are none."""
    kept: dict[Any, dict[str, Any]] = {}
    for each in found:
        if each is not None:
            kept.setdefault(each.get("uri") or each["title"], each)
    return {"citations": list(kept.values())} if kept else {}


def chat_id(value: dict[str, Any], texts: list[str]) -> str:
    """What tells a chat from others: its id, which such files give anew, and how it begins.

    Without an id it is all that is said.
    """
    own = value.get("id")
    if isinstance(own, str | int) and str(own).strip():
        return "\n".join([str(own), *texts[:1]])
    return "\n".join(["", *texts])
