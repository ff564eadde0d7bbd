"""A repeated document is answered as it was the first time, even if it is refused."""

from typing import Any

import pytest
from strawberry.types.graphql import OperationType

from resolvers.context import Viewer
from schema import Schema, build_schema
from tests.integration.access.operations import GRAPHQL, selection
from tests.integration.conftest import Api

PAGE = selection(GRAPHQL.type_map["SessionConnection"])
EVERYTHING = f"query ($first: Int) {{ viewer {{ sessions(first: $first) {PAGE} }} }}"
TURNS = (
    "query ($id: ID!, $last: Int = 3, $full: Boolean!) { viewer { session(id: $id) { id "
    "...T @include(if: $full) } } } fragment T on Session { conversations(last: $last) { totalCount "
    "edges { cursor node { id query feedback { score } } } } }"
)
NAMED = "query A { viewer { id } } query B { viewer { email } }"
PREFERENCES = (
    "mutation ($input: UpdatePreferencesInput!) { updatePreferences(input: $input) {"
    " preferences { responseStyle } userErrors { code field } } }"
)
LARGE = (
    "{ viewer { sessions(first: 100) { nodes { conversations(first: 100) { nodes { id } } } } } }"
)
CASES: dict[str, tuple[str, str | None, list[dict[str, Any]]]] = {
    "everything": (EVERYTHING, None, [{"first": 2}, {"first": 1}, {}]),
    "conditions": (TURNS, None, [{"full": True}, {"full": False}, {"full": True, "last": 1}]),
    "bad variables": (TURNS, None, [{"full": True}, {"full": "yes"}, {"full": True, "last": "1"}]),
    "costs": (
        "query ($n: Int!) { viewer { sessions(first: $n) { nodes { conversations(first: $n) {"
        " nodes { id query response } } } } } }",
        None,
        [{"n": 2}, {"n": 100}, {"n": 3}, {"n": None}],
    ),
    "out of range": (
        "query ($n: Int) { viewer { trash(first: $n) { totalCount } } }",
        None,
        [{"n": 5}, {"n": 101}],
    ),
    "one of two": (NAMED, "B", [{}]),
    "no name": (NAMED, None, [{}]),
    "too costly": (LARGE, None, [{}]),
    "invalid": ("{ viewer { nothing } }", None, [{}]),
    "mutation": (
        PREFERENCES,
        None,
        [{"input": {"preferences": {"responseStyle": "CONCISE"}}}, {"input": {}}],
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("streamed", [False, True], ids=["alone", "in a stream"])
async def test_it_is_answered_as_it_was_the_first_time(
    embedded: Api, name: str, streamed: bool
) -> None:
    opened = await embedded.record("one")
    await embedded.record("two", sessionId=opened["session"]["id"])
    viewer: Viewer = await embedded.services.authenticator.authenticate(
        {"x-recollect-dev-user": "anna@example.com"}
    )
    document, operation, given = CASES[name]
    again = build_schema()
    for variables in [*given, *given]:
        if "$id" in document:
            variables = {"id": opened["session"]["id"], **variables}

        async def answer(
            schema: Schema, *, streamed: bool = False, variables: dict[str, Any] = variables
        ) -> Any:
            run: dict[str, Any] = {
                "context_value": embedded.services.context(viewer),
                "operation_name": operation,
                "allowed_operation_types": {OperationType.QUERY, OperationType.MUTATION},
            }
            if streamed:
                (result,) = [each async for each in schema.outcomes(document, variables, **run)]
            else:
                result = await schema.execute(document, variables, **run)
            errors = [error.formatted for error in result.errors or ()]
            return type(result), result.data, errors, result.extensions or {}

        assert await answer(again, streamed=streamed) == await answer(build_schema())
