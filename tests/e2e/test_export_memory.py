"""An export of 100,000 turns from a real server: how much memory it takes, and what its logs say.

Slow for its reason: fewer turns would not tell a page from a leak. The Firestore emulator would take many
minutes to be given so many, so there it is 3,000; EXPORT_TURNS=100000 in the environment makes it all.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from recollect.services import open_services
from recollect.settings import Settings
from stores.keys import conversation_key, profile_key, session_key
from stores.ports import Create, Store
from stores.records import Conversation, Profile, Session
from tests.e2e.test_import_and_restart import RECOLLECT, USER, Environment, environment

__all__ = ["environment"]
SMALL = 300
LARGE = {"sqlite": 100_000, "firestore": int(os.environ.get("EXPORT_TURNS", "3000"))}
CHAT = {"sqlite": 100_000, "firestore": 1_000}
"""Turns of one chat: the emulator's queries slow down with a collection's size."""
COMMIT = 100
MIB = 1024 * 1024
HEADERS = {"x-recollect-dev-user": USER}


async def write_chat(store: Store, uid: str, session_id: str, turns: int, first: int = 0) -> None:
    """A chat of many turns, about a kilobyte each, numbered from `first` on."""
    at = time.time_ns() // 1000 - 3_600_000_000
    session = Session(
        session_id=session_id,
        created_at=at,
        last_active=at,
        touched_at=at,
        oldest_turn_at=at,
        conversation_count=turns,
    )
    await store.commit([Create(session_key(uid, session_id), session)])
    for start in range(0, turns, COMMIT):
        await store.commit(
            [
                Create(
                    conversation_key(uid, session_id, f"turn-{number}"),
                    Conversation(
                        session_id=session_id,
                        conversation_id=f"turn-{number}",
                        query=f"Question {first + number}",
                        response=f"Answer {first + number} {'wörd ' * 160}",
                        answered=True,
                        timestamp=at + number,
                        recorded_at=at,
                    ),
                )
                for number in range(start, min(start + COMMIT, turns))
            ]
        )


async def write_account(settings: Settings) -> None:
    """A user with a small chat and a large one, or as many as it takes."""
    turns, size = LARGE[settings.store], CHAT[settings.store]
    async with open_services(settings) as services:
        viewer = await services.authenticator.authenticate(HEADERS)
        owner = profile_key(viewer.uid)
        profile = Profile(email=USER, created_at=time.time_ns() // 1000, active_count=2)
        await services.store.commit([Create(owner, profile)])
        await write_chat(services.store, viewer.uid, "small", SMALL)
        for first in range(0, turns, size):
            name = f"large-{first}"
            await write_chat(services.store, viewer.uid, name, min(size, turns - first), first)


class Server:
    """A server process and its memory."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str) -> None:
        self._folder = Path(f"/proc/{process.pid}")
        self.url = url

    def forget_peak(self) -> None:
        (self._folder / "clear_refs").write_text("5")

    def memory(self, name: str) -> int:
        """Bytes of resident memory: VmRSS now, or VmHWM at the highest since `forget_peak`."""
        found = re.search(rf"{name}:\s+(\d+) kB", (self._folder / "status").read_text())
        assert found
        return int(found[1]) * 1024


@contextmanager
def served(environment: Environment, log: Path) -> Iterator[Server]:
    """A server process that logs all it can, until the block ends."""
    url = f"http://127.0.0.1:{environment['RECOLLECT_PORT']}"
    with log.open("wb") as errors:
        talkative = environment | {"RECOLLECT_LOG_LEVEL": "debug"}
        process = subprocess.Popen([*RECOLLECT, "serve"], env=talkative, stderr=errors)
        try:
            deadline = time.monotonic() + 60
            while True:
                assert process.poll() is None
                assert time.monotonic() < deadline, "the server does not get ready"
                try:
                    if httpx.get(f"{url}/healthz", timeout=10).status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield Server(process, url)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def link(server: Server, mutation: str) -> str:
    """The address of the document that a mutation offers."""
    document = f"mutation {{ {mutation} {{ download {{ url }} userErrors {{ message }} }} }}"
    answer = httpx.post(f"{server.url}/graphql", json={"query": document}, headers=HEADERS).json()
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    assert payload["userErrors"] == []
    return f"{server.url}{payload['download']['url']}"


def lines(url: str) -> Iterator[str]:
    with httpx.stream("GET", url, timeout=60) as response:
        assert response.status_code == 200
        yield from response.iter_lines()


@pytest.mark.timeout(900)
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
async def test_an_export_of_100_000_turns_adds_less_than_50_mb(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        if name.startswith("RECOLLECT_"):
            monkeypatch.setenv(name, value)
    settings = Settings()
    turns = LARGE[settings.store]
    await write_account(settings)
    log = tmp_path / "log"
    with served(environment, log) as server:
        small = link(
            server, 'exportSessions(input: {sessionIds: ["Session.small"], format: NDJSON})'
        )
        assert sum(1 for _ in lines(small)) == SMALL + 2
        large = link(server, "exportMyData(input: {format: NDJSON})")
        before = server.memory("VmRSS")
        server.forget_peak()
        numbers = [re.search(r'"Question (\d+)"', line) for line in lines(large)]
        added = server.memory("VmHWM") - before
    found = sorted(int(match[1]) for match in numbers if match)
    assert found == sorted([*range(SMALL), *range(turns)])
    print(f"An export of {turns:,} turns added {added / MIB:.1f} MiB.")
    assert added < 50 * MIB
    told = log.read_text()
    assert '"request"' in told
    assert large.rpartition("/")[2].partition(".")[0] not in told
    assert "downloads/" not in told
