"""Bounds on the shape of a document, checked before anything runs.

One plain validation rule, so that validation stays cached. Each fragment is measured once: fragments
that spread each other would otherwise make the measuring itself exponential.
"""

from collections.abc import Collection
from math import isinf
from typing import Any, NamedTuple

from graphql import (
    DirectiveNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

DEPTH = 15
ALIASES = 30
FIELDS = 500
TOKENS = 4_000
CHARACTERS = 100_000
"""Of a document: parsed ones are remembered. Long values are sent as variables."""
DIRECTIVES = 50
DIRECTIVES_IN_ONE_PLACE = 5


class Shape(NamedTuple):
    """How deep and how wide a selection is, with its fragments spread."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0


class _Measure:
    def __init__(self, context: ValidationContext) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in context.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, Shape] = {}

    def selection(self, selection_set: SelectionSetNode | None) -> Shape:
        depth = aliases = fields = 0
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FragmentSpreadNode):
                inner = self._fragment(node.name.value)
            else:
                inner = self.selection(getattr(node, "selection_set", None))
            if isinstance(node, FieldNode):
                introspection = node.name.value.startswith("__")
                inner = Shape(
                    depth=0 if introspection else inner.depth + 1,
                    aliases=inner.aliases + (node.alias is not None),
                    fields=inner.fields + 1,
                )
            depth = max(depth, inner.depth)
            aliases += inner.aliases
            fields += inner.fields
        return Shape(depth, aliases, fields)

    def _fragment(self, name: str) -> Shape:
        if name not in self._known:
            # A cycle is reported by the rule against cycles; here it only must end.
            self._known[name] = Shape()
            definition = self._fragments.get(name)
            self._known[name] = self.selection(definition.selection_set if definition else None)
        return self._known[name]


class ShapeLimit(ValidationRule):
    """Refuses an operation that is too deep, has too many aliases or selects too many fields."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._measure = _Measure(context)

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Measure an operation and report what exceeds a limit."""
        shape = self._measure.selection(node.selection_set)
        for name, limit in (("depth", DEPTH), ("aliases", ALIASES), ("fields", FIELDS)):
            found = getattr(shape, name)
            if found > limit:
                self.report_error(
                    GraphQLError(
                        f"The operation has {name} {found}; the limit is {limit}. "
                        "Split it into several requests.",
                        node,
                    )
                )


class DirectiveLimit(ValidationRule):
    """Refuses a document with too many directives, in one place or in all."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._count = 0

    def enter_directive(
        self, node: DirectiveNode, key: int, parent: Collection[DirectiveNode], *_: Any
    ) -> None:
        """Count a directive and report the first that is too many."""
        self._count += 1
        if key == DIRECTIVES_IN_ONE_PLACE:
            self._report(f"{len(parent)} directives in one place", DIRECTIVES_IN_ONE_PLACE, node)
        if self._count == DIRECTIVES + 1:
            self._report(f"more than {DIRECTIVES} directives", DIRECTIVES, node)

    def _report(self, found: str, limit: int, node: DirectiveNode) -> None:
        message = f"The document has {found}; the limit is {limit}. Leave some out."
        self.report_error(GraphQLError(message, node))


class NumberLimit(ValidationRule):
    """Refuses a number that JSON readers can't hold, as the reader of variables does."""

    def enter_int_value(self, node: IntValueNode, *_: Any) -> None:
        """Refuse an integer of more than 64 bits."""
        if len(node.value) > 20 or not -(2**63) <= int(node.value) < 2**64:
            self.report_error(GraphQLError("The integer exceeds 64 bits.", node))

    def enter_float_value(self, node: FloatValueNode, *_: Any) -> None:
        """Refuse what is infinity as a double."""
        if isinf(float(node.value)):
            self.report_error(GraphQLError("The number exceeds a double's range.", node))
