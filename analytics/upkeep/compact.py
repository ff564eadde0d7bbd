"""Compaction: what the views never show leaves the warehouse, and they show the same as before."""

from collections import Counter
from collections.abc import Mapping

from analytics.upkeep.scans import Report, unreported
from analytics.warehouse.port import Warehouse

STEPS = ("erased", "superseded", "tombstones")
"""In this order: a tombstone may go once nothing that it hides is left."""
KEEP_TOMBSTONES = 7 * 86_400_000_000
"""Microseconds for which a tombstone stays, much longer than any row may be late."""


async def compact(warehouse: Warehouse, now: int, report: Report = unreported) -> Mapping[str, int]:
    """Remove rows from before an erasure, versions that a later one outranks, and tombstones older than
    `KEEP_TOMBSTONES` that hide nothing; returns how many rows went, by step.

    `now` is in microseconds. It works on one month at a time, may stop anywhere, and may run beside
    exporters. `report` is told of rows. Raises `WarehouseError`.
    """
    before = now - KEEP_TOMBSTONES
    removed: Counter[str] = Counter()
    for step in STEPS:
        months = await warehouse.query("compactable", {"before": before})
        for index, month in enumerate(months, start=1):
            if month[step]:
                given = {"since": month["since"], "until": month["until"]}
                if step == "tombstones":
                    given["before"] = before
                removed[step] += await warehouse.execute(f"compact_{step}", given)
                done = removed.total()
                report(done, done + sum(each[step] for each in months[index:]))
    await warehouse.rewrite()
    return +removed
