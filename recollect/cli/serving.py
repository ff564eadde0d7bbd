"""Commands that run processes."""

import asyncio
import sys
from pathlib import Path

import click

from recollect.cli.failures import Failure, configure, reporting_failures


@click.command()
@reporting_failures
def dev() -> None:
    """Serve the API and the client on this machine."""
    import uvloop

    from recollect.commands.serve import run

    sys.exit(uvloop.run(run(configure(), with_client=True)))


@click.command()
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that share the port, for machines with several cores; with Firestore only.",
)
@reporting_failures
def serve(workers: int) -> None:
    """Serve the API."""
    import uvloop

    from recollect.commands.serve import api_sockets, run
    from recollect.commands.workers import check_workers, of_worker, supervise

    settings = configure()
    check_workers(settings, workers)
    if workers == 1:
        sys.exit(uvloop.run(run(settings)))
    sockets = api_sockets(settings)

    @reporting_failures
    def one(number: int) -> int:
        return uvloop.run(run(of_worker(settings, number), sockets))

    sys.exit(supervise(one, workers))


@click.command()
@reporting_failures
def client() -> None:
    """Serve the client alone, where the API runs elsewhere (RECOLLECT_API_URL)."""
    from recollect.commands.client import become_client

    become_client()


@click.command()
@click.option("--once", is_flag=True, help="Stop when nothing is waiting.")
@reporting_failures
def export(once: bool) -> None:
    """Mirror changes into the warehouse."""
    from recollect.commands.export import export_once, export_until_stopped

    settings = configure()
    if once:
        click.echo(f"{asyncio.run(export_once(settings))} marks exported")
    else:
        asyncio.run(export_until_stopped(settings))


@click.command()
@click.option("--at", metavar="TIME", help="Act as if it were this time, in ISO 8601.")
@click.option(
    "--dry-run",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the mails into this folder; nothing is sent or noted.",
)
@reporting_failures
def notify(at: str | None, folder: Path | None) -> None:
    """Send the summaries and reminders that are due. Schedule it every hour in production.

    Safe to run twice at once, and to kill. The status is 1 if the mail server took no more mails; the
    next run sends what is left.
    """
    from recollect.commands.notify import PROBLEMS, moment_of, notify_all

    try:
        time = moment_of(at) if at else None
    except ValueError:
        raise click.BadParameter("should be like 2026-03-01T08:00Z", param_hint="--at") from None
    notified = asyncio.run(notify_all(configure(), time, folder))
    counts = [f"{count} {state}" for state, count in notified.done.items() if count]
    click.echo(", ".join(counts) or "Nothing to send.")
    if notified.problem:
        raise Failure(f"The mail server {PROBLEMS[notified.problem]}.", 1)
