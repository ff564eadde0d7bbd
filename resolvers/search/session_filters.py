"""The sessions to which titles and tags narrow a search."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.search_query import SearchQuery, matches
from analytics.search_text import search_text
from resolvers.context import Context
from stores.ports import SessionQuery, Window
from stores.records import SessionListRow

AT_ONCE = 500
LOOKED_AT = 2_000
"""The most sessions that are checked for a title or tag, the most recently active first."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The sessions to search, as they are in the store; None for all."""

    sessions: Sequence[SessionListRow] | None = None
    complete: bool = True
    """False if the viewer has more sessions than are checked."""


def belongs(session: SessionListRow, query: SearchQuery) -> bool:
    """Whether a session has the tags of a query and, in its own title, the title words."""
    if not set(query.tags) <= set(session.tags):
        return False
    return not query.titles or matches(search_text(session.custom_title), query.titles)


async def narrowed(ctx: Context, query: SearchQuery) -> Narrowed:
    """The sessions to which a query is narrowed."""
    if not (query.titles or query.tags):
        return Narrowed()
    wanted = SessionQuery(tag=query.tags[0] if query.tags else None)
    found: list[SessionListRow] = []
    after: tuple[int, str] | None = None
    for _ in range(LOOKED_AT // AT_ONCE):
        part = await ctx.store.list_session_rows(ctx.uid, Window(AT_ONCE, after=after), wanted)
        found += [session for session in part if belongs(session, query)]
        if len(part) < AT_ONCE:
            return Narrowed(found)
        after = (part[-1].last_active, part[-1].session_id)
    return Narrowed(found, complete=False)
