"""Hardly any of a body is held in memory until the application asks for it."""

import asyncio

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from recollect.commands.serve import configured, listening
from recollect.http.request_heads import BODY_PART, HEAD_PART

BODY = 8 * BODY_PART


class Slow:
    """An application that ignores a body until `read` is set, and keeps its parts."""

    def __init__(self) -> None:
        self.called, self.read = asyncio.Event(), asyncio.Event()
        self.held = 0
        self.parts: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.called.set()
        await self.read.wait()
        # uvicorn's request: the bytes that arrived although the application had not asked for them.
        self.held = len(receive.__self__.body)  # type: ignore[attr-defined]
        while (message := await receive()).get("more_body"):
            self.parts.append(message["body"])
        self.parts.append(message["body"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


async def _sent() -> tuple[Slow, bytes, bytes]:
    """The application after a large request, the body that was sent, and the answer."""
    app, body = Slow(), bytes(range(256)) * (BODY // 256)
    (place,) = listening("127.0.0.1", 0)
    server = uvicorn.Server(configured(app))
    serving = asyncio.create_task(server.serve([place]))
    reader, writer = await asyncio.open_connection(*place.getsockname())
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    writer.write(
        head.encode() + body
    )  # as much as the socket accepts has arrived before the server reads
    await app.called.wait()
    for _ in range(20):  # rounds of the event loop in which the server could read more
        await asyncio.sleep(0)
    app.read.set()
    answer = await reader.read()
    writer.close()
    server.should_exit = True
    await serving
    return app, body, answer


def test_what_comes_with_a_head_is_little_and_the_rest_comes_when_it_is_asked_for() -> None:
    app, body, answer = uvloop.run(asyncio.wait_for(_sent(), 60))
    assert 0 < app.held <= HEAD_PART
    assert b"".join(app.parts) == body
    assert answer.startswith(b"HTTP/1.1 204")
