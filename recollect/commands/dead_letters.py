"""The commands for dead letters: records that the warehouse refuses.

They only use the store, which an API or an exporter may have open at the same time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from analytics.mirror import dead_letters
from analytics.mirror.dead_letters import Found
from recollect.services import opened_store
from recollect.settings.settings import Settings
from stores.errors import Unreadable
from stores.keys import Key
from stores.mirror_records import DeadLetter
from stores.ports import Entry, Store

WHO_EXPORTS = {
    "sqlite": "A running API exports them now; otherwise they are exported when it starts.",
    "firestore": "A running `recollect export` exports them now; otherwise run `recollect export --once`.",
}


async def _chosen(store: Store, ids: Sequence[str]) -> list[Found]:
    found = [
        each async for each in dead_letters.all_dead_letters(store) if not ids or each[0].id in ids
    ]
    if unknown := set(ids) - {key.id for key, _ in found}:
        raise click.ClickException(
            f"There is no dead letter {', '.join(sorted(unknown))}: "
            "`recollect dead-letters list` shows them all."
        )
    return found


async def listed(settings: Settings) -> list[str]:
    """A line about each dead letter, without user text."""
    async with opened_store(settings) as store:
        return [_line(*each) for each in await _chosen(store, ())]


async def retry(settings: Settings, ids: Sequence[str]) -> str:
    """Mark records to be exported again: those with these ids, or all. Returns the message to print."""
    async with opened_store(settings) as store:
        chosen = await _chosen(store, ids)
        count = await dead_letters.retry(store, chosen)
    left = f"{len(chosen) - count} can't be read: drop them, and reconcile. "
    return (
        f"{count} marked to be exported again. {left if count < len(chosen) else ''}"
        f"{WHO_EXPORTS[settings.store]}"
    )


async def count(settings: Settings, ids: Sequence[str]) -> int:
    """How many dead letters there are with these ids, or in total."""
    async with opened_store(settings) as store:
        return len(await _chosen(store, ids))


async def drop(settings: Settings, ids: Sequence[str]) -> int:
    """Remove dead letters with these ids, or all; returns how many."""
    async with opened_store(settings) as store:
        return await dead_letters.drop(store, await _chosen(store, ids))


def _line(key: Key[DeadLetter], letter: Entry[DeadLetter]) -> str:
    if isinstance(letter, Unreadable):
        return f"{key.id}  {letter}"
    change = letter.change
    place = "/".join(filter(None, (change.session_id, change.conversation_id)))
    since = datetime.fromtimestamp(letter.since / 1_000_000, UTC)
    return (
        f"{key.id}  {change.kind} {place} of user {key.uid}: {letter.reason} "
        f"({letter.attempts} attempts since {since:%Y-%m-%d %H:%M} UTC)"
    )
