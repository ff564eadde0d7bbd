"""Steps: a field's resolver is called with its arguments, and nothing around it.

Strawberry's own way to a resolver, for middlewares that this schema does not have, takes four more calls
and two coroutines.
"""

from collections.abc import Callable
from inspect import isfunction
from typing import Any, cast

from graphql import FieldNode, GraphQLField, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues, get_argument_values
from strawberry import Info
from strawberry.schema.schema_converter import GraphQLCoreConverter, get_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver


class Step:
    """A field of an operation, with its resolver."""

    def __init__(
        self,
        field: GraphQLField,
        definition: StrawberryField,
        resolver: StrawberryResolver[Any],
        details: list[FieldDetails],
    ) -> None:
        self.field = field
        self.nodes: list[FieldNode] = [each.node for each in details]
        self._definition = definition
        self._call = cast("Callable[..., Any]", resolver.wrapped_func)

    def resolve(self, source: object, info: GraphQLResolveInfo[Any], values: VariableValues) -> Any:
        """What the resolver returns, which may be awaitable. Raises what it raises, and GraphQLError for
        arguments that don't fit."""
        request = Info(_raw_info=info, _field=self._definition)
        converter = request.schema.schema_converter
        args, kwargs = get_arguments(
            field=self._definition,
            source=source,
            info=request,
            kwargs=get_argument_values(self.field, self.nodes[0], values)
            if self.field.args
            else {},
            config=converter.config,
            scalar_registry=converter.scalar_registry,
        )
        return self._call(*args, **kwargs)


def step(field: GraphQLField | None, details: list[FieldDetails]) -> Step | None:
    """The step for a field with a resolver; None if graphql-core has to find out how it is resolved."""
    definition = field and field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if field is None or not isinstance(definition, StrawberryField) or definition.extensions:
        return None
    resolver = definition.base_resolver
    if resolver is None or definition.is_subscription or not isfunction(resolver.wrapped_func):
        return None
    return Step(field, definition, resolver, details)
