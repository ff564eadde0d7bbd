"""A stranger learns nothing of the schema: no introspection, and no name that they did not send."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_introspection_query,
)

from schema import build_schema
from tests.integration.conftest import Api
from tests.integration.protocol.protocol import codes, for_strangers, send

pytestmark = pytest.mark.usefixtures("no_pauses")
SCHEMA = build_schema()._schema
TYPES = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}


@pytest.fixture
async def strange(tmp_path: Path) -> AsyncIterator[Api]:
    async with for_strangers(tmp_path, rate_limit=0) as (api, _):
        yield api


def probes() -> Iterator[str]:
    """Documents with every name of the schema misspelt by one letter, where that name could stand, and
    documents that lack what a field requires."""
    for name, kind in TYPES.items():
        yield f"query ($x: {name}x) {{ __typename }}"
        yield f"{{ ... on {name}x {{ id }} }}"
        yield f"query ($x: {name} = 1) {{ __typename }}"
        yield f"query ($x: {name} = {{}}) {{ __typename }}"
        if isinstance(kind, GraphQLObjectType):
            for field, definition in kind.fields.items():
                yield f"fragment F on {name} {{ {field}x }} {{ ...F }}"
                yield f"fragment F on {name} {{ {field} }} {{ ...F }}"
                yield f"fragment F on {name} {{ {field} {{ x }} }} {{ ...F }}"
                for argument in definition.args:
                    yield f"fragment F on {name} {{ {field}({argument}x: 1) }} {{ ...F }}"
                    yield f"fragment F on {name} {{ {field}({argument}: {{}}) }} {{ ...F }}"
        if isinstance(kind, GraphQLEnumType):
            for value in kind.values:
                yield f"query ($x: {name} = {value}x) {{ __typename }}"
        if isinstance(kind, GraphQLInputObjectType):
            for field in kind.fields:
                yield f"query ($x: {name} = {{{field}x: 1}}) {{ __typename }}"
                yield f"query ($x: {name} = {{{field}: 1.5}}) {{ __typename }}"
    yield "{ __typename @skipp(if: true) }"
    yield "{ __typename @skip(iff: true) }"


def quoted_words(response: httpx.Response) -> set[str]:
    """The quoted words of an answer's messages; names are always quoted."""
    messages = " ".join(error["message"] for error in response.json().get("errors", ()))
    assert "did you mean" not in messages.lower()
    return {word for part in re.findall(r"'([^']*)'", messages) for word in part.split()}


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


async def test_no_error_tells_a_name_that_the_caller_did_not_send(strange: Api) -> None:
    refused = 0
    for document in probes():
        response = await send(strange, document)
        refused += response.status_code == 400
        told = quoted_words(response) - {"…"}
        assert words(" ".join(told)) <= words(document), (document, response.text)
    assert refused > 500


VARIABLES = {
    "enum": ("ResponseStyle", "CONCIS"),
    "input field": ("PreferencesInput", {"responseStyl": 1}),
    "field inside": ("[PreferencesInput]", [{"uiSettings": {"them": "DARK"}}]),
    "enum inside": ("PreferencesInput", {"uiSettings": {"theme": "DAR"}}),
    "required field": ("RecordConversationInput", {}),
}


@pytest.mark.parametrize(("kind", "given"), VARIABLES.values(), ids=VARIABLES)
async def test_no_error_about_a_variable_does_either(
    strange: Api, kind: str, given: object
) -> None:
    document = f"query ($p: {kind}) {{ __typename }}"
    response = await strange.http.post(
        "/graphql", json={"query": document, "variables": {"p": given}}
    )
    assert response.status_code == 400
    told = words(" ".join(quoted_words(response) - {"…"}))
    assert told <= words(f"{document} {given}")


@pytest.mark.parametrize("depth", [900, 1010, 1020])
async def test_variables_that_are_nested_too_deeply_are_refused_as_any(
    strange: Api, depth: int
) -> None:
    nested = '{"a":' * depth + "1" + "}" * depth
    body = f'{{"query": "query ($p: JSON) {{ viewe }}", "variables": {{"p": {nested}}}}}'
    response = await strange.http.post(
        "/graphql", content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 400
    assert set(codes(response)) == {"GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    "document",
    [
        get_introspection_query(),
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Viewer") { name } }',
        "{ ...F } fragment F on Query { a: __schema { description } }",
    ],
)
async def test_strangers_can_not_introspect(strange: Api, document: str) -> None:
    response = await send(strange, document)
    assert set(codes(response)) == {"GRAPHQL_VALIDATION_FAILED"}
    assert "introspection" in response.text
    assert (await send(strange, "{ viewer { __typename } }")).status_code == 200


async def test_strangers_get_no_graphiql(strange: Api) -> None:
    response = await strange.http.get("/graphql", headers={"Accept": "text/html"})
    assert response.status_code == 406


async def test_a_developer_can_introspect_and_gets_suggestions(embedded: Api) -> None:
    schema = (await send(embedded, get_introspection_query())).json()["data"]["__schema"]
    assert {kind["name"] for kind in schema["types"]} >= TYPES.keys()
    assert "Did you mean 'viewer'" in (await send(embedded, "{ viewe }")).text
