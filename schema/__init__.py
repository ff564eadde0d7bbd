"""What clients see: the GraphQL schema."""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from functools import lru_cache
from typing import Any, TypeAlias

import strawberry
from graphql import DocumentNode, GraphQLError, get_operation_ast, parse
from strawberry.extensions import ParserCache, SchemaExtension
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from schema.descriptions import describe_inputs
from schema.mutations import Mutation
from schema.query import Query
from schema.subscription import Subscription
from schema.validation.cost import CostLimit
from schema.validation.document_limits import CHARACTERS, TOKENS
from schema.validation.hidden_names import hide_names, shorten
from schema.validation.validation import Validation, validation

Observer: TypeAlias = Callable[[], SchemaExtension]

REMEMBERED = 256
"""Documents whose parsed form and validation are remembered."""


@lru_cache(maxsize=REMEMBERED)
def _parsed(document: str) -> DocumentNode:
    return parse(document, max_tokens=TOKENS)


class DocumentSize(SchemaExtension):
    """Refuses a document that is too long, and stops parsing one with too many tokens."""

    def on_operation(self) -> Iterator[None]:
        """Check the text of a document."""
        context = self.execution_context
        if len(context.query or "") > CHARACTERS:
            raise GraphQLError(
                f"The document exceeds {CHARACTERS} characters; send long values as variables."
            )
        context.parse_options["max_tokens"] = TOKENS
        yield


class OneOperation(SchemaExtension):
    """Refuses to guess which of several operations is meant."""

    def on_parse(self) -> Iterator[None]:
        """Check the parsed document."""
        yield
        context = self.execution_context
        if context.graphql_document is None or context._provided_operation_name:
            return
        kinds = [definition.kind for definition in context.graphql_document.definitions]
        if kinds.count("operation_definition") > 1:
            raise GraphQLError("Name the operation to run as operationName: there are several.")


class Schema(strawberry.Schema):
    """The schema with its limits. Errors are reported by whoever answers the request, because a
    message can hold what the user wrote."""

    def __init__(self, *, explorable: bool, observers: Sequence[Observer]) -> None:
        self._explorable = explorable
        self._validate = validation(explorable=explorable, remembered=REMEMBERED)
        super().__init__(
            query=Query,
            mutation=Mutation,
            subscription=Subscription,
            extensions=[
                *observers,
                OneOperation,
                DocumentSize,
                lambda: ParserCache(maxsize=REMEMBERED),
                lambda: Validation(self._validate),
                CostLimit,
            ],
        )
        describe_inputs(self._schema)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> ExecutionResult:
        """Run an operation; where it can't run, tell a stranger no name that they did not send."""
        result = await super().execute(query, variable_values, *args, **kwargs)
        self._restrain(result, query, variable_values)
        return result

    async def outcomes(
        self, query: str, variable_values: dict[str, Any] | None, **kwargs: Any
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Run an operation whose results come one after the other; `execute` in all else."""
        try:
            async with aclosing(await self.stream(query, variable_values, **kwargs)) as results:
                async for result in results:
                    # Others come of @defer and @stream alone, which this schema does not have.
                    if isinstance(result, ExecutionResult):
                        self._restrain(result, query, variable_values)
                        yield result
        except GraphQLError as error:  # what an extension finds wrong with the document itself
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
        """The kind of the operation that a document means by a name; None where it can't run."""
        if len(document) > CHARACTERS:
            return None
        try:
            found = get_operation_ast(_parsed(document), name)
        except GraphQLError:
            return None
        return OperationType(found.operation.value) if found else None

    def faults(self, document: str) -> list[str]:
        """Why a document can't run here; empty if it can."""
        try:
            return [e.message for e in self._validate(self._schema, parse(document))]
        except GraphQLError as error:
            return [error.message]

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here."""


def build_schema(*, explorable: bool = False, observers: Sequence[Observer] = ()) -> Schema:
    """The schema that is served; strangers may read it only where it is `explorable`. `observers`
    make extensions that watch every operation."""
    return Schema(explorable=explorable, observers=observers)


__all__ = ["Schema", "build_schema"]
