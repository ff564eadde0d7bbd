"""The additional operations for copying a whole store: every document in the form that both stores keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stores.ports import Store, Write


@dataclass(frozen=True, slots=True)
class Stored:
    """A document of any collection, with its fields in the form that both stores keep."""

    path: tuple[str, ...]
    fields: Mapping[str, Any]


class BulkStore(Store, Protocol):
    """A store that can be copied from or into."""

    async def read_all(
        self, after: tuple[str, ...] | None, limit: int, size: int
    ) -> Sequence[Stored]:
        """The documents of all collections, whatever their kind, in path order, strictly after a path. It
        stops after the document that brings the total to `size` bytes of memory."""

    async def put_all(self, documents: Sequence[Stored], writes: Sequence[Write]) -> None:
        """Store documents as they are, replacing those stored at their paths, together with `writes`: at
        most 400 documents and 8 MB. It can be called again after a failure."""
