"""Values without a schema of their own."""

from typing import Any, TypeVar

T = TypeVar("T")


def json_or(value: Any, default: T) -> T:
    """A JSON input, or `default` where it is null or absent. Use cases check its shape."""
    return default if value is None else value
