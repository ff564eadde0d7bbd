"""The views are right whatever happens to a record, and even if its rows arrive out of order, late or twice.

The order in which rows arrive matters to a view only if something is removed in between, so rows that arrive
between two removals are appended together.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.mirror.superseded_rows import forget
from analytics.upkeep.compact import compact
from analytics.upkeep.record_kinds import KINDS, position
from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import Row
from stores.mirror_records import Change
from tests.contract.warehouses.helpers import T0, session, sessions_of, turn, turns_of
from tests.faults.comparison import IDS, View, as_view, differences, moment
from tests.faults.operations import (
    OPERATIONS,
    Operation,
    delete_session,
    keep,
    make_temporary,
    open_session,
    open_temporary,
    purge,
    record,
    undelete,
    update,
)
from tests.faults.store_model import DAY, Mark, StoreModel

pytest_plugins = ["tests.contract.warehouses.fixtures"]

CREATED = (T0, T0 + DAY, T0 + 3 * DAY + 1)
"""The immutable creation times of records, in different partitions."""
FIRST_COMMIT = T0 + 10 * DAY
EXPORTED = FIRST_COMMIT + DAY

Step: TypeAlias = tuple[Operation, int, int, int]


@dataclass
class Delivery:
    """Input of the warehouse, in order: removals for a repair, rows, changes to forget, erasures,
    compaction."""

    remove: list[Change] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    forget: list[tuple[str, Change]] = field(default_factory=list)
    erase: list[int] = field(default_factory=list)
    compact: bool = False


def steps(sessions: int, turns: int, most: int) -> st.SearchStrategy[list[Step]]:
    step = st.tuples(
        # DuckDB rewrites its file for each erasure, so erasures are rarer.
        st.sampled_from((*OPERATIONS[:-1], *OPERATIONS)),
        st.integers(0, sessions - 1),
        st.integers(0, turns - 1),
        st.integers(0, len(CREATED) - 1),
    )
    return st.lists(step, min_size=1, max_size=most)


def lived(uid: str, sequence: list[Step]) -> StoreModel:
    model = StoreModel(uid, FIRST_COMMIT)
    for operation, s, c, created in sequence:
        operation(model, f"s{s}", f"c{c}", CREATED[created])
    return model


def deliveries(model: StoreModel, rnd: Random, removals: int) -> list[Delivery]:
    """Every waiting change is exported at least once. Any change may be exported again, also by an exporter
    that held its mark when the mark was removed. Rows arrive in any order, and some twice.

    After the removal of a repair, only rows that were read since the repair began arrive.
    """
    arriving = [Delivery(compact=rnd.random() < 0.15) for _ in range(removals + 1)]
    repaired = sorted(rnd.choices(range(len(arriving)), k=len(model.repairs)))
    for mark, arrival in zip(model.repairs, repaired, strict=True):
        arriving[arrival].remove.append(mark.change)
    exported: list[Mark] = model.needed()
    exported += [mark for mark in model.marks for _ in range(rnd.choice((0, 0, 1, 2)))]
    for number, mark in enumerate(exported):
        read = model.read(mark, rnd, EXPORTED + number % 3)
        begun = [
            at for at, each in zip(repaired, model.repairs, strict=True) if each.state <= read.state
        ]
        first = max(begun, default=0)
        arrival = rnd.randrange(first, len(arriving))
        arriving[arrival].rows += read.rows
        arriving[rnd.randrange(arrival, len(arriving))].forget += read.forget
        if rnd.random() < 0.3:
            arriving[rnd.randrange(first, len(arriving))].rows += read.rows
    for before in model.erasures:
        rnd.choice(arriving).erase.append(before)
    return arriving


async def deliver(warehouse: Warehouse, uid: str, arriving: list[Delivery]) -> None:
    for delivery in arriving:
        for change in delivery.remove:
            await remove(warehouse, uid, change)
        await warehouse.append(delivery.rows)
        await forget(warehouse, delivery.forget)
        for before in delivery.erase:
            await warehouse.erase(uid, before)
        if delivery.compact:
            await compact(warehouse, EXPORTED)


async def remove(warehouse: Warehouse, uid: str, change: Change) -> None:
    """Remove a record's rows, the first step of a repair."""
    (removal,) = (kind.removal for kind in KINDS if kind.name == change.kind)
    between = {"since": change.at, "until": change.at}
    await warehouse.execute(removal, {"uid": uid, "keys": [position(uid, change)], **between})


async def shown(warehouse: Warehouse, uid: str, since: int, until: int) -> View:
    """The rows of a user that the views show between two times; preferences at any time."""
    view: View = {}
    for name in IDS:
        between = {} if name == "user_preferences" else {"since": since, "until": until}
        view |= as_view(name, await warehouse.query(name, {"uid": uid, **between}))
    return view


def between(view: View, since: int, until: int) -> View:
    times = {"user_sessions": "created_at", "conversation_history": "timestamp"}
    return {
        key: row
        for key, row in view.items()
        if key[0] == "user_preferences" or moment(since) <= row[times[key[0]]] < moment(until)
    }


