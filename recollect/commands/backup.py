"""Backs up the embedded store while it is used, and restores it.

A backup is a folder with the SQLite file and the identity key. The warehouse is not included: it mirrors the
store, and is filled from it after a restore.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import click

from analytics.upkeep.backfill import backfill
from analytics.upkeep.scans import no_report
from recollect.commands.restored_mails import carry_over_mails
from recollect.identity.key import FILE
from recollect.services import open_warehouse, opened_store
from recollect.settings.settings import Settings
from stores.errors import Unreadable
from stores.keys import profile_key
from stores.mirror_records import Erasure
from stores.ports import Store

STORE, WAREHOUSE = "store.sqlite", "warehouse.duckdb"


def back_up(settings: Settings, to: Path) -> None:
    """Write a backup to the folder `to`, which must not exist. Writes all of it or nothing."""
    from stores.sqlite.backup import back_up as back_up_store

    _check_embedded(settings)
    if to.exists():
        raise click.ClickException(f"{to} exists already: name a new folder.")
    store = settings.data_dir / STORE
    if not store.exists():
        raise click.ClickException(f"{settings.data_dir} has no store to back up.")
    draft = to.with_name(f".{to.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    back_up_store(store, draft / STORE)
    if (key := settings.data_dir / FILE).exists():
        shutil.copy2(key, draft / FILE)
    draft.rename(to)


async def restore(settings: Settings, source: Path) -> tuple[Path, int]:
    """Replace the contents of the data folder by a backup, and move them aside. Returns their new folder, and
    for how many users an erasure made since the backup was repeated.

    Raises `WarehouseLocked` while a Recollect uses the folder.
    """
    from stores.sqlite.backup import check

    _check_embedded(settings)
    check(source / STORE)
    # Only one process opens the warehouse: while this one holds it, no API runs.
    await (await open_warehouse(settings)).close()
    erased = await _erasures(settings)
    aside = settings.data_dir / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    aside.mkdir(mode=0o700)
    for name in (STORE, f"{STORE}-wal", f"{STORE}-shm", FILE, WAREHOUSE, f"{WAREHOUSE}.wal"):
        if (settings.data_dir / name).exists():
            (settings.data_dir / name).rename(aside / name)
    for name in (FILE, STORE):
        if (source / name).exists():
            shutil.copy2(source / name, settings.data_dir / name)
    async with opened_store(settings) as store:
        repeated = [uid for uid, erasure in erased.items() if await _erase(store, uid, erasure)]
        if (aside / STORE).exists():
            async with opened_store(settings.model_copy(update={"data_dir": aside})) as replaced:
                await carry_over_mails(replaced, store)
        await backfill(store, no_report)
    return aside, len(repeated)


async def _erasures(settings: Settings) -> dict[str, Erasure]:
    """The erasures recorded in the present store: data erased since the backup must not come back."""
    if not (settings.data_dir / STORE).exists():
        return {}
    found: dict[str, Erasure] = {}
    async with opened_store(settings) as store:
        after = None
        while page := await store.scan(Erasure, after, 400):
            found |= {key.uid: each for key, each in page if not isinstance(each, Unreadable)}
            after = page[-1][0]
    return found


async def _erase(store: Store, uid: str, erasure: Erasure) -> bool:
    """Repeat an erasure, unless the user's data is newer than it."""
    profile = (await store.get([profile_key(uid)])).get(profile_key(uid))
    if profile is None or profile.created_at > erasure.started_at:
        return False
    await store.delete_user(uid)
    return True


def _check_embedded(settings: Settings) -> None:
    if settings.store != "sqlite":
        raise click.ClickException(
            "Backups are for the embedded store. Firestore has its own: see docs/operating.md."
        )
