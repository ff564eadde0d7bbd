"""Exports as CSV: a row for each turn, and no cell that a spreadsheet would execute."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from resolvers.transfer.archive import ArchiveEntry
from resolvers.transfer.exporting.formats import ExportFormat
from resolvers.transfer.exporting.formats.csv import COLUMNS, harmless
from tests.unit.transfer.archives import HEADER, documents, session, turn, written

DOCS = Path(__file__).parents[3] / "docs"
unhurried = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(unhurried, max_examples=25)


def rows(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), strict=True))


@few
@given(documents)
def test_csv_has_one_row_of_all_columns_for_each_turn(entries: list[ArchiveEntry]) -> None:
    head, *body = rows(written(ExportFormat.CSV, entries))
    assert tuple(head) == COLUMNS
    turns = [entry for entry in entries if entry.kind == "turn"]
    assert [dict(zip(head, row, strict=True))["conversation_id"] for row in body] == [
        entry.id for entry in turns
    ]


def test_csv_has_the_text_the_session_and_all_that_is_known_of_a_turn() -> None:
    asked = turn(
        'say "hi",\nplease',
        "",
        response_time_ms=12,
        first_token_ms=3,
        model="gpt-4o",
        input_tokens=100,
        output_tokens=20,
        finish_reason="stop",
        feedback={"score": 0, "comment": "no"},
        citations=[{"uri": "https://a.example"}],
        metadata={"k": 1},
    )
    chat = session(title=None, derived_title="Greeting", tags=["a", "b"], status="archived")
    head, row = rows(written(ExportFormat.CSV, [HEADER, chat, asked]))
    assert dict(zip(head, row, strict=True)) == {
        "session_id": "chat",
        "session_title": "Greeting",
        "session_status": "archived",
        "session_tags": "a, b",
        "session_created_at": "2026-01-02T03:04:05.678901+00:00",
        "conversation_id": "turn",
        "timestamp": "2026-01-02T03:04:05.678901+00:00",
        "recorded_at": "2026-01-02T03:04:05.678901+00:00",
        "query": 'say "hi",\nplease',
        "response": "",
        "answered": "true",
        "response_time_ms": "12",
        "first_token_ms": "3",
        "model": "gpt-4o",
        "input_tokens": "100",
        "output_tokens": "20",
        "finish_reason": "stop",
        "feedback_score": "0",
        "feedback_comment": "no",
        "citations": '[{"uri": "https://a.example"}]',
        "metadata": '{"k": 1}',
        **dict.fromkeys(("branch", "version", "versions", "on_shown_path"), ""),
    }


def test_no_separator_splits_a_cell() -> None:
    text = written(ExportFormat.CSV, [HEADER, session(), turn("a;b\tc,d", "e\nf")])
    for line in text.removeprefix("\ufeff").split("\r\n")[:-1]:
        assert line[0] == line[-1] == '"'
    assert '"a;b\tc,d","e\nf"' in text


@pytest.mark.parametrize("character", ["x", "é", "😀"])
def test_a_cell_has_no_more_than_excel_holds(character: str) -> None:
    long = character * 40_000
    _, row = rows(written(ExportFormat.CSV, [HEADER, session(), turn(long, "fits" * 8_000)]))
    cells = [cell for cell in row if len(cell) > 1000]
    units = len(long.encode("utf-16-le")) // 2
    assert cells[0].endswith(f" [… {units} characters]")
    assert 32_000 < len(cells[0].encode("utf-16-le")) // 2 <= 32_767
    assert cells[1] == "fits" * 8_000


def test_every_column_is_documented() -> None:
    text = (DOCS / "exporting.md").read_text()
    assert [column for column in COLUMNS if f"`{column}`" not in text] == []


SIGNS = [*"=+-@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66", "\u2212"]
SKIPPED = ["", " ", "\u00a0", '"', "'", ' " ', "\u200b", "\ufeff", "\x00", "\r\n\t"]
SKIPPED += [
    ",",
    ";",
    "|",
    " ; ",
    "\u00ad",
    "\u061c",
    "\u200e",
    "\u202e",
    "\u2066",
    "\ufe0f",
    "\ufff9",
]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", SKIPPED)
def test_a_cell_that_a_spreadsheet_would_execute_is_made_harmless(before: str, sign: str) -> None:
    text = f"{before}{sign}cmd|'/c calc'!A0"
    judged = turn(text, text, feedback={"score": 1, "comment": text})
    head, row = rows(written(ExportFormat.CSV, [HEADER, session(title=text, tags=[text]), judged]))
    cells = dict(zip(head, row, strict=True))
    for column in ("session_title", "session_tags", "query", "response", "feedback_comment"):
        assert cells[column] == f"'{text}"


@pytest.mark.parametrize("control", ["\t", "\r", "\n"])
def test_a_cell_that_begins_with_a_control_character_is_made_harmless(control: str) -> None:
    assert harmless(f"{control}text") == f"'{control}text"


@pytest.mark.parametrize("between", [";", "; ", ";\u00ad", " ;;\t", ';"'])
def test_a_formula_after_a_semicolon_is_made_harmless_too(between: str) -> None:
    assert harmless(f"a{between}=1+1") == f"a{between}'=1+1"


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "a; b = c",
        "a, -b",
        "x\n- y",
        "a; 'b'",
        "a = b",
        "1+1",
        "mail@example.com",
        "{}",
        "",
        "日本",
    ],
)
def test_an_ordinary_cell_is_as_it_was(text: str) -> None:
    assert harmless(text) == text
