"""Validates documents, caches the result, and reveals nothing about the schema to outsiders."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.validation.document_limits import (
    DirectiveLimit,
    NumberLimit,
    ShapeLimit,
    ValueLimit,
    size_errors,
)

Validate = Callable[[GraphQLSchema, str], list[GraphQLError]]
Parse = Callable[[str], DocumentNode]

_RULES: tuple[type[ASTValidationRule], ...] = (
    *specified_rules,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)
_LIMITS = (ShapeLimit, ValueLimit, DirectiveLimit, NumberLimit)
"""Checked first, because the other rules can take a second for a large document."""
ERRORS = 20
"""The most errors reported for one document; each may quote a part of it."""


def validation(parse: Parse, *, explorable: bool, remembered: int) -> Validate:
    """A function that validates a document and caches the latest results by the document's text; finding
    them by its syntax tree would require walking it. It raises `GraphQLError` for one that can't be parsed.

    If the schema is not `explorable`, introspection is refused and no error suggests a name.
    """
    rules = _RULES if explorable else (*_RULES, NoSchemaIntrospectionCustomRule)

    @lru_cache(maxsize=remembered)
    def outcome(schema: GraphQLSchema, text: str) -> list[GraphQLError]:
        document = parse(text)
        return (
            size_errors(document)
            or validate(schema, document, _LIMITS, max_errors=ERRORS)
            or validate(schema, document, rules, max_errors=ERRORS, hide_suggestions=not explorable)
        )

    return outcome


class Validation(SchemaExtension):
    """Validates every document with one caching function."""

    def __init__(self, validate_document: Validate) -> None:
        self._validate = validate_document

    def on_validate(self) -> Iterator[None]:
        """Give Strawberry the result, so that it does not validate the document itself."""
        context = self.execution_context
        if context.graphql_document is not None:
            context.pre_execution_errors = self._validate(
                context.schema._schema, context.query or ""
            )
        yield
