"""Who may follow what, in every state of a session; and what subscribers receive when it ends."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from recollect.settings.settings import Settings
from resolvers.context import Viewer
from resolvers.lifetimes import REMOVALS_KEPT
from resolvers.retention.sweep import sweep
from schema import build_schema
from stores.keys import removals_of
from stores.ports import Window
from tests.integration.conftest import ANNA, BEN, Clock
from tests.integration.live.live_server import (
    CONVERSATION_CHANGES,
    SESSION_CHANGES,
    Served,
    Socket,
    served,
)

BEGINS = "BEGUN"
REFUSED = "BAD_USER_INPUT"
TABLE = {
    "sessionChanges": dict.fromkeys(("active", "archived", "another user's"), BEGINS),
    "preferenceChanges": {"another user's": BEGINS},
    "conversationChanges": {
        "active": BEGINS,
        "archived": BEGINS,
        "another user's": REFUSED,
        "deleted": REFUSED,
        "expired by retention": REFUSED,
        "missing": REFUSED,
        "malformed id": REFUSED,
    },
}
DOCUMENTS = {
    "sessionChanges": SESSION_CHANGES,
    "preferenceChanges": "subscription { preferenceChanges { kind } }",
    "conversationChanges": CONVERSATION_CHANGES,
}


@pytest.fixture
async def api(settings: Settings, clock: Clock) -> AsyncIterator[Served]:
    """The served API on one of the pairs, with a clock that can be moved forward."""
    async with served(settings) as started:
        await started.services.warehouse.init()
        yield started


def test_every_subscription_has_its_rows() -> None:
    root = build_schema()._schema.subscription_type
    assert root is not None
    assert set(root.fields) == set(TABLE)


@pytest.mark.parametrize(
    ("name", "state", "expected"),
    [(name, state, expected) for name, row in TABLE.items() for state, expected in row.items()],
)
async def test_each_subscriber_gets_exactly_what_the_table_says(
    api: Served, clock: Clock, name: str, state: str, expected: str
) -> None:
    owner = BEN if state == "another user's" else ANNA
    session = (await api.record("First", owner))["session"]["id"]
    if state in ("archived", "deleted"):
        move = {"archived": "archiveSession", "deleted": "deleteSession"}[state]
        await api.mutate(move, "session { id }", owner, sessionId=session)
    if state == "expired by retention":
        clock.forward(days=100)
    if state == "missing":
        session += "x"
    if state == "malformed id":
        session = "x"
    async with api.socket() as socket:
        given = {"id": session} if name == "conversationChanges" else {}
        await socket.subscribe(DOCUMENTS[name], **given)
        message = await socket.receive()
    if expected == BEGINS:
        assert message["payload"]["data"][name]["kind"] == BEGINS
    else:
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == expected


async def sweep_now(api: Served) -> None:
    services = api.services
    await sweep(services.store, lambda uid: services.context(Viewer(uid, None)))


async def changes_of(socket: Socket, session: str) -> AsyncIterator[Any]:
    """The changes received of one session."""
    while True:
        change = await socket.change()
        if change["sessionId"] == session:
            yield change


async def test_a_session_that_is_purged_or_temporary_ends_as_deleted(
    api: Served, clock: Clock
) -> None:
    async with api.socket() as socket:
        cursor = await socket.begin(SESSION_CHANGES)
        brief = (await api.record("Brief", temporary=True))["session"]["id"]
        assert (await anext(changes_of(socket, brief)))["session"]["temporary"]
        trashed = (await api.record("Trashed"))["session"]["id"]
        await api.mutate("deleteSession", "session { id }", sessionId=trashed)
        async for change in changes_of(socket, trashed):
            if change["kind"] == "DELETED":
                assert change["session"] is None
                break
        clock.forward(days=8)
        await sweep_now(api)
        ended: dict[str, str] = {}
        while ended.keys() != {brief, trashed}:
            change = await socket.change()
            if change["session"] is None:
                ended[change["sessionId"]] = change["kind"]
        assert set(ended.values()) == {"DELETED"}
    uid = (await api.call("{ viewer { id } }"))["viewer"]["id"].removeprefix("Viewer.")
    store = api.services.store
    assert len(await store.list_changed(removals_of(uid), Window(9))) == 2
    clock.forward(seconds=REMOVALS_KEPT / 1_000_000 + 1)
    await sweep_now(api)
    assert await store.list_changed(removals_of(uid), Window(9)) == []
    async with api.socket() as socket:
        await socket.subscribe(SESSION_CHANGES, after=cursor)
        message = await socket.receive()
        assert "older than 7 days" in message["payload"][0]["message"]


async def test_a_session_that_is_made_temporary_is_told_of_and_ends_as_deleted(
    api: Served, clock: Clock
) -> None:
    session = (await api.record("Brief"))["session"]["id"]
    clock.forward(days=3)
    async with api.socket() as socket:
        await socket.begin(SESSION_CHANGES)
        await api.mutate("makeSessionTemporary", "", sessionId=session)
        heard = changes_of(socket, session)
        made = await anext(heard)
        assert (made["kind"], made["session"]["temporary"]) == ("CHANGED", True)
        clock.forward(hours=25)
        await sweep_now(api)
        ended = await anext(heard)
        assert (ended["kind"], ended["session"]) == ("DELETED", None)


async def test_who_was_away_hears_of_a_purge(api: Served, clock: Clock) -> None:
    session = (await api.record("Brief", temporary=True))["session"]["id"]
    async with api.socket() as socket:
        cursor = await socket.begin(SESSION_CHANGES)
    clock.forward(days=2)
    await sweep_now(api)
    async with api.socket() as socket:
        await socket.subscribe(SESSION_CHANGES, after=cursor)
        async for change in changes_of(socket, session):
            if change["kind"] == "DELETED":
                assert change["session"] is None
                break
