"""Runs bqemulator, made to behave like the service where tests rely on it.

To be run with the Python of `.venv-bqemulator`. Prints one JSON line with its two ports when it
answers and stops when its standard input ends, so it never outlives who started it.
"""

import asyncio
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

# bqemulator logs to what is the standard output when it is imported.
announcements, sys.stdout = sys.stdout, sys.stderr

# ruff: noqa: E402
import duckdb
import structlog

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))

from bqemulator.config import LogLevel, Settings
from bqemulator.domain.events import TableDataChanged
from bqemulator.grpc_api import write_servicer
from bqemulator.server import EmulatorServer
from bqemulator.storage.engine import DuckDBEngine
from bqemulator.versioning.snapshots import SnapshotManager

decode_rows = write_servicer.proto_rows_to_arrow_table
perform_append = write_servicer.BigQueryWriteHandler._perform_append


def publish_only(self, project_id, dataset_id, table_id):
    """Announce a change without copying the whole table for time travel."""
    self._events.publish(TableDataChanged(project_id, dataset_id, table_id))


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
    """Answer a value that its column can't hold as INVALID_ARGUMENT, and keep the stream open."""
    try:
        return perform_append(self, stream, rows, offset, max_buffered_rows)
    except duckdb.DataError as error:
        return write_servicer._error_response(stream.name, type(error).__name__)


async def main():
    """Serve until standard input ends."""
    # A stream that its client broke may hold its thread for good; the default has a few threads.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(256))
    server = EmulatorServer(
        Settings(
            rest_port=0,
            grpc_port=0,
            log_level=LogLevel.ERROR,
            enable_format_extensions=False,
            query_cache_ttl_seconds=0,
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


DuckDBEngine._load_spatial = lambda self: None
SnapshotManager.record_change = publish_only
write_servicer.proto_rows_to_arrow_table = decode_strictly
write_servicer.BigQueryWriteHandler._perform_append = append_or_refuse
asyncio.run(main())
