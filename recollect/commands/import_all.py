"""Imports the answer app's rows for an operator: those of every user, directly into the store."""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from recollect.email_addresses import NotAnAddress
from recollect.identity.key import load_id_key
from recollect.identity.viewers import Viewers
from recollect.services import open_services
from recollect.settings.settings import Settings
from resolvers.transfer.importing.importer import import_chats, imported
from resolvers.transfer.importing.readers.answer_app import users
from resolvers.transfer.importing.readers.entries import Format
from schema.import_report import ImportReport, as_json

Tell = Callable[[str, dict[str, Any] | str], bool]
"""Prints the report on a user's rows, or the reason why there is none; returns True if anything was lost."""


async def import_for_all(
    settings: Settings, paths: Sequence[Path], tell: Tell, *, dry_run: bool
) -> bool:
    """Import every user's rows, each with a report; True if anything was lost."""
    was_lost = False
    for path in paths:
        async for name, outcome in _outcomes(settings, path, dry_run=dry_run):
            was_lost |= tell(name, outcome or "That is no address to know a user by.")
    return was_lost


async def _outcomes(
    settings: Settings, path: Path, *, dry_run: bool
) -> AsyncIterator[tuple[str, dict[str, Any] | None]]:
    """Each user with rows in a file, and the report on their rows; None if the rows have no address that can
    identify the user.

    Each user is the one whose sign-in vouches for that address. Raises the errors of the store and of an
    import.
    """
    async with open_services(settings) as services:
        viewers = Viewers(load_id_key(settings))
        with path.open("rb") as file:
            found = users(file)
            for address in found:
                try:
                    viewer = viewers.of_email(address, claims={})
                except NotAnAddress:
                    yield address, None
                    continue
                file.seek(0)
                ctx = services.context(viewer)
                steps = import_chats(ctx, file, Format.ANSWER_APP, dry_run=dry_run)
                yield address, as_json(ImportReport.of(await imported(steps)))
