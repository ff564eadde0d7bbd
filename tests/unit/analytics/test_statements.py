"""The SQL, the row types and the protobuf messages name the same columns."""

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from string import Template
from types import UnionType
from typing import get_args, get_type_hints

import pytest
from google.protobuf.descriptor import FieldDescriptor
from sqlglot import exp, parse_one

from analytics.upkeep.compact import STEPS
from analytics.upkeep.fingerprint import TEXTS
from analytics.upkeep.record_kinds import KINDS
from analytics.warehouse import statements
from analytics.warehouse.bigquery import rows_pb2
from analytics.warehouse.rows import ROW_TYPES, Row

ROOT = Path(__file__).parents[3]
MESSAGES = "analytics/warehouse/bigquery"
JSON = {"tags", "preferences", "metadata", "citations"}
TIMES = {"created_at", "last_active", "timestamp", "recorded_at", "exported_at", "opted_in_at"}
TIMES |= {"judged_at"}
PARTITION = {"conversation_history_changes": "timestamp"}
PROTO_TYPES = {
    "STRING": FieldDescriptor.TYPE_STRING,
    "JSON": FieldDescriptor.TYPE_STRING,
    "INT64": FieldDescriptor.TYPE_INT64,
    "TIMESTAMP": FieldDescriptor.TYPE_INT64,
    "BOOL": FieldDescriptor.TYPE_BOOL,
    "ARRAY<STRING>": FieldDescriptor.TYPE_STRING,
    "ARRAY<FLOAT64>": FieldDescriptor.TYPE_DOUBLE,
}

every_row_type = pytest.mark.parametrize("row_type", ROW_TYPES)


def column_type(name: str, hint: object) -> str:
    if name in JSON:
        return "JSON"
    if name in TIMES:
        return "TIMESTAMP"
    kinds: set[object] = set(get_args(hint)) if isinstance(hint, UnionType) else {hint}
    types: dict[object, str] = {
        **{str: "STRING", int: "INT64", bool: "BOOL"},
        **{Sequence[str]: "ARRAY<STRING>", Sequence[float]: "ARRAY<FLOAT64>"},
    }
    return types[(kinds - {type(None)}).pop()]


def optional(row_type: type[Row], name: str) -> bool:
    hint = get_type_hints(row_type)[name]
    return hint == Sequence[str] or type(None) in get_args(hint)


def definition(row_type: type[Row]) -> exp.Create:
    text = (ROOT / f"analytics/warehouse/sql/tables/{row_type.table}.sql").read_text()
    tree = parse_one(Template(text).substitute(dataset="d"), read="bigquery")
    assert isinstance(tree, exp.Create)
    return tree


@every_row_type
def test_a_table_has_the_columns_of_its_rows(row_type: type[Row]) -> None:
    hints = get_type_hints(row_type)
    expected = {
        field.name: column_type(field.name, hints[field.name]) for field in fields(row_type)
    }
    assert statements.columns(row_type.table) == expected


@every_row_type
def test_a_column_is_required_where_a_row_always_has_it(row_type: type[Row]) -> None:
    for column in definition(row_type).find_all(exp.ColumnDef):
        required = column.find(exp.NotNullColumnConstraint) is not None
        assert required is not optional(row_type, column.name), column.name


@every_row_type
def test_tables_are_partitioned_by_month_clustered_by_user_and_described(
    row_type: type[Row],
) -> None:
    tree = definition(row_type)
    partition = tree.find(exp.PartitionedByProperty)
    cluster = tree.find(exp.ClusterProperty)
    assert partition is not None
    assert cluster is not None
    time = PARTITION.get(row_type.table, "created_at")
    assert partition.sql("bigquery") == f"PARTITION BY TIMESTAMP_TRUNC({time}, MONTH)"
    assert cluster.expressions[0].name == "uid"
    described = [tree, *tree.find_all(exp.ColumnDef)]
    for part in described:
        assert "description" in part.sql("bigquery"), part.name


@every_row_type
def test_a_message_has_the_fields_of_its_rows(row_type: type[Row]) -> None:
    message = getattr(rows_pb2, row_type.__name__).DESCRIPTOR
    columns = statements.columns(row_type.table)
    assert [field.name for field in message.fields] == list(columns)
    for field in message.fields:
        assert field.type == PROTO_TYPES[columns[field.name]], field.name
        assert field.is_required is not optional(row_type, field.name), field.name
        assert field.is_repeated is columns[field.name].startswith("ARRAY<"), field.name


def test_the_generated_messages_are_current(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}"]
    outputs = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    subprocess.run([*command, *outputs, f"{MESSAGES}/rows.proto"], cwd=ROOT, check=True)
    for name in ("rows_pb2.py", "rows_pb2.pyi"):
        generated = (tmp_path / MESSAGES / name).read_text()
        assert (ROOT / MESSAGES / name).read_text() == generated, "run `make proto`"


