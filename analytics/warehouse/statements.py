"""The SQL in `analytics/warehouse/sql`: written once, in GoogleSQL, and rendered for each warehouse.

`${dataset}` stands for the qualified dataset, `${analysts}` for the analysts' dataset, `${k}` for the
least number of users in a group, and the name of a file in `sql/conditions` for a condition. For DuckDB
the SQL is transpiled, without partitioning, clustering and descriptions, which only BigQuery has.
"""

from functools import cache
from importlib.resources import files
from string import Template

from sqlglot import ErrorLevel, exp, parse_one

from analytics.warehouse.tables import Column, Table, tables

_SQL = files("analytics.warehouse") / "sql"
_DUCKDB_SCHEMA = "main"
_DUCKDB_ANALYSTS = "analysts"
_FOR_ANALYSTS = ("schemas", "shared", "analysts", "insights")
"""Views read only views of earlier folders, or earlier ones (by name) in their own folder."""

SMALLEST_GROUP = 5
"""Every figure about several users covers at least this many, unless the settings say otherwise."""


def views(dataset: str) -> list[str]:
    """GoogleSQL that creates or updates the views of a dataset."""
    return _definitions("views", dataset)


def analysts_views(dataset: str, analysts: str, k: int = SMALLEST_GROUP) -> list[str]:
    """GoogleSQL that creates or updates the analysts' dataset and its views, and the views in
    `dataset` that only they and insights read."""
    return [text for folder in _FOR_ANALYSTS for text in _definitions(folder, dataset, analysts, k)]


def query(name: str, dataset: str, k: int = SMALLEST_GROUP) -> str:
    """The GoogleSQL of `queries/<name>.sql`; KeyError if there is none."""
    return Template(_text("queries", name)).substitute(_conditions(), dataset=dataset, k=k)


@cache
def duckdb_views() -> tuple[str, ...]:
    """The same as `views`, for DuckDB."""
    return tuple(_to_duckdb(text) for text in views(_DUCKDB_SCHEMA))


@cache
def duckdb_analysts_views(k: int = SMALLEST_GROUP) -> tuple[str, ...]:
    """The same as `analysts_views`, for DuckDB, where the dataset is a schema."""
    views_in_googlesql = analysts_views(_DUCKDB_SCHEMA, _DUCKDB_ANALYSTS, k)
    return tuple(map(_to_duckdb, views_in_googlesql))


@cache
def duckdb_tables() -> tuple[str, ...]:
    """SQL for DuckDB that creates missing tables."""
    return tuple(_to_duckdb(text) for text in _definitions("tables", _DUCKDB_SCHEMA))


def duckdb_column(table: Table, column: Column) -> str:
    """SQL for DuckDB that adds a column to a table of an earlier release."""
    kind = exp.DataType.build(column.kind, dialect="bigquery").sql("duckdb")
    return f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"


@cache
def googlesql_type(kind: str) -> str:
    """The GoogleSQL type that corresponds to a DuckDB type."""
    return exp.DataType.build(kind, dialect="duckdb").sql("bigquery")


@cache
def duckdb_query(name: str, k: int = SMALLEST_GROUP) -> str:
    """The query for DuckDB, with parameters written `$name`; KeyError if there is none."""
    return _to_duckdb(query(name, _DUCKDB_SCHEMA, k))


def changes(name: str, dataset: str) -> dict[str, str]:
    """The GoogleSQL statements of `changes/<name>.sql`, by the table that each changes; KeyError if
    there is no such file."""
    texts = Template(_text("changes", name)).substitute(dataset=dataset).split(";\n")
    return {_changed_table(text): text for text in texts}


@cache
def duckdb_changes(name: str) -> dict[str, str]:
    """The same as `changes`, for DuckDB, with parameters written `$name`."""
    return {table: _to_duckdb(text) for table, text in changes(name, _DUCKDB_SCHEMA).items()}


@cache
def columns(table: str) -> dict[str, str]:
    """The GoogleSQL type of each column of a table, in order, from its definition."""
    (found,) = (each for each in tables() if each.name == table)
    return {column.name: column.kind for column in found.columns}


def _definitions(
    folder: str, dataset: str, analysts: str = "", k: int = SMALLEST_GROUP
) -> list[str]:
    found = sorted((_SQL / folder).iterdir(), key=lambda file: file.name)
    names = {"dataset": dataset, "analysts": analysts, "k": k}
    return [Template(file.read_text()).substitute(names) for file in found]


@cache
def _conditions() -> dict[str, str]:
    """The conditions that queries share, by name."""
    return {
        file.name.removesuffix(".sql"): file.read_text() for file in (_SQL / "conditions").iterdir()
    }


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
    for bucket in list(tree.find_all(exp.RangeBucket)):
        bucket.replace(_range_bucket(bucket))
    for length in list(tree.find_all(exp.ByteLength)):
        # DuckDB's OCTET_LENGTH does not accept text.
        length.replace(exp.Anonymous(this="STRLEN", expressions=[length.this]))
    for time in list(tree.find_all(exp.UnixToTime)):
        # MAKE_TIMESTAMP has no zone: a comparison with a time would read it in the session's time zone.
        time.replace(exp.Anonymous(this="MAKE_TIMESTAMPTZ", expressions=[time.this]))
    return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE, comments=False)


def _range_bucket(call: exp.RangeBucket) -> exp.Expr:
    """RANGE_BUCKET, which DuckDB lacks: how many of the bounds are not above a point."""
    return parse_one(
        f"LEN(LIST_FILTER({call.expression.sql('duckdb')}, bound -> bound <= {call.this.sql('duckdb')}))",
        read="duckdb",
    )
