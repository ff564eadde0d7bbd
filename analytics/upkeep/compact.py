"""Compaction: removes rows that the views never show. The views show the same before and after."""

from collections import Counter
from collections.abc import Mapping

from analytics.upkeep.scans import Report, no_report
from analytics.warehouse.port import Warehouse

STEPS = ("erased", "superseded", "tombstones")
"""In this order, because a tombstone may be removed only after everything it hides."""
KEEP_TOMBSTONES = 7 * 86_400_000_000
"""How long tombstones are kept, in microseconds: much longer than any row may be late."""


async def compact(warehouse: Warehouse, now: int, report: Report = no_report) -> Mapping[str, int]:
    """Remove rows from before an erasure, versions superseded by a later one, and tombstones older
    than `KEEP_TOMBSTONES` that hide nothing. Returns how many rows were removed, by step.

    `now` is in microseconds. It works on one month at a time, may be stopped at any point, and may
    run beside exporters. `report` counts rows. Raises `WarehouseError`.
    """
    before = now - KEEP_TOMBSTONES
    removed: Counter[str] = Counter()
    for step in STEPS:
        months = await warehouse.query("compactable", {"before": before})
        for index, month in enumerate(months, start=1):
            if month[step]:
                parameters = {"since": month["since"], "until": month["until"]}
                if step == "tombstones":
                    parameters["before"] = before
                removed[step] += await warehouse.execute(f"compact_{step}", parameters)
                done = removed.total()
                report(done, done + sum(each[step] for each in months[index:]))
    await warehouse.rewrite()
    return +removed
