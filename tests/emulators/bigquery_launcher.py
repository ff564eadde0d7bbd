"""Runs bqemulator, patched to behave like BigQuery where tests depend on it.

Run it with the Python of `.venv-bqemulator` and bqemulator's settings as JSON. It prints one JSON line
with its two ports when it is ready, and stops when its standard input ends, so it never outlives the
process that started it.
"""

import asyncio
import functools
import json
import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

# bqemulator logs to the standard output that was set when it was imported.
announcements, sys.stdout = sys.stdout, sys.stderr

# ruff: noqa: E402
import duckdb
import sqlglot
import structlog

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))

from bqemulator.api.routes import jobs
from bqemulator.api.routes.tables import _field_to_rest
from bqemulator.catalog.memory_repository import MemoryCatalogRepository
from bqemulator.config import LogLevel, Settings
from bqemulator.domain.events import TableDataChanged
from bqemulator.grpc_api import write_servicer
from bqemulator.jobs import executor
from bqemulator.server import EmulatorServer
from bqemulator.sql.table_rewriter import rewrite_table_refs
from bqemulator.sql.translator import SQLTranslator
from bqemulator.storage.engine import DuckDBEngine
from bqemulator.storage.sql_identifiers import quoted_table_ref
from bqemulator.storage.type_map import bq_schema_to_duckdb_columns
from bqemulator.versioning.snapshots import SnapshotManager
from google.cloud.bigquery_storage_v1.types import AppendRowsResponse, RowError

parse = functools.lru_cache(512)(sqlglot.parse_one)
translate = SQLTranslator.translate
translations = {}
OWN_NAMES = re.compile(r"(?<=[-_])[0-9a-f]{32}")
update_catalog = MemoryCatalogRepository.update_table
decode_rows = write_servicer.proto_rows_to_arrow_table
connection_lock = threading.RLock()
perform_append = write_servicer.BigQueryWriteHandler._perform_append
READERS = {
    "bqemulator.catalog.ddl_sync",
    "bqemulator.jobs.ddl_result",
    "bqemulator.jobs.executor",
    "bqemulator.jobs.routine_ddl",
    "bqemulator.sql.catalog_schema",
    "bqemulator.sql.inner_query",
}
REFUSED = re.compile(r"\[refused (?P<named>by name )?while (?P<file>\S+) exists\]")


def parse_once(sql, **options):
    """The statement's tree, which bqemulator requests about twenty times; modules that do more than read it
    get a copy. Parsing and copying take most of the time of a statement."""
    tree = parse(sql, **options)
    return tree if sys._getframe(1).f_globals["__name__"] in READERS else tree.copy()


def without_own_names(text):
    """The text with numbers in place of the random parts of the tests' project and dataset names, and a
    function that restores them."""
    numbers = {name: f"{n:032}" for n, name in enumerate(dict.fromkeys(OWN_NAMES.findall(text)))}
    names = {number: name for name, number in numbers.items()}
    return (
        OWN_NAMES.sub(lambda found: numbers[found[0]], text),
        lambda told: OWN_NAMES.sub(lambda found: names.get(found[0], found[0]), told),
    )


def translate_once(self, bq_sql, *, schema=None, caller=None):
    """The statement in DuckDB's SQL, translated only once for all tests."""
    text, with_names = without_own_names(bq_sql)
    known = text, json.dumps(schema), repr(caller)
    if known not in translations:
        translations[known] = translate(self, text, schema=schema, caller=caller)
    return translations[known].map(with_names)


def qualify_once(duckdb_sql, project_id):
    """The statement with the names of DuckDB's schemas, which are inserted only once for all tests."""
    text, with_names = without_own_names(f"{project_id}\n{duckdb_sql}")
    return with_names(qualify_anywhere(text))


@functools.lru_cache(512)
def qualify_anywhere(text):
    project_id, _, duckdb_sql = text.partition("\n")
    return rewrite_table_refs(duckdb_sql, project_id)


def publish_only(self, project_id, dataset_id, table_id):
    """Announce a change without copying the whole table for time travel."""
    self._events.publish(TableDataChanged(project_id, dataset_id, table_id))


