"""The command line."""

import click

from recollect.cli.dead_letters import dead_letters
from recollect.cli.examining import doctor, schema, status
from recollect.cli.moving import backup, copy, import_, restore
from recollect.cli.serving import client, dev, export, notify, serve
from recollect.cli.upkeep import backfill, reconcile, sweep, warehouse


@click.group(help="The memory behind a chat application.")
@click.version_option(package_name="recollect")
def main() -> None:
    """The command `recollect`."""


for _command in (
    dev,
    serve,
    client,
    export,
    status,
    doctor,
    sweep,
    copy,
    backup,
    restore,
    notify,
    backfill,
    reconcile,
    warehouse,
    dead_letters,
    import_,
    schema,
):
    main.add_command(_command)
