"""graphql-core's executor, with plans and selections for repeated operations."""

from contextlib import suppress
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationType,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution.operations import Known, remembered
from schema.execution.plans import Plan, plan
from schema.execution.run import Run
from schema.execution.selections import Selection, select


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes objects and lists by a plan if there is one, and objects otherwise by a selection. If a value
    does not fit, graphql-core completes it. An operation has plans and selections from its second run on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        variables = self.variable_values.coerced
        operation = remembered(self.schema, self.operation, self.fragment_definitions)
        self._known = operation.known(variables)
        if self._known is None:
            operation.remember(variables)
        self._run = Run(self.context_value, variables, lambda: self)

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Execute the operation."""
        root = self._root(self._known) if self._known else None
        return super().execute_operation(serially) if root is None else self._executed(root)

    async def _executed(self, root: Selection) -> ExecutionResult:
        data = await root.execute(self._run, self.root_value)
        return ExecutionResult(data, self._run.errors)

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
                return selection.complete(self._run, result, path)
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

    def _root(self, known: Known) -> Selection | None:
        """The operation's own fields; None for several fields of a mutation, which are run one by one."""
        if known.root is None:
            kind = self.schema.get_root_type(self.operation.operation)
            if kind is None:
                return None
            fields = collect_fields(
                self.schema, self.fragments, self.variable_values, kind, self.operation
            ).grouped_field_set
            if self.operation.operation is OperationType.MUTATION and len(fields) > 1:
                return None
            known.root = select(kind, fields, self.schema, self._collected)
        return known.root

    def _plan(
        self, known: Known, kind: GraphQLOutputType, details: FieldDetailsList
    ) -> Plan | None:
        plans, key = known.plans, _key(kind, details)
        if key not in plans:
            plans[key] = plan(kind, details, self._collected)
        return plans[key]

    def _selection(
        self, known: Known, kind: GraphQLObjectType, details: FieldDetailsList
    ) -> Selection:
        selections, key = known.selections, _key(kind, details)
        if key not in selections:
            selected = self._collected(kind, details)
            selections[key] = select(kind, selected, self.schema, self._collected)
        return selections[key]

    def _collected(self, kind: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return self.collect_subfields(kind, details).grouped_field_set


def _key(kind: GraphQLOutputType, details: FieldDetailsList) -> tuple[int, ...]:
    return (id(kind), *[id(each.node) for each in details])
