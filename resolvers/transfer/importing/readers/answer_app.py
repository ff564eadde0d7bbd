"""The answer app's own rows in BigQuery: answers and feedback of any number of users, in one file.

Its tables are described in https://github.com/doughayden/answer-app (terraform/modules/answer-app). A
session's rows and feedback can be anywhere in a file, so they are collected first, in a temporary file.
"""

import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, BinaryIO

import orjson

from resolvers.sessions.titles import derived_title
from resolvers.transfer.archive import ArchivedSession, ArchivedTurn
from resolvers.transfer.importing.readers.discovery import last_segment, sources
from resolvers.transfer.importing.readers.documents import values
from resolvers.transfer.importing.readers.entries import (
    Entry,
    Findings,
    LeftOut,
    Omitted,
    Skipped,
    Stopped,
)
from resolvers.transfer.importing.readers.json_values import BadValue, Broken
from resolvers.transfer.importing.readers.messages import (
    citations,
    iso,
    lifetime,
    object_of,
    text_of,
)
from resolvers.transfer.importing.readers.trees import STEP
from stores.records import Feedback

IN_MEMORY = 1024 * 1024
DAY = 24 * 60 * 60
ANSWER = (
    "answer_skipped_reasons", "answer_text", "citations", "complete_time", "create_time", "references",
)  # fmt: skip
ROWS = 500_000
"""The most rows that are read from one file."""


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like a row."""
    return "answer_query_token" in value and ("answer" in value or "feedback_value" in value)


def users(stream: BinaryIO) -> list[str]:
    """The users whose answers a file has, each once, by the address that the answer app recorded."""
    found: dict[str, str] = {}
    for _, row in _rows(stream):
        user = _user(row)
        if user:
            found.setdefault(_same(user), user)
    return list(found.values())


def read(stream: BinaryIO, owner: str | None, now: datetime) -> Findings:
    """The sessions of the user with this address; other users' rows are only counted."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as kept:
        gathered = _Gathered(kept)
        try:
            yield from gathered.take(stream, owner)
        except Broken as broken:
            place, _, reason = str(broken).partition(": ")
            yield Stopped(place, f"Reading stopped: {reason}.")
        for name in gathered.sessions:
            yield from gathered.session(name, now)
        if gathered.feedback:
            yield LeftOut(Omitted.UNMATCHED_FEEDBACK, len(gathered.feedback))


@dataclass
class _Gathered:
    """The positions of rows by session, and of feedback by answer."""

    kept: IO[bytes]
    sessions: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    """By session name and answer token: the row's place in the file, and its position."""
    feedback: dict[str, int] = field(default_factory=dict)

    def take(self, stream: BinaryIO, owner: str | None) -> Findings:
        """Read all rows; raises `Broken`."""
        theirs: set[str] = set()
        for number, (place, row) in enumerate(_rows(stream), 1):
            if number > ROWS:
                yield Stopped(place, f"The file has more than {ROWS} rows; import it in parts.")
                break
            token = text_of(row.get("answer_query_token"))
            if token is None:
                yield Skipped(place, "The row can't be read.", Omitted.UNREADABLE_ENTRY)
            elif "feedback_value" in row:
                self.feedback[token] = self._keep(_judgement(row))
            elif owner is None or _same(_user(row)) != _same(owner):
                theirs.add(token)
            else:
                name = text_of(object_of(row.get("session")).get("name")) or token
                rows = self.sessions.setdefault(name, {})
                if token not in rows:
                    rows[token] = (place, self._keep(_light(row)))
        if theirs:
            yield LeftOut(Omitted.OTHER_USER, len(theirs))
        for token in theirs:
            self.feedback.pop(token, None)

    def session(self, name: str, now: datetime) -> Findings:
        """A session and its turns, in the order of their answers."""
        rows = [(place, self._row(at)) for place, at in self.sessions[name].values()]
        turns = sorted(rows, key=lambda each: _time(each[1], now))
        place, row = turns[0]
        began = iso(object_of(row.get("session")).get("start_time")) or _time(row, now)
        question = text_of(row.get("question"))
        session = ArchivedSession(
            id=name,
            derived_title=derived_title(question) if question else None,
            answer_session=last_segment(name) if row.get("session") else None,
            **lifetime(min(began, _time(row, now)), _time(turns[-1][1], now), now),
        )
        yield Entry(place, session)
        previous: ArchivedTurn | None = None
        for place, row in turns:
            turn = self._turn(row, name, now)
            if previous is not None and turn.timestamp <= previous.timestamp:
                turn = turn.model_copy(update={"timestamp": previous.timestamp + STEP})
            yield Entry(place, turn, previous.id if previous else None)
            previous = turn

    def _turn(self, row: dict[str, Any], name: str, now: datetime) -> ArchivedTurn:
        answer, token = object_of(row.get("answer")), str(row["answer_query_token"])
        judged = self.feedback.pop(token, None)
        skipped = bool(answer.get("answer_skipped_reasons"))
        fields = {} if skipped else citations(sources(answer))
        return ArchivedTurn(
            session_id=name,
            id=token,
            query=text_of(row.get("question")),
            response=text_of(answer.get("answer_text")) or "",
            answered=True,
            timestamp=_time(row, now),
            recorded_at=now,
            response_time_ms=_milliseconds(row.get("latency")),
            feedback=Feedback.model_validate(self._row(judged)) if judged is not None else None,
            answer_token=token,
            **fields,
        )

    def _keep(self, row: dict[str, Any]) -> int:
        at = self.kept.seek(0, 2)
        self.kept.write(orjson.dumps(row) + b"\n")
        return at

    def _row(self, at: int) -> dict[str, Any]:
        self.kept.seek(at)
        row: dict[str, Any] = orjson.loads(self.kept.readline())
        return row


def _rows(stream: BinaryIO) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows with their places; an empty row stands for one that can't be read."""
    for place, value in values(stream, None, None):
        yield place, {} if isinstance(value, BadValue) else object_of(value)


def _user(row: dict[str, Any]) -> str:
    return text_of(object_of(row.get("session")).get("user_pseudo_id")) or ""


def _same(address: str) -> str:
    """The normal form of an address."""
    return unicodedata.normalize("NFC", address.strip()).casefold()


def _time(row: dict[str, Any], now: datetime) -> datetime:
    """When an answer was made; now, if the row does not say."""
    answer = object_of(row.get("answer"))
    return iso(answer.get("create_time")) or iso(answer.get("complete_time")) or now


def _light(row: dict[str, Any]) -> dict[str, Any]:
    """The needed parts of a row: not an answer's steps, nor its Markdown, which repeats other parts."""
    answer, session = object_of(row.get("answer")), object_of(row.get("session"))
    kept = {name: answer[name] for name in ANSWER if name in answer}
    started = {"start_time": session.get("start_time")} if session else None
    fields = {name: row.get(name) for name in ("question", "latency", "answer_query_token")}
    return {**fields, "answer": kept, "session": started}


def _judgement(row: dict[str, Any]) -> dict[str, Any]:
    good = str(row.get("feedback_value")) in ("1", "1.0", "True")
    return {"score": int(good), "comment": text_of(row.get("feedback_text"))}


def _milliseconds(seconds: Any) -> int | None:
    """A plausible answer time in milliseconds; None for anything else."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return round(seconds * 1000) if 0 <= seconds <= DAY else None
