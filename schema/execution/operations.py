"""What is remembered of operations that are repeated."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode

from schema.execution.plans import Plan
from schema.execution.selections import Selection
from schema.validation.cost import argument_variables

OPERATIONS = 512
"""Operations of which something is remembered."""
CONDITIONS = 16
"""Combinations of an operation's conditions that are remembered, each with plans of its own: a document with
20 conditions has a million."""


class Known:
    """What is known of an operation under the same conditions."""

    def __init__(self) -> None:
        self.root: Selection | None = None
        """The operation's own fields."""
        self.plans: dict[tuple[int, ...], Plan | None] = {}
        """How values are completed, by the ids of a type and of the nodes of a field."""
        self.selections: dict[tuple[int, ...], Selection] = {}
        """The selections of objects, by the same ids."""


class RememberedOperation:
    """An operation with what is known of it under its latest conditions."""

    def __init__(
        self, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
    ) -> None:
        # They keep the nodes alive whose ids are keys.
        self.operation, self._fragments = operation, fragments
        nodes = (operation, *fragments.values())
        self._conditions = sorted(
            {name for node in nodes for name in argument_variables(node, "if")}
        )
        self._known: dict[tuple[Any, ...], Known] = {}

    def __len__(self) -> int:
        """The number of combinations of conditions under which something is known."""
        return len(self._known)

    def known(self, variables: Mapping[str, Any]) -> Known | None:
        """What is known under the conditions of a request; None if it is the first one."""
        return self._known.get(tuple(map(variables.get, self._conditions)))

    def remember(self, variables: Mapping[str, Any]) -> None:
        """Let the next requests under these conditions make plans. The first does not, because making plans
        takes longer than running once without them."""
        self._known[tuple(map(variables.get, self._conditions))] = Known()
        if len(self._known) > CONDITIONS:
            del self._known[next(iter(self._known))]


def remembered(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDefinitionNode],
) -> RememberedOperation:
    """What is remembered of an operation, as long as its schema lives: the ids of its types are keys."""
    operations: OrderedDict[int, RememberedOperation] = schema.extensions.setdefault(
        "operations", OrderedDict()
    )
    found = operations.get(id(operation))
    if found is None:
        found = operations[id(operation)] = RememberedOperation(operation, fragments)
        if len(operations) > OPERATIONS:
            operations.popitem(last=False)
    return found
