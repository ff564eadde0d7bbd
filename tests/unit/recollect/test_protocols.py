"""Nothing is left of a connection when it has ended."""

import asyncio
import gc
from collections.abc import Iterator

import pytest
import uvicorn
import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from recollect.commands.serve import configured, listening
from recollect.http import lingering


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 403, "headers": []})
    await send({"type": "http.response.body"})


async def _read_and_answer(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture
def without_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _kept() -> int:
    return sum(isinstance(each, HttpToolsProtocol) for each in gc.get_objects())


@pytest.mark.usefixtures("without_garbage_collection")
@pytest.mark.parametrize("app", [_refuse, _read_and_answer])
def test_a_connection_that_has_ended_is_freed_without_garbage_collection(
    app: ASGIApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With thousands of dead connections, each garbage collection took over 100 ms."""
    monkeypatch.setattr(lingering, "SECONDS", 0.01)
    before = _kept()

    async def serve_one() -> None:
        (place,) = listening("127.0.0.1", 0)
        server = uvicorn.Server(configured(app))
        serving = asyncio.create_task(server.serve([place]))
        reader, writer = await asyncio.open_connection(*place.getsockname())
        body = b" " * 1000
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n")
        writer.write(b"Connection: close\r\n\r\n" + body)
        await reader.read()
        writer.close()
        while _kept() > before:  # noqa: ASYNC110 - there is no event for what is freed
            await asyncio.sleep(0.01)
        server.should_exit = True
        await serving

    uvloop.run(asyncio.wait_for(serve_one(), 30))
