"""The tables of the mirror, read from `analytics/warehouse/sql/tables`."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

from sqlglot import exp, parse_one

_FOLDER = files("analytics.warehouse") / "sql" / "tables"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `kind` is its GoogleSQL type."""

    name: str
    kind: str
    required: bool
    description: str

    @property
    def element(self) -> str | None:
        """The type of the elements of a repeated column; None for others."""
        return self.kind[len("ARRAY<") : -1] if self.kind.startswith("ARRAY<") else None


@dataclass(frozen=True, slots=True)
class Partition:
    """The column that a table is partitioned by, and the unit (MONTH)."""

    column: str
    unit: str


@dataclass(frozen=True, slots=True)
class Table:
    """Everything needed to create a table."""

    name: str
    description: str
    columns: tuple[Column, ...]
    partition: Partition | None
    clustered_by: tuple[str, ...]


@cache
def tables() -> tuple[Table, ...]:
    """All tables, by name."""
    return tuple(
        _table(Template(file.read_text()).substitute(dataset="any"))
        for file in sorted(_FOLDER.iterdir(), key=lambda file: file.name)
    )


def unlike(table: Table, kinds: Mapping[str, str]) -> list[str]:
    """Messages about columns whose type differs in the warehouse. Types can't be changed in place."""
    return [
        f"{table.name}.{column.name} is {kinds[column.name]} and should be {column.kind}"
        for column in table.columns
        if kinds.get(column.name, column.kind) != column.kind
    ]


def lacking(present: Set[tuple[str, str]]) -> list[str]:
    """The tables, and columns of other tables, that are not in `present` (pairs of table and column)."""
    missing: list[str] = []
    for table in tables():
        absent = [c.name for c in table.columns if (table.name, c.name) not in present]
        whole = len(absent) == len(table.columns)
        missing += [table.name] if whole else [f"{table.name}.{name}" for name in absent]
    return missing


def _table(text: str) -> Table:
    tree = parse_one(text, read="bigquery")
    found = tree.find(exp.PartitionedByProperty)
    cluster = tree.find(exp.ClusterProperty)
    return Table(
        name=next(tree.find_all(exp.Table)).name,
        description=_description(tree.args["properties"]),
        columns=tuple(map(_column, tree.find_all(exp.ColumnDef))),
        partition=_partition(found) if found else None,
        clustered_by=tuple(column.name for column in cluster.expressions) if cluster else (),
    )


def _column(column: exp.ColumnDef) -> Column:
    return Column(
        name=column.name,
        kind=column.args["kind"].sql("bigquery"),
        required=column.find(exp.NotNullColumnConstraint) is not None,
        description=_description(column),
    )


def _partition(found: exp.PartitionedByProperty) -> Partition:
    (truncated,) = found.find_all(exp.TimestampTrunc)
    return Partition(truncated.this.name, truncated.text("unit"))


def _description(part: exp.Expr) -> str:
    (option,) = (each for each in part.find_all(exp.Property) if each.name == "description")
    return str(option.args["value"].name)
