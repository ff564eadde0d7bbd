"""Chats with branches are imported whole, exported whole, and imported again as the same tree."""

import json
from typing import Any

import pytest

from resolvers.transfer.importing.sessions import TURNS_AT_ONCE
from tests.integration.conftest import ANNA, BEN, Api
from tests.integration.transfer.downloads import export, fetched
from tests.integration.transfer.importing import take

TREE = """{ viewer { sessions { nodes { conversationCount branches { id shown }
  id } } } }"""
PATH = """query ($id: ID!, $branch: ID) { viewer { session(id: $id) {
  conversations(branch: $branch, last: 50) {
    nodes { query response alternatives { position total } } } } } }"""

START = """query ($id: ID!, $branch: ID) { viewer { session(id: $id) {
  conversations(branch: $branch, first: 2) { nodes { query alternatives { total } } } } } }"""


def message(text: str, role: str, at: int) -> dict[str, Any]:
    return {
        "author": {"role": role},
        "create_time": 1_700_000_000 + at,
        "content": {"content_type": "text", "parts": [text]},
    }


def chatgpt() -> bytes:
    """A question answered twice, and a second question after each answer; the last one was asked twice."""
    nodes: dict[str, Any] = {"root": {"id": "root", "parent": None, "message": None}}

    def add(key: str, parent: str, text: str, role: str, at: int) -> None:
        nodes[key] = {"id": key, "parent": parent, "message": message(text, role, at)}

    add("q1", "root", "A colour?", "user", 1)
    add("red", "q1", "Red", "assistant", 2)
    add("blue", "q1", "Blue", "assistant", 3)
    add("q2", "red", "Another?", "user", 4)
    add("green", "q2", "Green", "assistant", 5)
    add("q3", "blue", "Darker?", "user", 3)
    add("navy", "q3", "Navy", "assistant", 3)
    for key, node in nodes.items():
        node["children"] = [each for each, other in nodes.items() if other["parent"] == key]
    chat = {
        "title": "Colours",
        "create_time": 1_700_000_000,
        "mapping": nodes,
        "current_node": "navy",
    }
    return json.dumps([chat | {"conversation_id": "colours"}]).encode()


async def tree(api: Api, user: str) -> tuple[set[tuple[Any, ...]], tuple[str, ...]]:
    """Every path of the one session, each turn with its answer and its alternatives; and the shown one."""
    (session,) = (await api.call(TREE, user))["viewer"]["sessions"]["nodes"]
    paths = []
    for branch in (None, *(each["id"] for each in session["branches"])):
        found = await api.call(PATH, user, id=session["id"], branch=branch)
        nodes = found["viewer"]["session"]["conversations"]["nodes"]
        paths.append(
            tuple((n["query"], n["response"], json.dumps(n["alternatives"])) for n in nodes)
        )
    assert session["conversationCount"] == len({turn for path in paths for turn in path})
    return set(paths), tuple(answer for _, answer, _ in paths[0])


async def test_all_branches_of_a_chat_come_in_once_and_go_out_and_in_again(embedded: Api) -> None:
    for _ in range(2):
        report = await take(embedded, chatgpt())
        assert report["leftOut"] == []
    paths, shown = await tree(embedded, ANNA)
    assert shown == ("Blue", "Navy")
    assert {tuple(answer for _, answer, _ in path) for path in paths} == {
        ("Blue", "Navy"),
        ("Red", "Green"),
    }
    archive = await fetched(embedded, await export(embedded, format="JSON"))
    for _ in range(2):
        await take(embedded, archive.encode(), user=BEN)
    assert await tree(embedded, BEN) == (paths, shown)


@pytest.mark.parametrize("form", ["CSV", "MARKDOWN", "HTML"])
async def test_documents_for_reading_have_the_shown_path(embedded: Api, form: str) -> None:
    await take(embedded, chatgpt())
    text = await fetched(embedded, await export(embedded, format=form))
    assert "Navy" in text
    assert "Green" not in text


def edited(following: int) -> tuple[bytes, bytes]:
    """A chat of two turns, and the same after its first question was edited and `following` turns
    followed."""
    nodes: dict[str, Any] = {}

    def add(key: str, parent: str | None) -> str:
        answer, at = f"{key}!", len(nodes)
        nodes[key] = {"id": key, "parent": parent, "message": message(key, "user", at)}
        nodes[answer] = {"id": answer, "parent": key, "message": message(answer, "assistant", at)}
        return answer

    def file(leaf: str) -> bytes:
        chat = {"title": "Edited", "create_time": 1_700_000_000, "current_node": leaf}
        return json.dumps([chat | {"conversation_id": "edited", "mapping": nodes}]).encode()

    before = file(add("old more", add("old", None)))
    end = add("new", None)
    for number in range(following):
        end = add(f"new {number}", end)
    return before, file(end)


@pytest.mark.parametrize("following", [1, TURNS_AT_ONCE])
async def test_an_edited_first_question_begins_a_branch_however_much_follows_it(
    embedded: Api, following: int
) -> None:
    before, after = edited(following)
    for file in (before, after, after):
        await take(embedded, file)
    (session,) = (await embedded.call(TREE))["viewer"]["sessions"]["nodes"]
    assert session["conversationCount"] == 2 + 1 + following
    starts = {}
    for branch in session["branches"]:
        given = {"id": session["id"], "branch": branch["id"]}
        found = (await embedded.call(START, **given))["viewer"]["session"]["conversations"]
        starts[branch["shown"]] = [turn["query"] for turn in found["nodes"]]
        assert found["nodes"][0]["alternatives"]["total"] == 2
    assert starts == {True: ["new", "new 0"], False: ["old", "old more"]}
