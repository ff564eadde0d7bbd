"""Sends requests from a process of its own, so that the server has a core to itself."""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import uvloop


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None = None

    def encoded(self) -> bytes:
        """The request as it is sent."""
        body = b"" if self.body is None else json.dumps(self.body).encode()
        method = "GET" if self.body is None else "POST"
        lines = [f"{method} {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        given = {**self.headers, "Content-Length": str(len(body))} if body else self.headers
        lines += [f"{name}: {value}" for name, value in given.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Burst:
    """The result of sending for some seconds: how long each answer took, and how many came per second."""

    seconds: Sequence[float]
    per_second: float


class _Connection(asyncio.Protocol):
    """A connection that stays open, with one request under way at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._expected = -1
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._expected < 0:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._received[:end]).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            self._expected = end + 4 + length
        if len(self._received) >= self._expected and self._answer:
            answer, self._received, self._expected = bytes(self._received), bytearray(), -1
            self._answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server closed the connection"))


async def burst(port: int, connections: Sequence[Sequence[Request]], duration: float) -> Burst:
    """Send each connection's own requests over it repeatedly, each as soon as the last is answered.

    Raises RuntimeError for an answer that reports an error.
    """
    loop = asyncio.get_running_loop()
    taken: list[float] = []
    opened = [await loop.create_connection(_Connection, "127.0.0.1", port) for _ in connections]
    began = time.perf_counter()

    async def send(connection: _Connection, requests: Sequence[bytes]) -> None:
        turn = itertools.cycle(requests)
        while (start := time.perf_counter()) - began < duration:
            answer = await connection.ask(next(turn))
            taken.append(time.perf_counter() - start)
            if not answer.startswith(b"HTTP/1.1 200") or b'"message":' in answer:
                raise RuntimeError(f"the server answers {answer[:2000]!r}")

    encoded = [[each.encoded() for each in requests] for requests in connections]
    pairs = zip(opened, encoded, strict=True)
    await asyncio.gather(*(send(each, requests) for (_, each), requests in pairs))
    elapsed = time.perf_counter() - began
    for transport, _ in opened:
        transport.close()
    return Burst(taken, len(taken) / elapsed)


async def _serve_orders() -> None:
    """Carry out one burst for each line that comes in."""
    for line in sys.stdin:
        order = json.loads(line)
        requests = [[Request(**each) for each in one] for one in order["connections"]]
        found = await burst(order["port"], requests, order["duration"])
        print(json.dumps({"seconds": found.seconds, "per_second": found.per_second}), flush=True)


if __name__ == "__main__":
    uvloop.run(_serve_orders())
