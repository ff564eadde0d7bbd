"""The command line."""

import asyncio
import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar

import click

from analytics.warehouse.port import WarehouseError
from recollect import logs
from recollect.commands.import_content import chat_paths
from recollect.commands.import_file import ImportFailed, import_file
from recollect.commands.import_summary import print_json, print_summary
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings, load_settings
from stores.ports import StoreError

EXTRAS = {"google": "gcp", "streamlit": "client"}
"""The package's extra that includes each optional library."""

P = ParamSpec("P")
T = TypeVar("T")


class _Failure(click.ClickException):
    """A failure with its own exit status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.exit_code = status  # type: ignore[misc]


def _reporting_failures(command: Callable[P, T], status: int = 1) -> Callable[P, T]:
    """Report a failure that the operator can fix as a message and an exit status, not as a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except (SettingsError, StoreError, WarehouseError, ImportFailed) as error:
            raise _Failure(str(error), status) from None
        except ModuleNotFoundError as error:
            library = (error.name or "").partition(".")[0]
            if library not in EXTRAS:
                raise
            raise _Failure(
                f"{error.name} is not installed: run `pip install 'recollect[{EXTRAS[library]}]'` "
                "or, in a clone, `make setup`.",
                status,
            ) from None

    return run


def _settings() -> Settings:
    settings = load_settings()
    logs.configure(settings.log_level)
    return settings


@click.group(help="The memory behind a chat application.")
@click.version_option(package_name="recollect")
def main() -> None:
    """The command `recollect`."""


@main.command()
@_reporting_failures
def dev() -> None:
    """Serve the API and the client on this machine."""
    import uvloop

    from recollect.commands.serve import run

    sys.exit(uvloop.run(run(_settings(), with_client=True)))


@main.command()
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that share the port, for machines with several cores; with Firestore only.",
)
@_reporting_failures
def serve(workers: int) -> None:
    """Serve the API."""
    import uvloop

    from recollect.commands.serve import api_sockets, run
    from recollect.commands.workers import check_workers, of_worker, supervise

    settings = _settings()
    check_workers(settings, workers)
    if workers == 1:
        sys.exit(uvloop.run(run(settings)))
    sockets = api_sockets(settings)

    @_reporting_failures
    def one(number: int) -> int:
        return uvloop.run(run(of_worker(settings, number), sockets))

    sys.exit(supervise(one, workers))


@main.command()
@_reporting_failures
def client() -> None:
    """Serve the client alone, where the API runs elsewhere (RECOLLECT_API_URL)."""
    from recollect.commands.client import become_client

    become_client()


@main.command()
@click.option("--once", is_flag=True, help="Stop when nothing is waiting.")
@_reporting_failures
def export(once: bool) -> None:
    """Mirror changes into the warehouse."""
    from recollect.commands.export import export_once, export_until_stopped

    settings = _settings()
    if once:
        click.echo(f"{asyncio.run(export_once(settings))} marks exported")
    else:
        asyncio.run(export_until_stopped(settings))


@main.command()
@_reporting_failures
def status() -> None:
    """Show how far the mirror is behind and how it is doing. The exit status is 1 if something is wrong."""
    from recollect.commands.status import status as look

    found = asyncio.run(look(_settings()))
    for line in found.lines:
        click.echo(line)
    sys.exit(0 if found.healthy else 1)


@main.command()
@_reporting_failures
def doctor() -> None:
    """Examine the settings and all that they name, and say what to do about what is wrong.

    Nothing is changed. The exit status is 0 if everything is in order, and 1 if not.
    """
    from recollect.commands.doctor import examine, shown

    try:
        found = asyncio.run(examine(_settings()))
    except SettingsError as error:
        click.echo(f"wrong: {error}\n  to do: mend them; docs/settings.md describes each setting")
        sys.exit(1)
    click.echo(shown(found))
    sys.exit(any(finding.problem for finding in found))