def test_every_statement_renders_for_both_warehouses() -> None:
    for file in sorted((ROOT / "analytics/warehouse/sql/queries").iterdir()):
        assert "`p`.d." in statements.query(file.stem, "`p`.d")
        rendered = statements.duckdb_query(file.stem)
        assert "@" not in rendered
        assert "${" not in rendered
    for file in sorted((ROOT / "analytics/warehouse/sql/changes").iterdir()):
        assert all("`p`.d." in text for text in statements.changes(file.stem, "`p`.d").values())
        for table, rendered in statements.duckdb_changes(file.stem).items():
            assert table in rendered
            assert "@" not in rendered
            assert "${" not in rendered
    assert len(statements.duckdb_views()) == len(statements.views("d")) == 3


def test_analysts_read_a_dataset_of_views_alone() -> None:
    tables = {row_type.table for row_type in ROW_TYPES} | {"erasures"}
    for text in statements.analysts_views("d", "a"):
        tree = parse_one(text, read="bigquery")
        assert tree.args["kind"] in ("SCHEMA", "VIEW")
        shown = tree.this.db == "a" and not tree.this.name.startswith("insights_freshness")
        if tree.args["kind"] == "VIEW" and shown:
            assert not tables & {table.name for table in tree.find_all(exp.Table)}, text
    rendered = statements.duckdb_analysts_views()
    assert len(rendered) == len(statements.analysts_views("d", "a"))
    assert not any("${" in text or "d." in text.split(" AS ")[0] for text in rendered)


def test_the_smallest_group_is_in_every_figure_about_several_users() -> None:
    for render in (
        lambda k: statements.analysts_views("d", "a", k),
        statements.duckdb_analysts_views,
    ):
        changed = [(a, b) for a, b in zip(render(5), render(9), strict=True) if a != b]
        insights = list((ROOT / "analytics/warehouse/sql/insights").iterdir())
        assert len(changed) == len(insights)
        assert all(">= 9" in b for _, b in changed)
    for name in ("service_figures", "service_topics"):
        assert ">= 9" in statements.query(name, "d", 9)
        assert not re.search(r">= 5\b", statements.duckdb_query(name, 9))


def test_every_insight_leaves_small_groups_out() -> None:
    for file in (ROOT / "analytics/warehouse/sql/insights").iterdir():
        having = parse_one(
            Template(file.read_text()).substitute(dataset="d", analysts="a", k="5"), read="bigquery"
        ).expression.args["having"]
        assert having.this.sql("bigquery").endswith(">= 5"), file.name
        assert "HAVING" in file.read_text().splitlines()[-1], file.name
        assert "${k}" in file.read_text().splitlines()[-1], file.name


def test_an_erasure_reaches_every_table() -> None:
    tables = {row_type.table for row_type in ROW_TYPES}
    assert set(statements.changes("erase", "d")) == tables
    counted = parse_one(statements.query("rows_up_to", "d"), read="bigquery")
    assert {table.name for table in counted.find_all(exp.Table)} == tables
    assert {literal.name for literal in counted.find_all(exp.Literal)} == tables


def test_every_change_is_bound_to_a_user_or_a_month() -> None:
    for file in (ROOT / "analytics/warehouse/sql/changes").iterdir():
        bound = ["uid = @uid"]
        if file.stem.startswith("compact_"):
            bound = [">= TIMESTAMP_MICROS(@since)", "< TIMESTAMP_MICROS(@until)"]
        for text in statements.changes(file.stem, "d").values():
            assert all(bounds in text for bounds in bound), file.name


def test_every_step_of_compaction_and_every_listing_reaches_every_table() -> None:
    every = {row_type.table for row_type in ROW_TYPES}
    for step in STEPS:
        assert set(statements.changes(f"compact_{step}", "d")) == every
    assert {kind.table for kind in KINDS} == every
    for kind in KINDS:
        listed = parse_one(statements.query(kind.listing, "d"), read="bigquery")
        assert {table.name for table in listed.find_all(exp.Table)} >= {kind.table, "erasures"}
        assert list(statements.changes(kind.removal, "d")) == [kind.table]


def test_the_listings_give_by_their_digest_what_fingerprints_take_so() -> None:
    for kind in KINDS:
        listed = parse_one(statements.query(kind.listing, "d"), read="bigquery")
        replaced = {
            each.alias
            for star in listed.find_all(exp.Star)
            for each in star.args.get("replace") or ()
        }
        assert replaced == TEXTS & statements.columns(kind.table).keys()


def test_comments_name_no_parameter() -> None:
    """An emulator would bind a value to a parameter in a comment."""
    for file in (ROOT / "analytics/warehouse/sql").rglob("*.sql"):
        for line in file.read_text().splitlines():
            assert "@" not in line.partition("--")[2], file.name
