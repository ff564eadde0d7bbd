"""Fields that are read from the record inside a GraphQL object, only if they are selected."""

from operator import attrgetter
from typing import Any

import strawberry

PATH = "path"
"""The key under which a field's metadata has the attribute path."""


def read(path: str, kind: Any, description: str) -> Any:
    """A field whose value is an attribute of the object, given by a dotted path such as
    `turn.query`."""
    value = attrgetter(path)

    def resolve(self: object) -> object:
        return value(self)

    resolve.__annotations__["return"] = kind
    return strawberry.field(resolver=resolve, description=description, metadata={PATH: path})
