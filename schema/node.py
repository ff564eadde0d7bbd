"""Objects with a global id, and the lookup by it."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import strawberry
from strawberry import Info

from resolvers.context import Context
from schema.ids import known_id

ID_DESCRIPTION = "The global id. It is opaque: pass it on unchanged."


@strawberry.interface(description="An object with an id that is unique in the whole API.")
class Node:
    @strawberry.field(description=ID_DESCRIPTION)
    def id(self) -> strawberry.ID:
        raise NotImplementedError


Find: TypeAlias = Callable[..., Awaitable[Any]]
"""Finds an object of the viewer by the ids in its global id; None if there is none."""

_found_by: dict[str, Find] = {}


def found_by(kind: str, find: Find) -> None:
    """Make `find_node` find the objects of a type with `find`, which gets the request and the ids."""
    _found_by[kind] = find


async def find_node(info: Info[Context, None], global_id: str) -> Node | None:
    """The viewer's object with a global id; None if there is none, or the id is invalid."""
    kind, *ids = known_id(global_id) or ("",)
    find = _found_by.get(kind)
    node: Node | None = await find(info, *ids) if find else None
    return node
