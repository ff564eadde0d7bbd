"""Erasing everything held about a user, in every store, so that it can be neither undone nor raced.

From the first commit on every change of the user's is refused. Writers that read before it fail,
because what they update is gone; what lands all the same lies below what is removed afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from resolvers.context import Context
from stores.keys import erasure_key, profile_key
from stores.ports import Create, Delete, Update, Write
from stores.records import Erasure


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What one store held and what remains of it, for people to read; counts by kind of record."""

    store: str
    removed: Mapping[str, int]
    remains: str | None
    """What can't be removed at once, where it is and until when; None if nothing is left."""


async def erase_my_data(ctx: Context) -> list[ErasureReport]:
    """Remove all of the viewer's data and tell of each store; afterwards they may start again, empty.

    Interrupted half way it leaves the account refusing every change; called again, or by the next
    sweep, it goes on.
    """
    await ctx.settle(lambda: _begin(ctx))
    return await finish_erasure(ctx)


async def _begin(ctx: Context) -> None:
    key = erasure_key(ctx.uid)
    earlier = (await ctx.store.get([key])).get(key)
    now = ctx.now()
    begin: Write = Create(key, Erasure(started_at=now))
    if earlier is not None:
        begin = Update(
            key,
            set={"started_at": now},
            unset=["finished_at"],
            unchanged_since=earlier.update_time,
        )
    await ctx.commit([begin, Delete(profile_key(ctx.uid))], [])


async def finish_erasure(ctx: Context) -> list[ErasureReport]:
    """Carry an erasure that has begun to its end."""
    key = erasure_key(ctx.uid)
    stored = await ctx.store.delete_user(ctx.uid)
    # Nothing of the user's is younger than this commit until the erasure is finished.
    emptied = await ctx.store.commit([Update(key, set={"emptied_at": ctx.now()})])
    mirrored = await ctx.warehouse.erase(ctx.uid, emptied.time)
    late = await ctx.store.delete_user(ctx.uid)
    done = {"finished_at": ctx.now(), "emptied_at": emptied.time}
    await ctx.store.commit([Update(key, set=done)])
    ctx.loader.clear_all()
    everything = {name: stored.get(name, 0) + late.get(name, 0) for name in {*stored, *late}}
    return [
        ErasureReport("store", everything, None),
        ErasureReport("warehouse", mirrored.removed, mirrored.remains),
        ErasureReport(
            "answer service",
            {},
            "Text that was sent to an answer service is held there under its own terms.",
        ),
    ]
