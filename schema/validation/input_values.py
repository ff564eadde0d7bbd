"""Converts the values of variables, by converters that are made once for each type.

They check the same bounds as `variables.py` and give what graphql-core gives, in one pass. A value that does
not fit makes them give up: graphql-core then finds out all that is wrong with it.
"""

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, TypeAlias

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value

ENTRIES = 1_000
"""The most entries of one list, and fields of one input object."""
CHARACTERS = 1_000
"""The most characters of an id, a time, or an enum value."""

Convert: TypeAlias = Callable[[Any], Any]
"""Converts a value; raises if it does not fit or exceeds a bound."""


class Unfit(Exception):
    """A value that graphql-core has to examine."""


def may_be_long(kind: object) -> bool:
    """Whether a value can be a long text, for which its field has a limit."""
    return isinstance(kind, GraphQLScalarType) and kind.name in (GraphQLString.name, "JSON")


@cache
def converter(kind: GraphQLInputType) -> Convert:
    """The converter for the values of a type."""
    if isinstance(kind, GraphQLNonNull):
        return _required(converter(kind.of_type))
    if isinstance(kind, GraphQLList):
        return _list(converter(kind.of_type))
    if isinstance(kind, GraphQLInputObjectType):
        return _Input(kind)
    return _leaf(kind)


def _required(convert: Convert) -> Convert:
    def converted(value: Any) -> Any:
        if value is None:
            raise Unfit
        return convert(value)

    return converted


def _list(convert: Convert) -> Convert:
    def converted(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list or len(value) > ENTRIES:
            raise Unfit
        return [convert(each) for each in value]

    return converted


def _leaf(kind: GraphQLLeafType) -> Convert:
    coerce, characters = kind.coerce_input_value, None if may_be_long(kind) else CHARACTERS

    def converted(value: Any) -> Any:
        if value is None:
            return None
        if characters is not None and isinstance(value, str) and len(value) > characters:
            raise Unfit
        found = coerce(value)
        if found is Undefined:
            raise Unfit
        return found

    return converted


class _Input:
    """Converts an input object. Its fields are examined with the first value, because one may be of its own
    type."""

    def __init__(self, kind: GraphQLInputObjectType) -> None:
        self._kind = kind

    @cached_property
    def _fields(self) -> list[tuple[str, str, Convert]]:
        return [
            (name, field.out_name or name, converter(field.type))
            for name, field in self._kind.fields.items()
        ]

    @cached_property
    def _required(self) -> frozenset[str]:
        fields = self._kind.fields
        return frozenset(name for name, field in fields.items() if is_required_input_field(field))

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        # graphql-core, too, gives all requests the same object; the steps of resolvers copy it.
        defaults = {
            field.out_name or name: coerce_default_value(field)
            for name, field in self._kind.fields.items()
        }
        return {name: value for name, value in defaults.items() if value is not Undefined}

    def __call__(self, value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict or self._kind.is_one_of or not self._required <= value.keys():
            raise Unfit
        converted, left = {**self._defaults}, len(value)
        for name, out_name, convert in self._fields:
            if name in value:
                converted[out_name] = convert(value[name])
                left -= 1
        if left:
            raise Unfit
        return self._kind.out_type(converted)
