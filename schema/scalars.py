"""Helpers for JSON values."""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition

from resolvers.input_limits import moment

T = TypeVar("T")


def json_or(value: Any, default: T) -> T:
    """A JSON input, or `default` if it is null or absent. Use cases check its shape."""
    return default if value is None else value


class Moment(int):
    """A time in an answer, in microseconds since 1970, as it is stored."""

    __slots__ = ()


@lru_cache(8192, typed=True)  # a list has two times in each row, and is read again after each turn
def utc_text(at: int) -> str:
    """A time as RFC 3339, in a fixed width: in UTC, with microseconds and `Z`."""
    minutes, rest = divmod(at, 60_000_000)
    # Not with format specifications, which take twice as long. The 1 keeps zeros.
    digits = str(100_000_000 + rest)
    return f"{_minute(minutes)}:{digits[1:3]}.{digits[3:]}Z"


@lru_cache(4096)
def _minute(minutes: int) -> str:
    return moment(60_000_000 * minutes).isoformat()[:16]


DATE_TIME = replace(
    DateTimeDefinition,
    description="A time by RFC 3339. Answers have it in UTC with microseconds and `Z`, such as "
    "`2026-01-02T03:04:05.000000Z`, so that text sorts as time; inputs may have any offset.",
    serialize=utc_text,
)

SCALARS: dict[object, ScalarDefinition] = {datetime: DATE_TIME, Moment: DATE_TIME}
"""The scalars for types that are not defined by the schema."""
