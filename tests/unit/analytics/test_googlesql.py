"""Google's own analyzer accepts every statement that the product runs or the documents show."""

import re
from pathlib import Path
from string import Template

import pytest

from analytics.warehouse import statements
from analytics.warehouse.rows import ROW_TYPES
from tests.googlesql.analyzer import Columns, GoogleSQL, Refused

ROOT = Path(__file__).parents[3]
SQL = ROOT / "analytics" / "warehouse" / "sql"
PROJECT = "demo-recollect"
DATASET = f"`{PROJECT}`.recollect"
ANALYSTS = f"`{PROJECT}`.recollect_analysts"

STRING, INT64, BOOL, STRINGS = "STRING", "INT64", "BOOL", "ARRAY<STRING>"
TIMES = dict.fromkeys(
    (
        "since",
        "until",
        "kept_since",
        "before",
        "before_time",
        "now",
        "months_since",
        "months_until",
    ),
    INT64,
)
IDS = dict.fromkeys(("uid", "before_session", "before_id", "email", "model", "side"), STRING)
LISTS = dict.fromkeys(
    (
        *("uids", "keys", "without_sessions", "without_turns"),
        *("patterns", "terms", "excluded", "sessions", "words", "topics"),
    ),
    STRINGS,
)
CHOICES = dict.fromkeys(("every_session", "by_score"), BOOL)
MEANING = {"embedder": STRING, "vector": "ARRAY<FLOAT64>", "floor": "FLOAT64"}
COUNTS = {"limit": INT64, "shift": INT64, "term_count": INT64}
PARAMETERS: Columns = {**TIMES, **IDS, **LISTS, **CHOICES, **MEANING, **COUNTS}
POSITIONS = {
    **dict.fromkeys(("first_uid", "last_uid", "after", "until"), STRING),
    **{"keys": STRINGS, "every": BOOL, "limit": INT64},
}
"""The parameters of the listings of the mirror."""

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = [
    pytest.param(query, id=f"{document.relative_to(ROOT)}-{number}")
    for document in DOCUMENTS
    for number, query in enumerate(
        re.findall(r"```sql\n(.*?)```", document.read_text(), re.DOTALL), start=1
    )
]


def names(folder: str) -> list[str]:
    return sorted(file.stem for file in (SQL / folder).iterdir())


@pytest.fixture(scope="module")
def mirror() -> GoogleSQL:
    """The tables and views as `recollect warehouse init` creates them; a refusal fails every test."""
    sql = GoogleSQL(PROJECT)
    for name in names("tables"):
        text = (SQL / "tables" / f"{name}.sql").read_text()
        sql.analyse(Template(text).substitute(dataset=DATASET))
    for view in [*statements.views(DATASET), *statements.analysts_views(DATASET, ANALYSTS)]:
        sql.analyse(view)
    return sql


def test_the_tables_have_the_types_that_rows_are_written_with(mirror: GoogleSQL) -> None:
    for row_type in ROW_TYPES:
        found = mirror.analyse(f"SELECT * FROM {DATASET}.{row_type.table}")  # noqa: S608
        assert found == statements.columns(row_type.table)


@pytest.mark.parametrize("name", names("queries"))
def test_a_query_is_taken(mirror: GoogleSQL, name: str) -> None:
    parameters = POSITIONS if name.startswith("mirrored_") else PARAMETERS
    assert mirror.analyse(statements.query(name, DATASET), parameters)


@pytest.mark.parametrize("name", names("changes"))
def test_a_change_is_taken(mirror: GoogleSQL, name: str) -> None:
    for text in statements.changes(name, DATASET).values():
        mirror.analyse(text, PARAMETERS)


@pytest.mark.parametrize("query", EXAMPLES)
def test_a_query_of_the_documents_is_taken(mirror: GoogleSQL, query: str) -> None:
    assert mirror.analyse(query)


def test_no_statement_is_left_out() -> None:
    read = {"tables", "views", "schemas", "shared", "analysts", "insights", "queries", "changes"}
    assert {folder.name for folder in SQL.iterdir()} == read | {"conditions"}
    made = statements.views(DATASET) + statements.analysts_views(DATASET, ANALYSTS)
    assert len(made) == sum(
        len(names(folder)) for folder in read - {"tables", "queries", "changes"}
    )
    assert len(EXAMPLES) > 10


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT uid AS following FROM turns", "FOLLOWING"),
        ("SELECT speaker FROM turns", "speaker"),
        ("SELECT uid FROM turns WHERE change_seq = 'text'", "signature"),
        ("SELECT uid FROM turns WHERE change_seq > @undeclared", "undeclared"),
        ("SELECT MAX(t.uid) AS t FROM turns AS t HAVING MAX(t.uid) > ''", "ggregation"),
        ("SELECT uid FROM turns QUALIFY ROW_NUMBER() OVER () > ''", "signature"),
        ("SELECT CAST(change_seq AS INT32) FROM turns", "INT32"),
    ],
)
def test_what_bigquery_refuses_is_refused(mirror: GoogleSQL, text: str, reason: str) -> None:
    table = f"{DATASET}.conversation_history_changes"
    with pytest.raises(Refused, match=reason):
        mirror.analyse(text.replace("turns", table))
