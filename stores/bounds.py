"""Checks whether values are within the bounds of their fields. Messages about invalid values name the fields,
never the values."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from stores.records import Record

_FAULTS = 9
"""The most faults of a record that are reported."""

# Made once: `json.dumps` makes an encoder for each value.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def faults(error: ValidationError) -> list[str]:
    """Which fields are wrong, and how; only the first few."""
    found = error.errors(include_input=False, include_context=False, include_url=False)
    return [*map(_fault, found[:_FAULTS])]


def check_record(kind: type[Record], fields: Mapping[str, Any]) -> None:
    """Raise ValueError unless a record of a kind can have these fields."""
    try:
        kind.model_validate(fields, strict=True)
    except ValidationError as error:
        raise ValueError(f"a {kind.__name__} can't have {', '.join(faults(error))}") from None


def check_field(kind: type[Record], name: str, value: object) -> None:
    """Raise ValueError unless a field, named by its path with dots, can have a value."""
    try:
        _field(kind, name).validate_python(value, strict=True)
    except ValidationError as error:
        said = ", ".join(faults(error))
        raise ValueError(f"{name} of a {kind.__name__} can't be set ({said})") from None


def json_text(value: object) -> str:
    """The JSON of a value; raises ValueError if it is not valid JSON or Unicode."""
    try:
        text = _ENCODER.encode(value)
        text.encode()
    except ValueError:
        raise ValueError("a number that is not finite, or half of a surrogate pair") from None
    return text


@cache
def _field(kind: type[BaseModel], name: str) -> TypeAdapter[Any]:
    first, _, rest = name.partition(".")
    if first not in kind.model_fields:
        raise ValueError(f"a {kind.__name__} has no field {first}")
    hint = kind.model_fields[first].rebuild_annotation()
    if not rest:
        return TypeAdapter(hint)
    (inner,) = (
        each
        for each in (hint, *get_args(hint))
        if isinstance(each, type) and issubclass(each, BaseModel)
    )
    return _field(inner, rest)


def _fault(error: ErrorDetails) -> str:
    """Which field, and what is wrong with it. An unknown field is not named: it could be called anything."""
    known = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
    return f"{'.'.join(map(str, known))}: {error['type']}".removeprefix(": ")
