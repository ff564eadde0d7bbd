"""The client as a process of its own, and the CPU it takes."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

START_SECONDS = 120
TICKS = os.sysconf("SC_CLK_TCK")


class Client(NamedTuple):
    """A running client."""

    port: int
    pid: int

    def cpu(self) -> float:
        """The seconds of CPU that all its threads have used so far, to a hundredth."""
        times = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(times[11]) + int(times[12])) / TICKS


@asynccontextmanager
async def client(api_port: int) -> AsyncIterator[Client]:
    """The client of an API on this machine, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from recollect.cli import main; main()", "client"),
        env={
            **os.environ,
            "RECOLLECT_API_URL": f"http://127.0.0.1:{api_port}",
            "RECOLLECT_CLIENT_PORT": str(port),
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _ready(port)
        yield Client(port, process.pid)
    finally:
        process.kill()
        await process.wait()


async def _ready(port: int) -> None:
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as http:
        while True:
            try:
                found = await http.get(f"http://127.0.0.1:{port}/_stcore/health")
            except httpx.TransportError:
                await asyncio.sleep(0.2)
            else:
                found.raise_for_status()
                return
