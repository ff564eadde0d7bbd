"""The limit on how much text a user may store.

Each session's summary counts the bytes of its turns, in the write that adds them. The profile has the
sum, in steps, so that few of these writes must also update it. The sum is never too low. Removed bytes leave
it when all summaries are counted again, before anything is refused.
"""

from resolvers.context import Context
from resolvers.errors import Code, Problem, Refused
from stores.keys import profile_key
from stores.ports import SessionQuery, Update, Window
from stores.records import Conversation, Profile

STEP = 256 * 1024
"""The unit in bytes in which a session counts, rounded up."""
MEGABYTE = 1_000_000
RECOUNT_MICROSECONDS = 10 * 60 * 1_000_000
"""The shortest time between two recounts of one user's summaries."""
PAGE = 100


_GROWTH = {"partial", "grown_at", "failed", "failure"}


def stored_size(turn: Conversation) -> int:
    """The bytes that a turn counts: all of its fields as JSON, except those for `growing_size`."""
    return len(turn.model_dump_json(exclude=_GROWTH).encode())


def growing_size(turn: Conversation) -> int:
    """The bytes of an answer that is not complete. The profile counts them, since writers of such an answer
    don't touch the session's summary."""
    return len(turn.partial.encode()) if turn.partial else 0


def growth(before: int | None, size: int) -> int:
    """How much the profile's sum grows when a session of `before` bytes (None if it is new) grows by
    `size`."""
    return _steps(max(0, before or 0) + size) - (0 if before is None else _steps(before))


def _steps(size: int) -> int:
    return max(1, -(-size // STEP)) * STEP


async def check_storage(ctx: Context, profile: Profile | None) -> None:
    """Raise `Refused` (LIMIT_EXCEEDED) if the viewer has reached the storage limit."""
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
    """The sum of steps of all of the viewer's sessions, which is also written to the profile."""
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
