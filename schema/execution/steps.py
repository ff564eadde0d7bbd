"""Steps: a field's resolver is called directly with its arguments.

Strawberry's own way to a resolver, which serves middlewares that this schema does not have, takes four
more calls and two coroutines.
"""

from collections.abc import Callable, Sequence
from inspect import isfunction
from typing import Any, Protocol, cast

from graphql import FieldNode, GraphQLField, GraphQLResolveInfo, GraphQLSchema
from graphql.execution.values import VariableValues
from strawberry import Info
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from schema.execution.argument_values import ArgumentValues
from schema.execution.arguments import Arguments


class Step(Protocol):
    """How a field is resolved."""

    def resolve(self, source: object, info: GraphQLResolveInfo[Any], values: VariableValues) -> Any:
        """The resolver's result, which may be awaitable. Raises what the resolver raises, and GraphQLError
        for arguments that don't fit."""


class Resolver:
    """A step that calls one of the schema's resolvers, without Strawberry."""

    def __init__(
        self,
        definition: StrawberryField,
        resolver: StrawberryResolver[Any],
        given: ArgumentValues,
        arguments: Arguments,
    ) -> None:
        self._definition = definition
        self._given = given
        self._arguments = arguments
        self._call = cast("Callable[..., Any]", resolver.wrapped_func)
        self._takes_self = resolver.self_parameter is not None
        parents = (resolver.parent_parameter, resolver.root_parameter)
        self._parents = [each.name for each in parents if each]
        self._info = resolver.info_parameter and resolver.info_parameter.name

    def resolve(self, source: object, info: GraphQLResolveInfo[Any], values: VariableValues) -> Any:
        """See `Step.resolve`."""
        given = self._arguments.converted(self._given.values(values))
        for name in self._parents:
            given[name] = source
        if self._info:
            given[self._info] = Info(_raw_info=info, _field=self._definition)
        return self._call(source, **given) if self._takes_self else self._call(**given)


class OtherResolver:
    """A step that calls any other resolver, such as those of the introspection."""

    def __init__(self, resolve: Callable[..., Any], given: ArgumentValues) -> None:
        self._call = resolve
        self._given = given

    def resolve(self, source: object, info: GraphQLResolveInfo[Any], values: VariableValues) -> Any:
        """See `Step.resolve`."""
        return self._call(source, info, **self._given.values(values))


def step(field: GraphQLField, nodes: Sequence[FieldNode], schema: GraphQLSchema) -> Step | None:
    """The step for a field of an operation; None if it has no resolver of its own."""
    given = ArgumentValues(field, nodes[0])
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(definition, StrawberryField) and not definition.extensions:
        resolver = definition.base_resolver
        if resolver and not definition.is_subscription and isfunction(resolver.wrapped_func):
            converter = schema.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].schema_converter
            return Resolver(definition, resolver, given, Arguments(definition, converter))
    return OtherResolver(field.resolve, given) if field.resolve else None
