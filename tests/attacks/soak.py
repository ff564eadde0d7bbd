"""Honest users beside attackers: how long they wait, compared with a quiet run.

    python -m tests.attacks.soak [--seconds 60] [--users 20]

In reality callers are on other machines, each with an address of its own. Here each has a loopback
address of its own, and the attackers run in a process of the lowest priority, so that the work of sending
takes no processor from the server and the honest users. What the attackers send is not held back: each
sends every hostile request at once, and again as soon as it is answered.

Ends with status 1 where the honest users' 99th percentile under attack is more than `FACTOR` times
that of the quiet run, where one of them was refused, or where the server's memory grew too much.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.attacks.production import GROWTH, Server, production
from tests.attacks.requests import ATTACKS, graphql
from tests.emulators.bigquery import bigquery_emulator
from tests.emulators.firestore import firestore_emulator
from tests.issuer import Issuer

FACTOR = 5
PAUSE_SECONDS = 0.5
"""Average seconds between two operations of an honest user."""
DRIPPING = 4
"""How many of the attackers send a body byte by byte instead."""
UNLIMITED = httpx.Limits(max_connections=None)
ROW = "id title status createdAt lastActive conversationCount tags pinned"
TURN = "id query response answerState timestamp feedback { score comment } citations { title uri }"
RECORD = (
    "mutation ($input: RecordConversationInput!) { recordConversation(input: $input) "
    "{ session { id } userErrors { message } } }"
)
LIST = f"{{ viewer {{ sessions(first: 20) {{ nodes {{ {ROW} }} totalCount }} }} }}"
OPEN = (
    f"query ($id: ID!) {{ viewer {{ session(id: $id) {{ {ROW} "
    f"conversations(last: 50) {{ nodes {{ {TURN} }} }} }} }} }}"
)
PREFERENCES = "{ viewer { id preferences { languagePreference } } }"


class Caller(NamedTuple):
    """Someone with a credential and an address."""

    headers: dict[str, str]
    address: str

    def http(self, url: str) -> httpx.AsyncClient:
        """A client that calls a server from the caller's address."""
        transport = httpx.AsyncHTTPTransport(local_address=self.address, limits=UNLIMITED)
        return httpx.AsyncClient(
            base_url=url, headers=self.headers, timeout=60, transport=transport
        )


async def honest(
    url: str, caller: Caller, until: float, took: list[float], failures: Counter[str]
) -> None:
    """Run one user's chat until a time of the monotonic clock: the client's operations, turn after turn."""
    session: str | None = None
    async with caller.http(url) as http:

        async def ask(document: str, **variables: Any) -> Any:
            await asyncio.sleep(random.uniform(0, 2 * PAUSE_SECONDS))  # noqa: S311
            began = time.perf_counter()
            answer = await http.post("/graphql", content=graphql(document, **variables))
            took.append(time.perf_counter() - began)
            body = answer.json()
            for error in body.get("errors", []):
                failures[f"{answer.status_code} {error['extensions']['code']}"] += 1
            return body.get("data") or {}

        turn = {"query": "What is the weather like?", "response": "Fine. " * 200}
        while time.monotonic() < until:
            recorded = await ask(RECORD, input={**turn, "sessionId": session})
            if recorded.get("recordConversation"):
                session = recorded["recordConversation"]["session"]["id"]
            await ask(LIST)
            if session:
                await ask(OPEN, id=session)
            await ask(PREFERENCES)


async def attack(url: str, caller: Caller, bodies: list[bytes], seen: Counter[str]) -> None:
    """Send all hostile requests at once, each again as soon as it is answered, whatever the answer."""
    async with caller.http(url) as http:

        async def one(body: bytes) -> None:
            while True:
                try:
                    answer = await http.post("/graphql", content=body)
                    seen[str(answer.status_code)] += 1
                except httpx.TransportError as error:
                    seen[type(error).__name__] += 1

        await asyncio.gather(*map(one, bodies))


