"""Limits for what callers may send. A refusal names the field, the limit and what to do."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from resolvers.errors import Code, Problem, Refused, invalid

KIB = 1024
QUERY_BYTES = 256 * KIB
RESPONSE_BYTES = 700 * KIB
TURN_BYTES = 1000 * KIB
"""For a question, its answer, citations and metadata together. A Firestore document holds 1 MiB; the rest
is for the turn's other fields."""
CITATIONS_BYTES = 128 * KIB
METADATA_BYTES = 16 * KIB
COMMENT_BYTES = 4 * KIB
TOKEN_BYTES = 4 * KIB
JSON_DEPTH = 8
TITLE_CHARACTERS = 200
TAGS = 20
TAG_CHARACTERS = 50
SEARCH_CHARACTERS = 200
BULK_IDS = 100
MODEL_CHARACTERS = 200
FINISH_REASON_CHARACTERS = 50
TOKENS = 1_000_000_000
RESPONSE_TIME_MS = 24 * 60 * 60 * 1000
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_as_json = json.JSONEncoder(ensure_ascii=False).encode
_as_strict_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bulk_ids(values: Sequence[str], *field: str) -> Sequence[str]:
    """Check a list of ids, given as `sessionIds` or another field, before any record is looked up; raises
    `Refused` unless there are 1 to 100."""
    field = field or ("sessionIds",)
    if not 0 < len(values) <= BULK_IDS:
        raise invalid(
            f"{field[-1]} has {len(values)} entries; it must have 1 to {BULK_IDS}.", *field
        )
    return values


def microseconds(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(micros: int) -> datetime:
    """Microseconds since 1970 as an aware datetime."""
    return EPOCH + timedelta(microseconds=micros)


def _is_deep(value: Any) -> bool:
    """Whether a JSON value has more than `JSON_DEPTH` levels."""
    level = [value]
    for _ in range(JSON_DEPTH + 1):
        below: list[Any] = []
        for node in level:
            if isinstance(node, list):
                below += node
            elif isinstance(node, dict):
                below += node.values()
        if not below:
            return False
        level = below
    return True


def _name(field: tuple[str, ...]) -> str:
    """The name of a field in a message; an entry of a list has its index."""
    return f"{field[-2]}[{field[-1]}]" if field[-1].isdecimal() else field[-1]


def size(value: object) -> int:
    """Bytes of a text in UTF-8, or of another value as JSON."""
    text = value if isinstance(value, str) else _as_json(value)
    return len(text.encode(errors="replace"))


class Checks:
    """Collects all problems of an input, so that the caller gets them at once."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._sizes: dict[str, int] = {}
        """The bytes of the valid texts and JSON values so far, by their fields' names."""

    def __enter__(self) -> "Checks":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Raise `Refused` with what was found."""
        if self._problems and error is None:
            raise Refused(*self._problems)

    def refuse(self, message: str, *field: str) -> None:
        """Note a problem."""
        self._problems.append(Problem(Code.INVALID, message, field))

    def _unicode(self, value: str, *field: str) -> bytes | None:
        try:
            return value.encode()
        except UnicodeEncodeError:
            self.refuse(f"{_name(field)} has half of a surrogate pair; send valid Unicode.", *field)
            return None

    def text(self, value: str | None, limit: int, *field: str, blank: bool = True) -> None:
        """Text of at most `limit` bytes of UTF-8, which must not be blank unless `blank`."""
        if value is None:
            return
        encoded = self._unicode(value, *field)
        if encoded is not None:
            self._sizes[field[-1]] = len(encoded)
            if len(encoded) > limit:
                self.refuse(
                    f"{field[-1]} has {len(encoded)} bytes of UTF-8; the limit is {limit}. Shorten it.",
                    *field,
                )
        if not blank and not value.strip():
            self.refuse(f"{field[-1]} is empty; send at least one visible character.", *field)

    def together(self, limit: int, parts: Mapping[str, object], *field: str) -> None:
        """Texts and JSON values, by their fields' names, that may have at most `limit` bytes together."""
        sizes: dict[str, int] = {}
        for name, value in parts.items():
            if value:
                known = self._sizes.get(name)
                sizes[name] = size(value) if known is None else known
        total = sum(sizes.values())
        if total > limit:
            told = " and ".join(f"{name} ({count})" for name, count in sizes.items())
            self.refuse(
                f"{told} have {total} bytes together; the limit is {limit}. Shorten one of them.",
                *field,
            )

    def characters(self, value: str | None, limit: int, *field: str) -> None:
        """One line of 1 to `limit` characters that is not blank."""
        if value is None:
            return
        if len(value) <= limit and self._unicode(value, *field) is None:
            return
        if len(value) > limit or not value.strip() or any(ord(c) < 32 for c in value):
            self.refuse(
                f"{_name(field)} must be one line of 1 to {limit} characters; it has {len(value)}.",
                *field,
            )

    def tags(self, value: list[str], *field: str) -> None:
        """At most 20 different tags of at most 50 characters."""
        if len(value) > TAGS:
            self.refuse(f"{field[-1]} has {len(value)} entries; the limit is {TAGS}.", *field)
        for index, tag in enumerate(value[:TAGS]):
            self.characters(tag, TAG_CHARACTERS, *field, str(index))

    def json(
        self, value: Any, kind: type[dict[Any, Any]] | type[list[Any]], limit: int, *field: str
    ) -> None:
        """A JSON object or array of at most `limit` bytes and 8 levels."""
        if not isinstance(value, kind):
            expected = "an object" if kind is dict else "an array"
            self.refuse(f"{field[-1]} must be {expected}.", *field)
            return
        if not value:
            return
        if _is_deep(value):
            self.refuse(
                f"{field[-1]} is nested deeper than {JSON_DEPTH} levels; flatten it.", *field
            )
            return
        try:
            text = _as_strict_json(value)
        except ValueError:
            self.refuse(
                f"{field[-1]} has a number that is too large for JSON or none; leave it out.",
                *field,
            )
            return
        encoded = self._unicode(text, *field)
        if encoded is None:
            return
        self._sizes[field[-1]] = len(encoded)
        if len(encoded) > limit:
            self.refuse(
                f"{field[-1]} has {len(encoded)} bytes as JSON; the limit is {limit}. Shorten it.",
                *field,
            )

    def id(self, value: str | None, *field: str) -> None:
        """An id chosen by a client."""
        if value is not None and not ID.fullmatch(value):
            self.refuse(
                f"{field[-1]} must have 1 to 64 letters, digits, '-' or '_', and begin with a letter "
                "or digit. A UUID is a good choice.",
                *field,
            )

    def time(self, value: datetime | None, now: int, *field: str) -> None:
        """A time with an offset, between 1970 and one day ahead."""
        if value is None:
            return
        if value.tzinfo is None:
            self.refuse(f"{field[-1]} has no time zone; add 'Z' or an offset.", *field)
        elif not 0 <= microseconds(value) <= now + 86_400_000_000:
            self.refuse(f"{field[-1]} must be between 1970 and one day from now.", *field)

    def between(self, value: int | None, low: int, high: int, *field: str) -> None:
        """A number from `low` to `high`, both inclusive."""
        if value is not None and not low <= value <= high:
            self.refuse(f"{field[-1]} is {value}; it must be from {low} to {high}.", *field)
