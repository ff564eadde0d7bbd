"""Listing, opening and recording as the client asks for them, against bare routes of the same server."""

import asyncio
import json
import re
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from bench.harness import Figure, Timing
from bench.history import chat, conversations, prose, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from bench.wire.limit import SESSIONS, TURNS, Recorded, limit
from bench.wire.load import Burst, Request
from bench.wire.served import served
from schema.ids import global_id

OPERATIONS = Path(__file__).parents[2] / "client" / "operations"
"""What the client asks for."""
LINE_BYTES = 2**28
"""Room for the times of a burst."""


class _Caller(NamedTuple):
    """A user with sessions, one of which has turns."""

    user: str
    uid: str
    session_id: str


class _Subject(NamedTuple):
    name: str
    api: Sequence[Request]
    bare: Sequence[Request]


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """Each operation over one connection, and over many of as many users."""
    callers = [await _settled(pair, number, scale) for number in range(scale.connections)]
    recorded = {caller.uid: await _recorded(pair, caller) for caller in callers}
    figures: list[Figure] = []
    async with served(pair, limit(pair.services.store, recorded)) as port, _loader() as loader:
        for connections in (1, scale.connections):
            for subject in _subjects(callers[:connections]):
                figures.append(await _compare(loader, port, subject, scale))
    return figures


async def _settled(pair: Pair, number: int, scale: Scale) -> _Caller:
    user = f"caller-{number}@example.com"
    uid = await pair.uid(user)
    session, turns = chat(0, TURNS)
    others = [chat(n, 0)[0] for n in range(1, scale.listed)]
    await write(pair.services.store, summaries(uid, [session, *others]), conversations(uid, turns))
    return _Caller(user, uid, session.session_id)


async def _recorded(pair: Pair, caller: _Caller) -> Recorded:
    """What the API really asks of the store to record a turn, seen once."""
    store = pair.services.store
    with (
        patch.object(store, "get", wraps=store.get) as get,
        patch.object(store, "commit", wraps=store.commit) as commit,
    ):
        await pair.ask(_document("RecordTurn"), caller.user, input=_turn(caller))
    return get.await_args_list[0].args[0], commit.await_args_list[0].args[0]


def _turn(caller: _Caller) -> dict[str, object]:
    return {
        "sessionId": global_id("Session", caller.session_id),
        "query": prose(1, 12),
        "response": prose(2, 120),
        "responseTimeMs": 900,
        "citations": [{"title": "A source", "uri": "https://docs.example/page"}],
    }


def _subjects(callers: Sequence[_Caller]) -> list[_Subject]:
    """What is compared, one request for each caller."""

    def api(name: str, caller: _Caller, **variables: object) -> Request:
        headers = {"X-Recollect-Dev-User": caller.user, "Content-Type": "application/json"}
        return Request("/graphql", headers, {"query": _document(name), "variables": variables})

    return [
        _Subject(
            f"{SESSIONS} sessions",
            [api("Sessions", each, first=SESSIONS) for each in callers],
            [Request(f"/limit/sessions/{each.uid}", {}) for each in callers],
        ),
        _Subject(
            f"{TURNS} turns",
            [
                api("EarlierTurns", each, session=global_id("Session", each.session_id))
                for each in callers
            ],
            [Request(f"/limit/turns/{each.uid}/{each.session_id}", {}) for each in callers],
        ),
        _Subject(
            "recording a turn",
            [api("RecordTurn", each, input=_turn(each)) for each in callers],
            [Request(f"/limit/record/{each.uid}", {}, {"input": _turn(each)}) for each in callers],
        ),
    ]


async def _compare(loader: "_Loader", port: int, subject: _Subject, scale: Scale) -> Figure:
    """Send to both sides in turns; each side's figures are those of all its bursts."""
    sides: list[tuple[Sequence[Request], list[Burst]]] = [(subject.api, []), (subject.bare, [])]
    for number in range(-1, scale.bursts):
        for requests, bursts in sides if number % 2 else reversed(sides):
            found = await loader.burst(port, requests, scale.burst_seconds)
            if number >= 0:
                bursts.append(found)
    many = len(subject.api)
    return Figure(
        name=f"{subject.name}, {many} connection{'s' if many > 1 else ''}",
        against="a bare route",
        subject=_timing(sides[0][1]),
        reference=_timing(sides[1][1]),
        repetitions=scale.bursts,
    )


def _timing(bursts: Sequence[Burst]) -> Timing:
    seconds = [each for burst in bursts for each in burst.seconds]
    rates = sorted(burst.per_second for burst in bursts)
    return Timing.of(seconds, per_second=rates[len(rates) // 2], peak_mb=_peak_mb())


def _peak_mb() -> float:
    """The most memory that this process, which is the server, ever held."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


class _Loader:
    """A process that sends requests and tells how long they took."""

    def __init__(self, orders: StreamWriter, answers: StreamReader) -> None:
        self._orders = orders
        self._answers = answers

    async def burst(self, port: int, requests: Sequence[Request], duration: float) -> Burst:
        """Have the other process send for some seconds."""
        order = {"port": port, "requests": [*map(asdict, requests)], "duration": duration}
        self._orders.write(json.dumps(order).encode() + b"\n")
        line = await self._answers.readline()
        if not line:
            raise RuntimeError("the process that sends the requests ended")
        return Burst(**json.loads(line))


@asynccontextmanager
async def _loader() -> AsyncIterator[_Loader]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.wire.load"),
        stdin=PIPE,
        stdout=PIPE,
        limit=LINE_BYTES,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process that sends has no pipes")
    try:
        yield _Loader(process.stdin, process.stdout)
    finally:
        process.stdin.close()
        await process.wait()


def _document(name: str) -> str:
    """An operation of the client's with the fragments that it spreads."""
    documents = json.loads((OPERATIONS.parent / "trusted-documents.json").read_text())
    pattern = re.compile(rf"\b(query|mutation) {name}\b")
    found: str = next(each for each in documents.values() if pattern.search(each))
    return found
