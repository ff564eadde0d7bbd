"""Helpers for JSON values."""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from strawberry.schema.types.base_scalars import DateTimeDefinition

T = TypeVar("T")


def json_or(value: Any, default: T) -> T:
    """A JSON input, or `default` if it is null or absent. Use cases check its shape."""
    return default if value is None else value


def utc_text(moment: datetime) -> str:
    """A time that is in UTC as RFC 3339, always as wide: with microseconds and `Z`."""
    return f"{moment.isoformat(timespec='microseconds')[:26]}Z"


DATE_TIME = replace(
    DateTimeDefinition,
    description="A time by RFC 3339. Answers have it in UTC with microseconds and `Z`, such as "
    "`2026-01-02T03:04:05.000000Z`, so that text sorts as time; inputs may have any offset.",
    serialize=utc_text,
)
