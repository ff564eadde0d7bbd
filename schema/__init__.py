"""What clients see: the GraphQL schema."""

import strawberry
from graphql import GraphQLError
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    ValidationCache,
)
from strawberry.types import ExecutionContext

from schema.limits import TOKENS, ShapeLimit
from schema.mutations import Mutation
from schema.query import Query


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
            lambda: MaxTokensLimiter(TOKENS),
            lambda: AddValidationRules([ShapeLimit]),
            lambda: ParserCache(maxsize=256),
            lambda: ValidationCache(maxsize=256),
        ],
    )


__all__ = ["Schema", "build_schema"]
