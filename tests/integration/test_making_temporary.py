"""A session that is made temporary: out of sight at once, out of the mirror soon, and gone in a day."""

import asyncio
from typing import Any

import pytest

from analytics import changed
from analytics.exporter import Exporter
from analytics.ports import Parameter
from analytics.rows import Row
from analytics.upkeep.compact import compact
from analytics.upkeep.reconcile import differences
from recollect.sweeping import sweep_services
from stores.keys import conversation_key
from tests.integration.conftest import BEN, Api, Clock
from tests.integration.test_privacy import uid_of
from tests.integration.test_races import candidates

STATE = "session { id temporary status pinned closed expiresAt conversationCount }"
SEE = """
query ($id: ID!) { viewer {
  session(id: $id) { temporary expiresAt conversations { nodes { query } } }
  sessions { totalCount nodes { id } }
  sessionCounts { active archived trash }
  searchConversations(query: "willow") { complete nodes { session { id } } }
} }
"""


@pytest.fixture(autouse=True)
def _exporting_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded exporter stands still, so that a test decides when the mirror is late."""

    async def wait(exporter: Exporter, stop: asyncio.Event, *given: Any) -> None:
        await stop.wait()

    monkeypatch.setattr(Exporter, "run", wait)


async def chat(api: Api, turns: int = 3) -> str:
    """A session with turns and a title of the user's that all have one word."""
    await api.mutate("createSession", "", sessionId="tree", title="Willow tree")
    for n in range(turns):
        await api.record(f"willow {n}", sessionId="Session.tree", conversationId=f"t{n}")
    return "Session.tree"


async def make_temporary(api: Api, session: str) -> Any:
    made = await api.mutate("makeSessionTemporary", STATE, sessionId=session)
    assert made["userErrors"] == []
    return made["session"]


async def keep(api: Api, session: str) -> None:
    assert (await api.mutate("keepSession", "", sessionId=session))["userErrors"] == []


async def mirrored(api: Api) -> None:
    await api.services.exporter.drain()


async def shown(api: Api) -> dict[str, list[dict[str, Any]]]:
    """The viewer's rows in the views, without the place of each among its versions."""
    asked = {"uid": await uid_of(api), "since": 0, "until": 2**51}
    return {
        view: [
            {name: value for name, value in row.items() if name != "change_seq"}
            for row in await api.services.warehouse.query(view, asked)
        ]
        for view in ("user_sessions", "conversation_history")
    }


NOTHING: dict[str, list[dict[str, Any]]] = {"user_sessions": [], "conversation_history": []}


async def versions_with_text(api: Api) -> int:
    """How many versions of anything in the mirror's tables have the word, shown or not."""
    uid, warehouse = await uid_of(api), api.services.warehouse
    every: dict[str, Parameter] = {
        "uid": uid,
        "patterns": [" willow "],
        "since": 0,
        "before_time": 2**51,
        "before_session": "",
        "before_id": "",
        "limit": 100,
    }
    titles = await warehouse.query("search_sessions", every)
    return len(await candidates(warehouse, uid, " willow ")) + len(titles)


async def read_by_an_exporter(api: Api) -> list[Row]:
    """The rows of all that marks name, which an exporter has not appended yet."""
    store = api.services.store
    wanted = changed.latest(await store.scan_marks(None, 100))
    parts = [await changed.read(store, part) async for part in changed.parts(store, wanted)]
    return [row for part in parts for row in part.rows.values()]


async def assert_forgotten(api: Api) -> None:
    assert await shown(api) == NOTHING
    assert await versions_with_text(api) == 0
    await assert_clean(api)


async def assert_clean(api: Api) -> None:
    """No mark waits, and reconciling finds no difference."""
    store, warehouse = api.services.store, api.services.warehouse
    assert await store.scan_marks(None, 1) == []
    found = [part async for part in differences(store, warehouse, lambda done, known: None)]
    assert found == []


async def test_it_is_out_of_sight_at_once_and_out_of_the_mirror_after_the_next_pass(
    api: Api, clock: Clock
) -> None:
    session = await chat(api)
    await mirrored(api)
    assert await versions_with_text(api) > 3
    made = await make_temporary(api, session)
    assert made["temporary"] is True
    see = (await api.call(SEE, id=session))["viewer"]
    assert len(see["session"]["conversations"]["nodes"]) == 3
    assert see["sessions"] == {"totalCount": 0, "nodes": []}
    assert see["sessionCounts"] == {"active": 0, "archived": 0, "trash": 0}
    assert see["searchConversations"] == {"complete": True, "nodes": []}
    await mirrored(api)
    await assert_forgotten(api)