async def check(warehouse: Warehouse, model: StoreModel, rnd: Random, removals: int) -> None:
    """Assert that the views show the user's last state, with and without a date filter, even a week later,
    when nothing arrives late any more and compaction removes tombstones."""
    await deliver(warehouse, model.uid, deliveries(model, rnd, removals))
    if rnd.random() < 0.5:
        await compact(warehouse, EXPORTED + 8 * DAY)
    wanted = model.view()
    since, until = sorted(rnd.sample([T0 - 1, T0 + 1, T0 + DAY, T0 + 2 * DAY, T0 + 4 * DAY], 2))
    for part in ((0, 4 * T0), (since, until)):
        got = await shown(warehouse, model.uid, *part)
        assert differences(between(wanted, *part), got) == []


def law(examples: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@law(60)
@given(sequence=steps(sessions=2, turns=2, most=25), seed=st.integers(0, 2**32))
async def test_the_views_are_right_whatever_befell_a_few_records(
    duckdb_warehouse: Warehouse, sequence: list[Step], seed: int
) -> None:
    rnd = Random(seed)  # noqa: S311
    await check(duckdb_warehouse, lived(uuid4().hex, sequence), rnd, removals=3)


@pytest.mark.parametrize("seed", range(10))
async def test_the_views_are_right_whatever_befell_many_records(
    duckdb_warehouse: Warehouse, seed: int
) -> None:
    await check_many(duckdb_warehouse, seed)


@pytest.mark.parametrize("seed", range(3))
async def test_the_views_of_bigquery_are_right_too(
    bigquery_warehouse: Warehouse, seed: int
) -> None:
    await check_many(bigquery_warehouse, seed)


async def check_temporary(warehouse: Warehouse, seed: int) -> None:
    """Compact at a time when even the tombstones are removed, so that nothing is hidden any more and every
    record with a version left is shown."""
    rnd = Random(seed)  # noqa: S311
    moves = (make_temporary, make_temporary, keep, keep, delete_session, undelete, update, record)
    sequence: list[Step] = [(open_session, n, 0, n % 3) for n in range(20)]
    sequence += [(record, n, c, rnd.randrange(3)) for n in range(20) for c in range(2)]
    sequence += [
        (rnd.choice(moves), rnd.randrange(20), rnd.randrange(2), rnd.randrange(3))
        for _ in range(500)
    ]
    model = lived(uuid4().hex, sequence)
    await deliver(warehouse, model.uid, deliveries(model, rnd, 2))
    await compact(warehouse, EXPORTED + 8 * DAY)
    everything = await shown(warehouse, model.uid, 0, 4 * T0)
    assert differences(model.view(), everything) == []


@pytest.mark.parametrize("seed", range(10))
async def test_of_what_was_made_temporary_no_version_is_left(
    duckdb_warehouse: Warehouse, seed: int
) -> None:
    await check_temporary(duckdb_warehouse, seed)


@pytest.mark.parametrize("seed", range(2))
async def test_of_what_was_made_temporary_bigquery_has_no_version_left_either(
    bigquery_warehouse: Warehouse, seed: int
) -> None:
    await check_temporary(bigquery_warehouse, seed)


async def check_many(warehouse: Warehouse, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    sequence = [
        (rnd.choice(OPERATIONS[:-1]), rnd.randrange(20), rnd.randrange(3), rnd.randrange(3))
        for _ in range(400)
    ]
    sequence.insert(rnd.randrange(100), (OPERATIONS[-1], 0, 0, 0))
    await check(warehouse, lived(uuid4().hex, sequence), rnd, removals=2)


async def test_a_temporary_session_leaves_nothing_in_sight_of_one_that_had_its_id(
    warehouse: Warehouse,
) -> None:
    model, rnd = StoreModel("anna", FIRST_COMMIT), Random(1)  # noqa: S311
    operation: Operation
    for operation in (open_session, record):
        operation(model, "s0", "c0", CREATED[0])
    await deliver(warehouse, "anna", deliveries(model, rnd, 0))
    assert len(await turns_of(warehouse)) == 1
    for operation in (purge, open_temporary, record):
        operation(model, "s0", "c0", CREATED[2])
    await deliver(warehouse, "anna", deliveries(model, rnd, 0))
    assert await sessions_of(warehouse) == await turns_of(warehouse) == []


async def test_forgetting_under_an_id_leaves_the_tombstone_of_what_had_it_before(
    warehouse: Warehouse,
) -> None:
    earlier: list[Row] = [session(change_seq=T0 + 1), turn(change_seq=T0 + 1)]
    gone: dict[str, Any] = {"deleted": True, "change_seq": T0 + 2}
    again: dict[str, Any] = {"deleted": True, "change_seq": T0 + 4}
    await warehouse.append(
        [
            *earlier,
            session(**gone),
            turn(**gone),
            session(**again, created_at=T0 + DAY),
            turn(**again, timestamp=T0 + DAY),
        ]
    )
    ids: dict[str, Any] = {"session_id": "s1", "forget": True}
    await forget(
        warehouse,
        [
            ("anna", change)
            for at in (T0, T0 + DAY)
            for change in (
                Change(kind="session", at=at, **ids),
                Change(kind="conversation", conversation_id="c1", at=at, **ids),
            )
        ],
    )
    await warehouse.append(earlier)
    assert await sessions_of(warehouse) == await turns_of(warehouse) == []
