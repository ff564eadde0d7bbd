"""Bounds on the shape of a document, checked before all other rules.

All of them except the size of a document are plain validation rules. Each fragment is measured once;
otherwise fragments that spread each other would make measuring exponential. A fragment has the same bounds as
an operation even if it is unused, because every rule of the specification visits it too.
"""

from collections import Counter
from collections.abc import Collection
from math import isinf
from typing import Any, NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
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
"""The most characters of a document, because parsed documents are cached. Send long values as variables."""
DIRECTIVES = 50
DIRECTIVES_IN_ONE_PLACE = 5
SELECTIONS = FIELDS
"""The most fields, fragments and spreads in all definitions of a document together."""
DEFINITIONS = 100
REPEATS = 20
"""How often one path of the response may be selected; all pairs of its selections are compared."""
VALUES = 500
"""The most list entries and object fields written in a document."""


class Shape(NamedTuple):
    """How deep and wide a selection is, including the fragments it spreads."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0


Path = tuple[str, ...]


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._shapes: dict[str, Shape] = {}
        self._places: dict[str, Counter[Path]] = {}

    def shape(self, selection_set: SelectionSetNode | None) -> Shape:
        depth = aliases = fields = 0
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FragmentSpreadNode):
                inner = self._fragment(node.name.value)
            else:
                inner = self.shape(getattr(node, "selection_set", None))
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

    def places(self, selection_set: SelectionSetNode | None) -> Counter[Path]:
        """How often each path of the response is selected."""
        found: Counter[Path] = Counter()
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FragmentSpreadNode):
                found.update(self._places_of_fragment(node.name.value))
            elif isinstance(node, FieldNode):
                name = (node.alias or node.name).value
                found[(name,)] += 1
                for path, count in self.places(node.selection_set).items():
                    found[(name, *path)] += count
            else:
                found.update(self.places(getattr(node, "selection_set", None)))
        return found

    def _fragment(self, name: str) -> Shape:
        if name not in self._shapes:
            # Another rule reports a cycle; here the recursion only has to end.
            self._shapes[name] = Shape()
            definition = self._fragments.get(name)
            self._shapes[name] = self.shape(definition.selection_set if definition else None)
        return self._shapes[name]

    def _places_of_fragment(self, name: str) -> Counter[Path]:
        if name not in self._places:
            self._places[name] = Counter()
            definition = self._fragments.get(name)
            self._places[name] = self.places(definition.selection_set if definition else None)
        return self._places[name]


def size_errors(document: DocumentNode) -> list[GraphQLError]:
    """Why a document as a whole is too large; checked without validation, which would then take long."""
    errors = []
    if len(document.definitions) > DEFINITIONS:
        errors.append(_too_many("document", "definitions", len(document.definitions), DEFINITIONS))
    selections, left = 0, [getattr(each, "selection_set", None) for each in document.definitions]
    while left:
        if (selected := left.pop()) is not None:
            selections += len(selected.selections)
            left += [getattr(each, "selection_set", None) for each in selected.selections]
    if selections > SELECTIONS:
        errors.append(_too_many("document", "selections", selections, SELECTIONS))
    return errors


class ShapeLimit(ValidationRule):
    """Refuses a definition that is too deep, has too many aliases, or selects too many fields or one path too
    often."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._measure = _Measure(context.document)

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Measure an operation."""
        self._check("operation", node.selection_set)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        """Measure a fragment, used or not."""
        self._check(f"fragment {node.name.value[:50]}", node.selection_set)

    def _check(self, what: str, selection_set: SelectionSetNode) -> None:
        shape = self._measure.shape(selection_set)
        for name, limit in (("depth", DEPTH), ("aliases", ALIASES), ("fields", FIELDS)):
            found = getattr(shape, name)
            if found > limit:
                self.report_error(_too_many(what, name, found, limit))
        # If there are too many selections, their paths need not be counted, which would take time.
        if shape.fields <= FIELDS:
            repeats = max(self._measure.places(selection_set).values(), default=0)
            if repeats > REPEATS:
                self.report_error(_too_many(what, "repeats of one field", repeats, REPEATS))


def _too_many(what: str, name: str, found: int, limit: int) -> GraphQLError:
    return GraphQLError(
        f"The {what} has {name} {found}; the limit is {limit}. Split it into several requests."
    )


class ValueLimit(ValidationRule):
    """Refuses a document with too many literal values; they should be sent as variables."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._count = 0

    def enter_list_value(self, node: ListValueNode, *_: Any) -> None:
        """Count the entries of a list."""
        self._count += len(node.values)

    def enter_object_value(self, node: ObjectValueNode, *_: Any) -> None:
        """Count the fields of an object."""
        self._count += len(node.fields)

    def leave_document(self, *_: Any) -> None:
        """Report a document with too many values."""
        if self._count > VALUES:
            message = (
                f"The document has {self._count} values in its lists and objects; the limit is "
                f"{VALUES}. Send them as variables."
            )
            self.report_error(GraphQLError(message))


class DirectiveLimit(ValidationRule):
    """Refuses a document with too many directives, on one node or in total."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._count = 0

    def enter_directive(
        self, node: DirectiveNode, key: int, parent: Collection[DirectiveNode], *_: Any
    ) -> None:
        """Count a directive and report the first one over the limit."""
        self._count += 1
        if key == DIRECTIVES_IN_ONE_PLACE:
            self._report(f"{len(parent)} directives in one place", DIRECTIVES_IN_ONE_PLACE, node)
        if self._count == DIRECTIVES + 1:
            self._report(f"more than {DIRECTIVES} directives", DIRECTIVES, node)

    def _report(self, found: str, limit: int, node: DirectiveNode) -> None:
        message = f"The document has {found}; the limit is {limit}. Leave some out."
        self.report_error(GraphQLError(message, node))


class NumberLimit(ValidationRule):
    """Refuses numbers that JSON readers can't represent, as the reader of variables does."""

    def enter_int_value(self, node: IntValueNode, *_: Any) -> None:
        """Refuse an integer of more than 64 bits."""
        if len(node.value) > 20 or not -(2**63) <= int(node.value) < 2**64:
            self.report_error(GraphQLError("The integer exceeds 64 bits.", node))

    def enter_float_value(self, node: FloatValueNode, *_: Any) -> None:
        """Refuse a number that becomes infinity as a double."""
        if isinf(float(node.value)):
            self.report_error(GraphQLError("The number exceeds a double's range.", node))
