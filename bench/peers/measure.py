"""Recollect and a peer, both full of the same chats, called alternately."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import NAMESPACE_URL, uuid5

from bench.harness import Figure
from bench.peers.peer import Chat, Peer
from bench.peers.running import Running, fill, running
from bench.wire.load import Burst, Request
from bench.wire.loader import Loader, loading
from bench.wire.measure import timing


@dataclass(frozen=True, slots=True)
class PeerScale:
    """How much is stored and sent."""

    sessions: int = 1000
    """Sessions of the user who calls over one connection."""
    connections: int = 50
    """Connections, and as many users, each with `others` sessions."""
    others: int = 20
    turns: int = 50
    """Turns in the session that is read."""
    written: int = 20
    """Sessions that a connection appends to in turn, so that none grows longer than real ones."""
    bursts: int = 3
    seconds: float = 2.0


SMALL = PeerScale(sessions=200, connections=20, turns=20, written=10, others=15, seconds=1.5)
"""For peers that take minutes to fill."""
QUICK = PeerScale(sessions=5, connections=2, others=3, turns=2, written=2, bursts=1, seconds=0.2)
"""Shows that everything runs; its figures mean nothing."""

Connections = Sequence[Sequence[Request]]


async def compare(ourselves: Peer, peer: Peer, scale: PeerScale) -> list[Figure]:
    """Measure what both can do, over one connection and over many, alternating between the two.

    Raises NotInstalled, or RuntimeError if one does not start.
    """
    async with running(peer) as theirs, running(ourselves) as ours, loading() as loader:
        users = [f"user-{number}" for number in range(scale.connections)]
        read = [_chat(user, 0) for user in users]
        written = [[_chat(user, 1 + n) for n in range(scale.written)] for user in users]
        kept = [_chat(users[0], n) for n in range(1 + scale.written, scale.sessions)]
        more = [_chat(u, n) for u in users[1:] for n in range(1 + scale.written, scale.others)]
        for system in (ours, theirs):
            await fill(system, [*kept, *more, *chain.from_iterable(written)], read, scale.turns)
        figures = []
        for many in dict.fromkeys((1, scale.connections)):
            sides = [
                _subjects(system.peer, users[:many], read[:many], written[:many], scale)
                for system in (ours, theirs)
            ]
            for name in [name for name in sides[0] if name in sides[1]]:
                pair = ((ours, sides[0][name]), (theirs, sides[1][name]))
                label = f"{name}, {many} connection{'s' if many > 1 else ''}"
                figures.append(await _compare(loader, label, pair, scale))
        return figures


def _chat(user: str, number: int) -> Chat:
    return Chat(user, str(uuid5(NAMESPACE_URL, f"{user}/{number}")))


def _subjects(
    peer: Peer,
    users: Sequence[str],
    read: Sequence[Chat],
    written: Sequence[Sequence[Chat]],
    scale: PeerScale,
) -> dict[str, Connections]:
    """The requests of each connection, by operation."""
    pages = [peer.sessions(user) for user in users]
    subjects: dict[str, Connections] = {}
    if listed := [[page] for page in pages if page]:
        subjects[f"20 of {scale.sessions if len(users) == 1 else scale.others} sessions"] = listed
    subjects["appending a turn"] = [[peer.append(chat) for chat in own] for own in written]
    subjects[f"{scale.turns} turns"] = [[peer.turns(chat)] for chat in read]
    return subjects


async def _compare(
    loader: Loader, name: str, pair: Sequence[tuple[Running, Connections]], scale: PeerScale
) -> Figure:
    bursts: list[list[Burst]] = [[] for _ in pair]
    for number in range(-1, scale.bursts):
        for side in (0, 1) if number % 2 else (1, 0):
            system, connections = pair[side]
            found = await loader.burst(system.port, connections, scale.seconds)
            if number >= 0:
                bursts[side].append(found)
    ours, theirs = (
        timing(found, system.pid) for found, (system, _) in zip(bursts, pair, strict=True)
    )
    return Figure(name, pair[1][0].peer.name, ours, theirs, scale.bursts)
