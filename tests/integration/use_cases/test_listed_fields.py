"""A list reads only what is asked of its sessions, and shows of each what the session itself shows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type
from graphql.type import GraphQLField

from schema import build_schema
from stores.sqlite.store import SQLiteStore
from tests.integration.conftest import Api, embedded_settings, running

SCHEMA = build_schema()._schema
SESSION = SCHEMA.type_map["Session"]
assert isinstance(SESSION, GraphQLObjectType)


def selected(name: str, field: GraphQLField, deep: bool = True) -> str:
    """A field with what can be selected below it without arguments."""
    kind: Any = get_named_type(field.type)
    if is_leaf_type(kind):
        return name
    below = (
        selected(each, part, deep=False)
        for each, part in kind.fields.items()
        if not part.args and (deep or is_leaf_type(get_named_type(part.type)))
    )
    return f"{name} {{ __typename {' '.join(below)} }}"


SELECTIONS = {name: selected(name, field) for name, field in SESSION.fields.items()}


async def session(api: Api) -> Any:
    """A session in which every field has a value of its own."""
    opened = await api.mutate(
        "createSession",
        "session { id }",
        title="Rain",
        tags=["weather"],
        metadata={"a": [1]},
        preferences={"responseStyle": "CONCISE", "uiSettings": {"fontSize": "LARGE"}},
    )
    session_id = opened["session"]["id"]
    first = await api.record(
        "What is rain?", sessionId=session_id, response="Water.", answerSession="s-1"
    )
    replaced = first["conversation"]["id"]
    await api.record("What is snow?", sessionId=session_id, place={"replaces": replaced})
    return session_id


async def test_each_field_of_a_listed_session_is_that_of_the_session(api: Api) -> None:
    session_id = await session(api)
    for name, selection in SELECTIONS.items():
        document = f"""query ($id: ID!) {{ node(id: $id) {{ ...f }} viewer {{
          session(id: $id) {{ {selection} }}
          sessions(first: 2) {{ nodes {{ {selection} }} edges {{ node {{ ...f }} }} }} }} }}
          fragment f on Session {{ {selection} }}"""
        for _ in range(3):  # by Strawberry, by graphql-core's executor, and by selections alone
            answer = await api.call(document, id=session_id)
            found = answer["viewer"]
            assert answer["node"] == found["session"], name
            assert found["sessions"]["nodes"] == [found["session"]], name
            assert found["sessions"]["edges"] == [{"node": found["session"]}], name
            assert found["session"][name] not in (None, [], {}) or name in (
                "deletedAt",
                "expiresAt",
            ), name


async def test_whole_sessions_are_read_only_for_what_rows_do_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    for name in ("list_sessions", "list_session_rows"):
        monkeypatch.setattr(SQLiteStore, name, noted(read, name, getattr(SQLiteStore, name)))
    document = """query ($deep: Boolean!) { viewer { sessions { nodes {
      id title closed ... @include(if: $deep) { metadata } } } } }"""
    async with running(embedded_settings(tmp_path)) as api:
        await session(api)
        for deep in 3 * [False, True]:
            read.clear()
            await api.call(document, deep=deep)
            assert read == ["list_sessions" if deep else "list_session_rows"]


def noted(read: list[str], name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, which also notes its name."""

    def called(*args: Any) -> Any:
        read.append(name)
        return method(*args)

    return called
