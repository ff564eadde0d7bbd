"""Fields: what is known in advance about executing a field that an operation selects."""

from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol, TypeAlias

from graphql import GraphQLObjectType, GraphQLOutputType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from schema.begun_fields import Begin
from schema.execution.plans import Plan
from schema.execution.run import Run
from schema.execution.steps import Step

Data: TypeAlias = dict[str, Any]
"""The fields of an object by their names in the response."""


class Field(Protocol):
    """A field selected on an object of one type."""

    name: str
    """Its name in the response."""
    begin: Begin | None
    """See `Step.begin`."""

    def value(self, run: Run, source: object, above: Path | None) -> Any:
        """The field's value in the response, or a coroutine for it.

        Raises GraphQLError, located in the document, if there is none although the type requires one.
        """


class ObjectSelection(Protocol):
    """Completes the objects that a field has."""

    origin: type | None
    """The class of the objects that it can complete."""

    def complete(
        self, run: Run, source: object, path: Path | None
    ) -> Data | Coroutine[Any, Any, Data]:
        """The selected fields of an object, or a coroutine for them."""


class LeftField:
    """A field that graphql-core executes."""

    begin: Begin | None = None

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


class ReadField(LeftField):
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


class ResolvedField(LeftField):
    """A field that is resolved by a step, and completed by a plan or by a selection if there is one."""

    def __init__(
        self, *args: Any, resolved: Step, plan: Plan | None, selection: ObjectSelection | None
    ) -> None:
        super().__init__(*args)
        self.begin = resolved.begin
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
