"""Appends rows so that a row that the warehouse refuses does not block the others."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from analytics.mirror.current_records import Changed
from analytics.warehouse.port import RowsRefused, Warehouse, WarehouseUnavailable
from analytics.warehouse.rows import Row
from analytics.warehouse.validation import fault

SUSPICIOUS = 10
"""If this many rows of a table are refused and none is accepted, the table is wrong, not the rows."""

_Refused: TypeAlias = dict[Changed, str]


async def append_rows(warehouse: Warehouse, rows: Mapping[Changed, Row]) -> _Refused:
    """Append rows. Returns those that the warehouse will never accept, each with the reason.

    Raises `WarehouseError` if the outcome is unknown, or if a table accepts no row at all.
    """
    refused = await asyncio.to_thread(_unfit, rows)
    fit = {key: row for key, row in rows.items() if key not in refused}
    try:
        await warehouse.append(list(fit.values()))
    except RowsRefused:
        by_type: dict[type[Row], list[Changed]] = defaultdict(list)
        for key, row in fit.items():
            by_type[type(row)].append(key)
        for keys in by_type.values():
            refused |= await _isolate(warehouse, keys, fit)
    return refused


def _unfit(rows: Mapping[Changed, Row]) -> _Refused:
    return {key: reason for key, row in rows.items() if (reason := fault(row))}


async def _isolate(
    warehouse: Warehouse, keys: Sequence[Changed], rows: Mapping[Changed, Row]
) -> _Refused:
    """Append rows of one table in smaller and smaller parts, unless the refusal names the rows."""
    refused: _Refused = {}
    some_landed = False
    parts = [list(keys)]
    while parts:
        part = parts.pop()
        try:
            await warehouse.append([rows[key] for key in part])
            some_landed = True
        except RowsRefused as error:
            if error.rows or len(part) == 1:
                named = {part[index] for index in error.rows} or set(part)
                refused |= dict.fromkeys(named, str(error))
                parts.append([key for key in part if key not in named])
            else:
                half = len(part) // 2
                parts += [part[half:], part[:half]]
        parts = [part for part in parts if part]
        if len(refused) >= SUSPICIOUS and not some_landed:
            raise WarehouseUnavailable(
                "The warehouse refuses every row of a table: run `recollect warehouse init`."
            )
    return refused
