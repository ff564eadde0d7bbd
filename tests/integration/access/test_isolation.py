"""For every id of one user, another user gets exactly the same answer as for an id that never existed.

The documents are made from the schema itself: a new field or mutation that takes an id is covered when it is
added, or fails here because no input can be generated for it.
"""

import re

import pytest
from graphql import GraphQLInputField, print_schema

from tests.integration.access.operations import (
    GRAPHQL,
    OPERATIONS,
    document,
    ids_of,
    names_an_id,
    takes_an_id,
)
from tests.integration.conftest import ANNA, BEN, Api

VOLATILE = re.compile(r'\d{4}-\d\d-\d\dT[\d:.]+Z|Viewer\.\w+|"cursor":"[\w-]+"')
WITH_IDS = sorted(filter(takes_an_id, OPERATIONS))


async def ask(api: Api, name: str, user: str, ids: dict[str, str]) -> str:
    """The whole answer of a field for these ids, without the parts that differ between any two calls."""
    operation, variables = document(name, ids)
    response = await api.post(operation, user, **variables)
    assert response.status_code == 200, response.text
    text = VOLATILE.sub("…", response.text)
    for value in sorted(set(ids.values()), key=len, reverse=True):
        text = text.replace(value, "<id>")
    return text


def test_every_kind_of_operation_is_covered() -> None:
    assert {"node", "session", "recordConversation", "createSession", "deleteSession"} <= set(
        WITH_IDS
    )


def test_vectors_are_neither_shown_nor_taken() -> None:
    """A vector could be compared with other users' turns, or reveal the subject of a deleted text."""
    assert re.findall(r"(?i)\w*(?:vector|embedding|similarity)\w*", print_schema(GRAPHQL)) == []


@pytest.mark.parametrize("kind", ["session", "conversation"])
@pytest.mark.parametrize("deleted", [False, True], ids=["live", "in-trash"])
@pytest.mark.parametrize("name", WITH_IDS)
async def test_another_users_id_is_answered_like_one_that_never_existed(
    embedded: Api, name: str, deleted: bool, kind: str
) -> None:
    await embedded.mutate("createSession", "", ANNA, clientId="anna-chat-1")
    await embedded.record("Mine", ANNA, sessionId="Session.anna-chat-1", clientId="anna-turn-1")
    if deleted:
        await embedded.mutate("deleteSession", "", ANNA, sessionId="Session.anna-chat-1")
    theirs = ids_of("anna-chat-1", "anna-turn-1", kind)
    unknown = ids_of("none-chat-1", "none-turn-1", kind)

    assert await ask(embedded, name, BEN, theirs) == await ask(embedded, name, BEN, unknown)

    if deleted:
        await embedded.mutate("restoreSession", "", ANNA, sessionId="Session.anna-chat-1")
    mine = await embedded.call(
        'query { node(id: "Conversation.anna-chat-1.anna-turn-1") { ... on Conversation '
        "{ query response feedback { score } } } }",
        ANNA,
    )
    assert mine["node"] == {"query": "Mine", "response": None, "feedback": None}


# test_notifications.py makes a notification, which takes days, and shows who may dismiss it.
NOT_ANSWERED_OTHERWISE = {"createSession", "recordConversation", "dismissNotification"}


@pytest.mark.parametrize("name", sorted(set(WITH_IDS) - NOT_ANSWERED_OTHERWISE))
async def test_the_owner_of_an_id_is_answered_otherwise(embedded: Api, name: str) -> None:
    await embedded.mutate("createSession", "", ANNA, clientId="anna-chat-1")
    await embedded.record("Mine", ANNA, sessionId="Session.anna-chat-1", clientId="anna-turn-1")
    theirs = ids_of("anna-chat-1", "anna-turn-1", "session")
    unknown = ids_of("none-chat-1", "none-turn-1", "session")
    assert await ask(embedded, name, ANNA, theirs) != await ask(embedded, name, ANNA, unknown)


def test_an_input_field_that_takes_an_id_is_recognised() -> None:
    by_name = {
        "sessionId": GraphQLInputField(GRAPHQL.type_map["ID"]),  # type: ignore[arg-type]
        "clientId": GraphQLInputField(GRAPHQL.type_map["String"]),  # type: ignore[arg-type]
    }
    assert all(names_an_id(name, field) for name, field in by_name.items())
    assert not names_an_id("query", GraphQLInputField(GRAPHQL.type_map["String"]))  # type: ignore[arg-type]
