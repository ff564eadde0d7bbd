"""Looks ahead in an operation: which fields it selects below the current one."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)
from strawberry.types.nodes import convert_directives


def fields(info: GraphQLResolveInfo[Any], selected: SelectionSetNode | None) -> Iterator[FieldNode]:
    """The fields of a selection and of the fragments in it, without those that a directive leaves out."""
    for node in selected.selections if selected else ():
        if not _included(info, node):
            continue
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from fields(info, info.fragments[node.name.value].selection_set)
        elif isinstance(node, InlineFragmentNode):
            yield from fields(info, node.selection_set)


def named(info: GraphQLResolveInfo[Any], name: str) -> list[FieldNode]:
    """The fields of this name that are selected directly below the current one."""
    return [
        field
        for node in info.field_nodes
        for field in fields(info, node.selection_set)
        if field.name.value == name
    ]


def names(info: GraphQLResolveInfo[Any]) -> frozenset[str]:
    """The names of the fields that are selected below the current one, at any depth."""
    found: set[str] = set()
    ahead = [*info.field_nodes]
    while ahead:
        below = [*fields(info, ahead.pop().selection_set)]
        found.update(node.name.value for node in below)
        ahead += below
    return frozenset(found)


def _included(info: GraphQLResolveInfo[Any], node: SelectionNode) -> bool:
    if not node.directives:
        return True
    given = convert_directives(info, node.directives)
    skip, include = (given.get(name, {}) for name in ("skip", "include"))
    return not skip.get("if", False) and include.get("if", True)
