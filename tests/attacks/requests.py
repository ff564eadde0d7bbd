"""Requests that once stopped a process for everybody, by name, each with its expected answer."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

DELETE = (
    "mutation ($input: SessionsInput!) { deleteSessions(input: $input) { userErrors { message } } }"
)
CREATE = "mutation ($input: CreateSessionInput!) { createSession(input: $input) { userErrors { message } } }"
SEARCH = "query ($query: String!) { viewer { searchConversations(query: $query) { complete } } }"
PAGE = "query ($after: String) { viewer { sessions(after: $after) { totalCount } } }"
NODE = "query ($id: ID!) { node(id: $id) { id } }"
BODY = 5 * 1024 * 1024 - 1000
MARKS = "\u0315\u0300"
"""Two combining marks that normalisation must swap wherever they occur."""


class Attack(NamedTuple):
    """A request's body, and a text that its answer must contain."""

    body: Callable[[], bytes]
    answer: str


def graphql(document: str, **variables: Any) -> bytes:
    """The body of a GraphQL request."""
    request = {"query": document, "variables": variables}
    return json.dumps(request, ensure_ascii=False).encode()


def spliced(document: str, variables: str) -> bytes:
    """The same, with the variables as JSON text, because they would be large as objects."""
    return f'{{"query": {json.dumps(document)}, "variables": {variables}}}'.encode()


def repeated(part: str, size: int = BODY) -> str:
    return ",".join([part] * (size // (len(part) + 1)))


def unknown_fields(number: int) -> dict[str, int]:
    return {f"field{n}": n for n in range(number)}


TOO_MANY_VALUES = "more than 100000 values"
ATTACKS = {
    "unknown input fields, 44 KB": Attack(
        lambda: graphql(DELETE, input=unknown_fields(900)), "Execution aborted"
    ),
    "unknown input fields, 88 KB": Attack(
        lambda: graphql(DELETE, input=unknown_fields(6_000)), "the limit is 1000"
    ),
    "unknown input fields, 5 MB": Attack(
        lambda: spliced(
            DELETE, '{"input": {' + ",".join(f'"f{n}":{n}' for n in range(300_000)) + "}}"
        ),
        TOO_MANY_VALUES,
    ),
    "1.7 million objects as ids": Attack(
        lambda: spliced(DELETE, f'{{"input": {{"sessionIds": [{repeated("{}")}]}}}}'),
        TOO_MANY_VALUES,
    ),
    "40,000 objects as ids": Attack(
        lambda: graphql(DELETE, input={"sessionIds": [{}] * 40_000}), "the limit is 1000"
    ),
    "1,000 objects as ids": Attack(
        lambda: graphql(DELETE, input={"sessionIds": [{}] * 1_000}), "Execution aborted"
    ),
    "half a million ids": Attack(
        lambda: spliced(DELETE, f'{{"input": {{"sessionIds": [{repeated(chr(34) * 2)}]}}}}'),
        TOO_MANY_VALUES,
    ),
    "ninety thousand tags": Attack(
        lambda: graphql(CREATE, input={"tags": ["x"] * 90_000}), "the limit is 1000"
    ),
    "lists in lists": Attack(
        lambda: spliced(DELETE, f'{{"input": {{"sessionIds": {"[" * 1000}{"]" * 1000}}}}}'),
        "errors",
    ),
    "metadata of many values": Attack(
        lambda: graphql(CREATE, input={"metadata": {"a": [{}] * 40_000}}), "the limit is 16384"
    ),
    "an id of 5 MB of dots": Attack(lambda: graphql(NODE, id="." * BODY), "the limit is 1000"),
    "a cursor of 3 MB": Attack(
        lambda: graphql(PAGE, after="W" + "zAs" * 1_000_000), "not a cursor of this list"
    ),
    "a document of 5 MB": Attack(lambda: graphql("{ a " * (BODY // 4)), "100000 characters"),
    "980 aliases in an unused fragment": Attack(
        lambda: graphql(
            "{ viewer { id } } fragment F on Viewer {"
            + "".join(f"a{n}: id " for n in range(980))
            + "}"
        ),
        "the limit is 500",
    ),
    "3,900 fields in an unused fragment": Attack(
        lambda: graphql("{ viewer { id } } fragment F on Viewer {" + "id " * 3_900 + "}"),
        "the limit is 500",
    ),
    "400 fragments": Attack(
        lambda: graphql(
            "{ viewer {"
            + " ".join(f"...F{n}" for n in range(250))
            + "} }"
            + "".join(f" fragment F{n} on Viewer {{ id }}" for n in range(400))
        ),
        "the limit is 100",
    ),
    "one field 240 times": Attack(
        lambda: graphql("{ viewer { " + "sessions(first: 1) { __typename } " * 240 + "} }"),
        "the limit is 20",
    ),
    "an object of 1,200 fields in the document": Attack(
        lambda: graphql(
            "mutation { createSession(input: {"
            + " ".join(f"a{n}: 1" for n in range(1_200))
            + "}) { __typename } }"
        ),
        "the limit is 500",
    ),
    "448 KB of suggestions": Attack(
        lambda: graphql(CREATE, input={"title": "a", " Did you mean x" * 30_000: 1}), "errors"
    ),
    "448 KB of suggestions as an operation's name": Attack(
        lambda: json.dumps(
            {"query": "{ viewer { id } }", "operationName": " Did you mean x?" * 30_000}
        ).encode(),
        "operationName",
    ),
    "a search for 2 MB of combining marks": Attack(
        lambda: graphql(SEARCH, query="a" + MARKS * 500_000), "1 to 200 characters"
    ),
    "a title of 2 MB of combining marks": Attack(
        lambda: graphql(CREATE, input={"title": "a" + MARKS * 500_000}), "1 to 200 characters"
    ),
}