def one_at_a_time(method):
    """The method, limited to one thread at a time. Otherwise bqemulator could deadlock: DuckDB's connection,
    which all threads share, can wait for Python's lock while the lock's holder waits for the connection."""

    @functools.wraps(method)
    def alone(*args, **kwargs):
        with connection_lock:
            return method(*args, **kwargs)

    return alone


def update_with_columns(self, table):
    """Add the columns of an updated schema to the table itself; bqemulator only records them."""
    known = {field.name for field in self.get_table(*table_key(table)).schema_.fields}
    added = [_field_to_rest(field) for field in table.schema_.fields if field.name not in known]
    for name, kind in bq_schema_to_duckdb_columns(added):
        place = quoted_table_ref(*table_key(table))
        self._engine.execute(f'ALTER TABLE {place} ADD COLUMN IF NOT EXISTS "{name}" {kind}')
    return update_catalog(self, table)


def table_key(table):
    return table.project_id, table.dataset_id, table.table_id


def decode_strictly(decoder, serialized_rows, target_schema):
    """Refuse unknown fields and nulls in REQUIRED columns, which bqemulator accepts and loses."""
    unknown = set(decoder.field_names) - set(target_schema.names)
    if unknown:
        raise ValueError(f"The writer schema has unknown fields: {sorted(unknown)}")
    table = decode_rows(decoder, serialized_rows, target_schema)
    for field in target_schema:
        if not field.nullable and table.column(field.name).null_count:
            raise ValueError(f"Field {field.name} is required")
    return table


def append_or_refuse(self, stream, rows, offset, max_buffered_rows):
    """Answer INVALID_ARGUMENT to a value that its column can't hold, and keep the stream open. The same goes
    for a turn whose question says that it is to be refused, by name or not, while a file exists."""
    questions = rows.column("query").to_pylist() if "query" in rows.column_names else []
    found = {n: REFUSED.search(text) for n, text in enumerate(questions) if text}
    refused = {n: said for n, said in found.items() if said and os.path.exists(said["file"])}
    if refused:
        response = AppendRowsResponse.deserialize(
            write_servicer._error_response(stream.name, "refused")
        )
        response.row_errors = [
            RowError(index=n, code=RowError.RowErrorCode.FIELDS_ERROR, message=questions[n])
            for n, said in refused.items()
            if said["named"]
        ]
        return AppendRowsResponse.serialize(response)
    try:
        return perform_append(self, stream, rows, offset, max_buffered_rows)
    except duckdb.DataError as error:
        return write_servicer._error_response(stream.name, type(error).__name__)


async def main():
    """Serve until standard input ends."""
    # A stream that its client broke may hold its thread for ever; the default has few threads.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(256))
    server = EmulatorServer(
        Settings(
            log_level=LogLevel.ERROR,
            enable_format_extensions=False,
            query_cache_ttl_seconds=0,
            **{"rest_port": 0, "grpc_port": 0, **json.loads(sys.argv[1])},
        )
    )
    await server.start()
    print(
        json.dumps({"rest": server.rest_port, "grpc": server.grpc_port}),
        file=announcements,
        flush=True,
    )
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()
    os._exit(0)


# SQL errors are answered with their status, such as 400, as BigQuery does. bqemulator answers 200 with
# `errors` and no rows, which the client library takes for a result without rows.
jobs._SQL_EXECUTION_DOMAIN_ERRORS = ()
sqlglot.parse_one = parse_once
SQLTranslator.translate = translate_once
executor.rewrite_table_refs = qualify_once
MemoryCatalogRepository.update_table = update_with_columns
DuckDBEngine._load_spatial = lambda self: None
DuckDBEngine.execute = one_at_a_time(DuckDBEngine.execute)
DuckDBEngine.fetch_arrow = one_at_a_time(DuckDBEngine.fetch_arrow)
write_servicer.BigQueryWriteHandler._flush_to_target = one_at_a_time(
    write_servicer.BigQueryWriteHandler._flush_to_target
)
SnapshotManager.record_change = publish_only
write_servicer.proto_rows_to_arrow_table = decode_strictly
write_servicer.BigQueryWriteHandler._perform_append = append_or_refuse
asyncio.run(main())
