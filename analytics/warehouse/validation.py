"""Checks whether a row fits its table before it is sent: a warehouse might refuse it together with
other rows, or acknowledge it and lose it."""

import json
from typing import NoReturn

from analytics.warehouse.rows import Row
from analytics.warehouse.tables import Column, tables

ROW_BYTES = 8_000_000
"""A warehouse accepts 10 MB in one request."""
NUMBER_BYTES = 9
"""Bytes of one number of an array, on the wire."""

FIRST_TIME = -62_135_596_800_000_000
LAST_TIME = 253_402_300_799_999_999
"""The years 1 to 9999, in microseconds since 1970."""

_COLUMNS = {table.name: table.columns for table in tables()}


def fault(row: Row) -> str | None:
    """What is wrong with a row, without any of its values; None if nothing is."""
    size = 0
    for column in _COLUMNS[row.table]:
        value = getattr(row, column.name)
        if value is None:
            if column.required:
                return f"{column.name} is missing"
        elif isinstance(value, str) or column.kind == "ARRAY<STRING>":
            try:
                size += len("".join(value).encode())
            except UnicodeEncodeError:
                return f"{column.name} has half of a surrogate pair, which is not valid text"
            if column.kind == "JSON" and not _is_json(value):
                return f"{column.name} is not JSON"
        elif column.kind.startswith("ARRAY"):
            size += NUMBER_BYTES * len(value)
        elif wrong := _wrong_number(column, value):
            return f"{column.name} {wrong}"
    if size > ROW_BYTES:
        return f"the row has {size:,} bytes of text, and at most {ROW_BYTES:,} fit"
    return None


def _wrong_number(column: Column, value: int) -> str | None:
    if column.kind == "TIMESTAMP" and not FIRST_TIME <= value <= LAST_TIME:
        return "is a time outside the years 1 to 9999"
    if column.kind == "INT64" and not -(2**63) <= value < 2**63:
        return "does not fit 64 bits"
    return None


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return False
    return True


def _refused(name: str) -> NoReturn:
    raise ValueError(name)
