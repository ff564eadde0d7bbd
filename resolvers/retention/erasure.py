"""Erases everything stored about a user, in every store, so that it can't be undone and no write survives it.

After the first commit, every change by the user is refused. Writers that had read earlier fail,
because the records that they update are gone. Anything written in spite of that is removed by the later
steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from resolvers.audit import audit
from resolvers.context import Context
from resolvers.errors import erasing
from resolvers.lifetimes import MINUTE
from stores.errors import RecordChanged, RecordMissing, Unreadable
from stores.keys import erasure_key, profile_key
from stores.mirror_records import Erasure
from stores.ports import Create, Delete, Update, Write


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was removed from one store, by kind of record, and what remains."""

    store: str
    removed: Mapping[str, int]
    remains: str | None
    """What can't be removed at once, with its place and end date, in words; None if nothing is left."""


TAKEOVER = 10 * MINUTE
"""An erasure without progress for this long was interrupted, and may be continued by another call."""


async def erase_my_data(ctx: Context) -> list[ErasureReport]:
    """Remove all of the viewer's data and report on each store. Afterwards the viewer may start again, empty.

    After an interruption, every change is refused until a later call or a sweep continues.
    Raises `Refused` (ACCOUNT_ERASING) while another call is working on it.
    """
    began = await ctx.settle(lambda: _begin(ctx))
    audit("erasure begun", ctx.uid)
    return await _carry_out(ctx, began)


async def _begin(ctx: Context) -> int:
    """Block every change by the user. Returns the commit time."""
    key = erasure_key(ctx.uid)
    earlier = (await ctx.store.get([key])).entry(key)
    if isinstance(earlier, Unreadable):
        await ctx.store.commit([Delete(key)])
        earlier = None
    begin: Write = Create(key, Erasure(started_at=ctx.now()))
    if earlier is not None:
        going_on = earlier.finished_at is None and earlier.update_time > ctx.now() - TAKEOVER
        if going_on:
            raise erasing()
        begin = Update(
            key,
            set={"started_at": ctx.now()},
            unset=["finished_at"],
            unchanged_since=earlier.update_time,
        )
    return (await ctx.commit([begin, Delete(profile_key(ctx.uid))], [])).time


async def _carry_out(ctx: Context, began: int) -> list[ErasureReport]:
    """Empty the stores. Each step checks that no other run took over, so that a run that was frozen
    can't remove what the user wrote after another run had finished."""
    key = erasure_key(ctx.uid)

    async def step(after: int, **values: int) -> int:
        try:
            return (await ctx.store.commit([Update(key, set=values, unchanged_since=after)])).time
        except (RecordChanged, RecordMissing):
            raise erasing() from None

    stored = await ctx.store.delete_user(ctx.uid)
    # Until the erasure is finished, none of the user's data is newer than this commit.
    emptied = await step(began, emptied_at=ctx.now())
    mirrored = await ctx.warehouse.erase(ctx.uid, emptied)
    alone = await step(emptied, emptied_at=emptied)
    late = await ctx.store.delete_user(ctx.uid)
    await step(alone, finished_at=ctx.now())
    audit("erasure finished", ctx.uid)
    ctx.loader.clear()
    ctx.erasures.clear()
    everything = {name: stored.get(name, 0) + late.get(name, 0) for name in {*stored, *late}}
    return [
        ErasureReport("store", everything, ctx.store.remains()),
        ErasureReport("warehouse", mirrored.removed, mirrored.remains),
        ErasureReport(
            "answer service",
            {},
            "Text that was sent to an answer service is stored there under that service's terms.",
        ),
    ]