async def drip(url: str, caller: Caller, seen: Counter[str]) -> None:
    """Open connections that send a body of 1 MB byte by byte."""

    async def dripping() -> AsyncIterator[bytes]:
        for _ in range(1_000_000):
            yield b" "
            await asyncio.sleep(1)

    async with caller.http(url) as http:

        async def one() -> None:
            while True:
                try:
                    answer = await http.post("/graphql", content=dripping())
                    seen[f"dripping {answer.status_code}"] += 1
                except httpx.TransportError as error:
                    seen[f"dripping {type(error).__name__}"] += 1
                await asyncio.sleep(0.1)

        await asyncio.gather(*(one() for _ in range(20)))


def attackers(url: str, callers: list[Caller], ready: Event, stop: Event) -> None:
    """Run all attackers in a separate process, from when they are ready until they are told to stop."""
    os.nice(19)
    bodies = [each.body() for each in ATTACKS.values()]
    seen: Counter[str] = Counter()

    async def run() -> None:
        tasks = [
            asyncio.create_task(
                drip(url, caller, seen) if number < DRIPPING else attack(url, caller, bodies, seen)
            )
            for number, caller in enumerate(callers)
        ]
        ready.set()
        await asyncio.to_thread(stop.wait)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())
    print("attackers were answered:", dict(sorted(seen.items())))


def callers(server: Server, users: int, kind: str, network: str) -> list[Caller]:
    """Users whose tokens outlast the run, each with an address of a network."""
    expires = int(time.time()) + 3600
    return [
        Caller(server.headers(f"{kind}-{number}", exp=expires), f"{network}.{number + 1}")
        for number in range(users)
    ]


class Seen(NamedTuple):
    """The outcomes of the honest users' operations."""

    median: float
    p99: float
    number: int
    failures: Counter[str]


async def run_honest(server: Server, users: int, seconds: float) -> Seen:
    """Run honest users for a while."""
    took: list[float] = []
    failures: Counter[str] = Counter()
    until = time.monotonic() + seconds
    working = [
        honest(server.url, caller, until, took, failures)
        for caller in callers(server, users, "honest", "127.0.2")
    ]
    await asyncio.gather(*working)
    assert len(took) > 2 * users, (
        f"the machine is too slow: {len(took)} operations in {seconds:.0f} s"
    )
    return Seen(statistics.median(took), statistics.quantiles(took, n=100)[98], len(took), failures)


def soak(server: Server, users: int, seconds: float) -> bool:
    """Run both, report the outcomes, and return whether they were good enough."""
    asyncio.run(run_honest(server, users, seconds / 3))  # warm up
    quiet = asyncio.run(run_honest(server, users, seconds / 2))
    ready, stop = multiprocessing.Event(), multiprocessing.Event()
    hostile = multiprocessing.Process(
        target=attackers,
        args=(server.url, callers(server, users, "attacker", "127.0.1"), ready, stop),
    )
    hostile.start()
    ready.wait()
    with server.watched() as watch:
        attacked = asyncio.run(run_honest(server, users, seconds))
    stop.set()
    hostile.join()
    for name, (median, p99, number, failures) in {"quiet": quiet, "under attack": attacked}.items():
        print(
            f"{name}: {number} operations, median {median * 1000:.0f} ms, "
            f"99th percentile {p99 * 1000:.0f} ms, failures {dict(failures)}"
        )
    health = statistics.quantiles(watch.answers, n=100)[98]
    print(
        f"/healthz under attack: 99th percentile {health * 1000:.0f} ms, longest stall "
        f"{watch.stall * 1000:.0f} ms; memory grew by {watch.grown / 1e6:.0f} MB"
    )
    slower = attacked.p99 / quiet.p99
    print(f"99th percentile under attack: {slower:.1f} times the quiet one (limit {FACTOR})")
    return slower <= FACTOR and not attacked.failures and watch.grown < GROWTH


def main() -> int:
    """Run with emulators of its own; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--users", type=int, default=20)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        firestore_emulator() as firestore,
        bigquery_emulator() as bigquery,
        Issuer() as issuer,
        production(Path(folder), firestore, bigquery, issuer) as server,
    ):
        return 0 if soak(server, options.users, options.seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
