"""Selections: what is known in advance about executing the fields that an operation selects on an object.

A selection does what graphql-core's `execute_fields` and `execute_field` do, in the same order and with the
same errors. What these find out again for every object and request is found out once: which fields there
are, how they are resolved, what their arguments are, and which values can be completed by a plan.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from operator import attrgetter
from typing import Any, Protocol, cast

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.execution.plans import Collect, Plan, getter, plan
from schema.execution.run import Run
from schema.execution.steps import Step, step


class Field(Protocol):
    """A field selected on an object of one type."""

    name: str
    """Its name in the response."""

    def value(self, run: Run, source: object, above: Path | None) -> Any:
        """The field's value in the response, or a coroutine for it.

        Raises GraphQLError, located in the document, if there is none although the type requires one.
        """


class Selection:
    """The fields selected on an object of one type."""

    def __init__(self, kind: GraphQLObjectType, fields: Sequence[Field]) -> None:
        definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        self.origin: type | None = getattr(definition, "origin", None)
        """The class of the type's objects."""
        self._fields = fields

    async def execute(self, run: Run, root: object) -> dict[str, Any] | None:
        """The data of an operation that selects these fields; None if an error leaves nothing of it."""
        try:
            data = self.complete(run, root, None)
            return data if isinstance(data, dict) else await data
        except GraphQLError as error:
            run.executor.collected_errors.add(error, None)
            return None

    def complete(
        self, run: Run, source: object, path: Path | None
    ) -> dict[str, Any] | Coroutine[Any, Any, dict[str, Any]]:
        """The fields of an object by their names in the response, or a coroutine for them."""
        data: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for field in self._fields:
                value = data[field.name] = field.value(run, source, path)
                if hasattr(value, "__await__"):
                    waiting.append(field.name)
        except Exception:
            if waiting:
                run.executor.settle_in_background([data[name] for name in waiting])
            raise
        return _awaited(data, waiting) if waiting else data


async def _awaited(data: dict[str, Any], waiting: Sequence[str]) -> dict[str, Any]:
    if len(waiting) == 1:
        data[waiting[0]] = await data[waiting[0]]
    else:
        values = await _together([data[name] for name in waiting])
        data.update(zip(waiting, values, strict=True))
    return data


async def _together(coroutines: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Their values. If one fails, the others are cancelled, and its error is raised once they have ended: as
    graphql-core's `gather_with_cancel` does, which takes twice as long."""
    start = asyncio.get_running_loop().create_task
    tasks = [start(each) for each in coroutines]
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


class _Field:
    """A field that graphql-core executes."""

    def __init__(
        self,
        name: str,
        parent: GraphQLObjectType,
        kind: GraphQLOutputType,
        details: FieldDetailsList,
    ) -> None:
        self.name = name
        self._parent = parent
        self._kind = kind
        self._details = details

    def value(self, run: Run, source: object, above: Path | None) -> Any:
        """See `Field.value`."""
        path = Path(above, self.name, self._parent.name)
        return run.executor.execute_field(self._parent, source, self._details, path, None)


class _ReadField(_Field):
    """A field that is read from its object, and completed by a plan."""

    def __init__(self, *args: Any, read: Plan, complete: Plan) -> None:
        super().__init__(*args)
        self._read, self._plan = read, complete

    def value(self, run: Run, source: object, above: Path | None) -> Any:
        """See `Field.value`."""
        try:
            return self._plan(self._read(source))
        except Exception:
            return super().value(run, source, above)


class _ResolvedField(_Field):
    """A field that is resolved by a step, and completed by a plan or by a selection if there is one."""

    def __init__(
        self, *args: Any, resolved: Step, plan: Plan | None, selection: Selection | None
    ) -> None:
        super().__init__(*args)
        self._step, self._plan, self._selection = resolved, plan, selection

    def value(self, run: Run, source: object, above: Path | None) -> Any:
        """See `Field.value`."""
        path = Path(above, self.name, self._parent.name)
        try:
            found = self._step.resolve(run, source, path)
            if hasattr(found, "__await__"):
                return self._later(run, path, found, completed=False)
            found = self._completed(run, path, found)
            if hasattr(found, "__await__"):
                return self._later(run, path, found, completed=True)
            return found
        except Exception as error:
            run.executor.handle_field_error(error, self._kind, self._details, path)
            return None

    async def _later(
        self, run: Run, path: Path, awaitable: Awaitable[Any], *, completed: bool
    ) -> Any:
        try:
            found = await awaitable
            if not completed:
                found = self._completed(run, path, found)
                if hasattr(found, "__await__"):
                    found = await found
            return found
        except Exception as error:
            run.executor.handle_field_error(error, self._kind, self._details, path)
            return None

    def _completed(self, run: Run, path: Path, result: object) -> Any:
        if self._selection is not None and type(result) is self._selection.origin:
            return self._selection.complete(run, result, path)
        if self._plan is None:
            return self._left(run, path, result)
        try:
            return self._plan(result)
        except Exception:
            return self._left(run, path, result)

    def _left(self, run: Run, path: Path, result: object) -> Any:
        """What graphql-core makes of a value that does not fit."""
        info = self._step.info(run, path)
        return run.executor.complete_value(self._kind, self._details, info, path, result, None)


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
        return _ReadField(name, parent, kind, details, read=read, complete=planned)
    resolved = step(definition, [each.node for each in details], parent, schema)
    if resolved is None:
        return _Field(name, parent, kind, details)
    plain = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    selection = None
    if planned is None and isinstance(plain, GraphQLObjectType):
        selection = select(plain, collect(plain, details), schema, collect)
    return _ResolvedField(
        name, parent, kind, details, resolved=resolved, plan=planned, selection=selection
    )


def select(
    kind: GraphQLObjectType, selected: GroupedFieldSet, schema: GraphQLSchema, collect: Collect
) -> Selection:
    """The selection of these fields of a type."""
    fields = [_field(name, kind, details, schema, collect) for name, details in selected.items()]
    return Selection(kind, fields)
