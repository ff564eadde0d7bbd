"""All queries."""

from typing import Annotated

import strawberry
from strawberry import Info

from resolvers import insights, preferences
from resolvers.context import Context
from resolvers.conversations import conversations
from resolvers.pagination import PageRequest
from resolvers.search import search
from resolvers.sessions import session_lists, sessions
from resolvers.sessions.branches import beside
from schema import prefetch
from schema.conversation import Conversation
from schema.ids import global_id, known_id, session_id
from schema.insights import DateRange, Insights, ViewerInsights
from schema.node import Node
from schema.pagination import After, Before, First, Last
from schema.preferences import Preferences, PreferenceSource, preference_sources
from schema.search import SearchConnection, SearchFilter
from schema.service import ServiceInfo
from schema.session import Session, SessionConnection
from schema.session_lists import SessionCounts, SessionFilter, SessionOrder


async def _session(info: Info[Context, None], raw_id: str) -> Session | None:
    """A session; the turns requested below it are read at the same time."""
    pages = prefetch.begin(info.context, raw_id, info.selected_fields)
    found = None
    try:
        found = await sessions.get_session(info.context, raw_id)
    finally:
        if found is None:
            await prefetch.abandon(pages)
    return Session.of(found, pages) if found else None


@strawberry.type(description="The caller, and everything that belongs to them.")
class Viewer:
    id: strawberry.ID = strawberry.field(description="The viewer's id.")
    email: str | None = strawberry.field(description="The verified address; null for guests.")
    is_guest: bool = strawberry.field(description="Whether the viewer did not log in.")
    is_admin: bool = strawberry.field(description="Whether the viewer is an administrator.")

    @strawberry.field(description="The preferences in force, unless a session overrides them.")
    async def preferences(self, info: Info[Context, None]) -> Preferences:
        found = await preferences.get_preferences(info.context)
        return Preferences.of_viewer(found, info.context.uid)

    @strawberry.field(description="Where each preference in force comes from.")
    async def preference_sources(self, info: Info[Context, None]) -> list[PreferenceSource]:
        return preference_sources(await preferences.preference_sources(info.context))

    @strawberry.field(description="One session; null if there is none with that id.")
    async def session(
        self,
        info: Info[Context, None],
        id: Annotated[strawberry.ID, strawberry.argument(description="The session's id.")],
    ) -> Session | None:
        return await _session(info, session_id(id, "id"))

    @strawberry.field(
        description="The active and archived sessions, latest activity first unless another order "
        "is asked for. Temporary ones are not listed."
    )
    async def sessions(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            SessionFilter | None, strawberry.argument(description="Narrows the list.")
        ] = None,
        order_by: Annotated[
            SessionOrder, strawberry.argument(description="The order of the list.")
        ] = SessionOrder.LAST_ACTIVE,
    ) -> SessionConnection:
        request = PageRequest(first=first, after=after, last=last, before=before)
        wanted = (filter or SessionFilter()).wanted(order_by)
        return SessionConnection.of(
            await session_lists.list_sessions(info.context, request, wanted)
        )

    @strawberry.field(description="The sessions in the trash, last deleted first.")
    async def trash(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> SessionConnection:
        request = PageRequest(first=first, after=after, last=last, before=before)
        wanted = session_lists.SessionFilter(order="deleted_at", trash=True)
        return SessionConnection.of(
            await session_lists.list_sessions(info.context, request, wanted)
        )

    @strawberry.field(
        description="How many sessions there are, from counters that are exact after a sweep."
    )
    async def session_counts(self, info: Info[Context, None]) -> SessionCounts:
        counts = await session_lists.count_sessions(info.context)
        return SessionCounts(active=counts.active, archived=counts.archived, trash=counts.trash)

    @strawberry.field(
        description="Turns with all the words of the query, the last one as the beginning of a "
        "word, and sessions whose own title has them, newest first. Null, with an error that says why, "
        "where the search fails; what else was asked for is answered."
    )
    async def search_conversations(
        self,
        info: Info[Context, None],
        query: Annotated[str, strawberry.argument(description="Words, at most 200 characters.")],
        first: First = None,
        after: After = None,
        filter: Annotated[
            SearchFilter | None, strawberry.argument(description="Narrows the search.")
        ] = None,
    ) -> SearchConnection | None:
        request = search.SearchRequest(
            query=query,
            page=PageRequest(first=first, after=after),
            since=filter.since if filter else None,
            until=filter.until if filter else None,
            model=filter.model if filter else None,
        )
        return SearchConnection.of(await search.search(info.context, request))

    @strawberry.field(
        description="What the viewer did in a range of time, in figures for charts. Null, with an error "
        "that says why, where they can't be had; what else was asked for is answered."
    )
    async def insights(
        self,
        info: Info[Context, None],
        range: Annotated[DateRange, strawberry.argument(description="The range.")],
    ) -> ViewerInsights | None:
        return ViewerInsights.of(await insights.viewer_insights(info.context, range.wanted()))


@strawberry.type(description="All queries.")
class Query:
    @strawberry.field(description="The caller.")
    def viewer(self, info: Info[Context, None]) -> Viewer:
        viewer = info.context.viewer
        return Viewer(
            id=strawberry.ID(global_id("Viewer", viewer.uid)),
            email=viewer.email,
            is_guest=viewer.is_guest,
            is_admin=viewer.is_admin,
        )

    @strawberry.field(description="What this installation allows, and how long it keeps data.")
    def service(self, info: Info[Context, None]) -> ServiceInfo:
        return ServiceInfo.of(info.context.configuration)

    @strawberry.field(
        description="What all users did in a range of time, without anything about one of them; "
        "for "
        "administrators, FORBIDDEN for others."
    )
    async def insights(
        self,
        info: Info[Context, None],
        range: Annotated[DateRange, strawberry.argument(description="The range.")],
    ) -> Insights | None:
        return Insights.of(await insights.service_insights(info.context, range.wanted()))

    @strawberry.field(
        description="One of the viewer's sessions or turns, by id; null if there is none."
    )
    async def node(
        self,
        info: Info[Context, None],
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],
    ) -> Node | None:
        match known_id(id):
            case "Session", session:
                return await _session(info, session)
            case "Conversation", session, conversation:
                turn = await conversations.get_conversation(info.context, session, conversation)
            case _:
                return None
        if turn is None:
            return None
        groups = beside(turn.session.session)
        return Conversation.of(turn.conversation, info.context.now(), groups)
