"""A session, and pages of sessions."""

from collections.abc import Awaitable
from dataclasses import field
from enum import Enum
from typing import Annotated, cast

import strawberry
from strawberry import Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.conversations.conversations import list_conversations
from resolvers.page_budget import REQUEST_MIB
from resolvers.pagination import MIB, PAGE_SIZE, Page, PageRequest
from resolvers.preferences.effective import sources
from resolvers.sessions.branches import beside
from resolvers.sessions.session_lists import SessionFilter, list_sessions, session_cursor
from resolvers.sessions.sessions import RowState, SessionState, get_session, preferences_in
from schema.branch import Branch, branches
from schema.conversation import Conversation, ConversationConnection
from schema.descriptions import publish
from schema.execution.steps import names_below
from schema.ids import branch_number, global_id
from schema.node import ID_DESCRIPTION, Node, found_by
from schema.pagination import After, Before, First, Last, PageInfo, connect, edges
from schema.preferences import (
    PreferenceOverrides,
    Preferences,
    PreferenceSource,
    preference_sources,
)
from schema.prefetch import Pages, abandon, begin
from schema.read_fields import read
from schema.scalars import Moment
from stores import records


class SessionStatus(Enum):
    """The state of a session in its life cycle."""

    ACTIVE = "active"
    ARCHIVED = "archived"


publish(
    SessionStatus,
    "SessionStatus",
    "The state of a session in its life cycle.",
    {
        SessionStatus.ACTIVE: "In use.",
        SessionStatus.ARCHIVED: "Archived; a new turn makes it active again.",
    },
)


NOT_IN_ROWS = frozenset(
    {
        "answerSession",
        "branches",
        "conversations",
        "metadata",
        "overrides",
        "preferenceSources",
        "preferences",
    }
)
"""The fields for which a list reads whole sessions."""


@strawberry.type(description="One of the viewer's chats.")
class Session(Node):
    state: strawberry.Private[SessionState | RowState]
    prefetched: strawberry.Private[Pages] = field(default_factory=dict)
    """Pages of its turns that are already being read."""

    @property
    def _whole(self) -> SessionState:
        return cast("SessionState", self.state)

    @strawberry.field(description=ID_DESCRIPTION)
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Session", self.state.session.session_id))

    client_id = read(
        "state.session.session_id",
        str,
        "The id it was opened with: the client's own, or one that the service chose.",
    )
    title = read(
        "state.title",
        str | None,
        "The user's own title, or one derived from the first query; null before there is one.",
    )

    status = read(
        "state.session.status", SessionStatus, "The state of the session in its life cycle."
    )
    created_at = read("state.session.created_at", Moment, "When it was opened.")

    last_active = read(
        "state.session.last_active", Moment, "When a turn was last recorded or answered."
    )

    conversation_count = read(
        "state.session.conversation_count",
        int,
        "How many turns it has, those of all branches.",
    )
    tags = read("state.session.tags", list[str], "The user's own labels.")
    pinned = read(
        "state.session.pinned",
        bool,
        "Whether it is exempt from archiving and time-out, though not from retention.",
    )
    temporary = read(
        "state.session.temporary",
        bool,
        "Whether it is temporary: not listed, searched or mirrored, and gone after a day.",
    )
    closed = read(
        "state.closed",
        bool,
        "Whether it was idle for so long that it accepts no turns until it is restored.",
    )

    deleted_at = read(
        "state.session.deleted_at",
        Moment | None,
        "When it was moved to the trash; null outside the trash.",
    )

    expires_at = read(
        "state.expires_at",
        Moment | None,
        "When it will be removed, if it is temporary or in the trash; else null.",
    )

    metadata = read("state.session.metadata", JSON, "The client's own data about it: an object.")
    answer_session = read(
        "state.session.answer_session",
        str | None,
        "The answer service's own name for its session, to resume it; null if there "
        "is none, or if conversations are not saved.",
    )

    @strawberry.field(description="The preferences in force in this session.")
    def preferences(self) -> Preferences:
        preferences = preferences_in(self._whole)
        return Preferences.of_session(preferences, self.state.session.session_id)

    @strawberry.field(description="The user's preferences that this session overrides.")
    def overrides(self) -> PreferenceOverrides:
        return PreferenceOverrides.of(self._whole.session.preferences)

    @strawberry.field(description="Where each preference in force comes from.")
    def preference_sources(self) -> list[PreferenceSource]:
        return preference_sources(sources(self._whole.profile, self._whole.session))

    @strawberry.field(
        description="The turns of the session's shown path, or of a branch's, in the order of "
        "recording. A page ends early, and leads on, "
        "where "
        f"its turns take {PAGE_SIZE // MIB} MiB of memory, as a few of the largest do; all pages of one "
        f"request together may take about {REQUEST_MIB} MiB."
    )
    async def conversations(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        branch: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="A branch to show instead of the shown path."),
        ] = None,
    ) -> ConversationConnection:
        request = PageRequest(first=first, after=after, last=last, before=before)
        session = self._whole.session
        on_its_way: Awaitable[Page[records.Conversation]] | None = self.prefetched.pop(
            (request, branch), None
        )
        if on_its_way is None:
            number = None if branch is None else branch_number(branch, session.session_id)
            on_its_way = list_conversations(
                info.context, session.session_id, request, number, session
            )
        page, groups, now = await on_its_way, beside(session), info.context.now()
        return ConversationConnection(
            **connect(
                page,
                [Conversation(turn=each, now=now, groups=groups) for each in page.items],
            ),
            total_count=session.conversation_count,
        )

    @strawberry.field(
        description="The session's branches, at most 200 besides its first; none if no turn was replaced."
    )
    def branches(self) -> list[Branch]:
        return branches(self._whole.session)


