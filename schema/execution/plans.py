"""Plans for subtrees whose values are attributes. A plan is made once for a selection and does in one step
what graphql-core repeats for every field of every object.

A plan handles only the usual case. It raises for everything else (an error, an invalid null, a value of
another type, an awaitable), and graphql-core then completes the same subtree by its rules.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from inspect import isfunction
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

Plan: TypeAlias = Callable[[Any], Any]
"""Serialises a value; raises if the value does not fit the plan."""
Collect: TypeAlias = Callable[[GraphQLObjectType, FieldDetailsList], GroupedFieldSet]
"""The fields selected on an object, by their names in the response."""

_INT = range(-(2**31), 2**31)
_EXACT: Mapping[GraphQLScalarType, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLFloat: float,
}
_CUSTOM = frozenset({datetime, date, dict, list, str, int, float, bool})
"""The Python types of the schema's own scalars."""


class Unusual(Exception):
    """A value that graphql-core has to complete."""


def plan(kind: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Plan | None:
    """A plan for completing values of a type with a selection; None if that takes more than reading
    attributes."""
    if isinstance(kind, GraphQLNonNull):
        inner = plan(kind.of_type, details, collect)
        return inner and _required(inner)
    if isinstance(kind, GraphQLList):
        items = plan(kind.of_type, details, collect)
        return items and _nullable(_every(items))
    if isinstance(kind, GraphQLObjectType):
        found = _object(kind, details, collect)
        return found and _nullable(found)
    if isinstance(kind, GraphQLEnumType):
        return _nullable(_enum(kind))
    return _nullable(_scalar(kind)) if isinstance(kind, GraphQLScalarType) else None


def _required(inner: Plan) -> Plan:
    def complete(value: Any) -> Any:
        completed = inner(value)
        if completed is None:
            raise Unusual
        return completed

    return complete


def _nullable(inner: Plan) -> Plan:
    return lambda value: None if value is None else inner(value)


def _every(item: Plan) -> Plan:
    def complete(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Unusual
        return [item(each) for each in value]

    return complete


def _object(kind: GraphQLObjectType, details: FieldDetailsList, collect: Collect) -> Plan | None:
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    origin = getattr(definition, "origin", None)
    fields: list[tuple[str, Plan, Plan]] = []
    for name, selected in collect(kind, details).items():
        field_name = selected[0].node.name.value
        if field_name == "__typename":
            fields.append((name, lambda _: kind.name, lambda value: value))
            continue
        field = kind.fields.get(field_name)
        read = field and _read(field)
        complete = field and plan(field.type, selected, collect)
        if not read or not complete:
            return None
        fields.append((name, read, complete))
    if origin is None:
        return None

    def complete_object(value: Any) -> dict[str, Any]:
        if type(value) is not origin:
            raise Unusual
        return {name: complete(read(value)) for name, read, complete in fields}

    return complete_object


def _read(field: GraphQLField) -> Plan | None:
    """How to get a field's value from its object: an attribute, or a method without arguments or I/O."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField) or field.args or definition.extensions:
        return None
    resolver = definition.base_resolver
    if resolver is None:
        return attrgetter(definition.python_name)
    alone = resolver.self_parameter and not (resolver.info_parameter or resolver.parent_parameter)
    method = resolver.wrapped_func
    return method if alone and not resolver.is_async and isfunction(method) else None


def _enum(kind: GraphQLEnumType) -> Plan:
    cls = getattr(kind, "wrapped_cls", ())
    names = {member: kind.coerce_output_value(member) for member in cls}
    return names.__getitem__


def _scalar(kind: GraphQLScalarType) -> Plan:
    if kind is GraphQLInt:
        return _int
    expected = _EXACT.get(kind)
    if expected is None:
        return _custom(kind.coerce_output_value)

    def complete(value: Any) -> Any:
        if type(value) is not expected:
            raise Unusual
        return value

    return complete


def _int(value: Any) -> int:
    if type(value) is not int or value not in _INT:
        raise Unusual
    return value


def _custom(coerce: Plan) -> Plan:
    def complete(value: Any) -> Any:
        if type(value) not in _CUSTOM:
            raise Unusual
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise Unusual
        return coerced

    return complete
