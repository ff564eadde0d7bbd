"""Exports from a real server: how much memory they take, and its log entries about them.

Slow for a reason: fewer turns would not tell a page from a leak. Each query of the Firestore emulator scans
all of its documents, so there the test uses 3,000 turns. EXPORT_TURNS=100000 in the environment makes it use
all, in some ten minutes; _JAVA_OPTIONS=-Xmx6g gives the emulator memory for them.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from recollect.services import open_services
from recollect.settings.settings import Settings
from resolvers.input_limits import CITATIONS_BYTES, RESPONSE_BYTES, TURN_BYTES
from stores.keys import conversation_key, profile_key, session_key
from stores.ports import Create, Store
from stores.records import Conversation, Profile, Session
from tests.e2e.processes.test_import_and_restart import RECOLLECT, USER, Environment, environment

__all__ = ["environment"]
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc"
)
SMALL = 300
LARGE = {"sqlite": 100_000, "firestore": int(os.environ.get("EXPORT_TURNS", "3000"))}
CHAT = {"sqlite": 100_000, "firestore": 1_000}
"""Turns of one chat: the emulator sorts all turns of a chat for each of its queries."""
HUGE = 20
MIB = 1024 * 1024
HEADERS = {"x-recollect-dev-user": USER}
Fields = dict[str, Any]


def small(number: int) -> Fields:
    """A turn of about a kilobyte."""
    return {"query": f"Question {number}", "response": f"Answer {'wörd ' * 160}"}


def largest(number: int) -> Fields:
    """A turn of the largest allowed size, and four times as large in memory as in the store."""
    question = f"Question {number} "
    return {
        "query": question.ljust(TURN_BYTES - RESPONSE_BYTES - CITATIONS_BYTES, "q"),
        "response": "r" * (RESPONSE_BYTES - 4) + "\N{GRINNING FACE}",
        "citations": [[] for _ in range(CITATIONS_BYTES // 3 - 1)],
    }


async def write_chat(
    store: Store,
    uid: str,
    name: str,
    numbers: range,
    turn: Callable[[int], Fields] = small,
    commit: int = 100,
) -> None:
    """Write a chat with a turn for each number, with this many turns per commit."""
    at = time.time_ns() // 1000 - 3_600_000_000
    session = Session(
        session_id=name,
        created_at=at,
        last_active=at,
        touched_at=at,
        oldest_turn_at=at,
        conversation_count=len(numbers),
    )
    await store.commit([Create(session_key(uid, name), session)])
    for start in range(0, len(numbers), commit):
        await store.commit(
            [
                Create(
                    conversation_key(uid, name, f"turn-{number}"),
                    Conversation(
                        session_id=name,
                        conversation_id=f"turn-{number}",
                        answered=True,
                        timestamp=at + number,
                        recorded_at=at,
                        **turn(number),
                    ),
                )
                for number in numbers[start : start + commit]
            ]
        )


@asynccontextmanager
async def account(settings: Settings) -> AsyncIterator[tuple[Store, str]]:
    """A user with a small chat, to which others are added."""
    async with open_services(settings) as services:
        viewer = await services.authenticator.authenticate(HEADERS)
        profile = Profile(email=USER, created_at=time.time_ns() // 1000, active_count=1)
        await services.store.commit([Create(profile_key(viewer.uid), profile)])
        await write_chat(services.store, viewer.uid, "small", range(SMALL))
        yield services.store, viewer.uid


class Server:
    """A server process, its memory and its log."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
        self._folder = Path(f"/proc/{process.pid}")
        self.url = url
        self.log = log

    def forget_peak(self) -> None:
        (self._folder / "clear_refs").write_text("5")

    def memory(self, name: str) -> int:
        """Bytes of resident memory: VmRSS now, or VmHWM at the highest since `forget_peak`."""
        found = re.search(rf"{name}:\s+(\d+) kB", (self._folder / "status").read_text())
        assert found
        return int(found[1]) * 1024


@contextmanager
def served(environment: Environment, log: Path) -> Iterator[Server]:
    """A server process that logs at the most detailed level, until the block ends."""
    url = f"http://127.0.0.1:{environment['RECOLLECT_PORT']}"
    with log.open("wb") as errors:
        talkative = environment | {"RECOLLECT_LOG_LEVEL": "debug"}
        process = subprocess.Popen([*RECOLLECT, "serve"], env=talkative, stderr=errors)
        try:
            deadline = time.monotonic() + 300
            while True:
                assert process.poll() is None
                assert time.monotonic() < deadline, "the server does not get ready"
                try:
                    if httpx.get(f"{url}/healthz", timeout=10).status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield Server(process, url, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def link(server: Server, mutation: str) -> str:
    """The address of the document that a mutation offers."""
    document = f"mutation {{ {mutation} {{ download {{ url }} userErrors {{ message }} }} }}"
    answer = httpx.post(
        f"{server.url}/graphql", json={"query": document}, headers=HEADERS, timeout=60
    ).json()
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    assert payload["userErrors"] == []
    return f"{server.url}{payload['download']['url']}"


def lines(url: str) -> Iterator[str]:
    with httpx.stream("GET", url, timeout=60) as response:
        assert response.status_code == 200
        yield from response.iter_lines()


def added_by_export(server: Server, turns: int) -> int:
    """Bytes of memory that an export of all data adds; asserts that it has this many turns."""
    one = link(
        server, 'exportSessions(input: {sessions: {sessionIds: ["Session.small"]}, format: NDJSON})'
    )
    assert sum(1 for _ in lines(one)) == SMALL + 2
    everything = link(server, "exportMyData(input: {format: NDJSON})")
    before = server.memory("VmRSS")
    server.forget_peak()
    start = time.monotonic()
    numbers = [re.search(r'"query":"Question (\d+)', line) for line in lines(everything)]
    added = server.memory("VmHWM") - before
    assert sorted(int(found[1]) for found in numbers if found) == list(range(turns))
    taken = time.monotonic() - start
    told = server.log.read_text()
    assert '"request"' in told
    assert everything.rpartition("/")[2].partition(".")[0] not in told
    assert "downloads/" not in told
    print(f"An export of {turns:,} turns added {added / MIB:.1f} MiB and took {taken:.1f} s.")
    return added


@pytest.fixture
def settings(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in environment.items():
        if name.startswith("RECOLLECT_"):
            monkeypatch.setenv(name, value)
    return Settings()


@pytest.mark.timeout(1800)
async def test_an_export_of_100_000_turns_adds_less_than_50_mb(
    environment: Environment, settings: Settings, tmp_path: Path
) -> None:
    turns, chat = LARGE[settings.store], CHAT[settings.store]
    async with account(settings) as (store, uid):
        for first in range(SMALL, turns, chat):
            numbers = range(first, min(first + chat, turns))
            await write_chat(store, uid, f"large-{first}", numbers)
    with served(environment, tmp_path / "log") as server:
        assert added_by_export(server, turns) < 50 * MIB


async def test_an_export_of_the_largest_turns_after_small_ones_adds_less_than_50_mb(
    environment: Environment, settings: Settings, tmp_path: Path
) -> None:
    def turn(number: int) -> Fields:
        return small(number) if number < 2 * SMALL else largest(number)

    turns = 2 * SMALL + HUGE
    async with account(settings) as (store, uid):
        await write_chat(store, uid, "growing", range(SMALL, turns), turn, commit=2)
    with served(environment, tmp_path / "log") as server:
        assert added_by_export(server, turns) < 50 * MIB
