"""A cache of valid documents and of what is known about them."""

from collections import OrderedDict
from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    default_field_resolver,
    default_type_resolver,
    get_operation_ast,
)
from graphql.execution.collect_fields import FragmentDetails
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from schema.execution.executor import PlannedExecutor
from schema.execution.operations import remembered
from schema.execution.run import Run
from schema.validation.cost import CostEstimator, cost_errors, cost_variables, reported_cost
from schema.validation.field_weights import LIMIT
from schema.validation.variables import Variables

COSTS = 100
"""Cached costs of an operation, one for each page size and condition."""


class PreparedOperation:
    """An operation of a valid document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> None:
        found = get_operation_ast(document, name)
        if found is None:
            raise ValueError("the document has no such operation")
        self.operation = found
        self.kind = OperationType(found.operation.value)
        self.kind_name: str = found.operation.value
        self._schema = schema
        self._document = document
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._details = {name: FragmentDetails(each) for name, each in self._fragments.items()}
        self._variables = Variables(schema, found)
        self._remembered = remembered(schema, found, self._fragments)
        self._cost_variables = cost_variables(schema, document, found)
        self._costs: OrderedDict[tuple[Any, ...], int] = OrderedDict()

    async def run(self, given: Mapping[str, Any], context: object) -> ExecutionResult:
        """The result of the operation with these variables, and its cost."""
        variables = self._variables.coerced(given)
        if isinstance(variables, list):
            return PreExecutionError(data=None, errors=variables, extensions={})
        cost = self._cost(given, variables)
        extensions = reported_cost(cost, LIMIT)
        if cost > LIMIT:
            errors = cost_errors(cost, LIMIT)
            return PreExecutionError(data=None, errors=errors, extensions=extensions)
        try:
            data, failures = await self._executed(given, variables, context)
        except Exception as error:
            failure = GraphQLError(str(error), original_error=error)
            return PreExecutionError(data=None, errors=[failure], extensions=extensions)
        return ExecutionResult(data=data, errors=failures, extensions=extensions)

    async def _executed(
        self, given: Mapping[str, Any], variables: dict[str, Any], context: object
    ) -> tuple[dict[str, Any] | None, list[GraphQLError] | None]:
        def executor() -> PlannedExecutor:
            return PlannedExecutor(
                self._schema,
                self._fragments,
                self._details,
                None,
                context,
                self.operation,
                self._variables.values(given, variables),
                default_field_resolver,
                default_type_resolver,
                default_field_resolver,
                is_awaitable=optimized_is_awaitable,
            )

        known = self._remembered.known(variables)
        if known is not None and known.root is not None:
            run = Run(context, variables, executor)
            return await known.root.execute(run, None), run.errors
        result: Any = executor().execute_operation()
        if isawaitable(result):
            result = await result
        return result.data, result.errors

    def _cost(self, given: Mapping[str, Any], variables: dict[str, Any]) -> int:
        if self._cost_variables is None:
            return self._estimate(given, variables)
        key = tuple(map(variables.get, self._cost_variables))
        if key not in self._costs:
            self._costs[key] = self._estimate(given, variables)
            if len(self._costs) > COSTS:
                self._costs.popitem(last=False)
        return self._costs[key]

    def _estimate(self, given: Mapping[str, Any], variables: dict[str, Any]) -> int:
        values = self._variables.values(given, variables)
        return CostEstimator(self._schema, self._document, values).operation(self.operation)
