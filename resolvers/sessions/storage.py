"""How much text a user may store.

Each session's summary counts the bytes of its turns, in the write that appends them. The profile has the
sum, in steps, so that few appends write it too. It is never too low; what was removed leaves it when all
summaries are counted anew, before anything is refused.
"""

from resolvers.context import Context
from resolvers.errors import Code, Problem, Refused
from stores.keys import profile_key
from stores.ports import SessionQuery, Update, Window
from stores.records import Conversation, Profile

STEP = 256 * 1024
"""Bytes by which a session counts, up to the next full one."""
MEGABYTE = 1_000_000
RECOUNT_MICROSECONDS = 10 * 60 * 1_000_000
"""Between two countings of one user's summaries."""
PAGE = 100


_GROWTH = {"partial", "grown_at", "failed", "failure"}


def stored_size(turn: Conversation) -> int:
    """The bytes that a turn counts: of all of its fields as JSON, but for what `growing_size` counts."""
    return len(turn.model_dump_json(exclude=_GROWTH).encode())


def growing_size(turn: Conversation) -> int:
    """The bytes of an answer that is not complete; the profile counts them, since its writers don't
    touch the session's summary."""
    return len(turn.partial.encode()) if turn.partial else 0


def growth(before: int | None, size: int) -> int:
    """By how much the profile's sum grows as a session of `before` bytes, None if it is new, grows by
    `size`."""
    return _steps(max(0, before or 0) + size) - (0 if before is None else _steps(before))


def _steps(size: int) -> int:
    return max(1, -(-size // STEP)) * STEP


async def check_storage(ctx: Context, profile: Profile | None) -> None:
    """Raise `Refused` (LIMIT_EXCEEDED) where the viewer has stored all that they may."""
    megabytes = ctx.configuration.session_management.max_stored_mb_per_user
    limit = megabytes * MEGABYTE
    stored = profile.stored_bytes + profile.growing_bytes if profile else 0
    if profile is None or stored < limit:
        return
    if profile.stored_counted_at < ctx.now() - RECOUNT_MICROSECONDS:
        stored = await _recount(ctx) + profile.growing_bytes
    if stored >= limit:
        message = (
            f"Your sessions take {stored // MEGABYTE} MB; the limit is {megabytes}. Delete some: what is "
            "deleted counts until it leaves the trash."
        )
        raise Refused(Problem(Code.LIMIT_EXCEEDED, message))


async def _recount(ctx: Context) -> int:
    """The steps of all of the viewer's sessions, which the profile has from now on."""
    total = 0
    for trash in (False, True):
        for temporary in (False, True):
            query = SessionQuery(order="touched_at", temporary=temporary, trash=trash)
            part = Window(PAGE)
            while found := await ctx.store.list_sessions(ctx.uid, part, query):
                total += sum(_steps(session.stored_bytes) for session in found)
                part = Window(PAGE, after=(found[-1].touched_at, found[-1].session_id))
    counted = {"stored_bytes": total, "stored_counted_at": ctx.now()}
    await ctx.store.commit([Update(profile_key(ctx.uid), set=counted)])
    return total
