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
        self._converters = [
            (each, converter(each.type))
            for each in signatures
            if not isinstance(each, GraphQLError)
        ]
        with_default = [each for each in definitions if each.default_value]
        found = get_variable_values(schema, with_default, {})
        self._defaults = found.coerced if isinstance(found, VariableValues) else {}

    def values(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """Does the same as `variable_values`."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, convert in self._converters:
            name, kind = signature.name, signature.type
            value = given.get(name, Undefined)
            sources[name] = VariableValueSource(signature, value)
            if value is Undefined and name in self._defaults:
                value, usual = self._defaults[name], is_leaf_type(get_nullable_type(kind))
                coerced[name] = value
            elif value is Undefined:
                usual = not isinstance(kind, GraphQLNonNull)
            else:
                try:
                    coerced[name] = convert(value)
                    usual = True
                except Exception:
                    usual = False
            if not usual:
                return variable_values(self._schema, self._operation, given)
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
