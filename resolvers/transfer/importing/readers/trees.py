"""Makes turns from messages: each question with its answers up to the next one, on every path of a chat."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from resolvers.input_limits import MODEL_CHARACTERS
from resolvers.transfer.archive import ArchivedSession, ArchivedTurn
from resolvers.transfer.importing.readers.entries import (
    Entry,
    Finding,
    Findings,
    LeftOut,
    Named,
    Omitted,
    Skipped,
)
from resolvers.transfer.importing.readers.messages import Chat, Message, one_line, possible

STEP = timedelta(microseconds=1)
OTHER_PATHS = 200
"""The most turns of a chat that are read from paths that are not shown; further ones are only counted."""


def turns(chat: Chat, now: datetime) -> Findings:
    """The turns on the path that people saw last, in its order, then those on other paths."""
    tree = _Tree(chat.messages, chat.leaf)
    path = tree.path(chat.leaf)
    shown = {each.id for each in path}
    ends = [each for each in tree.messages.values() if each.id not in shown and tree.ends(each)]
    beside = [*_first_questions(tree, ends[:OTHER_PATHS], shown)]
    parent: str | None = None
    previous: datetime | None = None
    for place, messages in _questions(path):
        if not messages[0].by_user:
            for each in messages:
                yield _unasked(each)
            continue
        turn = _turn(chat.session, messages, messages[0].id, previous, now)
        if possible(turn.timestamp, now):
            previous = turn.timestamp
        yield from _parts(messages)
        yield Entry(place, turn, parent, beside=() if parent else beside)
        parent = turn.id
    yield from _others(chat, tree, ends, shown, now)


def _first_questions(tree: "_Tree", ends: list[Message], shown: set[str]) -> Iterator[str]:
    """The ids of those turns ending with these messages that have no turn before them."""
    for messages in map(tree.turn_of, ends):
        if messages[0].by_user and tree.parent(messages[0], shown) is None:
            yield tree.turn_id(messages, shown)


def _others(
    chat: Chat, tree: "_Tree", ends: list[Message], shown: set[str], now: datetime
) -> Findings:
    # A turn must come after the one that it follows, whatever the order in the file.
    for end in sorted(ends[:OTHER_PATHS], key=lambda each: len(tree.path(each.id))):
        messages = tree.turn_of(end)
        if not messages[0].by_user:
            yield _unasked(messages[-1])
            continue
        turn = _turn(chat.session, messages, tree.turn_id(messages, shown), None, now)
        yield Entry(messages[0].place, turn, tree.parent(messages[0], shown), shown=False)
    if len(ends) > OTHER_PATHS:
        yield LeftOut(Omitted.OTHER_BRANCH, len(ends) - OTHER_PATHS)


def _questions(path: list[Message]) -> Iterator[tuple[str, list[Message]]]:
    """The messages of a path in groups, each beginning with a question."""
    group: list[Message] = []
    for message in path:
        if message.by_user and group:
            yield group[0].place, group
            group = []
        group.append(message)
    if group:
        yield group[0].place, group


def _turn(
    session: ArchivedSession,
    messages: list[Message],
    turn_id: str,
    previous: datetime | None,
    now: datetime,
) -> ArchivedTurn:
    """A question and its answers. People see turns ordered by time."""
    question, *answers = messages
    time = question.time or previous or session.created_at
    if previous is not None and possible(time, now):
        time = max(time, previous + STEP)
    versions = {each.document: each.id for each in answers if each.document}
    said = [each for each in answers if versions.get(each.document or "", each.id) == each.id]
    fields = {name: value for each in messages for name, value in each.details.items()}
    sources = [source for each in answers for source in each.details.get("citations", ())]
    models = [name for each in answers if (name := one_line(each.model, MODEL_CHARACTERS))]
    return ArchivedTurn(
        **fields
        | {"citations": sources, "model": models[-1] if models else None}
        | {
            "session_id": session.id,
            "id": turn_id,
            "query": question.text,
            "response": "\n\n".join(each.text for each in said if each.text) if answers else None,
            "answered": bool(answers),
            "timestamp": time,
            "recorded_at": now,
        }
    )


def _parts(messages: list[Message]) -> Iterator[Finding]:
    """The parts of a turn's messages that are not text."""
    for each in messages:
        yield from (Named(each.place, what, count) for what, count in each.parts.items())


def _unasked(message: Message) -> Finding:
    reason = "The message answers no question."
    return Skipped(message.place, reason, Omitted.ANSWER_WITHOUT_QUESTION)


class _Tree:
    """The messages that people can see, each below the nearest visible one before it."""

    def __init__(self, messages: list[Message], leaf: str | None) -> None:
        every = {each.id: each for each in messages}
        self._parents = _parents(every, leaf)
        self.messages = {key: each for key, each in every.items() if each.text is not None}
        self._children: dict[str | None, list[Message]] = {}
        for key, each in self.messages.items():
            self._children.setdefault(self._parents[key], []).append(each)

    def path(self, leaf: str | None) -> list[Message]:
        """The messages from the first one to `leaf` or, if that is not given, to the newest."""
        if leaf not in self._parents:
            ends = [each for key, each in self.messages.items() if key not in self._children]
            newest = max(enumerate(ends), key=lambda end: (_order(end[1]), end[0]), default=None)
            leaf = newest[1].id if newest else None
        elif leaf not in self.messages:
            leaf = self._parents[leaf]
        return self._up(leaf, until_question=False)

    def ends(self, message: Message) -> bool:
        """Whether this message ends an answer, or is a question without one."""
        return all(child.by_user for child in self._children.get(message.id, ()))

    def turn_of(self, end: Message) -> list[Message]:
        """The question and the answers that end with this message."""
        return self._up(end.id, until_question=True)

    def turn_id(self, messages: list[Message], shown: set[str]) -> str:
        """The id of a turn. The question's own id goes to its shown turn or, without one, to its first."""
        question, end = messages[0], messages[-1]
        if question.id not in shown and self._down(question) is end:
            return question.id
        return f"{question.id}\n{end.id}"

    def parent(self, question: Message, shown: set[str]) -> str | None:
        """The id of a turn before a question."""
        before = self._parents[question.id]
        if before is None:
            return None
        messages = self.turn_of(self.messages[before])
        if before in shown:
            return messages[0].id
        return self.turn_id(self.turn_of(self._down(self.messages[before])), shown)

    def _up(self, key: str | None, *, until_question: bool) -> list[Message]:
        way: list[Message] = []
        while key is not None:
            way.append(self.messages[key])
            if until_question and way[-1].by_user:
                break
            key = self._parents[key]
        return way[::-1]

    def _down(self, message: Message) -> Message:
        """The end of the first answer that follows a message."""
        answers = [message]
        while answers:
            message = answers[0]
            answers = [each for each in self._children.get(message.id, ()) if not each.by_user]
        return message


def _order(message: Message) -> float:
    return message.time.timestamp() if message.time else 0.0


def _parents(messages: dict[str, Message], leaf: str | None) -> dict[str, str | None]:
    """For every message, the nearest visible one before it; a cycle is broken after `leaf`."""
    found: dict[str, str | None] = {}
    for start in [leaf, *messages]:
        way: dict[str, Message] = {}
        key = start
        while key is not None and key in messages and key not in found and key not in way:
            way[key] = messages[key]
            key = messages[key].parent
        above = None
        if key is not None and key in found:
            above = key if messages[key].text is not None else found[key]
        for each in reversed(way):
            found[each] = above
            above = each if way[each].text is not None else above
    return found
