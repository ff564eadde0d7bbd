"""Operations made from the schema itself, so that a new field is covered the day it is added."""

import re
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from schema import build_schema

GRAPHQL = build_schema()._schema
SAMPLES: dict[str, Any] = {"String": "text", "Int": 1, "Boolean": True, "JSON": {}}
SAMPLES["DateTime"] = "2026-01-01T00:00:00Z"


def selection(kind: Any, depth: int = 4, listed: bool = False) -> str:
    """Everything that can be selected below a type without an argument.

    Below a list, pages are left out: a page of pages costs more than an operation may. Only plain fields of a
    payload's viewer are selected: each of its other fields is a separate operation.
    """
    listed = listed or isinstance(get_nullable_type(kind), GraphQLList)
    kind = get_named_type(kind)
    if is_leaf_type(kind):
        return ""
    if isinstance(kind, GraphQLInterfaceType):
        concrete = GRAPHQL.get_possible_types(kind)
        parts = [f"... on {t.name} {selection(t, depth, listed)}" for t in concrete]
        return f"{{ __typename {' '.join(parts)} }}"
    parts = [
        f"{name} {selection(field.type, depth_of(field, depth), listed)}"
        for name, field in kind.fields.items()
        if not any(is_required_argument(arg) for arg in field.args.values())
        and (is_leaf_type(get_named_type(field.type)) or depth > 0)
        and not (listed and "first" in field.args)
    ]
    return f"{{ {' '.join(parts)} }}"


def depth_of(field: GraphQLField, depth: int) -> int:
    """The depth to select below a field of an object that is selected to `depth`."""
    return 0 if get_named_type(field.type).name == "Viewer" else depth - 1


def sample(kind: Any, ids: dict[str, str], name: str) -> Any:
    """A valid value of an input type; ids are chosen by the name of their field. If only one of several
    fields can be given, it is the first."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type, ids, name)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, ids, name)]
    if isinstance(kind, GraphQLInputObjectType):
        wanted = [
            key
            for key, field in kind.fields.items()
            if is_required_input_field(field) or mentions_id(key, field)
        ]
        given = wanted[:1] if kind.extensions["strawberry-definition"].is_one_of else wanted
        return {key: sample(kind.fields[key].type, ids, key) for key in given}
    if is_enum_type(kind):
        return next(iter(kind.values))
    if kind.name == "ID" or names_an_id(name, kind):
        return ids[name.removesuffix("s") if kind.name == "ID" else f"raw {name}"]
    return SAMPLES[kind.name]


def names_an_id(name: str, kind: Any) -> bool:
    """Whether a field takes an id, either global or chosen by the client."""
    type_name = get_named_type(getattr(kind, "type", kind)).name
    return type_name == "ID" or (
        type_name == "String" and re.search(r"(^id|Ids?)$", name) is not None
    )


def operations() -> dict[str, tuple[str, GraphQLField]]:
    """Each field of the queries, the viewer and the mutations, with the operation that reaches it. If both
    Query and Viewer have a field, the viewer's is named with its type."""
    roots = {
        "query {{ {} }}": GRAPHQL.query_type,
        "query {{ viewer {{ {} }} }}": GRAPHQL.type_map["Viewer"],
        "mutation {{ {} }}": GRAPHQL.mutation_type,
    }
    found: dict[str, tuple[str, GraphQLField]] = {}
    for template, root in roots.items():
        assert isinstance(root, GraphQLObjectType)
        for name, field in root.fields.items():
            found[f"{root.name}.{name}" if name in found else name] = (template, field)
    return found


OPERATIONS = operations()


def mentions_id(name: str, argument: Any) -> bool:
    kind = get_named_type(argument.type)
    if isinstance(kind, GraphQLInputObjectType):
        return any(mentions_id(key, field) for key, field in kind.fields.items())
    return names_an_id(name, argument)


def takes_an_id(name: str) -> bool:
    """Whether a field takes an id anywhere in its arguments."""
    return any(mentions_id(key, arg) for key, arg in OPERATIONS[name][1].args.items())


def document(name: str, ids: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The operation that selects everything of a field, with its variables."""
    template, field = OPERATIONS[name]
    opened = "sessionId" if name == "createSession" else "conversationId"
    ids = {**ids, "raw clientId": ids[f"raw {opened}"]}
    variables = {
        key: sample(arg.type, ids, key)
        for key, arg in field.args.items()
        if mentions_id(key, arg) or is_required_argument(arg)
    }
    name = name.rpartition(".")[2]
    body = f"{name} {selection(field.type)}"
    if not variables:
        return template.format(body), {}
    declared = ", ".join(f"${key}: {field.args[key].type}" for key in variables)
    given = ", ".join(f"{key}: ${key}" for key in variables)
    body = template.format(f"{name}({given}) {selection(field.type)}")
    return body.replace(" {", f" ({declared}) {{", 1), variables


def ids_of(session: str, conversation: str, kind: str) -> dict[str, str]:
    global_session = f"Session.{session}"
    return {
        "sessionId": global_session,
        "conversationId": f"Conversation.{session}.{conversation}",
        "id": global_session if kind == "session" else f"Conversation.{session}.{conversation}",
        "replace": f"Conversation.{session}.{conversation}",
        "notificationId": f"Notification.{session}",
        "raw sessionId": session,
        "raw conversationId": conversation,
    }
