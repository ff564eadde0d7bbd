"""A session that is made temporary: out of sight at once, out of the mirror soon, and gone in a day."""

import pytest

from recollect.sweeper import sweep_services
from stores.keys import conversation_key
from tests.integration.conftest import BEN, Api, Clock
from tests.integration.use_cases.making_temporary import (
    STATE,
    assert_clean,
    assert_forgotten,
    chat,
    keep,
    make_temporary,
    mirrored,
    shown,
    versions_with_text,
)
from tests.integration.use_cases.test_lifecycle import counts
from tests.integration.use_cases.test_privacy import uid_of

pytestmark = pytest.mark.usefixtures("exporting_by_hand")

SEE = """
query ($id: ID!) { viewer {
  session(id: $id) { temporary expiresAt conversations { nodes { query } } }
  sessions { totalCount nodes { id } }
  sessionCounts { active archived trash }
  searchConversations(query: "willow") { complete nodes { session { id } } }
} }
"""


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
    assert await counts(api) == (0, 0, 0)


async def test_it_gives_up_its_place_in_the_archive_and_its_pin(api: Api) -> None:
    session = await chat(api, turns=1)
    await api.mutate("pinSession", "", sessionId=session, pinned=True)
    await api.mutate("archiveSession", "", sessionId=session)
    made = await make_temporary(api, session)
    assert (made["status"], made["pinned"]) == ("ACTIVE", False)
    assert await counts(api) == (0, 0, 0)
    await keep(api, session)
    assert await counts(api) == (1, 0, 0)


async def test_once_more_changes_nothing(api: Api) -> None:
    session = await chat(api, turns=1)
    made = await make_temporary(api, session)
    await mirrored(api)
    assert await make_temporary(api, session) == made
    assert await api.services.store.scan_marks(None, 1) == []
    assert await counts(api) == (0, 0, 0)


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
    await api.record("willow 3", sessionId=session, clientId="t3")
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
    assert await counts(api) == (0, 0, 0)


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
    await assert_forgotten(api)
