"""Operations that wait for a frozen store end in time, and everything else goes on."""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

import httpx

from recollect.http.operation_queue import RUNNING
from tests.attacks.production import Server, production
from tests.attacks.requests import graphql
from tests.emulators.bigquery import BigQueryEndpoints
from tests.faults.proxies import NetworkConditions, TcpProxy
from tests.issuer import Issuer

SECONDS = 4.0
"""The deadline in this test; with 30 s the test would only wait longer."""
LAUNCHER = (
    "import resolvers.deadline as deadline; "
    f"deadline.SECONDS = {SECONDS}; "
    "from recollect.cli import main; main()"
)
READ = graphql("{ viewer { preferences { languagePreference } } }")
RECORD = (
    "mutation ($input: RecordConversationInput!) { recordConversation(input: $input) "
    "{ conversation { id } session { conversationCount } userErrors { code } } }"
)


class Firestore:
    """A connection to the emulator that can be frozen and resumed."""

    def __init__(self, process: Any, address: str) -> None:
        self._process = process
        self.address = address

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let nothing through while the block runs; connections stay open."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)


def _forward(target: str, told: Connection) -> None:
    async def run() -> None:
        proxy = TcpProxy(target, NetworkConditions(Random(1)))  # noqa: S311
        await proxy.start()
        told.send(proxy.address)
        await asyncio.Event().wait()

    asyncio.run(run())


@contextmanager
def stoppable(target: str) -> Iterator[Firestore]:
    """A process that forwards connections until the block ends."""
    spawn = multiprocessing.get_context("spawn")
    hears, told = spawn.Pipe()
    process = spawn.Process(target=_forward, args=(target, told), daemon=True)
    process.start()
    try:
        yield Firestore(process, hears.recv())
    finally:
        process.kill()
        process.join()


def record(server: Server, user: str) -> httpx.Response:
    """Record a turn whose id is derived from the user, so that a repeated request records the same turn."""
    turn = {"query": "Why?", "clientId": f"turn-of-{user}"}
    response: httpx.Response = server.send(graphql(RECORD, input=turn), user=user)
    return response


def accepted(server: Server, user: str) -> httpx.Response:
    """The answer to a turn that is sent until it is accepted: the deadline is short for a busy machine."""
    while (answer := record(server, user)).status_code == 503:
        pass
    return answer


def test_operations_that_wait_for_a_frozen_store_end_and_free_their_places(
    firestore_address: str,
    bigquery_endpoints: BigQueryEndpoints,
    issuer: Issuer,
    tmp_path: Path,
) -> None:
    command = (sys.executable, "-c", LAUNCHER)
    callers = [f"caller-{number}" for number in range(RUNNING + 10)]
    with (
        stoppable(firestore_address) as firestore,
        production(tmp_path, firestore.address, bigquery_endpoints, issuer, command) as server,
        ThreadPoolExecutor(len(callers)) as pool,
    ):
        accepted(server, "first")  # the server knows the issuer's keys from here on
        with firestore.frozen(), server.watched() as watch:
            late = [*pool.map(lambda user: record(server, user), callers)]
            # Every slot was taken; these requests get one only because the earlier ones ended.
            late += pool.map(lambda user: server.send(READ, user=user), callers[:10])
        for answer in late:
            assert answer.status_code == 503, answer.text
            assert answer.headers["retry-after"] == "5"
            assert "took too long" in answer.json()["errors"][0]["message"]
        assert watch.stall < 1
        for user in callers[:5]:
            answer = accepted(server, user)
            assert answer.status_code == 200, answer.text
            payload = answer.json()["data"]["recordConversation"]
            assert payload["userErrors"] == []
            assert payload["session"]["conversationCount"] == 1
