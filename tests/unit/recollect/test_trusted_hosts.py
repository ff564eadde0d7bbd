"""Which hosts a request may name, the first time and again."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from recollect.http import trusted_hosts
from recollect.http.trusted_hosts import TrustedHosts


async def _receive() -> Message:
    raise AssertionError("nothing is received")


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200})


async def _status(app: TrustedHosts, *hosts: str) -> int:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", host.encode()) for host in hosts]
    await app({"type": "http", "headers": headers}, _receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize("remembered", [0, 1, 100])
async def test_a_host_is_judged_alike_however_often_it_comes(
    monkeypatch: pytest.MonkeyPatch, remembered: int
) -> None:
    monkeypatch.setattr(trusted_hosts, "REMEMBERED", remembered)
    app = TrustedHosts(_app, ["localhost", "[::1]"])
    for _ in range(3):
        for good in ("localhost", "localhost:8000", "LOCALHOST:1", "[::1]:8000"):
            assert await _status(app, good) == 200
        for bad in ("evil.example", "localhost.evil.example", "localhost@evil.example", ""):
            assert await _status(app, bad) == 400
        assert await _status(app) == 400
        assert await _status(app, "evil.example", "localhost") == 400
