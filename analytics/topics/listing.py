"""Lists of topics in which none is a part of another."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Counted(Protocol):
    """A topic, and how many turns are about it or about a longer one."""

    @property
    def topic(self) -> str:
        """Its words."""

    @property
    def turns(self) -> int:
        """How many turns."""


T = TypeVar("T", bound=Counted)


def without_parts(topics: Sequence[T]) -> list[T]:
    """The topics in their order, without parts of others.

    Of two of which one is a part of the other the longer is left if at least half of the turns are
    about it; otherwise the shorter, whose turns include those about the longer.
    """
    dropped: set[str] = set()
    for part in topics:
        for longer in topics:
            if part.topic != longer.topic and _words(part.topic) in _words(longer.topic):
                fits = 2 * longer.turns >= part.turns
                dropped.add(part.topic if fits else longer.topic)
    return [each for each in topics if each.topic not in dropped]


def _words(topic: str) -> str:
    return f" {topic.replace('-', ' ')} "