async def find_session(info: Info[Context, None], raw_id: str) -> Session | None:
    """A session; the turns requested below it are read at the same time."""
    pages = begin(info, raw_id)
    found = None
    try:
        found = await get_session(info.context, raw_id)
    finally:
        if found is None:
            await abandon(pages)
    return Session(state=found, prefetched=pages) if found else None


found_by("Session", find_session)


@strawberry.type(description="A session in a page of sessions.")
class SessionEdge:
    cursor: str = strawberry.field(description="The session's position in the list.")
    node: Session = strawberry.field(description="The session.")

    @classmethod
    def of(cls, ctx: Context, session: Session | None) -> "SessionEdge | None":
        """The edge of a session in the list by latest activity; None if the session is not in the list."""
        if session is None:
            return None
        record = session.state.session
        if record.temporary or record.deleted_at is not None:
            return None
        return cls(cursor=session_cursor(ctx, record), node=session)


@strawberry.type(description="Sessions, in the requested order.")
class SessionConnection:
    page: strawberry.Private[Page[records.SessionListRow]]
    nodes: list[Session] = strawberry.field(description="The sessions.")
    page_info: PageInfo = strawberry.field(
        description="Where the page stands. A page can be short although more comes after it."
    )

    total_count: int | None = strawberry.field(
        description="How many sessions there are: active and archived ones, or those with the "
        "requested status, or in the trash; null with any other filter. Exact after a sweep."
    )

    @classmethod
    async def listed(
        cls, info: Info[Context, None], request: PageRequest, wanted: SessionFilter
    ) -> "SessionConnection":
        """A page of the viewer's sessions, read as far as the operation asks for them."""
        whole = not NOT_IN_ROWS.isdisjoint(names_below(info))
        found = await list_sessions(info.context, request, wanted, whole=whole)
        return cls(
            **connect(found.page, [Session(state=each) for each in found.states]),
            total_count=found.total,
        )

    @strawberry.field(description="The sessions with their cursors.")
    def edges(self) -> list[SessionEdge]:
        return edges(self.page, self.nodes, SessionEdge)
