"""Files of whole chats, an array of them or one a line, and what all systems' chats have in common."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from resolvers.conversations.recording import derived_title
from resolvers.input_limits import EPOCH
from resolvers.transfer.archive import ArchivedSession, ArchivedTurn
from resolvers.transfer.importing.readers.entries import (
    Entry,
    Finding,
    Findings,
    Named,
    Skipped,
    Stopped,
)
from resolvers.transfer.importing.readers.json_values import BadValue, Broken, JsonValues
from resolvers.transfer.importing.readers.lines import lines
from stores.records import Feedback

STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Message:
    """What one side said."""

    place: str
    id: str
    by_user: bool
    text: str
    time: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """Fields of the turn that the message is part of."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat of another system: its session, what it says, and what of it is no message."""

    session: ArchivedSession
    messages: list[Message]
    remarks: list[Finding] = field(default_factory=list)


ToChat = Callable[[dict[str, Any], str, datetime], Chat]
"""Makes a chat of a value of the file, its place and the time of the import; `BadValue` if it is none."""


def values(stream: BinaryIO) -> Iterator[tuple[str, Any | BadValue]]:
    """The chats of a file with their places; raises `Broken`, with the place first."""
    place = "the file"
    try:
        start = stream.tell()
        document = JsonValues(stream)
        if not document.next_is(b"["):
            stream.seek(start)
            for number, value in lines(stream):
                yield f"line {number}", value
            return
        for number in document.items():
            place = f"chat {number}"
            try:
                yield place, document.value()
            except BadValue as bad:
                yield place, bad
        document.finish()
    except Broken as broken:
        raise Broken(f"{place}: {broken}") from None


def read_chats(stream: BinaryIO, to_chat: ToChat, now: datetime) -> Findings:
    """The sessions and turns of a file of whole chats."""
    try:
        for place, value in values(stream):
            # Chats without a time keep the order of the file.
            now += STEP
            try:
                if isinstance(value, BadValue):
                    raise value
                if not isinstance(value, dict):
                    raise BadValue("it is no object")
                chat = to_chat(value, place, now)
            except BadValue as bad:
                yield Skipped(place, f"The chat can't be read: {bad}.", session=True)
                continue
            turns, lost = _turns(chat, now)
            yield Entry(place, _titled(chat.session, turns))
            yield from chat.remarks
            yield from lost
            yield from turns
    except Broken as broken:
        place, _, reason = str(broken).partition(": ")
        yield Stopped(place, f"Reading stopped: {reason}.")


def _titled(session: ArchivedSession, turns: list[Entry]) -> ArchivedSession:
    """A chat without a title gets one from its first question."""
    asked = (t.record.query for t in turns if isinstance(t.record, ArchivedTurn) and t.record.query)
    first = next(asked, None)
    if session.title is not None or first is None:
        return session
    return session.model_copy(update={"derived_title": derived_title(first)})


def _turns(chat: Chat, now: datetime) -> tuple[list[Entry], list[Finding]]:
    """Each question with what was answered until the next; both in the order of the chat."""
    turns: list[Entry] = []
    lost: list[Finding] = []
    previous: datetime | None = None
    for message in chat.messages:
        if message.by_user:
            time = message.time or previous or chat.session.created_at
            if possible(time, now):
                # People see turns in the order of their times.
                time = previous = max(time, previous + STEP if previous else time)
            turn = ArchivedTurn(
                session_id=chat.session.id,
                id=message.id,
                query=message.text,
                timestamp=time,
                recorded_at=now,
                **message.details,
            )
            turns.append(Entry(message.place, turn))
        elif turns:
            turns[-1] = _answered(turns[-1], message)
        else:
            lost.append(Skipped(message.place, "The message answers no question.", "response"))
    return turns, lost


def _answered(turn: Entry, message: Message) -> Entry:
    record = turn.record
    assert isinstance(record, ArchivedTurn)  # noqa: S101
    said = [text for text in (record.response, message.text) if text]
    changed = {"response": "\n\n".join(said), "answered": True, **message.details}
    return Entry(turn.place, record.model_copy(update=changed))


def text_of(value: Any) -> str | None:
    """A string with something in it, or None."""
    return value if isinstance(value, str) and value.strip() else None


def seconds(value: Any) -> datetime | None:
    """The time of seconds since 1970, exact to the microsecond, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return EPOCH + timedelta(microseconds=round(Decimal(repr(value)) * 1_000_000))
    except OverflowError:
        return None


def possible(time: datetime | None, now: datetime) -> bool:
    """Whether something can have happened then."""
    return time is not None and EPOCH <= time <= now + timedelta(days=1)


def lifetime(created: Any, active: Any, now: datetime) -> dict[str, datetime]:
    """When a chat began and was used last, in seconds since 1970; now, where a file can't tell."""
    began, used = seconds(created), seconds(active)
    created_at = began if began and possible(began, now) else now
    return {
        "created_at": created_at,
        "last_active": used if used and possible(used, now) else created_at,
    }


def feedback_of(score: Any, comment: Any) -> Feedback | None:
    """A judgement, where the score is a number: above zero is good."""
    if isinstance(score, bool) or not isinstance(score, int | float) or score == 0:
        return None
    return Feedback(score=1 if score > 0 else 0, comment=text_of(comment))


def branch(nodes: dict[str, Any], leaf: Any, parent: str) -> list[tuple[str, dict[str, Any]]]:
    """The way from the first message of a tree to `leaf`, in that order; a ring is cut open."""
    way: dict[str, dict[str, Any]] = {}
    while isinstance(leaf, str) and leaf not in way and isinstance(nodes.get(leaf), dict):
        way[leaf] = nodes[leaf]
        leaf = nodes[leaf].get(parent)
    return list(way.items())[::-1]


def named(place: str, parts: dict[str, int]) -> list[Finding]:
    """What a message has besides text, by kind."""
    return [Named(place, what, count) for what, count in parts.items()]
