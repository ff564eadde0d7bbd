"""For every id of one user, another gets exactly what an id that never existed gets.

The documents are made from the schema itself: a new field or mutation that takes an id is covered the
day it is added, or fails here because no input can be made for it.
"""

import re
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from schema import build_schema
from tests.integration.conftest import ANNA, BEN, Api

GRAPHQL = build_schema()._schema
VOLATILE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00|Viewer\.\w+")
SAMPLES: dict[str, Any] = {"String": "text", "Int": 1, "Boolean": True, "JSON": {}}


def selection(kind: Any, depth: int = 4) -> str:
    """Everything that can be selected below a type without an argument."""
    kind = get_named_type(kind)
    if is_leaf_type(kind):
        return ""
    if isinstance(kind, GraphQLInterfaceType):
        concrete = GRAPHQL.get_possible_types(kind)
        parts = [f"... on {t.name} {selection(t, depth)}" for t in concrete]
        return f"{{ __typename {' '.join(parts)} }}"
    parts = [
        f"{name} {selection(field.type, depth - 1)}"
        for name, field in kind.fields.items()
        if not any(is_required_argument(arg) for arg in field.args.values())
        and (is_leaf_type(get_named_type(field.type)) or depth > 0)
    ]
    return f"{{ {' '.join(parts)} }}"


def sample(kind: Any, ids: dict[str, str], name: str) -> Any:
    """A valid value of an input type; ids are taken by the name of their field."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type, ids, name)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, ids, name)]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            key: sample(field.type, ids, key)
            for key, field in kind.fields.items()
            if is_required_input_field(field) or names_an_id(key, field)
        }
    if is_enum_type(kind):
        return next(iter(kind.values))
    if kind.name == "ID" or names_an_id(name, kind):
        return ids[name if kind.name == "ID" else f"raw {name}"]
    return SAMPLES[kind.name]


def names_an_id(name: str, kind: Any) -> bool:
    """Whether a field takes an id, global or made by the client."""
    type_name = get_named_type(getattr(kind, "type", kind)).name
    return type_name == "ID" or (
        type_name == "String" and re.search(r"(^id|Ids?)$", name) is not None
    )


def operations() -> dict[str, tuple[str, GraphQLField]]:
    """Each field of the schema that takes an id, with the operation it can be reached by."""
    roots = {
        "query {{ {} }}": GRAPHQL.query_type,
        "query {{ viewer {{ {} }} }}": GRAPHQL.type_map["Viewer"],
        "mutation {{ {} }}": GRAPHQL.mutation_type,
    }
    found: dict[str, tuple[str, GraphQLField]] = {}
    for template, root in roots.items():
        assert isinstance(root, GraphQLObjectType)
        for name, field in root.fields.items():
            if any(mentions_id(key, arg) for key, arg in field.args.items()):
                found[name] = (template, field)
    return found


def mentions_id(name: str, argument: Any) -> bool:
    kind = get_named_type(argument.type)
    if isinstance(kind, GraphQLInputObjectType):
        return any(mentions_id(key, field) for key, field in kind.fields.items())
    return names_an_id(name, argument)


OPERATIONS = operations()


async def ask(api: Api, name: str, user: str, ids: dict[str, str]) -> str:
    """The whole answer of a field to these ids, without what differs between any two calls."""
    template, field = OPERATIONS[name]
    variables = {
        key: sample(arg.type, ids, key) for key, arg in field.args.items() if mentions_id(key, arg)
    }
    declared = ", ".join(f"${key}: {field.args[key].type}" for key in variables)
    given = ", ".join(f"{key}: ${key}" for key in variables)
    body = template.format(f"{name}({given}) {selection(field.type)}")
    document = body.replace(" {", f" ({declared}) {{", 1)
    response = await api.post(document, user, **variables)
    assert response.status_code == 200, response.text
    text = VOLATILE.sub("…", response.text)
    for value in sorted(set(ids.values()), key=len, reverse=True):
        text = text.replace(value, "<id>")
    return text


def ids_of(session: str, conversation: str, kind: str) -> dict[str, str]:
    global_session = f"Session.{session}"
    return {
        "sessionId": global_session,
        "conversationId": f"Conversation.{session}.{conversation}",
        "id": global_session if kind == "session" else f"Conversation.{session}.{conversation}",
        "raw sessionId": session,
        "raw conversationId": conversation,
    }


def test_every_kind_of_operation_is_covered() -> None:
    assert {"node", "session", "recordConversation", "createSession", "deleteSession"} <= set(
        OPERATIONS
    )


@pytest.mark.parametrize("kind", ["session", "conversation"])
@pytest.mark.parametrize("deleted", [False, True], ids=["live", "in-trash"])
@pytest.mark.parametrize("name", OPERATIONS)
async def test_another_users_id_is_answered_like_one_that_never_existed(
    embedded: Api, name: str, deleted: bool, kind: str
) -> None:
    await embedded.mutate("createSession", "", ANNA, sessionId="anna-chat-1")
    await embedded.record(
        "Mine", ANNA, sessionId="Session.anna-chat-1", conversationId="anna-turn-1"
    )
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


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"createSession", "recordConversation"}))
async def test_the_owner_of_an_id_is_answered_otherwise(embedded: Api, name: str) -> None:
    await embedded.mutate("createSession", "", ANNA, sessionId="anna-chat-1")
    await embedded.record(
        "Mine", ANNA, sessionId="Session.anna-chat-1", conversationId="anna-turn-1"
    )
    theirs = ids_of("anna-chat-1", "anna-turn-1", "session")
    unknown = ids_of("none-chat-1", "none-turn-1", "session")
    assert await ask(embedded, name, ANNA, theirs) != await ask(embedded, name, ANNA, unknown)


def test_an_input_field_that_takes_an_id_is_recognised() -> None:
    by_name = {
        "sessionId": GraphQLInputField(GRAPHQL.type_map["ID"]),  # type: ignore[arg-type]
        "conversationId": GraphQLInputField(GRAPHQL.type_map["String"]),  # type: ignore[arg-type]
    }
    assert all(names_an_id(name, field) for name, field in by_name.items())
    assert not names_an_id("query", GraphQLInputField(GRAPHQL.type_map["String"]))  # type: ignore[arg-type]
