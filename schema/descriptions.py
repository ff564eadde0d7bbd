"""Descriptions for types that are not defined in this package, and for the inputs of mutations, which repeat
those of their types."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry
from graphql import GraphQLSchema, get_named_type
from strawberry.types.enum import StrawberryEnumDefinition

EnumT = TypeVar("EnumT", bound=Enum)


def publish(kind: type[EnumT], name: str, description: str, values: Mapping[EnumT, str]) -> None:
    """Add an enumeration of the use cases to the schema; every value has a description."""
    definition: StrawberryEnumDefinition = strawberry.enum(
        kind, name=name, description=description
    ).__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[kind[value.name]]


def describe_inputs(schema: GraphQLSchema) -> None:
    """Give the input of each mutation the description of its type."""
    mutation = schema.mutation_type
    for field in mutation.fields.values() if mutation else ():
        for argument in field.args.values():
            argument.description = get_named_type(argument.type).description
