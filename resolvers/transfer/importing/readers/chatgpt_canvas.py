"""Documents of ChatGPT's canvas: created and changed by messages to a tool, and shown beside the chat."""

import re
from typing import Any

from resolvers.transfer.importing.readers.json_values import BadValue, parse
from resolvers.transfer.importing.readers.messages import Message, list_of, object_of, text_of

TOTAL = 16 * 1024 * 1024
"""Characters of all versions of a chat's documents; beyond that, a change is shown on its own."""
DOCUMENTS = 20
"""The number of documents per chat that can be changed; a change to an older one starts afresh."""
WHOLE = {".*", "^.*$", r"[\s\S]*", "(?s).*", r"(?s)^.*$"}
_SPECIAL = re.compile(r"(?<!\\)[.^$*+?{}\[\]|()]|\\[A-Za-z0-9]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Canvas:
    """Follows the changes that messages make to documents, and gives each message the resulting document."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[str, dict[str, Any]]] = {}
        """By message id: the tool called and its arguments."""
        self._ids: dict[str, str] = {}
        """By the calling message's id: the document named in the tool's answer."""
        self._room = TOTAL

    def takes(self, message: Message, said: dict[str, Any]) -> bool:
        """Whether a message creates or changes a document, or is the tool's answer to one that does."""
        made = object_of(object_of(said.get("metadata")).get("canvas")).get("textdoc_id")
        role = object_of(said.get("author")).get("role")
        if role == "tool" and text_of(made) and message.parent:
            self._ids[message.parent] = str(made)
            return True
        tool = str(said.get("recipient"))
        if role != "assistant" or not tool.startswith("canmore."):
            return False
        try:
            content = object_of(said.get("content"))
            call = parse((_text(content) or "").encode())
        except BadValue:
            return False
        if isinstance(call, dict):
            self._calls[message.id] = (tool.removeprefix("canmore."), call)
        return isinstance(call, dict)

    def fill(self, messages: list[Message]) -> None:
        """Put each version of a document into the message that created it."""
        if not self._calls:
            return
        by_id = {message.id: message for message in messages}
        states: dict[str, dict[str, tuple[str, str]]] = {}
        for message in messages:
            for each in _unsettled(message, by_id, states):
                before = states.get(each.parent or "", {})
                states[each.id] = before
                if each.id not in self._calls:
                    continue
                tool, call = self._calls[each.id]
                document = self._ids.get(each.id) or next(reversed(before), each.id)
                kind, text = self._changed(tool, call, before.get(document))
                if text:
                    kept = dict(list(before.items())[1 - DOCUMENTS :])
                    states[each.id] = {**kept, document: (kind, text)}
                    each.text, each.document = _shown(kind, text), document

    def _changed(
        self, tool: str, call: dict[str, Any], before: tuple[str, str] | None
    ) -> tuple[str, str]:
        """A document's kind and text after a call; no text if the call changes no document."""
        if tool == "create_textdoc":
            return str(call.get("type")), text_of(call.get("content")) or ""
        if tool != "update_textdoc":
            return "", ""
        kind, text = before or ("document", "")
        for update in list_of(call.get("updates")):
            text = _updated(text, object_of(update), self._room)
            self._room = max(0, self._room - len(text))
        return kind, text


def _unsettled(
    message: Message, by_id: dict[str, Message], states: dict[str, Any]
) -> list[Message]:
    """A message and its predecessors whose documents are not known yet, earliest first."""
    way: dict[str, Message] = {}
    key: str | None = message.id
    while key in by_id and key not in states and key not in way:
        way[key] = by_id[key]
        key = by_id[key].parent
    return list(way.values())[::-1]


def _text(content: dict[str, Any]) -> str | None:
    parts = [part for part in list_of(content.get("parts")) if isinstance(part, str)]
    return text_of(content.get("text")) or ("".join(parts) or None)


def _updated(text: str, update: dict[str, Any], room: int) -> str:
    """A text after one update. Regular expressions are not run, because one can take forever. Plain texts and
    patterns that match everything are replaced; other replacements are appended."""
    pattern, replacement = str(update.get("pattern")), str(update.get("replacement") or "")
    if pattern in WHOLE:
        return replacement
    plain = None if _SPECIAL.search(pattern) else _ESCAPED.sub(r"\1", pattern)
    times = text.count(plain) if plain and update.get("multiple") is True else 1
    if len(text) + times * len(replacement) > room:
        return replacement
    if not plain or plain not in text:
        return f"{text}\n\n{replacement}"
    return text.replace(plain, replacement, times)


def _shown(kind: str, text: str) -> str:
    """A document as Markdown; code as code."""
    if not kind.startswith("code"):
        return text
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind.partition('/')[2]}\n{text}\n{fence}"
