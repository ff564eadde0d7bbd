"""Commands that show the state of an installation, and the schema."""

import asyncio
import sys

import click

from recollect.cli.failures import configure, reporting_failures
from recollect.settings.errors import SettingsError


@click.command()
@reporting_failures
def status() -> None:
    """Show how far the mirror is behind and how it is doing. The exit status is 1 if something is wrong."""
    from recollect.commands.status import status as look

    found = asyncio.run(look(configure()))
    for line in found.lines:
        click.echo(line)
    sys.exit(0 if found.healthy else 1)


@click.command()
@reporting_failures
def doctor() -> None:
    """Examine the settings and all that they name, and say what to do about what is wrong.

    Nothing is changed. The exit status is 0 if everything is in order, and 1 if not.
    """
    from recollect.commands.doctor import examine, shown

    try:
        found = asyncio.run(examine(configure()))
    except SettingsError as error:
        click.echo(
            f"problem: {error}\n  to do: correct them; docs/settings.md describes each setting"
        )
        sys.exit(1)
    click.echo(shown(found))
    sys.exit(any(finding.problem for finding in found))


@click.command()
@click.option("--archive", is_flag=True, help="Print the JSON Schema of exported archives instead.")
def schema(archive: bool) -> None:
    """Print the GraphQL schema."""
    from resolvers.transfer.archive_schema import archive_schema
    from schema import build_schema

    click.echo(archive_schema() if archive else build_schema().as_str())
