"""A digest of the mirrored fields, by which two versions of a record are compared.

Texts enter it as their MD5, which the warehouse computes itself, and JSON as its value, because each
warehouse formats it in its own way.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from analytics.upkeep.record_kinds import micros
from analytics.warehouse.rows import Row
from analytics.warehouse.statements import columns

TEXTS = frozenset({"query", "response", "feedback_comment", "title", "search_text"})
"""Columns that the listing statements return as MD5."""
_NOT_COMPARED = frozenset({"change_seq", "deleted", "exported_at", "embedding", "embedding_model"})
"""Embeddings follow from the texts; the embedder that made them is compared separately."""
_EXACT = 2**53


def of_row(row: Row) -> str:
    """The fingerprint of a row that the exporter would append."""
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    for name in TEXTS & values.keys():
        if values[name] is not None:
            values[name] = hashlib.md5(values[name].encode(), usedforsecurity=False).hexdigest()
    return _digest(row.table, values)


def of_listed(table: str, values: Mapping[str, Any]) -> str:
    """The fingerprint of a row that a listing statement found."""
    return _digest(table, values)


def _digest(table: str, values: Mapping[str, Any]) -> str:
    plain = {
        name: _plain(values[name], kind)
        for name, kind in columns(table).items()
        if name not in _NOT_COMPARED
    }
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(value: Any, kind: str) -> Any:
    if isinstance(value, datetime):
        return micros(value)
    if kind.startswith("ARRAY<"):
        # A warehouse may not distinguish NULL from an empty array.
        return list(value or ())
    if kind == "JSON" and value is not None:
        return json.loads(value, parse_int=_number, parse_float=_number)
    return value


def _number(text: str) -> int | float:
    """Equal numbers are equal however they are written: 1, 1.0 and 1e0."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number
