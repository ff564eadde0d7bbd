"""A turn is found at once, however late the mirror is, and even if it never accepts the turn."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from analytics.mirror import passes
from analytics.warehouse.rows import Row
from stores.keys import conversation_key, mark_key, session_key
from stores.mirror_records import Change, ExportMark
from stores.ports import Create, Store, Write
from tests.integration.conftest import ANNA, Api
from tests.integration.mirror.exporter_pairs import of_session, of_turn, session_of, turn_of

pytestmark = pytest.mark.usefixtures("exporting_by_hand")

USERS = 48
TURNS = 50
"""Turns of each user: 2,400 in total are ten minutes at four a second."""

SEARCH = """
query ($query: String!) { viewer { searchConversations(query: $query, first: 50, order: NEWEST) {
  complete nodes { conversation { query } }
} } }
"""


async def found(api: Api, user: str, query: str) -> list[str]:
    answer = (await api.call(SEARCH, user, query=query))["viewer"]["searchConversations"]
    assert answer["complete"] is True
    return [hit["conversation"]["query"] for hit in answer["nodes"]]


async def uid_of(api: Api, user: str) -> str:
    headers = {"x-recollect-dev-user": user}
    return (await api.services.authenticator.authenticate(headers)).uid


async def queue(store: Store, uid: str) -> None:
    """Write a user with many turns, recorded while no exporter ran."""
    now = time.time_ns() // 1000
    session = session_of("many").model_copy(update={"created_at": now, "touched_at": now})
    writes: list[Write] = [
        Create(session_key(uid, "many"), session),
        *_marked(uid, 0, [of_session(session)]),
    ]
    for n in range(TURNS):
        turn = turn_of(uid, "many", n).model_copy(
            update={"timestamp": now + n, "recorded_at": now, "query": f"Needle {n}"}
        )
        writes.append(Create(conversation_key(uid, "many", turn.conversation_id), turn))
        writes += _marked(uid, n + 1, [of_turn(turn)])
    await store.commit(writes)


def _marked(uid: str, number: int, changes: list[Change]) -> Sequence[Write]:
    mark = ExportMark(uid=uid, mark_id=f"m{number}", changes=changes)
    return [Create(mark_key(uid, mark.mark_id), mark)]


async def test_an_outages_queue_drains_while_search_finds_every_turn(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "MARKS_AT_ONCE", 100)
    users = [f"user{n}@example.com" for n in range(USERS)]
    for user in users:
        await queue(api.services.store, await uid_of(api, user))
    asked = [f"Needle {n}" for n in reversed(range(TURNS))]
    assert await found(api, users[0], "needle") == asked

    searched = 0
    append = api.services.warehouse.append

    async def append_after_a_search(rows: Sequence[Row]) -> None:
        """Wait for a search before each of the first appends, however slow the searches are."""
        before = searched
        while before < 2 and searched == before:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        await append(rows)

    monkeypatch.setattr(api.services.warehouse, "append", append_after_a_search)
    draining = asyncio.create_task(api.services.exporter.drain())
    while not draining.done():
        for user in users[searched % USERS :: 16]:
            assert await found(api, user, "needle") == asked
        searched += 1
    assert await draining == USERS * (TURNS + 1)
    assert searched > 1
    assert await api.services.store.scan_marks(None, 1) == []
    for user in users[::16]:
        assert await found(api, user, "needle") == asked


async def test_a_turn_that_the_mirror_never_takes_is_found(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("analytics.warehouse.validation.ROW_BYTES", 2000)
        await api.record("Where is Mount Etna?", response="In Sicily, an island. " * 99)
        await api.services.exporter.drain()
    assert len(await api.services.store.list_dead_letters(await uid_of(api, ANNA), 10)) == 1
    assert await api.services.store.scan_marks(None, 1) == []
    assert await found(api, ANNA, "sicily") == ["Where is Mount Etna?"]
