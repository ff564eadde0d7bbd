"""After an erasure the mirror holds nothing from before it, even if an exporter still appends."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.mirror import current_records
from analytics.mirror.current_records import Read
from analytics.mirror.dead_letters import key_of
from analytics.unreadable_records import readable_records
from analytics.upkeep.compact import compact
from analytics.warehouse.port import LONGEST_APPEND, Parameter
from recollect.sweeper import sweep_services
from resolvers.retention.sweep import LATE_APPENDS
from stores.keys import dead_letter_key
from stores.mirror_records import Change, DeadLetter
from stores.ports import Create
from tests.integration.conftest import Api, Clock

pytestmark = pytest.mark.usefixtures("exporting_by_hand")

LATE = "late rows of erased users"


async def of_frozen_exporter(api: Api) -> tuple[str, Read]:
    """A user with a turn, and the rows that an exporter has read but not yet appended."""
    await api.record("Remember this")
    uid = (await api.call("{ viewer { id } }"))["viewer"]["id"].removeprefix("Viewer.")
    marks = await api.services.store.list_marks(uid, 10)
    return uid, await current_records.read(
        api.services.store, current_records.latest(readable_records(marks))
    )


async def erase(api: Api) -> Any:
    outcome = await api.mutate(
        "eraseMyData", "report { store removed { kind count } remains }", confirm=True
    )
    assert outcome["userErrors"] == []
    return {part["store"]: part for part in outcome["report"]}


async def rows_of(api: Api, uid: str) -> int:
    asked: dict[str, Parameter] = {"uid": uid, "before": 2**62}
    counts = await api.services.warehouse.query("rows_up_to", asked)
    return sum(count["row_count"] for count in counts)


async def shown_of(api: Api, uid: str) -> list[dict[str, Any]]:
    always = {"since": 0, "until": 2**52}
    warehouse = api.services.warehouse
    return [
        *await warehouse.query("conversation_history", {"uid": uid, **always}),
        *await warehouse.query("user_sessions", {"uid": uid, **always}),
        *await warehouse.query("user_preferences", {"uid": uid}),
    ]


async def test_rows_that_were_on_their_way_are_not_shown_and_the_sweep_deletes_them_and_says_so(
    api: Api, clock: Clock
) -> None:
    uid, frozen = await of_frozen_exporter(api)
    await api.services.exporter.drain()
    assert len(await shown_of(api, uid)) >= 2
    await erase(api)
    assert await rows_of(api, uid) == 0

    await api.services.warehouse.append(list(frozen.rows.values()))
    assert await shown_of(api, uid) == []
    late = await rows_of(api, uid)
    assert bool(late) == (api.services.settings.warehouse == "bigquery")
    clock.forward(seconds=LONGEST_APPEND + 1)
    assert (await sweep_services(api.services))[LATE] == late
    assert await rows_of(api, uid) == 0
    assert (await sweep_services(api.services))[LATE] == 0


async def test_an_exporter_that_was_frozen_for_days_brings_back_nothing(
    api: Api, clock: Clock
) -> None:
    uid, frozen = await of_frozen_exporter(api)
    await erase(api)
    await api.record("A new beginning")
    await api.services.exporter.drain()
    now = await shown_of(api, uid)
    clock.forward(days=3)
    await api.services.warehouse.append(list(frozen.rows.values()))
    assert await shown_of(api, uid) == now
    assert [row["query"] for row in now if "query" in row] == ["A new beginning"]
    removed = await compact(api.services.warehouse, clock())
    assert bool(removed.get("erased")) == (api.services.settings.warehouse == "bigquery")
    assert await rows_of(api, uid) == len(now)


async def test_a_dead_letter_of_an_exporter_that_was_late_goes_and_a_later_one_stays(
    api: Api, clock: Clock
) -> None:
    uid, _ = await of_frozen_exporter(api)
    before = clock() - 1
    await erase(api)
    keys = []
    for at, marked_at in ((1, before), (2, clock() + 1)):
        change = Change(kind="conversation", session_id="s", conversation_id="c", at=at)
        letter = DeadLetter(change=change, marked_at=marked_at, reason="refused", since=1)
        keys.append(key_of((uid, change)))
        await api.services.store.commit([Create(keys[-1], letter)])

    await sweep_services(api.services)

    found = await api.services.store.get(keys)
    assert [found.get(key) is None for key in keys] == [True, False]


async def test_dead_letters_go_and_the_report_tells_what_remains(api: Api, clock: Clock) -> None:
    uid, _ = await of_frozen_exporter(api)
    key = dead_letter_key(uid, "letter")
    change = Change(kind="conversation", session_id="s", conversation_id="c", at=1)
    letter = DeadLetter(change=change, marked_at=1, reason="refused", since=1)
    await api.services.store.commit([Create(key, letter)])
    report = await erase(api)
    assert (await api.services.store.get([key])).get(key) is None
    stored, mirrored = report["store"]["remains"], report["warehouse"]["remains"]
    if api.services.settings.warehouse == "bigquery":
        assert "time travel until" in mirrored
        assert "Google's support" in mirrored
        assert "point-in-time recovery" in stored
        hour, week = (
            datetime.fromisoformat(f"{time}Z") - datetime.now(UTC)
            for time in re.findall(r"until (\S+ \S+) UTC", stored)
        )
        assert timedelta(minutes=50) < hour < timedelta(minutes=61)
        assert timedelta(days=6.9) < week < timedelta(days=7.1)
    else:
        assert (stored, mirrored) == (None, None)


def test_the_sweep_looks_for_late_rows_for_longer_than_any_append_takes() -> None:
    hourly = 3600
    assert 2 * (LONGEST_APPEND + hourly) < LATE_APPENDS / 1_000_000
