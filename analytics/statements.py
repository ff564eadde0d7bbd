"""The SQL under `analytics/sql`, written once in GoogleSQL and rendered for a warehouse.

`${dataset}` stands for the qualified dataset. DuckDB gets a transpiled copy without what only
BigQuery has: partitioning, clustering and descriptions.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from string import Template

from sqlglot import ErrorLevel, exp, parse_one

_SQL = files("analytics") / "sql"
_DUCKDB_SCHEMA = "main"


def definitions(dataset: str) -> list[str]:
    """GoogleSQL that creates what is missing in a dataset: tables, then views."""
    return [Template(text).substitute(dataset=dataset) for text in _definitions()]


def query(name: str, dataset: str) -> str:
    """The GoogleSQL of `queries/<name>.sql`; KeyError if there is none."""
    return Template(_text("queries", name)).substitute(dataset=dataset)


@cache
def duckdb_definitions() -> tuple[str, ...]:
    """What `definitions` is, for DuckDB."""
    return tuple(_to_duckdb(text) for text in definitions(_DUCKDB_SCHEMA))


@cache
def duckdb_query(name: str) -> str:
    """The query for DuckDB, with parameters written `$name`; KeyError if there is none."""
    return _to_duckdb(query(name, _DUCKDB_SCHEMA))


def changes(name: str, dataset: str) -> dict[str, str]:
    """The GoogleSQL statements of `changes/<name>.sql`, by the table that each changes; KeyError if
    there are none."""
    texts = Template(_text("changes", name)).substitute(dataset=dataset).split(";\n")
    return {_changed_table(text): text for text in texts}


@cache
def duckdb_changes(name: str) -> dict[str, str]:
    """What `changes` is, for DuckDB, with parameters written `$name`."""
    return {table: _to_duckdb(text) for table, text in changes(name, _DUCKDB_SCHEMA).items()}


@cache
def columns(table: str) -> dict[str, str]:
    """The GoogleSQL type of each column of a table, in order, from its definition."""
    text = Template((_SQL / "tables" / f"{table}.sql").read_text()).substitute(dataset="any")
    return {
        column.name: column.args["kind"].sql("bigquery")
        for column in _parse(text).find_all(exp.ColumnDef)
    }


def _definitions() -> Iterator[str]:
    for folder in ("tables", "views"):
        for file in sorted((_SQL / folder).iterdir(), key=lambda file: file.name):
            yield file.read_text()


@cache
def _text(folder: str, name: str) -> str:
    file = _SQL / folder / f"{name}.sql"
    if not file.is_file():
        raise KeyError(name)
    return file.read_text()


@cache
def _changed_table(text: str) -> str:
    return next(_parse(text).find_all(exp.Table)).name


def _parse(text: str) -> exp.Expr:
    return parse_one(text, read="bigquery")


def _to_duckdb(text: str) -> str:
    tree = _parse(text)
    for properties in list(tree.find_all(exp.Properties)):
        properties.pop()
    return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE, comments=False)
