"""Steps: how a field with arguments or I/O is resolved. Strawberry finds out the same for each request: which
parameters its resolver has, and what the arguments become.
"""

from collections.abc import Callable, Mapping
from inspect import isfunction
from typing import Any, cast

from graphql import FieldNode, GraphQLField, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues, get_argument_values
from strawberry import Info
from strawberry.schema.schema_converter import GraphQLCoreConverter, get_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from schema.validation.cost import argument_variables

REMEMBERED = 32
"""Values of variables for which a field's arguments are kept."""


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
        self._info = resolver.info_parameter
        self._node = self.nodes[0]
        self._variables = argument_variables(self._node)
        self._arguments: dict[tuple[Any, ...], Mapping[str, Any]] = {}

    def resolve(self, source: object, info: GraphQLResolveInfo[Any], values: VariableValues) -> Any:
        """What the resolver returns, which may be awaitable. Raises what it raises, and GraphQLError for
        arguments that don't fit."""
        request = Info(_raw_info=info, _field=self._definition)
        arguments = self._given(request, values) if self.field.args else {}
        if self._info is not None:
            return self._call(source, **arguments, **{self._info.name: request})
        return self._call(source, **arguments)

    def _given(self, info: Info[Any, Any], values: VariableValues) -> Mapping[str, Any]:
        """The arguments as the resolver takes them."""
        given = [values.coerced.get(name, Ellipsis) for name in self._variables]
        key = (*given, *map(type, given))  # 1 and True are equal
        try:
            found = self._arguments.get(key)
        except TypeError:  # an input object or a list: those can change
            return self._converted(info, values)
        if found is None:
            if len(self._arguments) >= REMEMBERED:
                self._arguments.clear()
            found = self._arguments[key] = self._converted(info, values)
        return found

    def _converted(self, info: Info[Any, Any], values: VariableValues) -> Mapping[str, Any]:
        converter = info.schema.schema_converter
        _, arguments = get_arguments(
            field=self._definition,
            source=None,
            info=info,
            kwargs=get_argument_values(self.field, self._node, values),
            config=converter.config,
            scalar_registry=converter.scalar_registry,
        )
        if self._info is not None:
            del arguments[self._info.name]
        return arguments


def step(field: GraphQLField | None, details: list[FieldDetails]) -> Step | None:
    """The step for a field with a resolver; None if graphql-core has to find out how it is resolved."""
    definition = field and field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if field is None or not isinstance(definition, StrawberryField) or definition.extensions:
        return None
    resolver = definition.base_resolver
    if resolver is None or not resolver.self_parameter or not isfunction(resolver.wrapped_func):
        return None
    if resolver.parent_parameter or resolver.root_parameter or definition.is_subscription:
        return None
    return Step(field, definition, resolver, details)
