"""Requests that come at once start one by one."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from recollect.http.arrivals import Arrivals
from recollect.http.bans import Bans


async def _receive() -> Message:
    raise AssertionError("nothing is received")


async def _send(message: Message) -> None:
    raise AssertionError("nothing is sent")


async def test_networks_take_turns_and_the_exempt_path_waits_for_nobody() -> None:
    started: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        started.append(scope["path"])

    arrivals = Arrivals(app, exempt=frozenset({"/healthz"}), bans=Bans(60))

    async def request(path: str, host: str) -> None:
        scope = {"type": "http", "path": path, "headers": [], "client": (host, 1)}
        await arrivals(scope, _receive, _send)

    many = [request(f"/{number}", "192.0.2.1") for number in range(5)]
    await asyncio.gather(*many, request("/other", "192.0.2.2"), request("/healthz", "192.0.2.3"))
    assert started == ["/0", "/healthz", "/1", "/other", "/2", "/3", "/4"]
