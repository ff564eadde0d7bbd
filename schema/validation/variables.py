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
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    get_nullable_type,
    get_variable_values,
    is_input_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues

ERRORS = 20
"""The most errors reported for the variables of one operation."""
ENTRIES = 1_000
"""Entries of one list, and fields of one input object."""
CHARACTERS = 1_000
"""Characters of an id, a time, or an enum value."""


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
    elif isinstance(value, str) and not _is_long(plain) and len(value) > CHARACTERS:
        yield f"{where} has {len(value)} characters; the limit is {CHARACTERS}. Shorten it."


def _is_long(kind: object) -> bool:
    """Whether a value can be a long text, for which its field has a limit."""
    return isinstance(kind, GraphQLScalarType) and kind.name in (GraphQLString.name, "JSON")
