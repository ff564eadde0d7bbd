"""Whatever two writers do, a session equals a plain tree of its turns."""

import asyncio
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recollect.services import Services
from resolvers.context import Context, Viewer
from resolvers.conversations.conversations import (
    choose_alternative,
    delete_conversation,
    list_conversations,
)
from resolvers.conversations.recording import NewTurn, record_conversation
from resolvers.input_limits import moment
from resolvers.pagination import PageRequest
from resolvers.sessions.branches import beside
from resolvers.sessions.sessions import get_session
from tests.integration.conftest import ANNA, Api
from tests.integration.use_cases.branch_model import Tree

_fresh = count()
PICK = st.integers(0, 1000)
STEP = st.one_of(
    st.tuples(st.sampled_from(["append", "named append", "replace", "choose", "delete"]), PICK),
    st.tuples(
        st.sampled_from(["two appends", "append while choosing", "append while replacing"]), PICK
    ),
)
CLOCKS = st.lists(st.integers(-3, 3), min_size=1, max_size=5)
"""The seconds by which the clocks of the writers are ahead, turn by turn."""


class Writers:
    """Requests that write to one session, sometimes two at once, and the tree that it should equal."""

    def __init__(self, services: Services, clocks: list[int]) -> None:
        uid = f"branch-model-{next(_fresh)}"
        self._services, self._uid = services, uid
        self._clocks = clocks
        self._made = 0
        self.tree = Tree()

    @property
    def ctx(self) -> Context:
        """The context of a new request, which shares nothing with the others."""
        return self._services.context(Viewer(self._uid, ANNA))

    async def record(self, **given: Any) -> tuple[str, Any]:
        """Record a turn by a writer whose clock is wrong."""
        self._made += 1
        turn_id, ctx = f"turn-{self._made:03}", self.ctx
        ahead = self._clocks[self._made % len(self._clocks)]
        time = moment(ctx.now() + 1_000_000 * (ahead - 3))
        request = NewTurn(
            turn_id, session_id=self.session, conversation_id=turn_id, timestamp=time, **given
        )
        return turn_id, await record_conversation(ctx, request)

    async def begin(self) -> None:
        """Open a session with one turn."""
        first = await record_conversation(self.ctx, NewTurn("first", conversation_id="first"))
        self.session = first.session.session.session_id
        self.tree.append("first", 0)

    async def append(self, branch: int | None = None) -> None:
        turn, recorded = await self.record(branch=branch)
        assert recorded.conversation.branch == (self.tree.shown if branch is None else branch)
        self.tree.append(turn, recorded.conversation.branch)
        self.tree.shown = recorded.conversation.branch

    async def act(self, kind: str, pick: int) -> None:
        """Take one step, in the store and in the tree."""
        turns = self.tree.turns
        turn = turns[pick % len(turns)] if turns else None
        if kind == "append" or turn is None:
            await self.append()
        elif kind == "named append":
            await self.append(pick % len(self.tree.lines))
        elif kind == "replace":
            new, _ = await self.record(replaces=turn)
            self.tree.replace(new, turn)
        elif kind == "choose":
            await choose_alternative(self.ctx, self.session, turn)
            self.tree.choose(turn)
        elif kind == "delete":
            await delete_conversation(self.ctx, self.session, turn)
            self.tree.delete(turn)
        elif kind == "two appends":
            self._landed(*await asyncio.gather(self.record(), self.record()))
        elif kind == "append while choosing":
            appended, _ = await asyncio.gather(
                self.record(), choose_alternative(self.ctx, self.session, turn)
            )
            self.tree.choose(turn)
            self._landed(appended)
        else:
            both: Any = await asyncio.gather(self.record(), self.record(replaces=turn))
            (new, replacing) = both[1]
            self.tree.replace(new, turn)
            assert replacing.conversation.branch == self.tree.shown
            self._landed(both[0])

    def _landed(self, *appended: tuple[str, Any]) -> None:
        """Add concurrent appends to the tree, each at the end of the branch that its writer saw."""
        in_order = sorted(appended, key=lambda each: (each[1].conversation.place, each[0]))
        for turn, recorded in in_order:
            self.tree.append(turn, recorded.conversation.branch)

    async def check(self, size: int) -> None:
        """Assert that paths, pages in both directions, alternatives and counts agree."""
        state = await get_session(self.ctx, self.session)
        assert state is not None
        session, tree = state.session, self.tree
        assert session.conversation_count == len(tree.turns)
        assert session.shown_branch == tree.shown
        groups = beside(session)
        for turn in tree.turns:
            expected = tree.beside(tree.before(turn))
            assert groups.get(turn, [turn]) == expected
        for branch in (None, *range(len(tree.lines))):
            path = tree.path(tree.shown if branch is None else branch)
            for known in (None, session):
                assert await self._pages(size, branch, known, forward=True) == path
                assert await self._pages(size, branch, known, forward=False) == path

    async def _pages(
        self, size: int, branch: int | None, known: Any, *, forward: bool
    ) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            request = PageRequest(last=size, before=cursor)
            if forward:
                request = PageRequest(first=size, after=cursor)
            page = await list_conversations(self.ctx, self.session, request, branch, known)
            ids = [turn.conversation_id for turn in page.items]
            found = [*found, *ids] if forward else [*ids, *found]
            cursor = page.end_cursor if forward else page.start_cursor
            if not (page.has_next if forward else page.has_previous):
                return found


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, max_size=14), clocks=CLOCKS, size=st.integers(1, 5))
async def test_a_session_is_what_a_plain_tree_says(
    api: Api, steps: list[tuple[str, int]], clocks: list[int], size: int
) -> None:
    writers = Writers(api.services, clocks)
    await writers.begin()
    for kind, pick in steps:
        await writers.act(kind, pick)
    await writers.check(size)
