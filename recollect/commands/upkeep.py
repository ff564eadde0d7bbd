"""The commands that keep the mirror equal to the store."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import click

from analytics.embedding.port import Embedder
from analytics.unreadable_records import OnUnreadable
from analytics.upkeep.backfill import backfill
from analytics.upkeep.compact import compact
from analytics.upkeep.reconcile import Difference, confirmed, differences
from analytics.upkeep.repair import repair
from analytics.upkeep.scans import Report
from analytics.warehouse.port import Warehouse
from recollect.commands.export import ready_warehouse
from recollect.services import clock, opened_embedder, opened_store
from recollect.settings.settings import Settings
from stores.errors import Unreadable
from stores.keys import Key
from stores.ports import Store
from stores.records import Record


@contextmanager
def progress(label: str) -> Iterator[Report]:
    """A progress bar on standard error, if that is a terminal."""
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def report(done: int, expected: int) -> None:
            bar.length = max(expected, 1)
            bar.update(done - bar.pos)

        yield report


async def backfill_store(settings: Settings, on_unreadable: OnUnreadable) -> int:
    """Mark all records in the store; returns how many it went through. `on_unreadable` is called for those
    that can't be read."""
    async with opened_store(settings) as store:
        with progress("Marking") as report:
            return await backfill(store, report, on_unreadable)


@dataclass(slots=True)
class Reconciled:
    """How many differences there were, by kind, how many are left after a repair, and which records
    could not be read."""

    found: Counter[str] = field(default_factory=Counter)
    left: int = 0
    unreadable: dict[Key[Record], Unreadable] = field(default_factory=dict)


async def reconcile_mirror(
    settings: Settings, mend: bool, show: Callable[[Difference], None]
) -> Reconciled:
    """Compare store and warehouse. `show` is called with each difference; with `mend` differences
    are repaired."""
    outcome = Reconciled()
    async with (
        ready_warehouse(settings) as warehouse,
        opened_store(settings) as store,
        opened_embedder(settings) as embedder,
    ):
        with progress("Comparing") as report:
            async for some in differences(
                store,
                warehouse,
                report,
                lambda each: outcome.unreadable.update({each.key: each}),
                embedder,
            ):
                for each in some:
                    show(each)
                    outcome.found[f"{each.problem} {each.kind.name}s"] += 1
                left = await _mended(store, warehouse, some, embedder) if mend else some
                outcome.left += len(left)
    return outcome


async def _mended(
    store: Store, warehouse: Warehouse, some: Sequence[Difference], embedder: Embedder | None
) -> Sequence[Difference]:
    """Repair differences of one kind; returns those that are left."""
    kind, records = some[0].kind, [each.record for each in some]
    await repair(store, warehouse, kind, records, embedder)
    return await confirmed(store, warehouse, kind, records, embedder)


async def compact_warehouse(settings: Settings) -> Mapping[str, int]:
    """Remove rows that the views never show. Returns how many were removed, by reason."""
    async with ready_warehouse(settings) as warehouse:
        with progress("Compacting") as report:
            return await compact(warehouse, clock(), report)
