"""Many callers at once, a store that is frozen for a while, and a shutdown in the middle: nothing that was
acknowledged is lost, and refused callers are told when to retry. OVERLOAD_SECONDS=120 takes longer."""

import asyncio
import os
import re
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import httpx

from stores.records import Conversation
from stores.sqlite.store import SQLiteStore
from tests.e2e.stack import Stack

SECONDS = float(os.environ.get("OVERLOAD_SECONDS", "6"))
FROZEN_SECONDS = min(10.0, SECONDS / 2) * 0.9
"""Shorter than SQLite's wait for a lock."""
CALLERS = 200
MEMORY_MB = 600
RECORD = (
    "mutation ($input: RecordConversationInput!) { recordConversation(input: $input) {"
    " conversation { id } userErrors { code } } }"
)


class Load:
    """Callers who record turn after turn, each as a different user."""

    def __init__(self, port: int) -> None:
        self.acknowledged: set[str] = set()
        self.answers: Counter[int] = Counter()
        self.ended = False
        self._port = port

    async def run(self) -> None:
        limits = httpx.Limits(max_connections=CALLERS, max_keepalive_connections=CALLERS)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self._port}", timeout=60, limits=limits
        ) as http:
            await asyncio.gather(*(self._call(http, number) for number in range(CALLERS)))

    async def _call(self, http: httpx.AsyncClient, number: int) -> None:
        headers = {"X-Recollect-Dev-User": f"caller-{number}@example.com"}
        while not self.ended:
            turn = uuid4().hex
            given = {"query": "why " * 50, "clientId": turn}
            try:
                answer = await http.post(
                    "/graphql",
                    json={"query": RECORD, "variables": {"input": given}},
                    headers=headers,
                )
            except httpx.TransportError:
                return  # only the end of the server causes this, as `answers` shows
            self.answers[answer.status_code] += 1
            if answer.status_code == 503:
                await asyncio.sleep(float(answer.headers["retry-after"]))
            elif answer.status_code == 200:
                body = answer.json()
                assert body["data"]["recordConversation"]["userErrors"] == [], body
                self.acknowledged.add(turn)


async def stored(path: Path) -> set[str]:
    store = await SQLiteStore.open(path)
    found = await store.scan(Conversation, None, 1_000_000)
    await store.close()
    return {key.id for key, _ in found}


def peak_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


async def freeze(path: Path) -> None:
    """Hold the write lock of the store's file for a while."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(FROZEN_SECONDS)
        connection.execute("ROLLBACK")


async def test_nothing_acknowledged_is_lost_under_overload_a_frozen_store_and_an_end_in_the_middle(
    tmp_path: Path,
) -> None:
    stack = Stack(tmp_path)
    file = tmp_path / "data" / "store.sqlite"
    with stack.serving() as process:
        load = Load(stack.api_port)
        running = asyncio.create_task(load.run())
        await asyncio.sleep(SECONDS / 2)
        await freeze(file)
        await asyncio.sleep(SECONDS / 2)
        assert load.answers.keys() <= {200, 503}, load.answers
        assert not running.done(), "callers gave up before the end"
        assert peak_mb(process.pid) < MEMORY_MB
        process.send_signal(signal.SIGTERM)
        load.ended = True
        await running
        assert await asyncio.to_thread(process.wait, 60) == 0
    assert load.acknowledged
    assert load.acknowledged <= await stored(file)
