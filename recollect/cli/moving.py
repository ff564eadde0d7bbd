"""Commands that import, copy, back up and restore data."""

import asyncio
import sys
from pathlib import Path
from typing import Literal

import click

from recollect.cli.failures import configure, reporting_failures
from recollect.commands.import_content import chat_paths
from recollect.commands.import_file import ImportFailed, import_file
from recollect.commands.import_summary import print_json, print_summary
from recollect.settings.settings import load_settings


@click.command(name="import")
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
@reporting_failures
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

        sys.exit(asyncio.run(import_for_all(configure(), chat_paths(files), told, dry_run=dry_run)))
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


@click.command()
@click.option(
    "--to", type=click.Choice(["firestore", "sqlite"]), required=True, help="Where to copy to."
)
@reporting_failures
def copy(to: Literal["firestore", "sqlite"]) -> None:
    """Copy the whole store into the other kind of store, which must be empty, and compare the two.

    End what uses either of them first. After an interruption it continues where it stopped. At the end
    everything is marked, so that the exporter fills the mirror of the copy.
    """
    from recollect.commands.copy import copy_store

    done = asyncio.run(copy_store(configure(), to))
    click.echo(f"{done.documents} documents copied and found equal, {done.marked} records marked")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@reporting_failures
def backup(folder: Path) -> None:
    """Back up the embedded store and its key to a new FOLDER, while Recollect runs."""
    from recollect.commands.backup import back_up

    back_up(configure(), folder)
    click.echo(f"Backed up to {folder}. It holds everybody's texts and the key: keep it safe.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@reporting_failures
def restore(folder: Path) -> None:
    """Put the backup in FOLDER in place of the embedded store. Stop Recollect first.

    What is there now is moved aside. Who has erased their data since the backup stays erased.
    """
    from recollect.commands.backup import restore as put_back

    aside, repeated = asyncio.run(put_back(configure(), folder))
    if repeated:
        click.echo(f"{repeated} users had erased their data since, and are erased again.")
    click.echo(f"Restored. What was there is in {aside}; the next start fills the warehouse.")
