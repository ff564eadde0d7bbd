"""Documents of ChatGPT's canvas: made and changed by messages to a tool, seen beside the chat."""

import re
from typing import Any

from resolvers.transfer.importing.readers.json_values import BadValue, parse
from resolvers.transfer.importing.readers.messages import Message, list_of, object_of, text_of

TOTAL = 16 * 1024 * 1024
"""Characters of all versions of a chat's documents; beyond it a change is shown by itself."""
DOCUMENTS = 20
"""Of a chat that can be changed; an older one is begun anew."""
WHOLE = {".*", "^.*$", r"[\s\S]*", "(?s).*", r"(?s)^.*$"}
_SPECIAL = re.compile(r"(?<!\\)[.^$*+?{}\[\]|()]|\\[A-Za-z0-9]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Canvas:
    """Gathers what messages do to documents, and gives each the document as it is after it."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[str, dict[str, Any]]] = {}
        """By the message's id: the tool that was called, and with what."""
        self._ids: dict[str, str] = {}
        """By the id of the message that called: the document, as the tool's answer names it."""
        self._room = TOTAL

    def takes(self, message: Message, said: dict[str, Any]) -> bool:
        """Whether a message makes or changes a document, or is the tool's answer to one that does."""
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
        """Put each version of a document into the message that made it so."""
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
        """A document's kind and text after a call; without text if the call changes none."""
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
    """A message and those before it whose documents are not known yet, the first one first."""
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
    """A text after one update. Regular expressions are not run, because one can take forever: apart from
    plain text only those that match everything are followed, and what others would put in is appended."""
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
