"""While the warehouse is away, fields that need it are null with an error, and all others are answered."""

from typing import Any

import pytest

from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import WarehouseUnavailable
from tests.integration.conftest import Api

DOCUMENT = """
{ viewer {
  sessions { nodes { title } }
  sessionCounts { active }
  preferences { responseStyle }
  insights(range: {since: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z"}) { turns }
  searchConversations(query: "tides") { nodes { session { id } } }
} }
"""


async def test_sessions_and_preferences_are_answered_without_the_warehouse(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*given: Any) -> Any:
        raise WarehouseUnavailable("gone")

    await embedded.record("Tides?")
    monkeypatch.setattr(DuckDBWarehouse, "_run", away)
    answer = (await embedded.post(DOCUMENT)).json()

    assert answer["data"]["viewer"] == {
        "sessions": {"nodes": [{"title": "Tides?"}]},
        "sessionCounts": {"active": 1},
        "preferences": {"responseStyle": "DETAILED"},
        "insights": None,
        "searchConversations": None,
    }
    told = {tuple(error["path"]): error["extensions"]["code"] for error in answer["errors"]}
    assert told == {
        ("viewer", "insights"): "UNAVAILABLE",
        ("viewer", "searchConversations"): "UNAVAILABLE",
    }


async def test_a_bad_argument_of_one_field_leaves_the_others(embedded: Api) -> None:
    document = '{ viewer { email searchConversations(query: "?") { nodes { __typename } } } }'
    answer = (await embedded.post(document)).json()
    assert answer["data"]["viewer"] == {
        "email": "anna@example.com",
        "searchConversations": None,
    }
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
