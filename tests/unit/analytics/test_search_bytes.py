"""The bytes that BigQuery reads for a search. It bills the named columns in the blocks of one user."""

import pytest
from sqlglot import exp, parse_one

from analytics.embedding.port import DIMENSIONS
from analytics.search_text import LONGEST
from analytics.warehouse import statements

TURNS, SESSIONS = "conversation_history_changes", "user_sessions_changes"
PLACE = {"uid", "session_id", "deleted"}
READ = {
    "search_conversations": (
        TURNS,
        {*PLACE, "conversation_id", "timestamp", "model", "search_text"},
    ),
    "search_sessions": (SESSIONS, {*PLACE, "created_at", "search_text"}),
    "search_by_meaning": (
        TURNS,
        {*PLACE, "conversation_id", "timestamp", "model", "change_seq", "exported_at"}
        | {"embedding", "embedding_model"},
    ),
    "nearest_words": (TURNS, {"uid", "deleted", "search_text"}),
}
"""The table and the columns that each statement of a search reads."""
SIZES = {"INT64": 8, "TIMESTAMP": 8, "BOOL": 1, "ARRAY<FLOAT64>": 8 * DIMENSIONS}
"""The bytes of each type, from BigQuery's documentation. A text has 2 bytes plus those of its UTF-8."""
ID_BYTES = 2 + 128
"""About the most bytes of an id or a model's name."""
BYTES_BY_MEANING = 2_800


def columns_read(name: str) -> set[str]:
    table, _ = READ[name]
    tree = parse_one(statements.query(name, "d"), read="bigquery")
    (alias,) = {each.alias for each in tree.find_all(exp.Table) if each.name == table}
    return {each.name for each in tree.find_all(exp.Column) if each.table == alias}


@pytest.mark.parametrize("name", READ)
def test_a_search_reads_no_text_but_the_words(name: str) -> None:
    table, columns = READ[name]
    assert columns_read(name) == columns
    assert not {"query", "response", "user_email"} & columns
    assert columns <= statements.columns(table).keys()


@pytest.mark.parametrize("name", READ)
def test_a_search_reads_the_blocks_of_one_user_alone(name: str) -> None:
    tree = parse_one(statements.query(name, "d"), read="bigquery")
    table, _ = READ[name]
    (read,) = (each for each in tree.find_all(exp.Table) if each.name == table)
    where = read.find_ancestor(exp.Select).args["where"]  # type: ignore[union-attr]
    assert f"{read.alias}.uid = @uid" in where.sql(dialect="bigquery")
    every = {each.name for each in tree.find_all(exp.Table) if each.name in statements_of_tables()}
    assert every == {table}


def statements_of_tables() -> set[str]:
    return {TURNS, SESSIONS, "user_preferences_changes", "erasures"}


def test_a_version_of_a_turn_costs_a_bounded_number_of_bytes() -> None:
    def size(name: str) -> int:
        table, read = READ[name]
        kinds = statements.columns(table)
        return sum(SIZES.get(kinds[column], ID_BYTES) for column in read - {"search_text"})

    assert 8 * DIMENSIONS < size("search_by_meaning") <= BYTES_BY_MEANING
    # In UTF-8, a character has at most four bytes.
    words = 2 + 4 * LONGEST
    per_version = size("search_by_meaning") + size("search_conversations") + words
    assert per_version < 4_010_000
