"""The sources of an answer. They are stored as the answer service gave them."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import strawberry
from strawberry.scalars import JSON

TITLES = ("title", "name")
ADDRESSES = ("uri", "url", "link", "source")
EXCERPTS = ("snippet", "text", "content", "quote")
"""Names that answer services use, the usual ones first."""
SOURCES = 100
"""The most sources of a turn that are shown: each takes more memory than it is long."""


@strawberry.type(description="A part of an answer, in characters (Unicode code points).")
class CitationSpan:
    start: int = strawberry.field(description="The first character.")
    end: int = strawberry.field(description="The one after the last.")


@strawberry.type(description="A source of an answer.")
class Citation:
    title: str | None = strawberry.field(description="Its title.")
    uri: str | None = strawberry.field(
        description="Its address, as the answer service gave it: check it before you link to it."
    )
    snippet: str | None = strawberry.field(
        description="The beginning of the passage that is cited."
    )
    spans: list[CitationSpan] = strawberry.field(
        description="The parts of the answer that it supports; empty if they are not known."
    )
    data: JSON = strawberry.field(description="All of it, as it was recorded.")

    @classmethod
    def of(cls, recorded: Any) -> "Citation":
        """The GraphQL form of a source, whatever the service calls its parts."""
        given = recorded if isinstance(recorded, dict) else {"title": recorded}
        return cls(
            title=_text(given, TITLES),
            uri=_text(given, ADDRESSES),
            snippet=_text(given, EXCERPTS),
            spans=[CitationSpan(start=start, end=end) for start, end in _spans(given)],
            data=recorded,
        )


def _text(given: dict[str, Any], names: Sequence[str]) -> str | None:
    return next((each for name in names if isinstance(each := given.get(name), str) and each), None)


def _spans(given: dict[str, Any]) -> Iterator[tuple[int, int]]:
    spans = given.get("spans")
    for span in spans if isinstance(spans, list) else ():
        match span:
            case [int(start), int(end)] if 0 <= start <= end < 2**31:
                yield start, end
            case _:
                pass


def citations(recorded: Sequence[Any]) -> list[Citation]:
    """The GraphQL form of a turn's sources."""
    given = (each for each in recorded if each is not None)
    return [Citation.of(each) for each in islice(given, SOURCES)]
