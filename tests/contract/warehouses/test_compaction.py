"""Compaction removes what is never shown, and what is shown stays the same."""

from typing import Any, TypeAlias
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.upkeep.compact import KEEP_TOMBSTONES, compact
from analytics.warehouse.port import Parameter, Warehouse
from analytics.warehouse.rows import Row
from tests.contract.warehouses.helpers import (
    DAY,
    T0,
    preferences,
    session,
    sessions_of,
    turn,
    turns_of,
)

pytest_plugins = ["tests.contract.warehouses.fixtures"]

NOW = T0 + 40 * DAY
OLD, FRESH = NOW - KEEP_TOMBSTONES - DAY, NOW - DAY
GONE: dict[str, Any] = {"deleted": True, "query": None, "response": None}


async def counts(warehouse: Warehouse, uid: str = "anna") -> list[int]:
    """The numbers of rows of sessions, turns and preferences."""
    found = await warehouse.query("rows_up_to", {"uid": uid, "before": 4 * T0})
    by_table = {row["table_name"]: row["row_count"] for row in found}
    tables = ("user_sessions_changes", "conversation_history_changes", "user_preferences_changes")
    return [by_table[table] for table in tables]


async def shown(warehouse: Warehouse, uid: str = "anna") -> list[dict[str, Any]]:
    return [
        *await turns_of(warehouse, uid),
        *await sessions_of(warehouse, uid),
        *await warehouse.query("user_preferences", {"uid": uid}),
    ]


async def test_only_the_latest_version_of_each_record_stays(warehouse: Warehouse) -> None:
    for uid in ("anna", "bert"):
        for n in range(3):
            at: dict[str, Any] = {"uid": uid, "change_seq": T0 + n, "exported_at": FRESH + n}
            turns = [turn("a", **at), turn("b", timestamp=T0 + 99 * DAY, **at)]
            await warehouse.append([*turns, session(**at), preferences(**at)])
    before = [await shown(warehouse, uid) for uid in ("anna", "bert")]
    assert dict(await compact(warehouse, NOW)) == {"superseded": 2 * 4 * 2}
    assert [await counts(warehouse, uid) for uid in ("anna", "bert")] == [[1, 2, 1]] * 2
    assert [await shown(warehouse, uid) for uid in ("anna", "bert")] == before
    assert await compact(warehouse, NOW) == {}


async def test_a_tombstone_stays_for_seven_days_after_its_export(warehouse: Warehouse) -> None:
    await warehouse.append(
        [
            turn("a"),
            turn("a", change_seq=T0 + 1, exported_at=OLD, **GONE),
            turn("b", change_seq=T0 + 1, exported_at=FRESH, **GONE),
            turn("c", change_seq=FRESH, exported_at=T0, **GONE),
            session("gone", change_seq=T0 + 1, exported_at=OLD, deleted=True),
            preferences(change_seq=T0 + 1, exported_at=OLD, deleted=True),
        ]
    )
    assert dict(await compact(warehouse, NOW)) == {"superseded": 1, "tombstones": 3}
    assert await counts(warehouse) == [0, 2, 0]
    assert await shown(warehouse) == []
    # Versions that were read before the tombstone may still arrive, and stay hidden.
    await warehouse.append([turn("b"), turn("c")])
    assert await shown(warehouse) == []


async def test_the_tombstone_of_a_session_stays_while_it_hides_turns(warehouse: Warehouse) -> None:
    gone = session("gone", change_seq=T0 + 1, exported_at=OLD, deleted=True)
    left = turn("left", session_id="gone", timestamp=T0 - 99 * DAY)
    await warehouse.append([gone, left])
    assert await compact(warehouse, NOW) == {}
    assert await shown(warehouse) == []
    await warehouse.append(
        [turn("left", session_id="gone", timestamp=left.timestamp, change_seq=FRESH, **GONE)]
    )
    assert dict(await compact(warehouse, NOW)) == {"superseded": 1, "tombstones": 1}
    assert await counts(warehouse) == [0, 1, 0]


