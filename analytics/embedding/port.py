"""The port every embedder implements."""

from collections.abc import Sequence
from math import sqrt
from typing import Protocol, TypeAlias

Vector: TypeAlias = Sequence[float]
"""A direction, in whole numbers from -127 to 127, so that the mirror's file stores each in one byte."""
Texts: TypeAlias = tuple[str | None, str | None]
"""The question and the answer of a turn."""

DIMENSIONS = 256
"""Numbers in a vector. BigQuery reads 8 bytes for each: 2 KB per turn."""
CHARACTERS = 4_000
"""Characters of a question, and of an answer, that are embedded. A text's beginning shows its subject."""
LARGEST = 127


class EmbedderUnavailable(Exception):
    """The embedder can't be reached, did not answer in time, or refuses to work."""


class Embedder(Protocol):
    """Turns texts into vectors. It may be used by several tasks at once."""

    @property
    def model(self) -> str:
        """Its name and version. Only vectors of the same model and version are compared."""

    @property
    def floor(self) -> float:
        """The lowest similarity, from -1 to 1, of a query and a turn about the same subject."""

    async def documents(self, turns: Sequence[Texts]) -> list[Vector | None]:
        """The vector of each turn; None for a turn without content. Raises `EmbedderUnavailable`."""

    async def query(self, text: str) -> Vector | None:
        """The vector of a query; None if it has no content. Raises `EmbedderUnavailable`."""

    async def close(self) -> None:
        """Close connections."""


def quantised(direction: Sequence[float]) -> Vector | None:
    """A vector in this direction; None if every number is 0."""
    largest = max(map(abs, direction), default=0)
    if not largest:
        return None
    return [float(round(value * LARGEST / largest)) for value in direction]


def similarity(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors."""
    along = sum(a * b for a, b in zip(one, other, strict=True))
    return along / sqrt(sum(a * a for a in one) * sum(b * b for b in other))