@main.command()
@_reporting_failures
def sweep() -> None:
    """Remove what has expired, archive idle sessions, finish erasures. Schedule it in production."""
    from recollect.sweeper import sweep_once

    done = asyncio.run(sweep_once(_settings()))
    counts = [f"{count} {kind}" for kind, count in done.items() if count]
    click.echo(", ".join(counts) or "Nothing to do.")


@main.command()
@click.option(
    "--to", type=click.Choice(["firestore", "sqlite"]), required=True, help="Where to copy to."
)
@_reporting_failures
def copy(to: Literal["firestore", "sqlite"]) -> None:
    """Copy the whole store into the other kind of store, which must be empty, and compare the two.

    End what uses either of them first. After an interruption it continues where it stopped. At the end
    everything is marked, so that the exporter fills the mirror of the copy.
    """
    from recollect.commands.copy import copy_store

    done = asyncio.run(copy_store(_settings(), to))
    click.echo(f"{done.documents} documents copied and found equal, {done.marked} records marked")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_reporting_failures
def backup(folder: Path) -> None:
    """Back up the embedded store and its key to a new FOLDER, while Recollect runs."""
    from recollect.commands.backup import back_up

    back_up(_settings(), folder)
    click.echo(f"Backed up to {folder}. It holds everybody's texts and the key: keep it safe.")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_reporting_failures
def restore(folder: Path) -> None:
    """Put the backup in FOLDER in place of the embedded store. Stop Recollect first.

    What is there now is moved aside. Who has erased their data since the backup stays erased.
    """
    from recollect.commands.backup import restore as put_back

    aside, repeated = asyncio.run(put_back(_settings(), folder))
    if repeated:
        click.echo(f"{repeated} users had erased their data since, and are erased again.")
    click.echo(f"Restored. What was there is in {aside}; the next start fills the warehouse.")


@main.command()
@click.option("--at", metavar="TIME", help="Act as if it were this time, in ISO 8601.")
@click.option(
    "--dry-run",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the mails into this folder; nothing is sent or noted.",
)
@_reporting_failures
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
    notified = asyncio.run(notify_all(_settings(), time, folder))
    counts = [f"{count} {state}" for state, count in notified.done.items() if count]
    click.echo(", ".join(counts) or "Nothing to send.")
    if notified.problem:
        raise _Failure(f"The mail server {PROBLEMS[notified.problem]}.", 1)


@main.command()
@_reporting_failures
def backfill() -> None:
    """Mark everything in the store, so that the exporter mirrors all of it. Safe at any time.

    After an interruption it continues where it stopped.
    """
    from recollect.commands.upkeep import backfill_store

    click.echo(f"{asyncio.run(backfill_store(_settings(), click.echo))} records marked")


@main.command()
@click.option("--repair", is_flag=True, help="Remove and export again what differs.")
@partial(_reporting_failures, status=2)
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

    outcome = asyncio.run(reconcile_mirror(_settings(), repair, show))
    found = [f"{count} {what}" for what, count in sorted(outcome.found.items())]
    for record in outcome.unreadable.values():
        click.echo(record)
    if outcome.unreadable:
        found.append(f"{len(outcome.unreadable)} unreadable records")
    click.echo(", ".join(found) or "Store and mirror are equal.")
    if repair and outcome.found:
        click.echo(f"{outcome.found.total() - outcome.left} repaired, {outcome.left} left")
    sys.exit(1 if outcome.left or outcome.unreadable else 0)


@main.group()
def warehouse() -> None:
    """The warehouse's tables and views."""


@warehouse.command()
@_reporting_failures
def init() -> None:
    """Create missing tables, columns and views. Safe to repeat."""
    from recollect.commands.export import init_warehouse

    for note in asyncio.run(init_warehouse(_settings())):
        click.echo(note)
    click.echo("The warehouse is ready.")


@warehouse.command()
@_reporting_failures
def compact() -> None:
    """Remove what the views never show. Schedule it in production."""
    from recollect.commands.upkeep import compact_warehouse

    removed = asyncio.run(compact_warehouse(_settings()))
    counts = [f"{count} {why}" for why, count in removed.items()]
    click.echo(f"Rows removed: {', '.join(counts)}" if counts else "Nothing to do.")