async def test_it_lasts_as_long_as_one_opened_now_however_old_it_is(api: Api, clock: Clock) -> None:
    session = await chat(api)
    await mirrored(api)
    clock.forward(days=40)
    made = await make_temporary(api, session)
    assert made["closed"] is False
    assert (await api.record("willow again", sessionId=session))["userErrors"] == []
    clock.forward(hours=23)
    assert not (await sweep_services(api.services))["purged sessions"]
    see = (await api.call(SEE, id=session))["viewer"]["session"]
    assert see["expiresAt"] == made["expiresAt"]
    again = await make_temporary(api, session)
    assert again["expiresAt"] == made["expiresAt"]
    clock.forward(hours=1.1)
    assert (await api.call(SEE, id=session))["viewer"]["session"] is None
    late = await api.mutate("makeSessionTemporary", "", sessionId=session)
    assert late["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await sweep_services(api.services))["purged sessions"] == 1
    await mirrored(api)
    await assert_forgotten(api)
    counts = (await api.call("{ viewer { sessionCounts { active archived trash } } }"))["viewer"]
    assert counts["sessionCounts"] == {"active": 0, "archived": 0, "trash": 0}


async def test_it_gives_up_its_place_in_the_archive_and_its_pin(api: Api) -> None:
    session = await chat(api, turns=1)
    await api.mutate("pinSession", "", sessionId=session, pinned=True)
    await api.mutate("archiveSession", "", sessionId=session)
    made = await make_temporary(api, session)
    assert (made["status"], made["pinned"]) == ("ACTIVE", False)
    counts = "{ viewer { sessionCounts { active archived trash } } }"
    none = {"active": 0, "archived": 0, "trash": 0}
    assert (await api.call(counts))["viewer"]["sessionCounts"] == none
    await keep(api, session)
    assert (await api.call(counts))["viewer"]["sessionCounts"] == {**none, "active": 1}


async def test_once_more_changes_nothing(api: Api) -> None:
    session = await chat(api, turns=1)
    made = await make_temporary(api, session)
    await mirrored(api)
    assert await make_temporary(api, session) == made
    assert await api.services.store.scan_marks(None, 1) == []
    counts = "{ viewer { sessionCounts { active archived trash } } }"
    found = (await api.call(counts))["viewer"]["sessionCounts"]
    assert found == {"active": 0, "archived": 0, "trash": 0}


async def test_what_is_not_there_is_refused_alike(api: Api) -> None:
    session = await chat(api, turns=1)
    refused = [
        await api.mutate("makeSessionTemporary", STATE, BEN, sessionId=session),
        await api.mutate("makeSessionTemporary", STATE, sessionId="Session.unknown"),
    ]
    await api.mutate("deleteSession", "", sessionId=session)
    refused.append(await api.mutate("makeSessionTemporary", STATE, sessionId=session))
    assert refused[0]["userErrors"][0]["code"] == "NOT_FOUND"
    assert refused == [refused[0]] * 3


@pytest.mark.parametrize("when", ["at once", "after a pass"])
async def test_keeping_it_brings_equal_rows_back(api: Api, when: str) -> None:
    session = await chat(api)
    await api.mutate("submitFeedback", "", conversationId="Conversation.tree.t1", score=1)
    gone = "Conversation.tree.t2"
    assert (await api.mutate("deleteConversation", "", conversationId=gone))["userErrors"] == []
    await mirrored(api)
    before = await shown(api)
    assert len(before["conversation_history"]) == 2
    for _ in range(2):
        await make_temporary(api, session)
        if when == "after a pass":
            await mirrored(api)
            await assert_forgotten(api)
        await keep(api, session)
        await mirrored(api)
        assert await shown(api) == before
        await assert_clean(api)
    await api.record("willow last", sessionId=session)
    await mirrored(api)
    assert len((await shown(api))["conversation_history"]) == 3
    await assert_clean(api)


async def test_what_is_done_to_it_meanwhile_is_kept_too(api: Api) -> None:
    session = await chat(api)
    await mirrored(api)
    await make_temporary(api, session)
    await mirrored(api)
    await api.record("willow 3", sessionId=session, conversationId="t3")
    rate = await api.mutate("submitFeedback", "", conversationId="Conversation.tree.t1", score=0)
    assert rate["userErrors"] == []
    await api.mutate("deleteConversation", "", conversationId="Conversation.tree.t0")
    await api.mutate("renameSession", "", sessionId=session, title="Willows")
    await mirrored(api)
    await assert_forgotten(api)
    await keep(api, session)
    await mirrored(api)
    rows = await shown(api)
    assert [row["title"] for row in rows["user_sessions"]] == ["Willows"]
    assert [(row["query"], row["feedback_score"]) for row in rows["conversation_history"]] == [
        ("willow 1", 0),
        ("willow 2", None),
        ("willow 3", None),
    ]
    await assert_clean(api)


async def test_a_turn_whose_mark_still_waits_is_never_mirrored(api: Api) -> None:
    session = await chat(api)
    await make_temporary(api, session)
    await mirrored(api)
    await assert_forgotten(api)


async def test_an_exporter_that_was_frozen_with_old_rows_brings_nothing_back(
    api: Api, clock: Clock
) -> None:
    session = await chat(api)
    warehouse = api.services.warehouse
    frozen = await read_by_an_exporter(api)
    await mirrored(api)
    before = await shown(api)
    await make_temporary(api, session)
    hiding = await read_by_an_exporter(api)
    assert len(hiding) == 1 + 3
    await mirrored(api)
    await warehouse.append(frozen)
    assert await shown(api) == NOTHING
    await assert_clean(api)
    await compact(warehouse, clock())
    await assert_forgotten(api)
    await keep(api, session)
    await mirrored(api)
    for late in (hiding, frozen):
        await warehouse.append(late)
        assert await shown(api) == before
        await assert_clean(api)


async def test_two_exporters_at_once_forget_it_too(api: Api) -> None:
    session = await chat(api, turns=10)
    await mirrored(api)
    await make_temporary(api, session)
    store, warehouse = api.services.store, api.services.warehouse
    await asyncio.gather(*(Exporter(store, warehouse).drain() for _ in range(2)))
    await assert_forgotten(api)


async def test_in_the_trash_and_back_it_stays_forgotten(api: Api) -> None:
    session = await chat(api)
    await mirrored(api)
    await make_temporary(api, session)
    await api.mutate("deleteSession", "", sessionId=session)
    await mirrored(api)
    await assert_forgotten(api)
    restored = await api.mutate("restoreSession", STATE, sessionId=session)
    assert restored["session"]["temporary"] is True
    await mirrored(api)
    await assert_forgotten(api)
    counts = "{ viewer { sessionCounts { active archived trash } } }"
    found = (await api.call(counts))["viewer"]["sessionCounts"]
    assert found == {"active": 0, "archived": 0, "trash": 0}


@pytest.mark.parametrize("end", ["its hours", "retention"])
async def test_what_is_purged_before_the_mirror_heard_of_it_is_forgotten_too(
    api: Api, clock: Clock, end: str
) -> None:
    session = await chat(api)
    await mirrored(api)
    clock.forward(days=10)
    await make_temporary(api, session)
    if end == "its hours":
        clock.forward(hours=25)
        assert (await sweep_services(api.services))["purged sessions"] == 1
    else:
        limited = {"privacySettings": {"dataRetentionDays": 5}}
        await api.mutate("updatePreferences", "", preferences=limited)
        assert (await sweep_services(api.services))["expired turns"] == 3
    store, uid = api.services.store, await uid_of(api)
    keys = [conversation_key(uid, "tree", f"t{n}") for n in range(3)]
    left = await store.get(keys)
    assert [left.get(key) for key in keys] == [None] * 3
    await mirrored(api)
    assert await candidates(api.services.warehouse, uid, " willow ") == []
    await assert_forgotten(api)


async def test_turns_recorded_at_the_same_time_are_kept_with_it_and_not_mirrored(api: Api) -> None:
    session = await chat(api)
    exporting = [asyncio.create_task(api.services.exporter.drain()) for _ in range(2)]
    said = [api.record(f"willow {n}", sessionId=session) for n in range(3, 13)]
    recorded, made = await asyncio.gather(asyncio.gather(*said), make_temporary(api, session))
    await asyncio.gather(*exporting)
    assert made["temporary"]
    assert [turn["userErrors"] for turn in recorded] == [[]] * 10
    await mirrored(api)
    assert await shown(api) == NOTHING
    await assert_clean(api)
    see = "query ($id: ID!) { viewer { session(id: $id) { conversationCount } } }"
    found = (await api.call(see, id=session))["viewer"]["session"]
    assert found == {"conversationCount": 13}
    await keep(api, session)
    await mirrored(api)
    assert len((await shown(api))["conversation_history"]) == 13
    await assert_clean(api)
