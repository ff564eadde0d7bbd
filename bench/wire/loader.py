"""A process that sends requests for the one that measures."""

import asyncio
import json
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict

from bench.wire.load import Burst, Request

LINE_BYTES = 2**28
"""Room for the times of a burst."""


class Loader:
    """A process that sends requests and reports how long they took."""

    def __init__(self, orders: StreamWriter, answers: StreamReader) -> None:
        self._orders = orders
        self._answers = answers

    async def burst(
        self, port: int, connections: Sequence[Sequence[Request]], duration: float
    ) -> Burst:
        """Make the other process send for some seconds, over each connection its requests in turn."""
        requests = [[*map(asdict, each)] for each in connections]
        order = {"port": port, "connections": requests, "duration": duration}
        self._orders.write(json.dumps(order).encode() + b"\n")
        line = await self._answers.readline()
        if not line:
            raise RuntimeError("the process that sends the requests ended")
        return Burst(**json.loads(line))


@asynccontextmanager
async def loading() -> AsyncIterator[Loader]:
    """The process, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.wire.load"),
        stdin=PIPE,
        stdout=PIPE,
        limit=LINE_BYTES,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process that sends has no pipes")
    try:
        yield Loader(process.stdin, process.stdout)
    finally:
        process.stdin.close()
        await process.wait()
