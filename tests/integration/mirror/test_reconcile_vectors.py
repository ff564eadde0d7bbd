"""Reconciling finds turns that another embedder or no embedder embedded, and repairs them with vectors."""

from collections.abc import Sequence

import pytest

from analytics.embedding.port import Embedder, Texts, Vector
from analytics.mirror.exporter import Exporter
from analytics.search import Scope, nearest
from analytics.search_query import parse
from analytics.upkeep import reconcile
from analytics.upkeep.backfill import backfill
from analytics.upkeep.reconcile import Difference, differences
from analytics.upkeep.repair import repair
from analytics.warehouse.port import Warehouse
from stores.keys import conversation_key
from stores.ports import Store, Update
from tests.integration.mirror.exporter_pairs import Pair, opened

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]

EAST = [1.0, 0.0]
SILENT = "!"


class Pointing:
    """An embedder for which every text has the same meaning, except `SILENT`, which has none."""

    floor = 0.5

    def __init__(self, model: str) -> None:
        self.model = model

    async def documents(self, turns: Sequence[Texts]) -> list[Vector | None]:
        return [None if query == SILENT else EAST for query, _ in turns]

    async def query(self, text: str) -> Vector | None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


OLD, NEW = Pointing("old"), Pointing("new")


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "ROUND_SECONDS", 0.01)


def quietly(done: int, expected: int) -> None:
    pass


async def found(store: Store, warehouse: Warehouse, embedder: Embedder | None) -> list[Difference]:
    some = differences(store, warehouse, quietly, embedder=embedder)
    return [each async for part in some for each in part]


async def test_turns_of_another_embedder_are_stale_and_brought_up_to_date(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        silent = conversation_key("anna", "kept", "c02")
        await store.commit([Update(silent, set={"query": SILENT})])
        await backfill(store, quietly)
        await Exporter(store, warehouse, embedder=OLD).drain()
        assert await found(store, warehouse, OLD) == []
        # Without an embedder, vectors are not compared.
        assert await found(store, warehouse, None) == []

        stale = await found(store, warehouse, NEW)
        assert {each.problem for each in stale} == {"stale"}
        records = [each.record for each in stale]
        ids = {(uid, each.session_id, each.conversation_id) for uid, each in records}
        assert {("anna", "kept", "c01"), ("anna", "kept", "c02")} <= ids

        await repair(store, warehouse, stale[0].kind, records, NEW)
        assert await found(store, warehouse, NEW) == []
        scope = Scope(uid="anna", sessions=["kept"])
        near = await nearest(warehouse, parse("rain"), scope, 100, NEW, EAST)
        names = {each.conversation_id for each in near}
        assert "c01" in names
        assert "c02" not in names
