"""Converts the values of arguments for resolvers, by converters that are made once for each type.

Strawberry determines the type again for each value, which took a sixth of recording a turn.
"""

from collections.abc import Callable
from dataclasses import MISSING
from functools import cached_property, partial
from typing import Any

from strawberry import UNSET, Some
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

Convert = Callable[[Any], Any]


class Arguments:
    """The arguments of one field."""

    def __init__(self, field: StrawberryField, schema: GraphQLCoreConverter) -> None:
        name_of = schema.config.name_converter.from_argument
        self._known = [
            (name_of(each), each.python_name, _converter(each.type, schema))
            for each in field.arguments
        ]

    def converted(self, given: dict[str, Any]) -> dict[str, Any]:
        """The values by their names in Python, made again for each call, so that no request can see or change
        the values of another one. Raises what Strawberry raises for a value that does not fit."""
        values: dict[str, Any] = {}
        for name, python_name, convert in self._known:
            if name in given:
                values[python_name] = convert(given[name]) if convert else given[name]
        return values


def _converter(kind: Any, schema: GraphQLCoreConverter) -> Convert | None:
    """The converter for the values of a type; None if they stay as they are."""
    if isinstance(kind, StrawberryMaybe):
        if isinstance(kind.of_type, StrawberryOptional):
            return _some(_converter(kind.of_type, schema))
    elif isinstance(kind, StrawberryOptional):
        return _converter(kind.of_type, schema)
    elif isinstance(kind, StrawberryList):
        return _list(_converter(kind.of_type, schema))
    elif isinstance(kind, StrawberryEnumDefinition) or (
        is_scalar(kind, schema.scalar_registry) and kind is not GlobalID
    ):
        return None
    elif (definition := get_object_definition(kind)) and not definition.from_input:
        return _Input(kind, definition, schema)
    # All other types are left to Strawberry.
    return partial(
        convert_argument,
        type_=kind,
        scalar_registry=schema.scalar_registry,
        config=schema.config,
    )


def _some(convert: Convert | None) -> Convert:
    return Some if convert is None else lambda value: Some(convert(value))


def _list(convert: Convert | None) -> Convert:
    def converted(values: Any) -> Any:
        if values is None or values is UNSET:
            return values
        # Also copy a list that stays as it is: a default is the same object at each request.
        return list(values) if convert is None else [convert(each) for each in values]

    return converted


class _Input:
    """Converts an input object. Its fields are examined with the first value, because one may be of its own
    type."""

    def __init__(
        self, kind: type, definition: StrawberryObjectDefinition, schema: GraphQLCoreConverter
    ) -> None:
        self._kind, self._definition, self._schema = kind, definition, schema
        # A field without a default is None if it is left out.
        self._absent: dict[str, object] = {
            each.python_name: None
            for each in definition.fields
            if each.default_value is MISSING and each.default_factory is MISSING
        }

    @cached_property
    def _fields(self) -> list[tuple[str, str, Convert | None]]:
        name_of = self._schema.config.name_converter.from_field
        return [
            (
                name_of(each),
                each.python_name,
                _converter(each.resolve_type(type_definition=self._definition), self._schema),
            )
            for each in self._definition.fields
        ]

    def __call__(self, values: Any) -> Any:
        if values is None or values is UNSET:
            return values
        given = {**self._absent}
        for name, python_name, convert in self._fields:
            if name in values:
                given[python_name] = convert(values[name]) if convert else values[name]
        return self._kind(**given)
