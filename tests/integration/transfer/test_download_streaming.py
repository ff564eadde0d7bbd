"""Downloads over a real connection: sent while they are read, and cut off where they can't be."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from resolvers.input_limits import RESPONSE_BYTES
from resolvers.transfer.exporting import entries
from stores.errors import StoreUnavailable
from stores.ports import Portion, Window
from stores.records import Conversation
from tests.integration.conftest import Api
from tests.integration.transfer.downloads import archive, export, export_all

PATIENCE = 60
TURNS = 5
Hook = Callable[[], Awaitable[None]]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "TURNS", TURNS)


@asynccontextmanager
async def served(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A connection to the API, over a socket."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        api.app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
            yield client
    finally:
        server.should_exit = True
        await serving


async def before_page(
    monkeypatch: pytest.MonkeyPatch, api: Api, number: int, hook: Hook
) -> list[int]:
    """Run `hook` before page `number` of turns is read; returns a list that gets the size of each page
    read."""
    read = api.services.store.take_conversations
    sizes: list[int] = []

    async def take_conversations(*args: Any) -> Portion[Conversation]:
        if len(sizes) + 1 == number:
            await hook()
        page = await read(*args)
        sizes.append(len(page.records))
        return page

    monkeypatch.setattr(api.services.store, "take_conversations", take_conversations)
    return sizes


async def chat_of(api: Api, turns: int) -> None:
    session = (await api.record("turn 0", response="r"))["session"]["id"]
    for number in range(1, turns):
        await api.record(f"turn {number}", sessionId=session, response="r")


@pytest.mark.parametrize("form", ["JSON", "NDJSON", "CSV", "MARKDOWN", "HTML"])
async def test_the_first_turns_arrive_before_the_second_page_is_read(
    api: Api, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    await chat_of(api, TURNS + 1)
    url = (await export(api, format=form))["download"]["url"]
    arrived = asyncio.Event()

    async def wait() -> None:
        async with asyncio.timeout(PATIENCE):
            await arrived.wait()

    pages = await before_page(monkeypatch, api, 2, wait)
    text = ""
    async with served(api) as client, client.stream("GET", url) as response:
        assert response.status_code == 200
        async for part in response.aiter_text():
            text += part
            if f"turn {TURNS - 1}" in text:
                arrived.set()
    assert pages == [TURNS, 1]
    assert f"turn {TURNS}" in text


async def test_few_turns_are_read_and_asked_for_at_a_time_where_they_are_large(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = (await api.record("turn 0"))["session"]["id"]
    for number in range(1, 7):
        response = "r" * RESPONSE_BYTES
        await api.record(f"turn {number}", sessionId=session, response=response)
    read = api.services.store.take_conversations
    pages: list[tuple[int, int]] = []

    async def take_conversations(
        uid: str, session_id: str, window: Window, size: int
    ) -> Portion[Conversation]:
        page = await read(uid, session_id, window, size)
        pages.append((window.limit, len(page.records)))
        return page

    monkeypatch.setattr(api.services.store, "take_conversations", take_conversations)
    (chat,) = (await archive(api))["sessions"]
    assert [turn["query"] for turn in chat["turns"]] == [f"turn {number}" for number in range(7)]
    assert pages == [(TURNS, 3), (TURNS, 2), (4, 2), (4, 0)]


async def test_a_client_that_goes_away_ends_the_reading(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat_of(api, 2 * TURNS)
    url = (await export(api))["download"]["url"]
    ended = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    pages = await before_page(monkeypatch, api, 2, forever)
    async with served(api) as client:
        async with client.stream("GET", url) as response:
            text = ""
            async for part in response.aiter_text():
                text += part
                if "turn 0" in text:
                    break
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
    assert pages == [TURNS]


async def cut_off(api: Api, url: str) -> str:
    """The received part of a download that was cut off."""
    parts: list[str] = []

    async def read(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", url) as response:
            assert response.status_code == 200
            async for part in response.aiter_text():
                parts.append(part)

    async with served(api) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await read(client)
    return "".join(parts)


async def test_a_store_that_fails_half_way_leaves_a_download_that_shows_it(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await chat_of(api, TURNS + 1)
    url = (await export(api))["download"]["url"]

    async def fail() -> None:
        raise StoreUnavailable("away")

    await before_page(monkeypatch, api, 2, fail)
    text = await cut_off(api, url)
    assert "turn 0" in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    (told,) = [r for r in caplog.records if r.name == "recollect.http.downloads"]
    assert (told.levelno, told.error) == (logging.WARNING, "StoreUnavailable")  # type: ignore[attr-defined]


async def test_an_erasure_meanwhile_cuts_the_download_off(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat_of(api, TURNS + 1)
    url = (await export_all(api, format="NDJSON"))["download"]["url"]

    async def erase() -> None:
        done = await api.mutate("eraseMyData", "", confirm=True)
        assert done["userErrors"] == []
        await api.record("started anew")

    pages = await before_page(monkeypatch, api, 2, erase)
    text = await cut_off(api, url)
    assert pages == [TURNS, 0]
    assert "started anew" not in text
