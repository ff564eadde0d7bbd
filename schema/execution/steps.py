"""Steps: a field's resolver is called directly with its arguments.

Strawberry's own way to a resolver, which serves middlewares that this schema does not have, takes four
more calls and two coroutines.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from inspect import isfunction
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
)
from graphql.pyutils import Path
from strawberry import Info
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.nodes import convert_arguments

from schema.begun_fields import BEGIN, Begin
from schema.execution.argument_values import ArgumentValues
from schema.execution.arguments import Arguments
from schema.execution.look_ahead import named, names
from schema.execution.run import Run


class Step:
    """How a field is resolved: by any resolver, such as those of the introspection."""

    begin: Begin | None = None
    """Begins the only read that the resolver waits for; None if there may be others."""

    def __init__(
        self, field: GraphQLField, nodes: Sequence[FieldNode], parent: GraphQLObjectType
    ) -> None:
        self._field = field
        self._nodes = [*nodes]
        self._parent = parent
        self._given = ArgumentValues(field, nodes[0])

    def resolve(self, run: Run, source: object, path: Path) -> Any:
        """The resolver's result, which may be awaitable. Raises what the resolver raises, and GraphQLError
        for arguments that don't fit."""
        resolver = cast("Callable[..., Any]", self._field.resolve)
        return resolver(source, self.info(run, path), **self._given.values(run))

    def info(self, run: Run, path: Path) -> GraphQLResolveInfo[Any]:
        """What graphql-core tells resolvers about a request and the field."""
        return run.executor.build_resolve_info(self._field, self._nodes, self._parent, path)


class ResolverStep(Step):
    """Calls one of the schema's resolvers, without Strawberry."""

    def __init__(
        self,
        field: GraphQLField,
        nodes: Sequence[FieldNode],
        parent: GraphQLObjectType,
        definition: StrawberryField,
        resolver: StrawberryResolver[Any],
        arguments: Arguments,
    ) -> None:
        super().__init__(field, nodes, parent)
        self.definition = definition
        self.begin = definition.metadata.get(BEGIN)
        self._arguments = arguments if field.args else None
        self._call = cast("Callable[..., Any]", resolver.wrapped_func)
        self._takes_self = resolver.self_parameter is not None
        parents = (resolver.parent_parameter, resolver.root_parameter)
        self._parents = [each.name for each in parents if each]
        self._info = resolver.info_parameter and resolver.info_parameter.name
        self._names_below: frozenset[str] | None = None
        self._arguments_below: dict[tuple[str, str], Sequence[ArgumentValues]] = {}

    def resolve(self, run: Run, source: object, path: Path) -> Any:
        """See `Step.resolve`."""
        given: dict[str, Any] = {}
        if self._arguments is not None:
            given = self._arguments.converted(self._given.values(run))
        for name in self._parents:
            given[name] = source
        if self._info:
            given[self._info] = _Info(run, self, path)
        return self._call(source, **given) if self._takes_self else self._call(**given)

    # A step is one of a document and its conditions, so what is below it is always the same.

    def names_below(self, info: Info[Any, Any]) -> frozenset[str]:
        """See `names_below`."""
        if self._names_below is None:
            self._names_below = names(info._raw_info)
        return self._names_below

    def arguments_below(
        self, info: Info[Any, Any], kind: str, name: str
    ) -> Sequence[ArgumentValues]:
        """See `arguments_below`."""
        if (kind, name) not in self._arguments_below:
            raw = info._raw_info
            field = cast("GraphQLObjectType", raw.schema.type_map[kind]).fields[name]
            given = [ArgumentValues(field, node) for node in named(raw, name)]
            self._arguments_below[kind, name] = given
        return self._arguments_below[kind, name]


class _Info(Info[Any, Any]):
    """Strawberry's Info. Few resolvers ask for more than the context, so the rest is made for those."""

    def __init__(self, run: Run, step: ResolverStep, path: Path) -> None:
        self.run, self.step, self._at = run, step, path

    @cached_property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]
        return self.step.info(self.run, self._at)

    @property
    def _field(self) -> StrawberryField:  # type: ignore[override]
        return self.step.definition

    @property
    def context(self) -> Any:
        """The context of the request."""
        return self.run.context


def names_below(info: Info[Any, Any]) -> frozenset[str]:
    """The names of the fields that are selected below the current one, at any depth."""
    return info.step.names_below(info) if isinstance(info, _Info) else names(info._raw_info)


def arguments_below(info: Info[Any, Any], kind: str, name: str) -> Sequence[Mapping[str, Any]]:
    """The arguments of each field of this name, one of a type's, that is selected directly below the current
    field. Numbers that are written in the operation may be text.

    Raises GraphQLError for an argument that does not fit.
    """
    if isinstance(info, _Info):
        return [each.values(info.run) for each in info.step.arguments_below(info, kind, name)]
    raw = info._raw_info
    return [convert_arguments(raw, node.arguments) for node in named(raw, name)]


def step(
    field: GraphQLField,
    nodes: Sequence[FieldNode],
    parent: GraphQLObjectType,
    schema: GraphQLSchema,
) -> Step | None:
    """The step for a field of an operation; None if it has no resolver of its own."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(definition, StrawberryField) and not definition.extensions:
        resolver = definition.base_resolver
        if resolver and not definition.is_subscription and isfunction(resolver.wrapped_func):
            converter = schema.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].schema_converter
            arguments = Arguments(definition, converter)
            return ResolverStep(field, nodes, parent, definition, resolver, arguments)
    return Step(field, nodes, parent) if field.resolve else None
