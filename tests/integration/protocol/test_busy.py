"""An overloaded process says so, and serves as many callers as it can."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from recollect.http import endpoint
from recollect.http.body_memory import BodyMemory
from recollect.http.operation_queue import OperationQueue
from recollect.http.requests import SMALL_BODY, read_post
from tests.integration.conftest import ANNA, BEN, Api, embedded_settings, running
from tests.integration.live.live_server import SESSION_CHANGES, served
from tests.integration.protocol.protocol import VIEWER, codes

COUNT = "{ viewer { sessions { totalCount } } }"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> OperationQueue:
    """A queue with one running and one waiting operation, and at most one of each user."""
    queue = OperationQueue(running=1, waiting=1, share=1)
    monkeypatch.setattr("recollect.app.OperationQueue", lambda: queue)
    return queue


@asynccontextmanager
async def frozen(api: Api, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Freeze the store's reads until the block ends."""
    thaw = asyncio.Event()
    store = api.services.store
    get = store.get

    async def wait(*given: Any) -> Any:
        await thaw.wait()
        return await get(*given)

    with monkeypatch.context() as patched:
        patched.setattr(store, "get", wait)
        try:
            yield
        finally:
            thaw.set()


async def test_large_bodies_are_not_looked_at_all_at_once(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other tasks run in between."""
    events: list[str] = []

    def looked_at(body: bytes) -> Any:
        events.append("large")
        return read_post(body)

    async def others() -> None:
        while True:
            events.append("other")
            await asyncio.sleep(0)

    monkeypatch.setattr(endpoint, "read_post", looked_at)
    working = asyncio.create_task(others())
    padded = COUNT + " " * (SMALL_BODY + 1)
    answers = await asyncio.gather(
        *(embedded.post(padded, f"user-{number}@example.com") for number in range(8))
    )
    working.cancel()
    assert {answer.status_code for answer in answers} == {200}
    assert events.count("large") == 8
    assert ("large", "large") not in pairwise(events)


async def test_beyond_the_queue_a_caller_is_told_to_come_back_and_who_waits_is_served(
    small: OperationQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(embedded_settings(tmp_path)) as api:
        async with frozen(api, monkeypatch):
            first, second = (asyncio.create_task(api.post(COUNT, user)) for user in (ANNA, BEN))
            while not small._waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            refused = await api.post(COUNT, ANNA)
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            assert codes(refused) == ["UNAVAILABLE"]
            assert not first.done()
            assert not second.done()
        assert [(await each).status_code for each in (first, second)] == [200, 200]
        assert (await api.post(VIEWER)).status_code == 200


@pytest.mark.usefixtures("small")
async def test_operations_over_a_websocket_take_places_too_but_subscriptions_take_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(embedded_settings(tmp_path)) as api, api.socket() as socket:
        await socket.begin(SESSION_CHANGES, name="lasting")
        async with frozen(api, monkeypatch):
            for name in ("runs", "waits", "refused"):
                await socket.subscribe(COUNT, name=name)
            answer = await socket.receive()
            assert (answer["type"], answer["id"]) == ("error", "refused")
            assert answer["payload"][0]["extensions"]["code"] == "UNAVAILABLE"
        ids = [(await socket.receive())["id"] for _ in range(4)]
        assert ids == ["runs", "runs", "waits", "waits"]


async def test_bodies_of_any_kind_share_a_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recollect.app.BodyMemory", lambda: BodyMemory(room=1_000, share=0.5))
    padded = VIEWER + " " * 600
    async with served(embedded_settings(tmp_path)) as api, api.socket() as socket:
        for path in ("/graphql", "/imports"):
            refused = await api.http.post(path, json={"query": padded})
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            assert codes(refused) == ["UNAVAILABLE"]
        await socket.subscribe(padded, name="refused")
        answer = await socket.receive()
        assert (answer["type"], answer["id"]) == ("error", "refused")
        assert answer["payload"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert (await api.post(VIEWER)).status_code == 200
