"""The sources of an answer. They are stored as the answer service gave them."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import strawberry
from strawberry.scalars import JSON

from schema.read_fields import read

TITLES = ("title", "name")
ADDRESSES = ("uri", "url", "link", "source")
EXCERPTS = ("snippet", "text", "content", "quote")
"""Names that answer services use, the most common ones first."""
SOURCES = 100
"""The most sources of a turn that are shown: each takes more memory than its length."""


@strawberry.type(description="A part of an answer, in characters (Unicode code points).")
class CitationSpan:
    start: int = strawberry.field(description="The first character.")
    end: int = strawberry.field(description="The one after the last.")


@strawberry.type(description="A source of an answer.")
class Citation:
    recorded: strawberry.Private[Any]

    @strawberry.field(description="Its title.")
    def title(self) -> str | None:
        if isinstance(self.recorded, dict):
            return _text(self.recorded, TITLES)
        return self.recorded if isinstance(self.recorded, str) and self.recorded else None

    @strawberry.field(
        description="Its address, as the answer service gave it: check it before you link to it."
    )
    def uri(self) -> str | None:
        return _text(self.recorded, ADDRESSES)

    @strawberry.field(description="The beginning of the passage that is cited.")
    def snippet(self) -> str | None:
        return _text(self.recorded, EXCERPTS)

    @strawberry.field(
        description="The parts of the answer that it supports; empty if they are not known."
    )
    def spans(self) -> list[CitationSpan]:
        return [CitationSpan(start=start, end=end) for start, end in _spans(self.recorded)]

    data = read("recorded", JSON, "All of it, as it was recorded.")


def _text(recorded: Any, names: Sequence[str]) -> str | None:
    """The first text under one of the names that services use."""
    if isinstance(recorded, dict):
        for name in names:
            value = recorded.get(name)
            if value and isinstance(value, str):
                return value
    return None


def _spans(recorded: Any) -> Iterator[tuple[int, int]]:
    spans = recorded.get("spans") if isinstance(recorded, dict) else None
    for span in spans if isinstance(spans, list) else ():
        match span:
            case [int(start), int(end)] if 0 <= start <= end < 2**31:
                yield start, end
            case _:
                pass


def citations(recorded: Sequence[Any]) -> list[Citation]:
    """The GraphQL form of a turn's sources."""
    given = (each for each in recorded if each is not None)
    return [Citation(recorded=each) for each in islice(given, SOURCES)]
