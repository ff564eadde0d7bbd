"""Steps: a field's resolver is called directly with its arguments.

Strawberry's own way to a resolver, which serves middlewares that this schema does not have, takes four
more calls and two coroutines.
"""

from collections.abc import Callable
from inspect import isfunction
from typing import Any, cast

from graphql import FieldNode, GraphQLField, GraphQLResolveInfo, GraphQLSchema
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues, get_argument_values
from strawberry import Info
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from schema.execution.arguments import Arguments


class Step:
    """A field of an operation, with its resolver."""

    def __init__(
        self,
        field: GraphQLField,
        definition: StrawberryField,
        resolver: StrawberryResolver[Any],
        details: list[FieldDetails],
        arguments: Arguments,
    ) -> None:
        self.field = field
        self.nodes: list[FieldNode] = [each.node for each in details]
        self._definition = definition
        self._arguments = arguments
        self._call = cast("Callable[..., Any]", resolver.wrapped_func)
        self._takes_self = resolver.self_parameter is not None
        parents = (resolver.parent_parameter, resolver.root_parameter)
        self._parents = [each.name for each in parents if each]
        self._info = resolver.info_parameter and resolver.info_parameter.name

    def resolve(self, source: object, info: GraphQLResolveInfo[Any], values: VariableValues) -> Any:
        """The resolver's result, which may be awaitable. Raises what the resolver raises, and GraphQLError
        for arguments that don't fit."""
        given: dict[str, Any] = {}
        if self.field.args:
            coerced = get_argument_values(self.field, self.nodes[0], values)
            given = self._arguments.converted(coerced)
        for name in self._parents:
            given[name] = source
        if self._info:
            given[self._info] = Info(_raw_info=info, _field=self._definition)
        return self._call(source, **given) if self._takes_self else self._call(**given)


def step(
    field: GraphQLField | None, details: list[FieldDetails], schema: GraphQLSchema
) -> Step | None:
    """The step for a field with a resolver; None if graphql-core has to determine how it is resolved."""
    definition = field and field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if field is None or not isinstance(definition, StrawberryField) or definition.extensions:
        return None
    resolver = definition.base_resolver
    if resolver is None or definition.is_subscription or not isfunction(resolver.wrapped_func):
        return None
    converter = schema.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].schema_converter
    return Step(field, definition, resolver, details, Arguments(definition, converter))
