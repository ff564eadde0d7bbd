"""Bounds on the variables of an operation, checked before they are coerced.

Coercion visits every value and reports every error, and resolvers check the limits of their fields only
afterwards. These bounds are far above those limits; they keep coercion short.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_nullable_type,
    get_variable_values,
    is_input_type,
    is_leaf_type,
    type_from_ast,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

from schema.validation.input_values import CHARACTERS, ENTRIES, converter, may_be_long

ERRORS = 20
"""The most errors reported for the variables of one operation."""


def variable_values(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> VariableValues | list[GraphQLError]:
    """The coerced variables of an operation, or why they can't be used."""
    for definition in operation.variable_definitions or ():
        kind = type_from_ast(schema, definition.type)
        name = definition.variable.name.value
        if not is_input_type(kind) or name not in given:
            continue
        if excess := next(_excess(f"${name}", kind, given[name]), None):
            return [GraphQLError(excess, definition, extensions={"code": "BAD_USER_INPUT"})]
    return get_variable_values(
        schema,
        operation.variable_definitions or (),
        dict(given),
        max_errors=ERRORS,
        hide_suggestions=True,
    )


class Variables:
    """The variables of one operation. Anything that does not depend on their values is computed once."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._operation = operation
        definitions = operation.variable_definitions or ()
        signatures = (get_variable_signature(schema, each) for each in definitions)
        self._signatures = [each for each in signatures if not isinstance(each, GraphQLError)]
        self._converters = [(each.name, converter(each.type)) for each in self._signatures]
        with_default = [each for each in definitions if each.default_value]
        found = get_variable_values(schema, with_default, {})
        defaults = found.coerced if isinstance(found, VariableValues) else {}
        self._left_out: dict[str, object] = {}
        """The values of variables that are left out; Undefined if they have none."""
        for each in self._signatures:
            if each.name not in defaults:
                if not isinstance(each.type, GraphQLNonNull):
                    self._left_out[each.name] = Undefined
            elif is_leaf_type(get_nullable_type(each.type)):
                self._left_out[each.name] = defaults[each.name]

    def coerced(self, given: Mapping[str, Any]) -> dict[str, Any] | list[GraphQLError]:
        """The coerced values, the same as `variable_values` finds, or why they can't be used."""
        coerced: dict[str, Any] = {}
        try:
            for name, convert in self._converters:
                if name in given:
                    coerced[name] = convert(given[name])
                elif (default := self._left_out[name]) is not Undefined:
                    coerced[name] = default
        except Exception:
            found = variable_values(self._schema, self._operation, given)
            return found.coerced if isinstance(found, VariableValues) else found
        return coerced

    def values(self, given: Mapping[str, Any], coerced: dict[str, Any]) -> VariableValues:
        """The coerced values with what graphql-core keeps of each variable."""
        sources = {
            each.name: VariableValueSource(each, given.get(each.name, Undefined))
            for each in self._signatures
        }
        return VariableValues(sources, coerced)


def _excess(where: str, kind: GraphQLInputType, value: Any) -> Iterator[str]:
    """Each bound that a variable exceeds. Values of the wrong type are left to coercion."""
    plain = get_nullable_type(kind)
    if isinstance(plain, GraphQLList):
        entries = value if isinstance(value, list) else [value]
        if len(entries) > ENTRIES:
            yield f"{where} has {len(entries)} entries; the limit is {ENTRIES}. Send fewer at a time."
            return
        for index, entry in enumerate(entries):
            yield from _excess(f"{where}[{index}]", plain.of_type, entry)
    elif isinstance(plain, GraphQLInputObjectType):
        if not isinstance(value, dict):
            return
        if len(value) > ENTRIES:
            yield f"{where} has {len(value)} fields; the limit is {ENTRIES}."
            return
        for name, field in plain.fields.items():
            if name in value:
                yield from _excess(f"{where}.{name}", field.type, value[name])
    elif isinstance(value, str) and not may_be_long(plain) and len(value) > CHARACTERS:
        yield f"{where} has {len(value)} characters; the limit is {CHARACTERS}. Shorten it."
