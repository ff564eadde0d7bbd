"""Commands for records that the warehouse refuses."""

import asyncio

import click

from recollect.cli.failures import configure, reporting_failures


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Records that the warehouse refuses, set aside so that they don't hold up others."""


@dead_letters.command(name="list")
@reporting_failures
def list_dead_letters() -> None:
    """List dead letters with their ids, records, reasons and attempts."""
    from recollect.commands.dead_letters import listed

    click.echo("\n".join(asyncio.run(listed(configure()))) or "There are no dead letters.")


@dead_letters.command(name="retry")
@click.argument("ids", nargs=-1)
@reporting_failures
def retry_dead_letters(ids: tuple[str, ...]) -> None:
    """Export dead letters again: those with these IDS, or all."""
    from recollect.commands.dead_letters import retry

    click.echo(asyncio.run(retry(configure(), ids)))


@dead_letters.command(name="drop")
@click.argument("ids", nargs=-1)
@click.option("--yes", is_flag=True, help="Don't ask.")
@reporting_failures
def drop_dead_letters(ids: tuple[str, ...], yes: bool) -> None:
    """Remove dead letters: those with these IDS, or all. The records stay, but are not mirrored
    until they change."""
    from recollect.commands.dead_letters import count, drop

    settings = configure()
    if not yes:
        number = asyncio.run(count(settings, ids))
        click.confirm(
            f"Drop {number}? Search will not find these records until they change.", abort=True
        )
    click.echo(f"{asyncio.run(drop(settings, ids))} dropped")