@main.group(name="dead-letters")
def dead_letters() -> None:
    """Records that the warehouse refuses, set aside so that they don't hold up others."""


@dead_letters.command(name="list")
@_reporting_failures
def list_dead_letters() -> None:
    """List dead letters with their ids, records, reasons and attempts."""
    from recollect.commands.dead_letters import listed

    click.echo("\n".join(asyncio.run(listed(_settings()))) or "There are no dead letters.")


@dead_letters.command(name="retry")
@click.argument("ids", nargs=-1)
@_reporting_failures
def retry_dead_letters(ids: tuple[str, ...]) -> None:
    """Export dead letters again: those with these IDS, or all."""
    from recollect.commands.dead_letters import retry

    click.echo(asyncio.run(retry(_settings(), ids)))


@dead_letters.command(name="drop")
@click.argument("ids", nargs=-1)
@click.option("--yes", is_flag=True, help="Don't ask.")
@_reporting_failures
def drop_dead_letters(ids: tuple[str, ...], yes: bool) -> None:
    """Remove dead letters: those with these IDS, or all. The records stay, but are not mirrored
    until they change."""
    from recollect.commands.dead_letters import count, drop

    settings = _settings()
    if not yes:
        number = asyncio.run(count(settings, ids))
        click.confirm(
            f"Drop {number}? Search will not find these records until they change.", abort=True
        )
    click.echo(f"{asyncio.run(drop(settings, ids))} dropped")


@main.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", help="The files' format; told by their content when not given.")
@click.option("--dry-run", is_flag=True, help="Only report what an import would do.")
@click.option("--json", "as_json", is_flag=True, help="Print each report as a line of JSON.")
@click.option(
    "--all-users",
    is_flag=True,
    help="Of the answer app's rows, take every user's into the store that the settings name.",
)
@click.option("--url", help="The API's address; RECOLLECT_API_URL by default.")
@click.option("--user", help="The owner of the chats, with the dev identity.")
@_reporting_failures
def import_(
    files: tuple[Path, ...],
    form: str | None,
    dry_run: bool,
    as_json: bool,
    all_users: bool,
    url: str | None,
    user: str | None,
) -> None:
    """Import the chats of FILES through the API, and report on them. Of a folder all files that may hold
    chats are taken.

    Known are Recollect's own archives and what ChatGPT, Claude, DeepSeek, Gemini (Takeout), Grok,
    LibreChat, Open WebUI, OpenAI's API, ShareGPT, Vertex AI Search and the answer app hand out, also in
    a .zip; docs/importing.md describes them. The same file again adds nothing. Without --user the
    bearer token in RECOLLECT_TOKEN is sent.

    The status is 1 if anything that people saw there did not come in as it was: if something was
    refused, left out or shortened, or a file could not be read to its end.
    """
    told = print_json if as_json else print_summary
    if all_users:
        from recollect.commands.import_all import import_for_all

        sys.exit(asyncio.run(import_for_all(_settings(), chat_paths(files), told, dry_run=dry_run)))
    settings = load_settings()
    token = settings.token.get_secret_value() if settings.token else None
    address = url or settings.reachable_at
    status = 0
    for path in chat_paths(files):
        try:
            report = import_file(path, address, user, token, form=form, dry_run=dry_run)
        except ImportFailed as failed:
            if files == (path,):
                raise
            status |= told(str(path), str(failed))
        else:
            status |= told(str(path), report)
    sys.exit(status)


@main.command()
@click.option("--archive", is_flag=True, help="Print the JSON Schema of exported archives instead.")
def schema(archive: bool) -> None:
    """Print the GraphQL schema."""
    from resolvers.transfer.archive_schema import archive_schema
    from schema import build_schema

    click.echo(archive_schema() if archive else build_schema().as_str())
