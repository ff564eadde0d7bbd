"""The limits of one document, and the cost that the answer states."""

import httpx
import pytest

from schema.validation import document_limits, field_weights
from tests.integration.conftest import Api
from tests.integration.protocol.protocol import GRAPHQL, codes, send

FULL = (
    "{ viewer { sessions(first: 100) { nodes { title "
    "conversations(last: 100) { nodes { id query response timestamp } } } } } }"
)


def number(literal: str) -> str:
    return f"mutation {{ createSession(input: {{metadata: {{n: {literal}}}}}) {{ __typename }} }}"


FIELDS = "__typename " * 20
REFUSED = {
    "depth": ("{ viewer " + "{ a" * 15 + "}" * 15 + "}", "depth 16; the limit is 15"),
    "aliases": ("{ " + " ".join(f"a{n}: __typename" for n in range(31)) + "}", "aliases 31"),
    "fields": (
        "{ "
        + "...F " * 20
        + "} fragment F on Query { "
        + " ".join(f"a{n}: __typename" for n in range(26))
        + " }",
        "fields 520; the limit is 500",
    ),
    "selections": ("{ " + "__typename " * 501 + "}", "selections 501; the limit is 500"),
    "aliases of a fragment that is not used": (
        "{ __typename } fragment F on Query {" + "a: __typename " * 31 + "}",
        "The fragment F has aliases 31; the limit is 30",
    ),
    "fields of fragments that are not used": (
        "{ __typename }" + "".join(f"fragment F{n} on Query {{ {FIELDS} }} " for n in range(26)),
        "The document has selections 521; the limit is 500",
    ),
    "definitions": (
        "{ __typename }" + "fragment F on Query { __typename } " * 100,
        "definitions 101; the limit is 100",
    ),
    "one field too often": (
        "{ viewer { id } " + "...F " * 20 + "} fragment F on Query { viewer { id } }",
        "repeats of one field 21; the limit is 20",
    ),
    "values": (number("[" + "1, " * 498 + "1]"), "The document has 501 values"),
    "tokens": ("{ " + "__typename " * 4001 + "}", "more than 4000 tokens"),
    "characters": ("{ __typename } #" + "x" * 100_000, "100000 characters"),
    "directives in one place": (
        "{ __typename " + "@skip(if: false) " * 6 + "}",
        "6 directives in one place; the limit is 5",
    ),
    "directives in all": (
        "{ " + "__typename @skip(if: false) " * 51 + "}",
        "more than 50 directives",
    ),
    "integer": (number("18446744073709551616"), "exceeds 64 bits"),
    "negative integer": (number("-9223372036854775809"), "exceeds 64 bits"),
    "integer of 5,000 digits": (number("9" * 5_000), "exceeds 64 bits"),
    "infinite": (number("1e400"), "a double's range"),
    "cost": (FULL, f"The operation costs 500302; the limit is {field_weights.LIMIT}"),
}


@pytest.mark.parametrize(("document", "says"), REFUSED.values(), ids=REFUSED)
async def test_a_document_over_a_limit_is_refused(embedded: Api, document: str, says: str) -> None:
    response = await send(embedded, document, accept=GRAPHQL)
    assert response.status_code == 400
    assert any(says in error["message"] for error in response.json()["errors"]), response.text


ALLOWED = {
    "integer": number("18446744073709551615"),
    "number": number("1.5e308"),
    "aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(document_limits.ALIASES)) + "}",
    "fields": "{ " + "".join(f"a{n}: viewer {{ {'id ' * 19} }} " for n in range(25)) + "}",
    "repeats": "{ " + "__typename " * document_limits.REPEATS + "}",
    "values": number("[" + "1, " * (document_limits.VALUES - 3) + "1]"),
    "characters": ("{ __typename } #" + "x" * document_limits.CHARACTERS)[
        : document_limits.CHARACTERS
    ],
    "directives": f"{{ {'__typename @skip(if: false) ' * 20} viewer {{ {'id @skip(if: false) ' * 20} }} "
    f"service {{ {'maxSessions @skip(if: false) ' * (document_limits.DIRECTIVES - 40)} }} }}",
}


@pytest.mark.parametrize("document", ALLOWED.values(), ids=ALLOWED)
async def test_a_document_at_a_limit_runs(embedded: Api, document: str) -> None:
    assert (await send(embedded, document, accept=GRAPHQL)).status_code == 200


async def test_the_cost_is_told_with_the_answer(embedded: Api) -> None:
    told = (await send(embedded)).json()["extensions"]
    assert told == {"cost": {"estimated": 2, "limit": field_weights.LIMIT}}


async def test_a_cost_over_the_limit_is_told_with_the_limit(embedded: Api) -> None:
    response = await send(embedded, FULL)
    (error,) = response.json()["errors"]
    assert error["extensions"] == {
        "code": "COST_LIMIT_EXCEEDED",
        "cost": 500302,
        "limit": field_weights.LIMIT,
    }


@pytest.mark.parametrize("page", ["(first: 100)", "(last: $n)"], ids=["literal", "variable"])
async def test_an_operation_asks_for_about_a_thousand_turns_at_most(
    embedded: Api, page: str
) -> None:
    session = (await embedded.record("Hello"))["session"]["id"]

    async def pages(number: int) -> httpx.Response:
        fields = [f"p{n}: conversations{page} {{ nodes {{ query }} }}" for n in range(number)]
        document = f"{{ viewer {{ session(id: $id) {{ {' '.join(fields)} }} }} }}"
        declared = "$id: ID!, $n: Int" if "$n" in page else "$id: ID!"
        return await embedded.post(f"query ({declared}) {document}", id=session, n=100)

    assert (await pages(10)).json()["extensions"]["cost"]["estimated"] < field_weights.LIMIT
    for number in (11, 28):
        assert codes(await pages(number)) == ["COST_LIMIT_EXCEEDED"]


async def test_a_list_with_a_few_turns_of_each_and_one_long_chat_are_cheap(embedded: Api) -> None:
    session = (await embedded.record("Hello"))["session"]["id"]
    turns = "nodes { id query response timestamp answerState }"
    both = (
        "query ($id: ID!) { viewer { "
        f"sessions(first: 20) {{ nodes {{ title conversations(last: 5) {{ {turns} }} }} }} "
        f"session(id: $id) {{ conversations(last: 100) {{ {turns} }} }} }} }}"
    )
    told = (await embedded.post(both, id=session)).json()
    assert "errors" not in told
    assert told["extensions"]["cost"]["estimated"] < field_weights.LIMIT / 3


async def test_the_cost_depends_on_the_variables(embedded: Api) -> None:
    document = (
        "query ($n: Int) { viewer { sessions(first: 100) { nodes { "
        "conversations(last: $n) { nodes { id query response timestamp answerState } } } } } }"
    )
    assert (await embedded.post(document, n=1)).status_code == 200
    assert codes(await embedded.post(document, n=100)) == ["COST_LIMIT_EXCEEDED"]
