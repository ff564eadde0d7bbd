"""What clients see: the GraphQL schema."""

from collections.abc import Iterator

import strawberry
from graphql import GraphQLError
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)
from strawberry.types import ExecutionContext

from schema.limits import TOKENS, ShapeLimit
from schema.mutations import Mutation
from schema.query import Query


class OneOperation(SchemaExtension):
    """Refuses to guess which of several operations is meant."""

    def on_parse(self) -> Iterator[None]:
        """Check the parsed document."""
        yield
        context = self.execution_context
        if context.graphql_document is None or context.provided_operation_name:
            return
        kinds = [definition.kind for definition in context.graphql_document.definitions]
        if kinds.count("operation_definition") > 1:
            raise GraphQLError("Name the operation to run as operationName: there are several.")


class Schema(strawberry.Schema):
    """The schema with its limits. Errors are reported by whoever answers the request, because a
    message can hold what the user wrote."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here."""


def build_schema() -> Schema:
    """The schema that is served."""
    return Schema(
        query=Query,
        mutation=Mutation,
        extensions=[
            OneOperation,
            lambda: MaxTokensLimiter(TOKENS),
            lambda: AddValidationRules([ShapeLimit]),
            lambda: ParserCache(maxsize=256),
            lambda: ValidationCache(maxsize=256),
        ],
    )


__all__ = ["Schema", "build_schema"]
