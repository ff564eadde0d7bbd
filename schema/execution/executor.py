"""graphql-core's executor, with plans for repeated operations."""

from collections import OrderedDict
from collections.abc import Awaitable
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
from schema.execution.steps import Step, step
from schema.validation.cost import argument_variables

REMEMBERED = 512
"""Operations whose plans are cached, once for each combination of their conditions."""


class _Plans(NamedTuple):
    """The plans of an operation, and references that keep alive the nodes whose ids are their keys."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    conditions: tuple[str, ...]
    """The variables used by @skip and @include."""
    by_values: dict[tuple[Any, ...], "_Known"]


class _Known(NamedTuple):
    """What is known of an operation under the same conditions. By the ids of a type and of the nodes of a
    field: how values are completed, and how a field of that type is resolved."""

    plans: dict[tuple[int, ...], Plan | None]
    steps: dict[tuple[int, ...], Step | None]


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes objects and lists by a plan and resolves fields by a step, if there is one. Otherwise, or if
    a value does not fit the plan, graphql-core does. An operation has plans and steps from its second run
    on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = self._of_operation()
        values = self.variable_values.coerced
        key = tuple(values.get(name) for name in plans.conditions)
        # Making plans takes longer than running once without them.
        self._known = plans.by_values.get(key)
        plans.by_values.setdefault(key, _Known({}, {}))

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        """Resolve a field and complete its value."""
        known = self._step(parent_type, field_details_list)
        if known is None:
            return super().execute_field(
                parent_type, source, field_details_list, path, position_context
            )
        kind = known.field.type
        info = self.build_resolve_info(known.field, known.nodes, parent_type, path)
        try:
            result = known.resolve(source, info, self.variable_values)
            if self.is_awaitable(result):
                return self.complete_awaitable_value(
                    kind, field_details_list, info, path, result, position_context
                )
            completed = self.complete_value(
                kind, field_details_list, info, path, result, position_context
            )
        except Exception as error:
            self.handle_field_error(error, kind, field_details_list, path)
            return None
        if self.is_awaitable(completed):
            return self._awaited(completed, kind, field_details_list, path)
        return completed

    async def complete_awaitable_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a value that has to be awaited. No operation is aborted by graphql-core's signal."""
        try:
            completed = self.complete_value(
                return_type, field_details_list, info, path, await result, position_context
            )
            return await completed if self.is_awaitable(completed) else completed
        except Exception as error:
            self.handle_field_error(error, return_type, field_details_list, path)
            return None

    async def _awaited(
        self, value: Awaitable[Any], kind: GraphQLOutputType, details: FieldDetailsList, path: Path
    ) -> Any:
        try:
            return await value
        except Exception as error:
            self.handle_field_error(error, kind, details, path)
            return None

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
        if self._known is None:
            return None
        plans, key = self._known.plans, _key(kind, details)
        if key not in plans:
            plans[key] = plan(kind, details, self._collected)
        return plans[key]

    def _step(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Step | None:
        if self._known is None:
            return None
        steps, key = self._known.steps, _key(kind, details)
        if key not in steps:
            field = kind.fields.get(details[0].node.name.value)
            steps[key] = step(field, details, self.schema)
        return steps[key]

    def _collected(self, kind: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return self.collect_subfields(kind, details).grouped_field_set

    def _of_operation(self) -> _Plans:
        # Plans live as long as the schema, since the ids of its types are their keys.
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


def _key(kind: GraphQLOutputType, details: FieldDetailsList) -> tuple[int, ...]:
    return (id(kind), *[id(each.node) for each in details])


def _conditions(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    nodes = (operation, *fragments.values())
    return tuple(sorted({name for node in nodes for name in argument_variables(node, "if")}))
