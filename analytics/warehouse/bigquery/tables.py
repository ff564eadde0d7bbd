"""Creates the dataset's tables, and adds the columns that tables of an earlier release lack."""

from dataclasses import replace

from google.api_core.exceptions import PreconditionFailed
from google.cloud import bigquery

from analytics.warehouse.port import WarehouseOutdated
from analytics.warehouse.tables import Column, Table, tables, unlike

ATTEMPTS = 5
"""How often to try to add columns while others change the same table."""

_KINDS = {"INTEGER": "INT64", "BOOLEAN": "BOOL", "FLOAT": "FLOAT64"}
"""The GoogleSQL names of types that have other names in the REST API."""


def create_or_extend(
    client: bigquery.Client, dataset: bigquery.DatasetReference, seconds: float
) -> list[str]:
    """Create missing tables and add columns to the others. Returns messages about lasting differences between
    existing tables and new ones.

    A call may take `seconds`. Raises `WarehouseOutdated` for a column of another type.
    """
    notes: list[str] = []
    for table in tables():
        found = client.create_table(_made(dataset, table), exists_ok=True, timeout=seconds)
        kinds = {field.name: _kind(field) for field in found.schema}
        if problems := unlike(table, kinds):
            raise WarehouseOutdated(
                f"{'; '.join(problems)}. A type can't be changed in place: set RECOLLECT_DATASET to "
                "a new dataset, then run `recollect warehouse init` and `recollect backfill`."
            )
        _extend(client, found, table, seconds)
        if (is_by := _partition(found)) != (should_be := _partition(_made(dataset, table))):
            notes.append(
                f"{table.name} is partitioned by {is_by}, not by {should_be}, and that can't be "
                "changed in place. It works as it is. To change it, use a new dataset and "
                "`recollect backfill`."
            )
    return notes


def _extend(client: bigquery.Client, found: bigquery.Table, table: Table, seconds: float) -> None:
    for _ in range(ATTEMPTS):
        present = {field.name for field in found.schema}
        # A column that is added to existing rows can't be required.
        missing = [
            _field(replace(column, required=False))
            for column in table.columns
            if column.name not in present
        ]
        if not missing:
            return
        found.schema = [*found.schema, *missing]
        try:
            found = client.update_table(found, ["schema"], timeout=seconds)
        except PreconditionFailed:
            found = client.get_table(found.reference, timeout=seconds)
    raise WarehouseOutdated(
        f"Others kept changing {table.name}: run `recollect warehouse init` again."
    )


def _made(dataset: bigquery.DatasetReference, table: Table) -> bigquery.Table:
    made = bigquery.Table(dataset.table(table.name), [_field(each) for each in table.columns])
    made.description = table.description
    made.clustering_fields = list(table.clustered_by)
    if table.partition:
        made.time_partitioning = bigquery.TimePartitioning(
            type_=table.partition.unit, field=table.partition.column
        )
    return made


def _field(column: Column) -> bigquery.SchemaField:
    mode = "REQUIRED" if column.required else "NULLABLE"
    kind = column.kind
    if element := column.element:
        mode, kind = "REPEATED", element
    return bigquery.SchemaField(column.name, kind, mode, description=column.description)


def _kind(field: bigquery.SchemaField) -> str:
    kind = _KINDS.get(field.field_type, field.field_type)
    return f"ARRAY<{kind}>" if field.mode == "REPEATED" else kind


def _partition(table: bigquery.Table) -> str:
    parts = table.time_partitioning
    return f"{parts.type_} of {parts.field}" if parts else "nothing"
