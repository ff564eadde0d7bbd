"""The API for clients: the GraphQL schema."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from functools import cache, lru_cache
from time import perf_counter
from typing import Any, TypeAlias

import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, get_operation_ast, parse
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from schema.descriptions import describe_inputs
from schema.execution import PlannedExecutor, PreparedOperation
from schema.mutations import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription
from schema.validation.cost import CostLimit
from schema.validation.document_limits import CHARACTERS, TOKENS
from schema.validation.hidden_names import hide_names, shorten
from schema.validation.validation import Validation, validation

Observe: TypeAlias = Callable[[str, Sequence[GraphQLError], float], None]
"""Called for every operation with its kind, or `none` if that never became known, its errors, and the
seconds it took."""

REMEMBERED = 256
"""How many parsed and validated documents are cached."""


def _parsed(document: str) -> DocumentNode:
    """A document's syntax tree; raises `GraphQLError`."""
    outcome = _parsing(document)
    if isinstance(outcome, GraphQLError):
        raise outcome.with_traceback(None)
    return outcome


@lru_cache(maxsize=REMEMBERED)
def _parsing(document: str) -> DocumentNode | GraphQLError:
    try:
        return parse(document, max_tokens=TOKENS)
    except GraphQLError as error:
        return error


class Observed(SchemaExtension):
    """Reports an operation that is run by Strawberry."""

    def __init__(self, observe: Observe) -> None:
        self._observe = observe

    def on_operation(self) -> Iterator[None]:
        """Time an operation."""
        began = perf_counter()
        yield
        context = self.execution_context
        errors: Sequence[GraphQLError] = context.pre_execution_errors or ()
        if context.result is not None:
            errors = context.result.errors or ()
        kind = "none"
        if context.graphql_document is not None and not context.pre_execution_errors:
            kind = context.operation_type.value.lower()
        self._observe(kind, errors, perf_counter() - began)


class Parsing(SchemaExtension):
    """Refuses a document that is too long or has too many tokens, and caches the syntax trees of others."""

    def on_operation(self) -> Iterator[None]:
        """Check the text of a document."""
        if len(self.execution_context.query or "") > CHARACTERS:
            raise GraphQLError(
                f"The document exceeds {CHARACTERS} characters; send long values as variables."
            )
        yield

    def on_parse(self) -> Iterator[None]:
        """Parse a document, unless its syntax tree is cached."""
        context = self.execution_context
        context.graphql_document = _parsed(context.query or "")
        yield


class OneOperation(SchemaExtension):
    """Refuses a document with several operations if none is named."""

    def on_parse(self) -> Iterator[None]:
        """Check the parsed document."""
        yield
        context = self.execution_context
        if context.graphql_document is None or context._provided_operation_name:
            return
        kinds = [definition.kind for definition in context.graphql_document.definitions]
        if kinds.count("operation_definition") > 1:
            raise GraphQLError("Name the operation to run as operationName: there are several.")


@cache
def _types() -> strawberry.Schema:
    """The types, which are the same for all schemas and take 40 ms to build. Nothing changes them."""
    types = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        execution_context_class=PlannedExecutor,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    describe_inputs(types._schema)
    return types


