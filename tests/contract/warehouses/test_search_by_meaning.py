"""Turns are compared by their vectors within one user's own rows, in both warehouses."""

from collections.abc import Sequence
from typing import Any

import pytest

from analytics.embedding.port import Texts, Vector
from analytics.search import Scope, nearest
from analytics.search_query import parse
from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import ConversationRow
from tests.contract.warehouses.helpers import DAY, T0, turn

pytest_plugins = ["tests.contract.warehouses.fixtures"]

EAST, NORTH_EAST, NORTH, WEST = [100.0, 0.0], [90.0, 90.0], [0.0, 100.0], [-100.0, 0.0]


class Compass:
    """Another embedder, used only for its name and its floor."""

    model = "compass 1"
    floor = 0.5

    async def documents(self, turns: Sequence[Texts]) -> list[Vector | None]:
        raise NotImplementedError

    async def query(self, text: str) -> Vector | None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


def pointing(conversation_id: str, vector: Vector | None, **values: Any) -> ConversationRow:
    model = {"embedding_model": Compass.model} if vector is not None else {}
    return turn(conversation_id, **{"embedding": vector, **model, **values})


async def near(warehouse: Warehouse, query: str = "rain", **scope: Any) -> dict[str | None, float]:
    found = await nearest(
        warehouse, parse(query), Scope(**{"uid": "anna", **scope}), 10, Compass(), EAST
    )
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    return {each.conversation_id: round(each.score, 3) for each in found}


async def test_the_nearest_come_first_and_what_is_far_not_at_all(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            pointing("between", NORTH_EAST),
            pointing("same", EAST),
            pointing("across", NORTH),
            pointing("against", WEST),
            pointing("unknown", None),
            pointing("without words", None, embedding_model=Compass.model),
        ]
    )
    assert await near(warehouse) == {"same": 1, "between": 0.707}


async def test_only_the_users_own_vectors_of_the_same_model_are_compared(
    warehouse: Warehouse,
) -> None:
    await warehouse.append(
        [
            pointing("own", EAST),
            pointing("others", EAST, uid="ben"),
            pointing("older", [1.0, 2.0, 3.0], embedding_model="compass 0"),
        ]
    )
    assert set(await near(warehouse)) == {"own"}
    assert set(await near(warehouse, uid="ben")) == {"others"}


async def test_the_latest_version_of_a_turn_counts(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            pointing("changed", EAST),
            pointing("changed", WEST, change_seq=T0 + 1),
            pointing("found", WEST),
            pointing("found", EAST, change_seq=T0 + 1),
            pointing("again", WEST, embedding_model="compass 0"),
            pointing("again", EAST, exported_at=T0 + 9),
            pointing("gone", EAST),
            turn("gone", change_seq=T0 + 1, deleted=True, query=None, response=None),
        ]
    )
    assert set(await near(warehouse)) == {"found", "again"}


async def test_filters_hold_for_meaning_too(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            pointing("old", EAST, timestamp=T0 - DAY),
            pointing("new", EAST, timestamp=T0 + DAY, model="gpt-4o"),
            pointing("elsewhere", EAST, session_id="s2"),
        ]
    )
    assert set(await near(warehouse, since=T0)) == {"new", "elsewhere"}
    assert set(await near(warehouse, before=(T0, "s2", "elsewhere"))) == {"old"}
    assert set(await near(warehouse, sessions=["s2"])) == {"elsewhere"}
    assert set(await near(warehouse, sessions=[])) == set()
    assert set(await near(warehouse, "rain model:gpt-4o")) == {"new"}


async def test_no_vector_is_left_after_an_erasure(warehouse: Warehouse) -> None:
    await warehouse.append([pointing("own", EAST), pointing("others", EAST, uid="ben")])
    await warehouse.erase("anna", T0)
    left = await warehouse.query("rows_up_to", {"uid": "anna", "before": T0})
    assert sum(each["row_count"] for each in left) == 0
    assert await near(warehouse) == {}
    assert set(await near(warehouse, uid="ben")) == {"others"}


@pytest.mark.parametrize("vector", [None, EAST])
async def test_listings_of_the_mirror_have_no_vectors(
    warehouse: Warehouse, vector: Vector | None
) -> None:
    await warehouse.append([pointing("own", vector)])
    (row,) = await warehouse.query(
        "mirrored_turns",
        {
            **{"first_uid": "anna", "last_uid": "anna", "after": "", "until": "~"},
            **{"every": True, "keys": [], "limit": 10},
        },
    )
    assert "embedding" not in row
