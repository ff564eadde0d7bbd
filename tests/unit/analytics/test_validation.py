"""Rows are checked before they are sent, and a reason never quotes the wrong value."""

from dataclasses import replace
from typing import Any

import pytest

from analytics.warehouse.rows import ROW_TYPES, ConversationRow, Row, SessionRow
from analytics.warehouse.tables import tables
from analytics.warehouse.validation import FIRST_TIME, LAST_TIME, ROW_BYTES, fault

TURN = ConversationRow(
    uid="u", change_seq=1, exported_at=1, session_id="s", conversation_id="c", timestamp=1
)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"query": "lone \ud800 secret"}, "query has half of a surrogate pair"),
        ({"metadata": "{secret"}, "metadata is not JSON"),
        ({"metadata": '{"secret": NaN}'}, "metadata is not JSON"),
        ({"citations": "[" * 100_000}, "citations is not JSON"),
        ({"timestamp": LAST_TIME + 1}, "timestamp is a time outside the years 1 to 9999"),
        ({"exported_at": FIRST_TIME - 1}, "exported_at is a time outside the years"),
        ({"response_time_ms": 2**63}, "response_time_ms does not fit 64 bits"),
        ({"session_id": None}, "session_id is missing"),
        ({"response": "é" * (ROW_BYTES // 2), "query": "q"}, "the row has 8,000,0"),
    ],
)
def test_an_unfit_row_is_told_by_its_column(values: dict[str, Any], reason: str) -> None:
    found = fault(replace(TURN, **values))
    assert found is not None
    assert found.startswith(reason)
    assert "secret" not in found


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"timestamp": FIRST_TIME, "recorded_at": LAST_TIME},
        {"response_time_ms": 2**63 - 1, "feedback_score": -(2**63)},
        {"query": "👩‍👩‍👧 \0 天気", "metadata": '{"a": [1.5e300, null, "\\ud83d\\ude42"]}'},
        {"response": "x" * 2_000_000},
    ],
)
def test_a_fit_row_has_no_fault(values: dict[str, Any]) -> None:
    assert fault(replace(TURN, **values)) is None


@pytest.mark.parametrize("row_type", ROW_TYPES)
def test_every_required_column_is_missed(row_type: type[Row]) -> None:
    (table,) = [each for each in tables() if each.name == row_type.table]
    required = {column.name for column in table.columns if column.required}
    whole: dict[str, Any] = dict.fromkeys(required, "x")
    whole |= {"change_seq": 1, "exported_at": 1, "deleted": False}
    whole |= dict.fromkeys(required & {"created_at", "timestamp"}, 1)
    assert fault(row_type(**whole)) is None
    for name in required:
        assert fault(row_type(**whole | {name: None})) == f"{name} is missing"


def test_a_session_is_checked_by_its_own_columns() -> None:
    session = SessionRow(uid="u", change_seq=1, exported_at=1, session_id="s", created_at=1)
    assert fault(replace(session, tags="['no']")) == "tags is not JSON"