class Schema(strawberry.Schema):
    """The schema with its limits. Errors are reported by the code that answers the request, because
    messages can contain user text."""

    def __init__(self, *, explorable: bool, observe: Observe) -> None:
        self._explorable = explorable
        self._observe = observe
        self._prepared: OrderedDict[tuple[str, str | None], PreparedOperation] = OrderedDict()
        self._validate = validation(_parsed, explorable=explorable, remembered=REMEMBERED)
        self._checked: OrderedDict[str, None] = OrderedDict()
        vars(self).update(vars(_types()))  # in place of building them again
        self.extensions = (
            lambda: Observed(observe),
            OneOperation,
            Parsing,
            lambda: Validation(self._validate),
            CostLimit,
        )

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: object = None,
        root_value: None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run an operation. If it can't run, the errors name nothing that the caller did not send.

        Strawberry runs it the first time, with every check. Checks whose result can't change are not
        repeated afterwards.
        """
        kinds = allowed_operation_types or OperationType
        prepared = self._prepared.get((query or "", operation_name))
        if prepared is not None and prepared.kind in kinds:
            self._prepared.move_to_end((query or "", operation_name))
            result = await self._run(prepared, variable_values or {}, context_value)
        else:
            result = await super().execute(
                query,
                variable_values,
                context_value,
                operation_name=operation_name,
                allowed_operation_types=kinds,
            )
            if query and not isinstance(result, PreExecutionError):
                self._prepare(query, operation_name)
        self._restrain(result, query, variable_values)
        return result

    def _prepare(self, query: str, name: str | None) -> None:
        """Cache an operation that passed every check."""
        self._prepared[query, name] = PreparedOperation(self._schema, _parsed(query), name)
        if len(self._prepared) > REMEMBERED:
            self._prepared.popitem(last=False)

    async def _run(
        self, prepared: PreparedOperation, given: Mapping[str, Any], context: object
    ) -> ExecutionResult:
        began = perf_counter()
        result = await prepared.run(given, context)
        self._observe(prepared.kind_name, result.errors or (), perf_counter() - began)
        return result

    async def outcomes(
        self, query: str, variable_values: dict[str, Any] | None, **kwargs: Any
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Run an operation that may have several results; other kinds go through `execute`."""
        kind = self.kind(query, kwargs.get("operation_name"))
        kinds = kwargs.get("allowed_operation_types") or OperationType
        if kind in kinds and kind is not OperationType.SUBSCRIPTION:
            yield await self.execute(query, variable_values, **kwargs)
            return
        try:
            async with aclosing(await self.stream(query, variable_values, **kwargs)) as results:
                async for result in results:
                    # Other results come only from @defer and @stream, which this schema does not
                    # have.
                    if isinstance(result, ExecutionResult):
                        self._restrain(result, query, variable_values)
                        yield result
        except GraphQLError as error:  # raised by an extension for the document itself
            refused = PreExecutionError(data=None, errors=[error])
            self._restrain(refused, query, variable_values)
            yield refused

    def _restrain(
        self, result: ExecutionResult, query: str | None, variable_values: dict[str, Any] | None
    ) -> None:
        if not isinstance(result, PreExecutionError):
            return
        errors = result.errors or []
        if not self._explorable:
            hide_names(errors, query, variable_values)
        shorten(errors)

    def kind(self, document: str, name: str | None) -> OperationType | None:
        """The kind of the operation that a name selects in a document; None if it can't run."""
        found = self.operation(document, name)
        return OperationType(found.operation.value) if found else None

    def operation(self, document: str, name: str | None) -> OperationDefinitionNode | None:
        """The operation that a name selects in a document; None if it can't run."""
        if len(document) > CHARACTERS:
            return None
        try:
            return get_operation_ast(_parsed(document), name)
        except GraphQLError:
            return None

    def knows(self, document: str) -> bool:
        """Whether a document is prepared, so that it can be run or refused quickly."""
        return len(document) > CHARACTERS or document in self._checked

    def prepare(self, document: str) -> bool:
        """Parse and validate a document, and cache the outcome. Returns whether it can run."""
        try:
            valid = not self._validate(self._schema, document)
        except GraphQLError:
            valid = False
        self._checked[document] = None
        if len(self._checked) > REMEMBERED:
            self._checked.popitem(last=False)
        return valid

    def faults(self, document: str) -> list[str]:
        """The reasons why a document can't run here; empty if it can."""
        try:
            return [e.message for e in self._validate(self._schema, document)]
        except GraphQLError as error:
            return [error.message]

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing: errors are logged elsewhere."""


def build_schema(
    *, explorable: bool = False, observe: Observe = lambda kind, errors, seconds: None
) -> Schema:
    """The schema that is served; only if it is `explorable` may outsiders read it."""
    return Schema(explorable=explorable, observe=observe)


__all__ = ["Schema", "build_schema"]
