"""Readable documents contain the shown path, or all branches with a mark at each turn."""

import csv
import io
from typing import Any

import pytest

from tests.integration.conftest import Api
from tests.integration.transfer.downloads import export, fetched

MINUTE = "2026-01-05T10:0{}:00Z"


async def ask(api: Api, name: str, minute: int, **given: Any) -> str:
    found = await api.record(name, clientId=name, timestamp=MINUTE.format(minute), **given)
    turn: str = found["conversation"]["id"]
    return turn


@pytest.fixture
async def tree(embedded: Api) -> Api:
    """Two questions, the second asked three times; its second version is shown."""
    await embedded.mutate("createSession", "", clientId="chat")
    await ask(embedded, "first", 0, sessionId="Session.chat")
    red = await ask(embedded, "red", 1, sessionId="Session.chat")
    blue = await ask(embedded, "blue", 2, place={"replaces": red})
    await ask(embedded, "navy", 3, sessionId="Session.chat")
    await ask(embedded, "green", 4, place={"replaces": red})
    await embedded.mutate("chooseAlternative", "", conversationId=blue)
    return embedded


def rows(text: str) -> dict[str, list[str]]:
    """The columns about branches, by question."""
    columns = ("branch", "version", "versions", "on_shown_path")
    found = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return {row["query"]: [row[name] for name in columns] for row in found}


async def test_a_table_of_all_branches_says_where_each_turn_is(tree: Api) -> None:
    text = await fetched(tree, await export(tree, format="CSV", allBranches=True))
    assert rows(text) == {
        "first": ["0", "1", "1", "true"],
        "red": ["0", "1", "3", "false"],
        "blue": ["1", "2", "3", "true"],
        "navy": ["1", "1", "1", "true"],
        "green": ["2", "3", "3", "false"],
    }


async def test_without_the_argument_a_table_has_the_shown_path(tree: Api) -> None:
    text = await fetched(tree, await export(tree, format="CSV"))
    assert rows(text) == dict.fromkeys(["first", "blue", "navy"], [""] * 4)


@pytest.mark.parametrize("form", ["MARKDOWN", "HTML"])
async def test_a_document_of_all_branches_marks_the_versions(tree: Api, form: str) -> None:
    text = await fetched(tree, await export(tree, format=form, allBranches=True))
    heads = [line for line in text.splitlines() if "2026-01-05 10:0" in line]
    assert [line.partition(" UTC")[2].removesuffix("</p>") for line in heads] == [
        "",
        " · Version 1 of 3, not shown",
        " · Version 2 of 3, in place of 2026-01-05 10:01:00 UTC",
        "",
        " · Version 3 of 3, in place of 2026-01-05 10:01:00 UTC, not shown",
    ]
    shown = await fetched(tree, await export(tree, format=form))
    assert "green" not in shown
    assert "Version" not in shown
