"""Pages of the shown path of a session with many branches, against those of a session without."""

from collections.abc import Sequence

from bench.harness import Figure
from bench.history import chat, conversations, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from bench.wire.limit import TURNS, limit
from bench.wire.load import Request
from bench.wire.loader import loading
from bench.wire.measure import Subject, compare, operation
from bench.wire.served import served
from resolvers.context import Viewer
from resolvers.conversations.conversations import turn_cursor
from resolvers.sessions.branches import depth_of_next, opened, place_after
from schema.ids import global_id
from stores.records import Conversation, Session

USER = "editor@example.com"


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """The last page of the path, as a client opens it, and one in its middle, over one connection."""
    count, branches = scale.tree
    uid = await pair.uid(USER)
    ctx = pair.services.context(Viewer(uid, USER))
    session, line = chat(0, count)
    tree, turns = _branched(*chat(1, count), branches)
    every = (conversations(uid, each) for each in (line, turns))
    await write(pair.services.store, summaries(uid, [session, tree]), *every)

    def page(among: Sequence[Conversation], before: int | None) -> Sequence[Request]:
        given = {"session": global_id("Session", among[0].session_id)}
        if before is not None:
            given["before"] = turn_cursor(ctx, among[before])
        return [operation("EarlierTurns", USER, **given)]

    subjects = [
        Subject(
            f"{TURNS} of {count:,} turns with {branches} branches, at the {where}",
            page(turns, before),
            page(line, before),
            "without branches",
        )
        for where, before in (("end", None), ("middle", count // 2))
    ]
    async with served(pair, limit(pair.services.store, {})) as port, loading() as loader:
        return [await compare(loader, port, each, scale) for each in subjects]


def _branched(
    session: Session, turns: Sequence[Conversation], branches: int
) -> tuple[Session, Sequence[Conversation]]:
    """The turns, with `branches` of them placed as siblings of the turn before, whose line ends there."""
    every = len(turns) // (branches + 1)
    again = {number * every for number in range(1, branches + 1)}
    placed: list[Conversation] = []
    for count, turn in enumerate(turns):
        session = session.model_copy(update={"conversation_count": count})
        depth = depth_of_next(session, session.shown_branch)
        if count in again:
            known = opened(session, placed[-1], turn.conversation_id)
            depth = placed[-1].depth
            update = {"branches": known, "shown_branch": len(known)}
            session = session.model_copy(update=update)
        place = place_after(session, session.shown_branch, turn.timestamp)
        moved_to = None if place == turn.timestamp else place
        placed.append(turn.model_copy(update={"moved_to": moved_to, "depth": depth}))
    return session.model_copy(update={"conversation_count": len(turns)}), placed
