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

    If one topic is a part of another, the longer is kept if at least half of the shorter's turns are about
    it; otherwise the shorter is kept, whose turns include those about the longer.
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
