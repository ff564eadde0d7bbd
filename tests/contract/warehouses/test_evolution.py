"""`init` brings a warehouse of an earlier release up to date, and reports what it can't change."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from sqlglot import exp

from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import Parameter, Warehouse, WarehouseOutdated
from analytics.warehouse.tables import tables
from tests.contract.warehouses.helpers import T0, open_bigquery, session, turn, turns_of
from tests.emulators.bigquery import BigQueryDataset

pytest_plugins = ["tests.contract.warehouses.fixtures"]

ANSWERED_BY = ("model", "input_tokens", "output_tokens", "finish_reason", "first_token_ms")
TOPICS = ("topics", "topics_rule")
EMBEDDED = ("embedding", "embedding_model")
TEXTS = ("feedback_comment", "citations", "recorded_at", "search_text")
STATE = ("answered", "failed", "failure", "text_saved", "judged_at", "response_style", "language")
LACKING = (*TEXTS, *ANSWERED_BY, *TOPICS, *EMBEDDED, *STATE)
TURNS = next(table for table in tables() if table.name == "conversation_history_changes")


class Earlier:
    """A warehouse whose table of turns was made by hand, with one row, before this release."""

    def open(self) -> Warehouse:
        """This release's warehouse on the same data."""
        raise NotImplementedError

    def make(self, kinds: dict[str, str], partition: str = "MONTH") -> None:
        """Create the table with columns of these types."""
        raise NotImplementedError


class EarlierFile(Earlier):
    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> Warehouse:
        return DuckDBWarehouse(self._path)

    def make(self, kinds: dict[str, str], partition: str = "MONTH") -> None:
        types = {name: exp.DataType.build(kind, dialect="bigquery") for name, kind in kinds.items()}
        columns = ", ".join(f"{name} {kind.sql('duckdb')}" for name, kind in types.items())
        with duckdb.connect(self._path) as connection:
            connection.execute(f"CREATE TABLE {TURNS.name} ({columns})")
            connection.execute(insert("main", kinds))


class EarlierDataset(Earlier):
    def __init__(self, place: BigQueryDataset) -> None:
        self._place = place

    def open(self) -> Warehouse:
        return open_bigquery(self._place)

    def client(self) -> bigquery.Client:
        return bigquery.Client(
            self._place.project,
            AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": self._place.endpoint},
        )

    def table(self) -> bigquery.TableReference:
        dataset = bigquery.DatasetReference(self._place.project, self._place.dataset)
        return dataset.table(TURNS.name)

    def make(self, kinds: dict[str, str], partition: str = "MONTH") -> None:
        client = self.client()
        client.create_dataset(self._place.dataset)
        fields = [bigquery.SchemaField(name, kind) for name, kind in kinds.items()]
        table = bigquery.Table(self.table(), fields)
        table.time_partitioning = bigquery.TimePartitioning(type_=partition, field="timestamp")
        client.create_table(table)
        client.query_and_wait(insert(f"`{self._place.project}`.{self._place.dataset}", kinds))


def insert(dataset: str, kinds: dict[str, str]) -> str:
    values = {
        "uid": "'anna'",
        "change_seq": "1",
        "deleted": "false",
        "exported_at": "TIMESTAMP '2026-01-01 00:00:00+00'",
        "session_id": "'s1'",
        "conversation_id": "'old'",
        "timestamp": "TIMESTAMP '2026-01-01 00:00:00+00'",
        "query": "'From before'",
    }
    given = {name: value for name, value in values.items() if name in kinds}
    if kinds["query"] != "STRING":
        del given["query"]
    names, literals = ", ".join(given), ", ".join(given.values())
    return f"INSERT INTO {dataset}.{TURNS.name} ({names}) VALUES ({literals})"  # noqa: S608


def kinds_without(*names: str) -> dict[str, str]:
    return {column.name: column.kind for column in TURNS.columns if column.name not in names}


@pytest.fixture(params=["duckdb", "bigquery"])
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Earlier:
    if request.param == "duckdb":
        return EarlierFile(tmp_path / "warehouse.duckdb")
    return EarlierDataset(request.getfixturevalue("bigquery_dataset"))


async def test_columns_that_an_earlier_table_lacks_are_added_before_they_are_written(
    earlier: Earlier,
) -> None:
    earlier.make(kinds_without(*LACKING))
    warehouse = earlier.open()
    for _ in range(2):
        assert list(await warehouse.init()) == []
        await warehouse.append([turn("new", feedback_comment="Fine", citations='[{"n": 1}]')])
        old, new = sorted(await turns_of(warehouse), key=lambda row: str(row["query"]))
        assert (old["conversation_id"], old["feedback_comment"]) == ("old", None)
        assert (new["feedback_comment"], new["citations"]) == ("Fine", '[{"n": 1}]')
        assert new["recorded_at"] == new["timestamp"]
    await warehouse.erase("anna", T0)
    assert await turns_of(warehouse) == []
    await warehouse.close()


