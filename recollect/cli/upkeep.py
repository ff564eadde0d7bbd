"""Commands that keep the store and the mirror in order."""

import asyncio
import sys
from functools import partial

import click

from recollect.cli.failures import configure, reporting_failures


@click.command()
@reporting_failures
def sweep() -> None:
    """Remove what has expired, archive idle sessions, finish erasures. Schedule it in production."""
    from recollect.sweeper import sweep_once

    done = asyncio.run(sweep_once(configure()))
    counts = [f"{count} {kind}" for kind, count in done.items() if count]
    click.echo(", ".join(counts) or "Nothing to do.")


@click.command()
@reporting_failures
def backfill() -> None:
    """Mark everything in the store, so that the exporter mirrors all of it. Safe at any time.

    After an interruption it continues where it stopped.
    """
    from recollect.commands.upkeep import backfill_store

    click.echo(f"{asyncio.run(backfill_store(configure(), click.echo))} records marked")


@click.command()
@click.option("--repair", is_flag=True, help="Remove and export again what differs.")
@partial(reporting_failures, status=2)
def reconcile(repair: bool) -> None:
    """Compare the mirror with the store, record by record. Safe at any time.

    Prints what is missing, extra or stale, and what can't be read, which --repair can't fix. The
    status is 0 if nothing differs (any more), 1 if something does, and 2 if they can't be compared.
    """
    from analytics.upkeep.reconcile import Difference
    from recollect.commands.upkeep import reconcile_mirror

    def show(difference: Difference) -> None:
        uid, change = difference.record
        ids = filter(None, (uid, change.session_id, change.conversation_id))
        click.echo(f"{difference.problem} {difference.kind.name} {'/'.join(ids)}")

    outcome = asyncio.run(reconcile_mirror(configure(), repair, show))
    found = [f"{count} {what}" for what, count in sorted(outcome.found.items())]
    for record in outcome.unreadable.values():
        click.echo(record)
    if outcome.unreadable:
        found.append(f"{len(outcome.unreadable)} unreadable records")
    click.echo(", ".join(found) or "Store and mirror are equal.")
    if repair and outcome.found:
        click.echo(f"{outcome.found.total() - outcome.left} repaired, {outcome.left} left")
    sys.exit(1 if outcome.left or outcome.unreadable else 0)


@click.group()
def warehouse() -> None:
    """The warehouse's tables and views."""


@warehouse.command()
@reporting_failures
def init() -> None:
    """Create missing tables, columns and views. Safe to repeat."""
    from recollect.commands.export import init_warehouse

    for note in asyncio.run(init_warehouse(configure())):
        click.echo(note)
    click.echo("The warehouse is ready.")


@warehouse.command()
@reporting_failures
def compact() -> None:
    """Remove what the views never show. Schedule it in production."""
    from recollect.commands.upkeep import compact_warehouse

    removed = asyncio.run(compact_warehouse(configure()))
    counts = [f"{count} {why}" for why, count in removed.items()]
    click.echo(f"Rows removed: {', '.join(counts)}" if counts else "Nothing to do.")
