"""The guarantees of an append."""

import asyncio
import json
from typing import Any

import pytest

from analytics.warehouse.port import RowsRefused, Warehouse
from tests.contract.warehouses.helpers import (
    ALWAYS,
    T0,
    preferences,
    session,
    sessions_of,
    turn,
    turns_of,
)

pytest_plugins = ["tests.contract.warehouses.fixtures"]


@pytest.mark.parametrize(
    "text",
    [
        'it\'s "quoted" `so` \\ and \\n; -- no comment /* */ ${dataset} @uid $uid ?',
        "line\nbreak\r\n\ttab",
        "nul \0 inside",
        "emoji 👩‍👩‍👧‍👦 and \U0001d518",
        "\u202eright to left\u202c שלום مرحبا",
        "combining e\u0301 and \ufeff",
        "",
    ],
)
async def test_odd_text_comes_back_as_it_was(warehouse: Warehouse, text: str) -> None:
    metadata = json.dumps({"key": text, text: [text]}, ensure_ascii=False)
    await warehouse.append(
        [turn(query=text, response=text, feedback_comment=text, metadata=metadata)]
    )
    (found,) = await turns_of(warehouse)
    assert (found["query"], found["response"], found["feedback_comment"]) == (text, text, text)
    assert json.loads(found["metadata"]) == json.loads(metadata)


async def test_a_turn_of_the_largest_size_fits(warehouse: Warehouse) -> None:
    large = turn(
        query="q" * 32 * 1024,
        response="wörter und 天気 " * (700 * 1024 // 20),
        citations=json.dumps(["c" * 128 * 1024]),
        metadata=json.dumps({"m": "m" * 16 * 1024}),
    )
    await warehouse.append([large])
    (found,) = await turns_of(warehouse)
    assert found["response"] == large.response
    assert found["query"] == large.query


async def test_thousands_of_rows_of_every_kind_in_one_append(warehouse: Warehouse) -> None:
    rows: list[Any] = [turn(f"c{n}", timestamp=T0 + n) for n in range(5000)]
    await warehouse.append([*rows, session(), preferences()])
    found = await turns_of(warehouse)
    assert [row["conversation_id"] for row in found] == [f"c{n}" for n in range(5000)]
    assert len(await sessions_of(warehouse)) == 1
    assert len(await warehouse.query("user_preferences", {"uid": "anna"})) == 1


async def test_no_rows_are_no_error(warehouse: Warehouse) -> None:
    await warehouse.append([])
    assert await turns_of(warehouse) == []


async def test_appends_at_once_all_arrive(warehouse: Warehouse) -> None:
    await asyncio.gather(
        *(warehouse.append([turn(f"c{n}-{k}") for k in range(20)]) for n in range(10))
    )
    assert len(await turns_of(warehouse)) == 200


@pytest.mark.parametrize(
    "bad",
    [turn(metadata="{not json"), turn(query="lone \ud800 surrogate"), turn(timestamp=2**70)],
    ids=["json", "text", "time"],
)
async def test_a_row_that_can_never_land_is_refused_without_naming_content(
    warehouse: Warehouse, bad: Any
) -> None:
    with pytest.raises(RowsRefused) as refused:
        await warehouse.append([turn("good"), bad])
    assert "json" not in str(refused.value).lower()
    assert "surrogate" not in str(refused.value)
    await warehouse.append([turn("later")])
    assert "later" in {row["conversation_id"] for row in await turns_of(warehouse)}


async def test_an_unknown_statement_is_a_key_error(warehouse: Warehouse) -> None:
    with pytest.raises(KeyError):
        await warehouse.query("nothing", dict(ALWAYS))
