"""graphql-core's executor, with plans and selections for repeated operations."""

from collections import OrderedDict
from contextlib import suppress
from typing import Any, NamedTuple

from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution.plans import Plan, plan
from schema.execution.selections import Selection, select
from schema.validation.cost import argument_variables

OPERATIONS = 512
"""Operations of which something is remembered."""
CONDITIONS = 16
"""Combinations of an operation's conditions that are remembered, each with plans of its own: a document with
20 conditions has a million."""


class _Operation(NamedTuple):
    """What is known of an operation, and references that keep alive the nodes whose ids are keys."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    conditions: tuple[str, ...]
    """The variables used by @skip and @include."""
    by_values: dict[tuple[Any, ...], "_Known"]


class _Known(NamedTuple):
    """What is known of an operation under the same conditions, by the ids of a type and of the nodes of a
    field: how values are completed, and the selections of objects. The operation's own has no ids."""

    plans: dict[tuple[int, ...], Plan | None]
    selections: dict[tuple[int, ...], Selection]


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes objects and lists by a plan if there is one, and objects otherwise by a selection. If a value
    does not fit, graphql-core completes it. An operation has plans and selections from its second run on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = self._of_conditions()

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Execute the operation."""
        root = self._root(self._known) if self._known else None
        return super().execute_operation(serially) if root is None else self._executed(root)

    async def _executed(self, root: Selection) -> ExecutionResult:
        data: dict[str, Any] | None
        try:
            found = root.complete(self, self.root_value, None)
            data = await found if self.is_awaitable(found) else found
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            data = None
        return ExecutionResult(data, self.collected_errors.errors or None)

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
        if known := self._known:
            if found := self._plan(known, return_type, field_details_list):
                with suppress(Exception):
                    return found(result)
            selection = self._selection(known, return_type, field_details_list)
            if type(result) is selection.origin:
                return selection.complete(self, result, path)
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
        known = self._known
        if known and (found := self._plan(known, return_type, field_details_list)):
            with suppress(Exception):
                return found(result)
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _root(self, known: _Known) -> Selection | None:
        """The operation's own fields; None for several fields of a mutation, which are run one by one."""
        if () not in known.selections:
            kind = self.schema.get_root_type(self.operation.operation)
            if kind is None:
                return None
            fields = collect_fields(
                self.schema, self.fragments, self.variable_values, kind, self.operation
            ).grouped_field_set
            if self.operation.operation is OperationType.MUTATION and len(fields) > 1:
                return None
            known.selections[()] = select(kind, fields, self.schema, self._collected)
        return known.selections[()]

    def _plan(
        self, known: _Known, kind: GraphQLOutputType, details: FieldDetailsList
    ) -> Plan | None:
        plans, key = known.plans, _key(kind, details)
        if key not in plans:
            plans[key] = plan(kind, details, self._collected)
        return plans[key]

    def _selection(
        self, known: _Known, kind: GraphQLObjectType, details: FieldDetailsList
    ) -> Selection:
        selections, key = known.selections, _key(kind, details)
        if key not in selections:
            selected = self._collected(kind, details)
            selections[key] = select(kind, selected, self.schema, self._collected)
        return selections[key]

    def _collected(self, kind: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return self.collect_subfields(kind, details).grouped_field_set

    def _of_conditions(self) -> _Known | None:
        """What is known of the operation under the conditions of this request; None the first time, because
        making plans takes longer than running once without them."""
        found = self._of_operation()
        values = self.variable_values.coerced
        key = tuple(values.get(name) for name in found.conditions)
        known = found.by_values.get(key)
        if known is None:
            found.by_values[key] = _Known({}, {})
            if len(found.by_values) > CONDITIONS:
                del found.by_values[next(iter(found.by_values))]
        return known

    def _of_operation(self) -> _Operation:
        # Plans live as long as the schema, since the ids of its types are their keys.
        remembered: OrderedDict[int, _Operation] = self.schema.extensions.setdefault(
            "operations", OrderedDict()
        )
        found = remembered.get(id(self.operation))
        if found is None:
            conditions = _conditions(self.operation, self.fragment_definitions)
            found = _Operation(self.operation, self.fragment_definitions, conditions, {})
            remembered[id(self.operation)] = found
            if len(remembered) > OPERATIONS:
                remembered.popitem(last=False)
        return found


def _key(kind: GraphQLOutputType, details: FieldDetailsList) -> tuple[int, ...]:
    return (id(kind), *[id(each.node) for each in details])


def _conditions(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    nodes = (operation, *fragments.values())
    return tuple(sorted({name for node in nodes for name in argument_variables(node, "if")}))
