"""Fields that are read from what a GraphQL object wraps, only where they are selected."""

from operator import attrgetter
from typing import Any

import strawberry

PATH = "path"
"""The key of the attributes' names in a field's metadata."""


def read(path: str, kind: Any, description: str) -> Any:
    """A field of a type with the value of an attribute below the object, by a dotted path such as
    `turn.query`."""
    value = attrgetter(path)

    def resolve(self: object) -> object:
        return value(self)

    resolve.__annotations__["return"] = kind
    return strawberry.field(resolver=resolve, description=description, metadata={PATH: path})
