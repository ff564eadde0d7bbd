"""Selections: what is known in advance about executing the fields that an operation selects on an object.

A selection does what graphql-core's `execute_fields` and `execute_field` do, in the same order and with the
same errors. What these find out again for every object and request is found out once: which fields there
are, how they are resolved, what their arguments are, and which values can be completed by a plan.
"""

from collections.abc import Coroutine, Sequence
from operator import attrgetter
from typing import Any, cast

from graphql import GraphQLError, GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLSchema
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.execution.fields import Data, Field, LeftField, ReadField, ResolvedField
from schema.execution.plans import Collect, getter, plan
from schema.execution.run import Run
from schema.execution.steps import step
from schema.execution.together import together


class Selection:
    """The fields selected on an object of one type."""

    def __init__(self, kind: GraphQLObjectType, fields: Sequence[Field]) -> None:
        definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        self.origin: type | None = getattr(definition, "origin", None)
        """The class of the type's objects."""
        self._fields = fields
        self._last = [field for field in fields if field.begin is not None]
        """Fields that only wait for what is begun before."""
        self._begins = {field.begin for field in self._last if field.begin is not None}

    async def execute(self, run: Run, root: object) -> Data | None:
        """The data of an operation that selects these fields; None if an error leaves nothing of it."""
        try:
            data = self.complete(run, root, None)
            return data if isinstance(data, dict) else await data
        except GraphQLError as error:
            run.executor.collected_errors.add(error, None)
            return None

    def complete(
        self, run: Run, source: object, path: Path | None
    ) -> Data | Coroutine[Any, Any, Data]:
        """The fields of an object by their names in the response, or a coroutine for them."""
        data: Data = {}
        waiting: list[str] = []
        try:
            for field in self._fields:
                if field.begin is not None:
                    data[field.name] = None  # its place
                    continue
                value = data[field.name] = field.value(run, source, path)
                if hasattr(value, "__await__"):
                    waiting.append(field.name)
        except Exception:
            if waiting:
                run.executor.settle_in_background([data[name] for name in waiting])
            raise
        if waiting or self._last:
            return self._awaited(run, source, path, data, waiting)
        return data

    async def _awaited(
        self, run: Run, source: object, path: Path | None, data: Data, waiting: Sequence[str]
    ) -> Data:
        if len(waiting) > 1:
            # All in tasks: reads that begin in the same round are one request to the store.
            for field in self._last:
                data[field.name] = field.value(run, source, path)
            waiting = [*waiting, *(field.name for field in self._last)]
            values = await together([data[name] for name in waiting])
            data.update(zip(waiting, values, strict=True))
            return data
        for begin in self._begins:
            begin(run.context)
        for name in waiting:
            data[name] = await data[name]
        for field in self._last:
            data[field.name] = await field.value(run, source, path)
        return data


def _field(
    name: str,
    parent: GraphQLObjectType,
    details: FieldDetailsList,
    schema: GraphQLSchema,
    collect: Collect,
) -> Field:
    definition = cast("GraphQLField", schema.get_field(parent, details[0].node.name.value))
    kind = definition.type
    planned = plan(kind, details, collect)
    got = getter(definition)
    if planned is not None and got is not None:
        read = attrgetter(got) if isinstance(got, str) else got
        return ReadField(name, parent, kind, details, read=read, complete=planned)
    resolved = step(definition, [each.node for each in details], parent, schema)
    if resolved is None:
        return LeftField(name, parent, kind, details)
    plain = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    selection = None
    if planned is None and isinstance(plain, GraphQLObjectType):
        selection = select(plain, collect(plain, details), schema, collect)
    return ResolvedField(
        name, parent, kind, details, resolved=resolved, plan=planned, selection=selection
    )


def select(
    kind: GraphQLObjectType, selected: GroupedFieldSet, schema: GraphQLSchema, collect: Collect
) -> Selection:
    """The selection of these fields of a type."""
    fields = [_field(name, kind, details, schema, collect) for name, details in selected.items()]
    return Selection(kind, fields)
