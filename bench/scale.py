"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes of what is measured, and how often it is repeated."""

    repetitions: int = 30
    drains: int = 3
    sessions: tuple[int, int] = (20, 1000)
    turns: tuple[int, int] = (200, 2000)
    crowds: tuple[int, int] = (10_000, 1_000_000)
    """Turns of all users together."""
    marks: int = 2000
    single_rows: int = 100
    fresh_turns: int = 300
    heard_turns: int = 200
    subscribers: int = 500
    idle_seconds: int = 5
    account: tuple[int, int] = (2000, 1000)
    """Sessions, and turns of the one that is opened."""
    connections: int = 50
    listed: int = 100
    """Sessions of each user who calls over a socket."""
    bursts: int = 15
    burst_seconds: float = 0.7
    tree: tuple[int, int] = (10_000, 200)
    """Turns and branches of a session whose pages are read over a socket."""
    tabs: tuple[int, ...] = (1, 20, 100)
    """Browser tabs that one client has open."""
    asking: int = 20
    """Tabs that ask at the same time."""
    tab_batches: int = 3
    tab_batch: int = 4
    """Loads and clicks whose CPU is measured together."""
    tab_seconds: int = 15
    """Seconds of idle tabs whose CPU is measured together."""
    heard_on_page: int = 10
    lists: tuple[int, ...] = (100, 10_000, 100_000)
    """Sessions of users whose pages are read over a socket."""
    turns_of_one: int = 10_000
    """Turns of a session that is compared with one of 50 turns."""


QUICK = Scale(
    repetitions=3,
    drains=1,
    sessions=(20, 40),
    turns=(40, 80),
    crowds=(80, 160),
    marks=100,
    single_rows=10,
    fresh_turns=10,
    heard_turns=10,
    subscribers=20,
    idle_seconds=1,
    account=(40, 60),
    connections=3,
    listed=30,
    bursts=1,
    burst_seconds=0.2,
    tree=(200, 8),
    tabs=(1, 2),
    asking=2,
    tab_batches=1,
    tab_batch=1,
    tab_seconds=1,
    heard_on_page=1,
    lists=(20, 40),
    turns_of_one=100,
)
"""Shows that everything runs; its figures mean nothing."""
