"""Rows to put into a warehouse, and the records that it then shows."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from analytics.search_text import search_text
from analytics.topics.key_phrases import topics
from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import ROW_TYPES, ConversationRow, PreferencesRow, SessionRow

if TYPE_CHECKING:
    from analytics.warehouse.bigquery.warehouse import BigQueryWarehouse
    from tests.emulators.bigquery import BigQueryDataset

DAY = 86_400_000_000
T0 = 1_767_225_600_000_000
"""2026-01-01 in microseconds."""
ALWAYS = {"since": 0, "until": 4 * T0}


def open_bigquery(place: "BigQueryDataset", **settings: Any) -> "BigQueryWarehouse":
    from analytics.warehouse.bigquery.warehouse import BigQueryWarehouse

    return BigQueryWarehouse(
        place.project,
        place.dataset,
        **{"endpoint": place.endpoint, "grpc_endpoint": place.grpc_endpoint, **settings},
    )


async def emptied(place: "BigQueryDataset") -> bool:
    """Remove all rows of a dataset; False if it has no tables yet."""
    dataset = f"`{place.project}`.{place.dataset}"
    tables = [row_type.table for row_type in ROW_TYPES] + ["erasures"]
    truncate = "; ".join(f"TRUNCATE TABLE {dataset}.{table}" for table in tables)
    project = f"{place.endpoint}/bigquery/v2/projects/{place.project}"
    async with httpx.AsyncClient(base_url=project, timeout=30) as rest:
        if (await rest.get(f"/datasets/{place.dataset}/tables/erasures")).is_error:
            return False
        query = {"query": truncate, "useLegacySql": False}
        (await rest.post("/queries", json=query)).raise_for_status()
    return True


def turn(conversation_id: str = "c1", **values: Any) -> ConversationRow:
    row: dict[str, Any] = {
        "uid": "anna",
        "user_email": "anna@example.com",
        "change_seq": T0,
        "exported_at": T0 + 5,
        "session_id": "s1",
        "conversation_id": conversation_id,
        "timestamp": T0,
        "recorded_at": T0,
        "query": "What is rain?",
        "response": "Water that falls.",
        "citations": "[]",
        "metadata": "{}",
        **values,
    }
    row.setdefault("search_text", search_text(row["query"], row["response"]))
    row.setdefault("topics", topics(row["query"]))
    return ConversationRow(**row)


def session(session_id: str = "s1", **values: Any) -> SessionRow:
    row: dict[str, Any] = {
        "uid": "anna",
        "user_email": "anna@example.com",
        "change_seq": T0,
        "exported_at": T0 + 5,
        "session_id": session_id,
        "created_at": T0,
        "last_active": T0,
        "conversation_count": 1,
        "title": "Weather",
        "tags": "[]",
        "preferences": "{}",
        "metadata": "{}",
        "status": "active",
        **values,
    }
    row.setdefault("search_text", search_text(row["title"]))
    return SessionRow(**row)


def preferences(uid: str = "anna", **values: Any) -> PreferencesRow:
    row: dict[str, Any] = {
        "uid": uid,
        "user_email": f"{uid}@example.com",
        "change_seq": T0,
        "exported_at": T0 + 5,
        "created_at": T0,
        "preferences": "{}",
        **values,
    }
    return PreferencesRow(**row)


def moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


async def turns_of(warehouse: Warehouse, uid: str = "anna", **between: int) -> list[dict[str, Any]]:
    return await warehouse.query("conversation_history", {"uid": uid, **ALWAYS, **between})


async def sessions_of(
    warehouse: Warehouse, uid: str = "anna", **between: int
) -> list[dict[str, Any]]:
    return await warehouse.query("user_sessions", {"uid": uid, **ALWAYS, **between})
