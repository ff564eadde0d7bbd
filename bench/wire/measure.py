"""Listing, opening and recording as the client asks for them, against bare routes of the same server."""

import re
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple
from unittest.mock import patch

from bench.harness import Figure, Timing
from bench.history import chat, conversations, prose, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from bench.wire.client_documents import client_document
from bench.wire.limit import SESSIONS, TURNS, Recorded, limit
from bench.wire.load import Burst, Request
from bench.wire.loader import Loader, loading
from bench.wire.served import served
from schema.ids import global_id


class Caller(NamedTuple):
    """A user with sessions, one of which has turns."""

    user: str
    uid: str
    session_id: str


class Subject(NamedTuple):
    """The requests to the API and to its reference; one for each connection."""

    name: str
    api: Sequence[Request]
    reference: Sequence[Request]
    against: str = "a bare route"


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """Each operation over one connection, and over many, each with a user of its own."""
    callers = [await settled(pair, number, scale) for number in range(scale.connections)]
    recorded = {caller.uid: await _recorded(pair, caller) for caller in callers}
    figures: list[Figure] = []
    async with served(pair, limit(pair.services.store, recorded)) as port, loading() as loader:
        for connections in (1, scale.connections):
            for subject in _subjects(callers[:connections]):
                figures.append(await compare(loader, port, subject, scale))
    return figures


async def settled(pair: Pair, number: int, scale: Scale) -> Caller:
    """Write the sessions of a user, one of them with turns."""
    user = f"caller-{number}@example.com"
    uid = await pair.uid(user)
    session, turns = chat(0, TURNS)
    others = [chat(n, 0)[0] for n in range(1, scale.listed)]
    await write(pair.services.store, summaries(uid, [session, *others]), conversations(uid, turns))
    return Caller(user, uid, session.session_id)


async def _recorded(pair: Pair, caller: Caller) -> Recorded:
    """The API's actual requests to the store to record a turn, captured once."""
    store = pair.services.store
    with (
        patch.object(store, "get", wraps=store.get) as get,
        patch.object(store, "commit", wraps=store.commit) as commit,
    ):
        await pair.ask(client_document("RecordTurn"), caller.user, input=turn(caller))
    return get.await_args_list[0].args[0], commit.await_args_list[0].args[0]


def turn(caller: Caller) -> dict[str, object]:
    """The input that records a turn in the session with turns."""
    return {
        "sessionId": global_id("Session", caller.session_id),
        "query": prose(1, 12),
        "response": prose(2, 120),
        "responseTimeMs": 900,
        "citations": [{"title": "A source", "uri": "https://docs.example/page"}],
    }


def operation(name: str, user: str, **variables: object) -> Request:
    """A request for one of the client's operations."""
    headers = {"X-Recollect-Dev-User": user, "Content-Type": "application/json"}
    body = {"query": client_document(name), "variables": variables}
    return Request("/graphql", headers, body)


def _subjects(callers: Sequence[Caller]) -> list[Subject]:
    """The subjects to compare, with one request for each caller."""

    return [
        Subject(
            f"{SESSIONS} sessions",
            [operation("Sessions", each.user, first=SESSIONS) for each in callers],
            [Request(f"/limit/sessions/{each.uid}", {}) for each in callers],
        ),
        Subject(
            f"{TURNS} turns",
            [
                operation("EarlierTurns", each.user, session=global_id("Session", each.session_id))
                for each in callers
            ],
            [Request(f"/limit/turns/{each.uid}/{each.session_id}", {}) for each in callers],
        ),
        Subject(
            "recording a turn",
            [operation("RecordTurn", each.user, input=turn(each)) for each in callers],
            [Request(f"/limit/record/{each.uid}", {}, {"input": turn(each)}) for each in callers],
        ),
    ]


async def compare(
    loader: Loader,
    port: int,
    subject: Subject,
    scale: Scale,
    *,
    reference_port: int | None = None,
) -> Figure:
    """Send to both sides alternately, on one port by default; the figures of a side cover all its bursts, and
    two bursts that follow each other are a pair."""
    sides: list[tuple[int, Sequence[Request], list[Burst]]] = [
        (port, subject.api, []),
        (reference_port or port, subject.reference, []),
    ]
    for number in range(-1, scale.bursts):
        for where, requests, bursts in sides if number % 2 else reversed(sides):
            found = await loader.burst(where, [[each] for each in requests], scale.burst_seconds)
            if number >= 0:
                bursts.append(found)
    many = len(subject.api)
    return Figure(
        name=f"{subject.name}, {many} connection{'s' if many > 1 else ''}",
        against=subject.against,
        subject=timing(sides[0][2]),
        reference=timing(sides[1][2]),
        repetitions=scale.bursts,
        ratios=[
            median(ours.seconds) / median(theirs.seconds)
            for ours, theirs in zip(sides[0][2], sides[1][2], strict=True)
        ],
    )


def timing(bursts: Sequence[Burst], server: int | str = "self") -> Timing:
    """The timing of all bursts together; the rate is their median. `server` is the serving process."""
    seconds = [each for burst in bursts for each in burst.seconds]
    rates = sorted(burst.per_second for burst in bursts)
    return Timing.of(seconds, per_second=rates[len(rates) // 2], peak_mb=_peak_mb(server))


def _peak_mb(process: int | str) -> float:
    """The most memory that a process ever held."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