async def test_the_rows_of_erased_users_go(warehouse: Warehouse) -> None:
    place: dict[str, Parameter] = {"uid": "anna", "before": T0 + 5}
    await warehouse.append([turn("old"), session(), preferences(), turn("new", change_seq=T0 + 6)])
    await warehouse.append([turn(uid="bert"), session(uid="bert")])
    await warehouse.execute("record_erasure", place)
    before = await shown(warehouse), await shown(warehouse, "bert")
    assert dict(await compact(warehouse, NOW)) == {"erased": 3}
    assert await counts(warehouse) == [0, 1, 0]
    assert (await shown(warehouse), await shown(warehouse, "bert")) == before


async def test_a_row_from_before_the_erasure_that_a_frozen_exporter_appends_goes_too(
    warehouse: Warehouse,
) -> None:
    await warehouse.append([turn("before")])
    await warehouse.erase("anna", T0)
    await warehouse.append([turn("before"), turn("new", change_seq=T0 + 1)])
    await compact(warehouse, NOW + 1000 * DAY)
    assert await counts(warehouse) == [0, 1, 0]
    assert [row["conversation_id"] for row in await turns_of(warehouse)] == ["new"]


Version: TypeAlias = tuple[str, int, int, bool]
"""Kind, key, change_seq and whether it is a tombstone."""
VERSIONS: st.SearchStrategy[Version] = st.tuples(
    st.sampled_from(["turn", "session"]),
    st.integers(0, 1),
    st.integers(1, 6),
    st.booleans(),
)


def row(uid: str, version: Version) -> Row:
    """A row of a version: versions up to 3 were exported long ago, later ones just now."""
    kind, key, seq, deleted = version
    exported_at = (OLD if seq <= 3 else FRESH) + seq
    values = {"uid": uid, "change_seq": seq, "exported_at": exported_at, "deleted": deleted}
    if kind == "session":
        return session(f"s{key}", title=None if deleted else f"{seq}", **values)
    return turn(f"c{key}", session_id=f"s{key}", query=None if deleted else f"{seq}", **values)


HISTORIES = {
    "versions": st.lists(VERSIONS, min_size=1, max_size=8),
    "late": st.lists(VERSIONS.filter(lambda version: version[2] > 3), max_size=3),
    "erased": st.integers(0, 4),
}
FEW = settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""The BigQuery emulator takes about ten seconds for one example."""
MANY = settings(FEW, max_examples=10)


@MANY
@given(**HISTORIES)
async def test_compacted_or_not_the_same_is_shown_whatever_comes_late(
    duckdb_warehouse: Warehouse, versions: list[Version], late: list[Version], erased: int
) -> None:
    await compact_and_compare(duckdb_warehouse, versions, late, erased)


@FEW
@given(**HISTORIES)
async def test_so_it_is_in_bigquery(
    bigquery_warehouse: Warehouse, versions: list[Version], late: list[Version], erased: int
) -> None:
    await compact_and_compare(bigquery_warehouse, versions, late, erased)


async def compact_and_compare(
    warehouse: Warehouse, versions: list[Version], late: list[Version], erased: int
) -> None:
    """`late` are repeats and versions that were read less than `LONGEST_APPEND` ago."""
    plain, compacted = uuid4().hex, uuid4().hex
    late = late + [version for version in versions if version[2] > 3]
    for uid in (plain, compacted):
        await warehouse.append([row(uid, version) for version in versions])
        if erased:
            await warehouse.execute("record_erasure", {"uid": uid, "before": erased})

    async def both() -> list[list[dict[str, Any]]]:
        found = [await shown(warehouse, uid) for uid in (plain, compacted)]
        return [[{**each, "uid": ""} for each in some] for some in found]

    await compact(warehouse, NOW)
    # The user whose rows are not compacted gets all rows again.
    await warehouse.append([row(plain, version) for version in versions])
    one, other = await both()
    assert one == other
    for uid in (plain, compacted):
        await warehouse.append([row(uid, version) for version in late])
    one, other = await both()
    assert one == other
    await compact(warehouse, NOW)
    assert await both() == [one, one]
