"""Starts a system and fills it with chats."""

import asyncio
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench.peers.peer import QUESTION, Chat, Peer
from bench.wire.load import Request
from tests.e2e.ports import free_port

START_SECONDS = 120
END_SECONDS = 15
AT_ONCE = 8
"""Requests under way while a system is filled."""
REQUEST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Running:
    """A system that is running."""

    peer: Peer
    port: int
    pid: int


@asynccontextmanager
async def running(peer: Peer) -> AsyncIterator[Running]:
    """The system, started in an empty folder, until the block ends.

    Raises NotInstalled, and RuntimeError with its last lines if it does not start.
    """
    with TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        started = peer.start(port, folder)
        log = folder / "log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *started.command,
                cwd=started.folder,
                env={**os.environ, **started.environment},
                stdout=output,
                stderr=output,
            )
        try:
            if not await _answers(process, port):
                raise RuntimeError(f"{peer.name} does not start:\n{log.read_text()[-2000:]}")
            yield Running(peer, port, process.pid)
        finally:
            await _end(process)


async def fill(system: Running, empty: Sequence[Chat], full: Sequence[Chat], turns: int) -> None:
    """Open all sessions, and put turns into those that are to be `full`.

    Raises RuntimeError if a full one does not have all of its turns.
    """
    peer, places = system.peer, asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{system.port}", timeout=REQUEST_SECONDS
    ) as http:

        async def send(request: Request) -> httpx.Response:
            method = "GET" if request.body is None else "POST"
            answer = await http.request(
                method, request.path, headers=request.headers, json=request.body
            )
            return answer.raise_for_status()

        async def opened(chat: Chat) -> None:
            async with places:
                peer.opened(chat, (await send(peer.create(chat))).json())

        async def filled(chat: Chat) -> None:
            async with places:
                for _ in range(turns):
                    await send(peer.append(chat))
                found = (await send(peer.turns(chat))).text.count(QUESTION)
                if found < turns:
                    raise RuntimeError(f"{peer.name} kept {found} of {turns} turns")

        await asyncio.gather(*(opened(chat) for chat in (*empty, *full)))
        await asyncio.gather(*(filled(chat) for chat in full))


async def _end(process: Process) -> None:
    """Ask it to end, and kill it if that takes too long."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _answers(process: Process, port: int) -> bool:
    """Whether it answers anything before it ends; raises TimeoutError if that takes too long."""
    async with httpx.AsyncClient() as http, asyncio.timeout(START_SECONDS):
        while process.returncode is None:
            try:
                await http.get(f"http://127.0.0.1:{port}/", timeout=5)
            except httpx.TransportError:
                await asyncio.sleep(0.2)
            else:
                return True
    return False