async def test_turns_of_a_warehouse_from_before_models_count_as_of_none(earlier: Earlier) -> None:
    earlier.make(kinds_without(*ANSWERED_BY))
    warehouse = earlier.open()
    await warehouse.init()
    told = {"model": "gpt-4o", "input_tokens": 12, "output_tokens": 3}
    await warehouse.append([turn("new", timestamp=T0 + 1, finish_reason="stop", **told)])
    shown = {row["conversation_id"]: row for row in await turns_of(warehouse)}
    assert [shown["old"][name] for name in ANSWERED_BY] == [None] * len(ANSWERED_BY)
    assert {name: shown["new"][name] for name in told} == told
    everything: dict[str, Parameter] = {
        **{"uid": "anna", "since": 0, "until": 2 * T0, "kept_since": 0, "limit": 9},
        **{"without_sessions": [], "without_turns": []},
    }
    found = await warehouse.query("viewer_models", everything)
    assert [(each["model"], each["turns"]) for each in found] == [("gpt-4o", 1)]
    await warehouse.close()


async def test_a_column_of_another_type_is_named_and_nothing_is_changed(earlier: Earlier) -> None:
    earlier.make({**kinds_without(*LACKING), "query": "INT64", "response": "INT64"})
    warehouse = earlier.open()
    with pytest.raises(
        WarehouseOutdated,
        match=r"query is INT64 and should be STRING; .*response is INT64 .*can't be changed in place"
        r".*backfill",
    ):
        await warehouse.init()
    await warehouse.close()


async def test_a_column_that_only_a_later_release_has_stays(earlier: Earlier) -> None:
    earlier.make({**kinds_without(*LACKING), "invented_later": "STRING"})
    warehouse = earlier.open()
    await warehouse.init()
    await warehouse.append([turn("new"), session()])
    assert len(await turns_of(warehouse)) == 2
    await warehouse.erase("bert", T0)
    assert len(await turns_of(warehouse)) == 2
    await warehouse.close()


async def test_another_partitioning_is_told_and_works(bigquery_dataset: BigQueryDataset) -> None:
    earlier = EarlierDataset(bigquery_dataset)
    earlier.make(kinds_without(*LACKING), partition="DAY")
    warehouse = earlier.open()
    (note,) = await warehouse.init()
    assert "partitioned by DAY of timestamp, not by MONTH of timestamp" in note
    await warehouse.append([turn("new")])
    assert len(await turns_of(warehouse)) == 2
    await warehouse.close()


async def test_a_dataset_is_made_as_the_definitions_say(bigquery_dataset: BigQueryDataset) -> None:
    warehouse = open_bigquery(bigquery_dataset)
    assert await warehouse.init() == []
    await warehouse.close()
    client = EarlierDataset(bigquery_dataset).client()
    for table in tables():
        made = client.get_table(
            f"{bigquery_dataset.project}.{bigquery_dataset.dataset}.{table.name}"
        )
        assert made.description == table.description
        assert described(made.schema) == {each.name: each.description for each in table.columns}
        assert made.clustering_fields == list(table.clustered_by)
        if table.partition:
            assert made.time_partitioning.type_ == table.partition.unit == "MONTH"
            assert made.time_partitioning.field == table.partition.column


async def test_two_that_add_columns_at_once_both_succeed(
    bigquery_dataset: BigQueryDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = EarlierDataset(bigquery_dataset)
    earlier.make(kinds_without(*LACKING))
    update_table = bigquery.Client.update_table
    raced: list[str] = []

    def update_later(
        self: bigquery.Client, table: bigquery.Table, *given: Any, **named: Any
    ) -> Any:
        if not raced:
            raced.append(table.table_id)
            fresh = self.get_table(table.reference)
            fresh.schema = [*fresh.schema, bigquery.SchemaField("citations", "JSON")]
            update_table(self, fresh, ["schema"])
        return update_table(self, table, *given, **named)

    monkeypatch.setattr(bigquery.Client, "update_table", update_later)
    warehouse = earlier.open()
    await warehouse.init()
    await warehouse.append([turn("new")])
    assert len(await turns_of(warehouse)) == 2
    await warehouse.close()
    assert raced == [TURNS.name]


def described(schema: Sequence[bigquery.SchemaField]) -> dict[str, str | None]:
    return {field.name: field.description for field in schema}


async def test_every_column_is_added_to_a_duckdb_table_that_lacks_it(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        for table in tables():
            connection.execute(f"CREATE TABLE {table.name} (of_old BOOLEAN)")
    warehouse = DuckDBWarehouse(path)
    await warehouse.init()
    await warehouse.close()
    with duckdb.connect(path) as connection:
        for table in tables():
            described = connection.execute(f"DESCRIBE {table.name}").fetchall()
            assert [name for name, *_ in described] == [
                "of_old",
                *(column.name for column in table.columns),
            ]
