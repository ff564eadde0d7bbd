"""A user's preferences as they change, on any device and through any server."""

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import asdict

from resolvers.context import Context
from resolvers.live.changes import PAUSE_SECONDS, RETRY_SECONDS, Change, Kind, reading
from resolvers.pagination import Cursors
from resolvers.preferences.effective import Preferences, in_force
from resolvers.preferences.profiles import new_profile
from stores.errors import StoreUnavailable
from stores.keys import profile_key


async def preference_changes(
    ctx: Context, after: str | None
) -> AsyncGenerator[Change[Preferences], None]:
    """The viewer's preferences in force, whenever they have changed.

    Without a cursor the first event has the current preferences. With one, the first event comes at once if
    they have changed since. It only ends by raising `Refused`, as `session_changes` does.
    """
    owner = profile_key(ctx.uid)
    cursors = Cursors(ctx.digests, f"{ctx.uid}/preferences/changes")
    known = None if after is None else str(cursors.decode(after, "after")[0])
    async with ctx.live.join(ctx.uid) as subscriber:
        read = reading(ctx, subscriber, (owner,))
        # A cursor names the values, so that no history of them is needed.
        while True:
            try:
                profile = (await read()).get(owner) or new_profile(ctx)
                now = in_force(ctx.configuration, profile)
                values = ctx.digests.fingerprint([asdict(now)])
                if values != known:
                    ctx.loader.clear()
                    ctx.allowance.renew()
                    kind: Kind = "begun" if known is None else "changed"
                    known = values
                    yield Change(kind, cursors.encode([values]), record=now)
            except StoreUnavailable:
                await asyncio.sleep(random.uniform(0, RETRY_SECONDS))  # noqa: S311
                continue
            await asyncio.sleep(PAUSE_SECONDS)
            await subscriber.woken.wait()
            subscriber.woken.clear()
