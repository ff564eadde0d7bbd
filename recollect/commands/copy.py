"""Moves an installation's records between the embedded store and the production one."""

from typing import Literal

from analytics.upkeep.copying import Copied, copy
from recollect.commands.upkeep import progress
from recollect.identity.key import FILE
from recollect.services import opened_store
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings

Kind = Literal["sqlite", "firestore"]


async def copy_store(settings: Settings, to: Kind) -> Copied:
    """Copy everything into the store `to` from the other one.

    Raises `SettingsError` if the other store's users would not be found in it.
    """
    _check(settings, to)
    source: Kind = "sqlite" if to == "firestore" else "firestore"
    async with (
        opened_store(settings.model_copy(update={"store": source})) as from_store,
        opened_store(settings.model_copy(update={"store": to})) as to_store,
    ):
        with progress("Copying") as report:
            return await copy(from_store, to_store, report)


def _check(settings: Settings, to: Kind) -> None:
    if settings.project is None:
        raise SettingsError(["RECOLLECT_PROJECT: is needed to reach Firestore"])
    file = settings.data_dir / FILE
    key = settings.id_key.get_secret_value() if settings.id_key else None
    of_file = file.read_text().strip() if file.exists() else None
    if to == "firestore" and not (settings.data_dir / "store.sqlite").exists():
        raise SettingsError([f"RECOLLECT_DATA_DIR: {settings.data_dir} has no store to copy"])
    if key is None and of_file is None:
        raise SettingsError(
            [
                f"RECOLLECT_ID_KEY: is not set, and there is no {file}. Set it to the key by which the users "
                "are known: with another one nobody would find their chats"
            ]
        )
    if key and of_file and key != of_file:
        raise SettingsError(
            [
                f"RECOLLECT_ID_KEY: differs from the key in {file}, by which the users of the store there "
                "are known. Set it to what that file holds"
            ]
        )
