"""An operator's import of the answer app's rows: of every user in them, into the store itself."""

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
"""Prints the report on somebody's rows, or why there is none; True if anything was lost."""


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
    """Each user that a file has rows of, and the report on theirs; None where the rows have no address to
    know the user by.

    The users are those whose sign-in vouches for that address. Raises what the store and an import raise.
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
