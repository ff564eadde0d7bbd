"""Holds the schema to what the last release promised: schema/schema.graphql may only add to
schema/released.graphql. With --release it makes the one the other, if it may. Rules: docs/schema.md.
"""

import argparse
import re
import sys
from datetime import date
from pathlib import Path

from graphql import (
    REMOVE,
    DocumentNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLDeprecatedDirective,
    GraphQLObjectType,
    GraphQLSchema,
    InputValueDefinitionNode,
    Node,
    Visitor,
    VisitorAction,
    build_ast_schema,
    build_schema,
    get_directive_values,
    parse,
    visit,
)
from graphql.utilities import find_breaking_changes, find_dangerous_changes

ROOT = Path(__file__).resolve().parents[1]
CURRENT = ROOT / "schema/schema.graphql"
RELEASED = ROOT / "schema/released.graphql"
REASON = re.compile(r"Use .+\. Goes after (\d{4}-\d\d-\d\d)\.", re.DOTALL)
"""The form of a deprecation: what to use instead, and how long the deprecated element stays."""


def goes_after(reason: str) -> date | None:
    """The last day of an element deprecated for this reason; None if the reason does not have that form."""
    found = REASON.fullmatch(reason)
    return date.fromisoformat(found[1]) if found else None


def promised(released: str, today: date) -> GraphQLSchema:
    """The part of a released schema that clients may still rely on: all but expired deprecated elements."""
    document: DocumentNode = visit(parse(released), _Expiry(today))
    whole = build_ast_schema(document)
    # Rebuilt from its roots, so that types that only expired fields led to are removed with them.
    nodes = [
        k for k in whole.type_map.values() if isinstance(k, GraphQLObjectType) and k.interfaces
    ]
    return GraphQLSchema(
        query=whole.query_type,
        mutation=whole.mutation_type,
        subscription=whole.subscription_type,
        types=nodes,
        directives=whole.directives,
    )


class _Expiry(Visitor):
    def __init__(self, today: date) -> None:
        super().__init__()
        self._today = today

    def enter(self, node: Node, *_: object) -> VisitorAction:
        """Remove elements that have expired."""
        if isinstance(
            node, FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode
        ):
            deprecated = get_directive_values(GraphQLDeprecatedDirective, node)
            last = goes_after(deprecated["reason"]) if deprecated else None
            if last is not None and last < self._today:
                return REMOVE
        return None


def main() -> None:
    """Compare; with --release, make the current schema the released one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", action="store_true", help="take a new release")
    release = parser.parse_args().release
    old, new = promised(RELEASED.read_text(), date.today()), build_schema(CURRENT.read_text())
    for dangerous in find_dangerous_changes(old, new):
        print(f"To be told to clients: {dangerous.description}")
    if breaking := find_breaking_changes(old, new):
        listed = "\n".join(f"  {change.description}" for change in breaking)
        sys.exit(f"Clients of the released schema would break (docs/schema.md):\n{listed}")
    if release:
        RELEASED.write_text(CURRENT.read_text())


if __name__ == "__main__":
    main()
