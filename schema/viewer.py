"""The caller, and everything that belongs to them."""

from typing import Annotated

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.insights.stored import stored_turns
from resolvers.insights.viewer import viewer_insights
from resolvers.notifications import notices
from resolvers.pagination import PageRequest
from resolvers.preferences import updating
from resolvers.preferences.profiles import expect_profile
from resolvers.search import search
from resolvers.sessions import session_lists
from schema.begun_fields import BEGIN
from schema.ids import global_id, session_id
from schema.insights.common import DateRange
from schema.insights.stored import StoredTurns
from schema.insights.viewer import ViewerInsights
from schema.notifications import Notification
from schema.pagination import After, Before, First, Last
from schema.preferences import Preferences, PreferenceSource, preference_sources
from schema.search import SearchConnection, SearchFilter, SearchOrder
from schema.session import Session, SessionConnection, find_session
from schema.session_lists import SessionCounts, SessionFilter, SessionOrder


@strawberry.type(description="The caller, and everything that belongs to them.")
class Viewer:
    id: strawberry.ID = strawberry.field(description="The viewer's id.")
    email: str | None = strawberry.field(description="The verified address; null for guests.")
    is_guest: bool = strawberry.field(description="Whether the viewer did not log in.")
    is_admin: bool = strawberry.field(description="Whether the viewer is an administrator.")

    @classmethod
    def of(cls, ctx: Context) -> "Viewer":
        """The caller of a request."""
        viewer = ctx.viewer
        return cls(
            id=strawberry.ID(global_id("Viewer", viewer.uid)),
            email=viewer.email,
            is_guest=viewer.is_guest,
            is_admin=viewer.is_admin,
        )

    @strawberry.field(
        description="The preferences in force, unless a session overrides them.",
        metadata={BEGIN: expect_profile},
    )
    async def preferences(self, info: Info[Context, None]) -> Preferences:
        found = await updating.get_preferences(info.context)
        return Preferences.of_viewer(found, info.context.uid)

    @strawberry.field(
        description="What is about to happen to the viewer's sessions, the earliest first, but for what was "
        "dismissed. Empty for who wants no reminders."
    )
    async def notifications(self, info: Info[Context, None]) -> list[Notification]:
        return [*map(Notification.of, await notices.list_notices(info.context))]

    @strawberry.field(
        description="Where each preference in force comes from.", metadata={BEGIN: expect_profile}
    )
    async def preference_sources(self, info: Info[Context, None]) -> list[PreferenceSource]:
        return preference_sources(await updating.preference_sources(info.context))

    @strawberry.field(description="One session; null if there is none with that id.")
    async def session(
        self,
        info: Info[Context, None],
        id: Annotated[strawberry.ID, strawberry.argument(description="The session's id.")],
    ) -> Session | None:
        return await find_session(info, session_id(id, "id"))

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
        return await SessionConnection.listed(info, request, wanted)

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
        return await SessionConnection.listed(info, request, wanted)

    @strawberry.field(
        description="How many sessions there are, from counters that are exact after a sweep.",
        metadata={BEGIN: expect_profile},
    )
    async def session_counts(self, info: Info[Context, None]) -> SessionCounts:
        counts = await session_lists.count_sessions(info.context)
        return SessionCounts(active=counts.active, archived=counts.archived, trash=counts.trash)

    @strawberry.field(
        description="The tags of the viewer's sessions, in alphabetical order: of the "
        f"{session_lists.TAGGED} that were active last, without temporary ones and the trash."
    )
    async def tags(self, info: Info[Context, None]) -> list[str]:
        return await session_lists.list_tags(info.context)

    @strawberry.field(
        description="Turns with all the words of the query in any form, the last one as the beginning of a "
        "word, and sessions whose own title has them. Case and accents are ignored. By relevance, also turns "
        "that are about the same in other words, unless from: or a side is asked for. Null, with an error "
        "that says why, where the search fails; what else was asked for is answered."
    )
    async def search_conversations(
        self,
        info: Info[Context, None],
        query: Annotated[
            str,
            strawberry.argument(
                description='Words and "phrases", at most 200 characters. -word must not be there. '
                "title:, tag:, model:, from:me, from:answer, before: and after: (2026, 2026-03, 2026-03-31) "
                "narrow the search as the filter does."
            ),
        ],
        first: First = None,
        after: After = None,
        filter: Annotated[
            SearchFilter | None, strawberry.argument(description="Narrows the search.")
        ] = None,
        order: Annotated[
            SearchOrder, strawberry.argument(description="Which hits come first.")
        ] = SearchOrder.RELEVANCE,
    ) -> SearchConnection | None:
        request = (filter or SearchFilter()).wanted(
            query, PageRequest(first=first, after=after), order
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
        return ViewerInsights.of(await viewer_insights(info.context, range.wanted()))

    @strawberry.field(
        description="What is stored of the viewer's turns, and when it expires. Null, with an error that "
        "says why, where it can't be had; what else was asked for is answered."
    )
    async def stored_turns(self, info: Info[Context, None]) -> StoredTurns | None:
        return StoredTurns.of(await stored_turns(info.context))
