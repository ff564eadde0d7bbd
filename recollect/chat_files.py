"""Reads chats out of files: turns as JSON lines, and ShareGPT's JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HUMAN = {"human", "user"}
ASSISTANT = {"gpt", "assistant", "chatgpt", "bing", "bard"}


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer; None while it is awaited."""

    query: str
    response: str | None


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as a file has it, and what of it can't be taken."""

    id: str
    turns: list[Turn]
    metadata: dict[str, Any]
    skipped: list[str]


class UnknownFormat(Exception):
    """The file is in none of the known shapes; the message says where it departs from them."""


def read_chats(path: Path) -> list[Chat]:
    """The chats of a file; raises `UnknownFormat`."""
    try:
        text = path.read_text(encoding="utf-8")
        entries = _lines(text) if path.suffix == ".jsonl" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnknownFormat(f"{path.name} is not JSON in UTF-8 ({type(error).__name__}).") from None
    if not isinstance(entries, list):
        raise UnknownFormat(f"{path.name} must hold a list of chats.")
    return [_chat(entry, number) for number, entry in enumerate(entries, 1)]


def _lines(text: str) -> list[Any]:
    entries = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            if line.strip():
                entries.append(json.loads(line))
        except (ValueError, RecursionError):
            raise UnknownFormat(f"Line {number} is not JSON.") from None
    return entries


def _chat(entry: Any, number: int) -> Chat:
    if isinstance(entry, dict) and isinstance(entry.get("turns"), list):
        turns, skipped = _pairs(entry["turns"])
    elif isinstance(entry, dict) and isinstance(entry.get("conversations"), list):
        turns, skipped = _dialogue(entry["conversations"])
    else:
        raise UnknownFormat(f"Chat {number} has neither turns nor conversations.")
    metadata = {"category": entry["category"]} if isinstance(entry.get("category"), str) else {}
    return Chat(str(entry.get("id") or number), turns, metadata, skipped)


def _pairs(entries: list[Any]) -> tuple[list[Turn], list[str]]:
    turns, skipped = [], []
    for number, entry in enumerate(entries, 1):
        query = entry.get("query") if isinstance(entry, dict) else None
        response = entry.get("response") if isinstance(entry, dict) else None
        if isinstance(query, str) and isinstance(response, str | None):
            turns.append(Turn(query, response))
        else:
            skipped.append(f"turn {number} has no query")
    return turns, skipped


def _dialogue(entries: list[Any]) -> tuple[list[Turn], list[str]]:
    """Pairs each question with the answer right after it."""
    turns: list[Turn] = []
    skipped = []
    for number, (role, value) in enumerate(map(_said, entries), 1):
        if role in HUMAN and value is not None:
            turns.append(Turn(value, None))
        elif role in ASSISTANT and value is not None and turns and turns[-1].response is None:
            turns[-1] = Turn(turns[-1].query, value)
        else:
            skipped.append(f"message {number} ({role or 'no role'}) answers no question")
    return turns, skipped


def _said(entry: Any) -> tuple[str, str | None]:
    if not isinstance(entry, dict):
        return "", None
    value = entry.get("value")
    return str(entry.get("from", "")), value if isinstance(value, str) else None
