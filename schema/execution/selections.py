"""Selections: what is known in advance about executing the fields that an operation selects on an object.

A selection does what graphql-core's `execute_fields` and `execute_field` do, in the same order and with the
same errors. What these find out again for every object and request is found out once: which fields there
are, how they are resolved, what their arguments are, and which values can be completed by a plan.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any, TypeAlias, cast

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.executor import Executor
from graphql.pyutils import Path
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.execution.plans import Collect, Plan, getter, plan
from schema.execution.steps import Step, step

Run: TypeAlias = Executor[Any]
"""The execution of one request."""


class Selection:
    """The fields selected on an object of one type."""

    def __init__(self, kind: GraphQLObjectType, fields: Sequence["Field"]) -> None:
        definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        self.origin: type | None = getattr(definition, "origin", None)
        """The class of the type's objects."""
        self._fields = fields

    def complete(self, run: Run, source: object, path: Path | None) -> Any:
        """The fields of an object by their names in the response, or an awaitable for them."""
        data: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for field in self._fields:
                value = data[field.name] = field.value(run, source, path)
                if run.is_awaitable(value):
                    waiting.append(field.name)
        except Exception:
            if waiting:
                run.settle_in_background([data[name] for name in waiting])
            raise
        return _awaited(data, waiting) if waiting else data


async def _awaited(data: dict[str, Any], waiting: Sequence[str]) -> dict[str, Any]:
    if len(waiting) == 1:
        data[waiting[0]] = await data[waiting[0]]
    else:
        values = await _together([data[name] for name in waiting])
        data.update(zip(waiting, values, strict=True))
    return data


async def _together(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    """Their values. If one fails, the others are cancelled, and its error is raised once they have ended: as
    graphql-core's `gather_with_cancel` does, which takes twice as long."""
    tasks = [asyncio.ensure_future(each) for each in awaitables]
    failed: list[BaseException] = []

    def ended(task: asyncio.Future[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not failed:
            failed.append(error)
            for other in tasks:
                other.cancel()

    for task in tasks:
        task.add_done_callback(ended)
    try:
        return [await task for task in tasks]
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if failed:
            raise failed[0] from None
        raise


class Field:
    """A field selected on an object of one type."""

    def __init__(
        self,
        name: str,
        parent: GraphQLObjectType,
        field: GraphQLField,
        details: FieldDetailsList,
        schema: GraphQLSchema,
        collect: Collect,
    ) -> None:
        self.name = name
        self._parent = parent
        self._field = field
        self._kind: GraphQLOutputType = field.type
        self._details = details
        self._nodes = [each.node for each in details]
        self._plan = plan(field.type, details, collect)
        self._read: Plan | None = None
        self._step: Step | None = None
        self._selection: Selection | None = None
        got = getter(field)
        if self._plan is not None and got is not None:
            self._read = attrgetter(got) if isinstance(got, str) else got
        else:
            self._step = step(field, self._nodes, schema)
            kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
            if self._plan is None and isinstance(kind, GraphQLObjectType):
                self._selection = select(kind, collect(kind, details), schema, collect)

    def value(self, run: Run, source: object, above: Path | None) -> Any:
        """The field's value in the response, or an awaitable for it.

        Raises GraphQLError, located in the document, if there is none although the type requires one.
        """
        if self._read is not None and self._plan is not None:
            with suppress(Exception):
                return self._plan(self._read(source))
        path = Path(above, self.name, self._parent.name)
        if self._step is None:
            return run.execute_field(self._parent, source, self._details, path, None)
        info = run.build_resolve_info(self._field, self._nodes, self._parent, path)
        try:
            result = self._step.resolve(source, info, run.variable_values)
            if run.is_awaitable(result):
                return self._resolved(run, info, path, result)
            completed = self._complete(run, info, path, result)
            return (
                self._completed(run, path, completed) if run.is_awaitable(completed) else completed
            )
        except Exception as error:
            run.handle_field_error(error, self._kind, self._details, path)
            return None

    def _complete(self, run: Run, info: GraphQLResolveInfo[Any], path: Path, result: object) -> Any:
        if self._plan is not None:
            with suppress(Exception):
                return self._plan(result)
        if self._selection is not None and type(result) is self._selection.origin:
            return self._selection.complete(run, result, path)
        return run.complete_value(self._kind, self._details, info, path, result, None)

    async def _resolved(
        self, run: Run, info: GraphQLResolveInfo[Any], path: Path, result: Awaitable[object]
    ) -> Any:
        try:
            completed = self._complete(run, info, path, await result)
            return await completed if run.is_awaitable(completed) else completed
        except Exception as error:
            run.handle_field_error(error, self._kind, self._details, path)
            return None

    async def _completed(self, run: Run, path: Path, value: Awaitable[object]) -> Any:
        try:
            return await value
        except Exception as error:
            run.handle_field_error(error, self._kind, self._details, path)
            return None


def select(
    kind: GraphQLObjectType, selected: GroupedFieldSet, schema: GraphQLSchema, collect: Collect
) -> Selection:
    """The selection of these fields of a type."""
    fields: list[Field] = []
    for name, details in selected.items():
        field = cast("GraphQLField", schema.get_field(kind, details[0].node.name.value))
        fields.append(Field(name, kind, field, details, schema, collect))
    return Selection(kind, fields)
