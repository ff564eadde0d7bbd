"""The command line."""

import asyncio
import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from analytics.ports import WarehouseError
from recollect import logs
from recollect.importing import ImportFailed, import_file
from recollect.setting_errors import SettingsError
from recollect.settings import Settings, load_settings
from stores.ports import StoreError

EXTRAS = {"google": "gcp", "streamlit": "client"}
"""The extra of the package that brings a library which not everyone needs."""

P = ParamSpec("P")
T = TypeVar("T")


def _settled(command: Callable[P, T]) -> Callable[P, T]:
    """Give a failure that a person can mend as one message and a status, not as a trace."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except (SettingsError, StoreError, WarehouseError, ImportFailed) as error:
            raise click.ClickException(str(error)) from None
        except ModuleNotFoundError as error:
            library = (error.name or "").partition(".")[0]
            if library not in EXTRAS:
                raise
            raise click.ClickException(
                f"{error.name} is not installed: run `pip install 'recollect[{EXTRAS[library]}]'` "
                "or, in a clone, `make setup`."
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
@_settled
def dev() -> None:
    """Serve the API and the client on this machine, on the embedded default."""
    from recollect.serving import run

    sys.exit(asyncio.run(run(_settings(), with_client=True)))


@main.command()
@_settled
def serve() -> None:
    """Serve the API."""
    from recollect.serving import run

    sys.exit(asyncio.run(run(_settings())))


@main.command()
@click.option("--once", is_flag=True, help="Stop when nothing is waiting.")
@_settled
def export(once: bool) -> None:
    """Mirror what changed into the warehouse."""
    from recollect.exporting import export_once, export_until_stopped

    settings = _settings()
    if once:
        click.echo(f"{asyncio.run(export_once(settings))} marks exported")
    else:
        asyncio.run(export_until_stopped(settings))


@main.command()
@_settled
def sweep() -> None:
    """Remove what has expired, archive what is idle, finish erasures. Schedule it in production."""
    from recollect.sweeping import sweep_once

    done = asyncio.run(sweep_once(_settings()))
    counts = [f"{count} {kind}" for kind, count in done.items() if count]
    click.echo(", ".join(counts) or "Nothing to do.")


@main.group()
def warehouse() -> None:
    """The warehouse's tables and views."""


@warehouse.command()
@_settled
def init() -> None:
    """Create the tables and views that are missing; safe to repeat."""
    from recollect.exporting import init_warehouse

    asyncio.run(init_warehouse(_settings()))
    click.echo("The warehouse is ready.")


@main.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", help="The API's address; RECOLLECT_API_URL by default.")
@click.option("--user", help="Whose chats they are, with the dev identity.")
@_settled
def import_(file: Path, url: str | None, user: str | None) -> None:
    """Record the chats of a file through the API.

    It takes turns as JSON lines ({"id", "turns": [{"query", "response"}]}) and ShareGPT's JSON. The
    same file again adds nothing. Without --user the bearer token in RECOLLECT_TOKEN is sent.
    """
    settings = load_settings()
    token = settings.token.get_secret_value() if settings.token else None
    report = import_file(file, url or settings.reachable_at, user, token)
    click.echo(json.dumps(report, indent=2))


@main.command()
def schema() -> None:
    """Print the GraphQL schema."""
    from schema import build_schema

    click.echo(build_schema().as_str())
