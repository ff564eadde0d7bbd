"""The values that an operation gives to the arguments of a field."""

from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    VariableNode,
    is_non_null_type,
)
from graphql.execution.values import get_argument_values

from schema.execution.run import Run


class ArgumentValues:
    """The values of the arguments of one field of an operation. Literals and defaults are converted once;
    an argument that is a variable has the variable's value. graphql-core does all that is less usual."""

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        self._field = field
        self._node = node
        self._arguments = node.arguments or ()
        self._variables = [
            (each.name.value, each.value.name.value)
            for each in self._arguments
            if isinstance(each.value, VariableNode)
        ]
        self._required = [
            name for name, _ in self._variables if is_non_null_type(field.args[name].type)
        ]
        self._constant = self._constants()

    def values(self, run: Run) -> dict[str, Any]:
        """The values by the arguments' names; raises GraphQLError for one that does not fit."""
        if self._constant is None:
            return self._unusual(run)
        given = {**self._constant}
        for name, variable in self._variables:
            if variable in run.variables:
                given[name] = run.variables[variable]
        for name in self._required:
            if given.get(name) is None:
                return self._unusual(run)
        return given

    def _unusual(self, run: Run) -> dict[str, Any]:
        return get_argument_values(self._field, self._node, run.executor.variable_values)

    def _constants(self) -> dict[str, Any] | None:
        """The values of literals, and the defaults; None if they differ from request to request, or could be
        changed by one."""
        if any(isinstance(each.value, ListValueNode | ObjectValueNode) for each in self._arguments):
            return None
        variables = dict(self._variables)
        literals = [each for each in self._arguments if each.name.value not in variables]
        others = {
            name: argument
            for name, argument in self._field.args.items()
            if name not in self._required
        }
        try:
            return get_argument_values(
                GraphQLField(self._field.type, others),
                FieldNode(name=self._node.name, arguments=tuple(literals)),
            )
        except GraphQLError:
            return None
