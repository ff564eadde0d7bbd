"""Reads files of whole chats, and turns each chat into a session and its turns."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeAlias

from resolvers.sessions.titles import derived_title
from resolvers.transfer.archive import ArchivedSession, ArchivedTurn
from resolvers.transfer.importing.readers.entries import (
    Entry,
    Finding,
    Findings,
    LeftOut,
    Omitted,
    Skipped,
    Stopped,
)
from resolvers.transfer.importing.readers.json_values import BadValue, Broken
from resolvers.transfer.importing.readers.messages import Chat
from resolvers.transfer.importing.readers.trees import STEP, turns


class NoChat(Exception):
    """A value that is no chat in the other system either; the kind says what it is."""

    def __init__(self, kind: Omitted) -> None:
        super().__init__(kind.value)
        self.kind = kind


ToChat: TypeAlias = Callable[[dict[str, Any], str, datetime], Chat]
"""Makes a chat from a value of the file, its place and the time of the import. Raises `BadValue` if it
should be a chat and can't be read, and `NoChat` if it is something else."""


def read_chats(
    values: Iterable[tuple[str, Any | BadValue]], to_chat: ToChat, now: datetime
) -> Findings:
    """The sessions and turns of a file's values."""
    try:
        for place, value in values:
            # Chats without a time keep the order of the file.
            now += STEP
            try:
                if isinstance(value, BadValue):
                    raise value
                if not isinstance(value, dict):
                    raise BadValue("it is no object")
                chat = to_chat(value, place, now)
            except BadValue as bad:
                yield Skipped(place, f"The chat can't be read: {bad}.", ArchivedSession)
                continue
            except NoChat as other:
                yield LeftOut(other.kind)
                continue
            yield from _found(chat, place, now)
    except Broken as broken:
        place, _, reason = str(broken).partition(": ")
        yield Stopped(place, f"Reading stopped: {reason}.")


def _found(chat: Chat, place: str, now: datetime) -> Findings:
    """A chat's session, then the findings from its messages. A session without a title gets one from the
    first question."""
    findings = turns(chat, now)
    before: list[Finding] = []
    first = None
    for finding in findings:
        before.append(finding)
        if isinstance(finding, Entry) and isinstance(finding.record, ArchivedTurn):
            first = finding.record.query
        if first:
            break
    session = chat.session
    if session.title is None and first:
        session = session.model_copy(update={"derived_title": derived_title(first)})
    yield Entry(place, session)
    yield from chat.remarks
    if chat.hidden:
        yield LeftOut(Omitted.HIDDEN_MESSAGE, chat.hidden)
    yield from before
    yield from findings
