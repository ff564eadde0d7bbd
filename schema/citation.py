"""The sources of an answer. They are stored as the answer service gave them."""

from collections.abc import Iterator, Sequence
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


def _text(names: Sequence[str], description: str, *, bare: bool = False) -> Any:
    """A field with the first text under one of the names that services use. If `bare`, a source that is
    nothing but a text is that text."""

    def resolve(self: "Citation") -> str | None:
        recorded = self.recorded
        if isinstance(recorded, dict):
            for name in names:
                value = recorded.get(name)
                if value and isinstance(value, str):
                    return value
        elif bare and recorded and isinstance(recorded, str):
            return recorded
        return None

    return strawberry.field(resolver=resolve, description=description)


@strawberry.type(description="A source of an answer.")
class Citation:
    recorded: strawberry.Private[Any]

    title = _text(TITLES, "Its title.", bare=True)
    uri = _text(
        ADDRESSES,
        "Its address, as the answer service gave it: check it before you link to it.",
    )
    snippet = _text(EXCERPTS, "The beginning of the passage that is cited.")

    @strawberry.field(
        description="The parts of the answer that it supports; empty if they are not known."
    )
    def spans(self) -> list[CitationSpan]:
        return [CitationSpan(start=start, end=end) for start, end in _spans(self.recorded)]

    data = read("recorded", JSON, "All of it, as it was recorded.")


def _spans(recorded: Any) -> Iterator[tuple[int, int]]:
    spans = recorded.get("spans") if isinstance(recorded, dict) else None
    for span in spans if isinstance(spans, list) else ():
        match span:
            case [int(start), int(end)] if 0 <= start <= end < 2**31:
                yield start, end
            case _:
                pass
