"""Messages in plain order, with roles and content as in OpenAI's API."""

from collections import Counter
from typing import Any

from resolvers.transfer.importing.readers.entries import Changed, Finding, Omitted, Skipped
from resolvers.transfer.importing.readers.messages import (
    UNREADABLE,
    Message,
    last_id,
    marker,
    object_of,
    side,
    text_of,
)

ASSETS = ("image", "audio", "video", "file")


class Messages:
    """Gathers the messages of one chat; a message's id is its number."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._number = 0
        self.visible: list[Message] = []
        self.remarks: list[Finding] = []
        self.hidden = 0
        """How many messages people never saw."""

    @property
    def texts(self) -> list[str]:
        """The texts of the messages."""
        return [message.text or "" for message in self.visible]

    def add(self, role: Any, content: Any) -> None:
        """Add the next message, whatever it is: one that can't be read keeps its place."""
        self._number += 1
        where = f"{self._place}, message {self._number}"
        previous = self.visible[-1] if self.visible else None
        by_user, known = side(role, previous)
        if by_user is None or (content is None and by_user is False):
            self.hidden += 1
            return
        parts: Counter[str] = Counter()
        text = text_in(content, parts)
        if text is None:
            text = UNREADABLE
            why = "The message can't be read: it needs a role, and content that is text or parts."
            self.remarks.append(Skipped(where, why, Omitted.UNREADABLE_MESSAGE))
        elif not known:
            who = "a question" if by_user else "an answer"
            self.remarks.append(Changed(where, f"Its role is not known; it was taken as {who}."))
        number = str(self._number)
        last = last_id(self.visible)
        self.visible.append(Message(where, number, last, by_user, text, parts=parts))


def text_in(content: Any, parts: Counter[str]) -> str | None:
    """The text of a message's content, a string or a list of parts; None if it is neither."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        return None
    return "\n".join(text for part in content if (text := _part(part, parts)))


def _part(part: Any, parts: Counter[str]) -> str:
    if isinstance(part, str):
        return part
    given = object_of(part)
    text = given.get("text")
    if isinstance(text, dict):
        text = text.get("value")
    if said := text_of(text) or text_of(given.get("refusal")) or text_of(given.get("transcript")):
        return said
    kind = str(given.get("type") or "part")
    if kind in ("text", "input_text", "output_text"):
        return ""
    name = object_of(given.get("file")).get("filename") or given.get("filename")
    return marker(next((asset for asset in ASSETS if asset in kind), kind), parts, name)
