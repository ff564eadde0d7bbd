"""Bounds on the shape of a document, checked before anything runs.

One plain validation rule, so that validation stays cached. Each fragment is measured once: fragments
that spread each other would otherwise make the measuring itself exponential.
"""

from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

DEPTH = 15
ALIASES = 30
FIELDS = 1_000
TOKENS = 4_000


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
