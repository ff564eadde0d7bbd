"""graphql-core's executor, with plans for repeated operations."""

from collections import OrderedDict
from contextlib import suppress
from typing import Any, NamedTuple

from graphql import (
    FragmentDefinitionNode,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution.plans import Plan, plan
from schema.validation.cost import argument_variables

REMEMBERED = 512
"""Operations whose plans are cached, once for each combination of their conditions."""


class _Plans(NamedTuple):
    """The plans of an operation, and references that keep alive the nodes by whose ids they are found."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    conditions: tuple[str, ...]
    """The variables used by @skip and @include."""
    by_values: dict[tuple[Any, ...], dict[tuple[int, ...], Plan | None]]


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes objects and lists by a plan if there is one. Otherwise, or if a value does not fit the plan,
    graphql-core completes them. An operation has plans from the second time on that it runs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = self._of_operation()
        values = self.variable_values.coerced
        key = tuple(values.get(name) for name in plans.conditions)
        # Making plans takes longer than to do without them once.
        self._plans = plans.by_values.get(key)
        plans.by_values.setdefault(key, {})

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete an object."""
        if found := self._plan(return_type, field_details_list):
            with suppress(Exception):
                return found(result)
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a list."""
        if found := self._plan(return_type, field_details_list):
            with suppress(Exception):
                return found(result)
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _plan(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Plan | None:
        if self._plans is None:
            return None
        key = (id(kind), *(id(each.node) for each in details))
        if key not in self._plans:
            self._plans[key] = plan(kind, details, self._collected)
        return self._plans[key]

    def _collected(self, kind: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return self.collect_subfields(kind, details).grouped_field_set

    def _of_operation(self) -> _Plans:
        # They live as long as the schema; they are found by the ids of its types.
        remembered: OrderedDict[int, _Plans] = self.schema.extensions.setdefault(
            "plans", OrderedDict()
        )
        found = remembered.get(id(self.operation))
        if found is None:
            conditions = _conditions(self.operation, self.fragment_definitions)
            found = _Plans(self.operation, self.fragment_definitions, conditions, {})
            remembered[id(self.operation)] = found
            if len(remembered) > REMEMBERED:
                remembered.popitem(last=False)
        return found


def _conditions(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    nodes = (operation, *fragments.values())
    return tuple(sorted({name for node in nodes for name in argument_variables(node, "if")}))
