"""What subscribers receive: every change, with the latest state, over each protocol."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from recollect.settings.settings import Settings
from tests.integration.conftest import ANNA, BEN
from tests.integration.live.live_server import CONVERSATION_CHANGES, SESSION_CHANGES, Served, served


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Served]:
    """The served API on one of the pairs, its warehouse initialised."""
    async with served(settings) as started:
        await started.services.warehouse.init()
        yield started


async def test_a_session_is_followed_from_its_first_turn_to_its_purge(api: Served) -> None:
    async with api.socket() as socket:
        await socket.begin(SESSION_CHANGES)
        session = (await api.record("First"))["session"]["id"]
        opened = await socket.change()
        assert (opened["kind"], opened["sessionId"]) == ("CHANGED", session)
        assert opened["session"]["title"] == "First"

        await api.mutate("renameSession", "session { id }", sessionId=session, title="Mine")
        renamed = await socket.change()
        assert renamed["session"]["title"] == "Mine"
        assert renamed["changedAt"] > opened["changedAt"]

        await api.mutate("deleteSession", "session { id }", sessionId=session)
        deleted = await socket.change()
        assert (deleted["kind"], deleted["sessionId"]) == ("DELETED", session)
        assert (deleted["deletedSessionId"], deleted["session"]) == (session, None)

        await api.mutate("restoreSession", "session { id }", sessionId=session)
        restored = await socket.change()
        assert (restored["kind"], restored["session"]["deletedAt"]) == ("CHANGED", None)


async def test_a_turn_is_followed_until_its_session_is_deleted(api: Served) -> None:
    session = (await api.record("Before"))["session"]["id"]
    async with api.socket() as socket:
        await socket.begin(CONVERSATION_CHANGES, id=session)
        turn = (await api.record("Why?", sessionId=session))["conversation"]["id"]
        asked = await socket.change()
        assert (asked["conversationId"], asked["conversation"]["response"]) == (turn, None)
        given: dict[str, Any] = {"conversationId": turn}
        for offset, text in ((0, "S"), (1, "o")):
            await api.mutate("extendConversation", "", **given, offset=offset, text=text)
            grown = (await socket.change())["conversation"]
            assert grown["partialResponse"] == "So"[: offset + 1]
            assert grown["answerState"] == "GROWING"
        await api.mutate("completeConversation", "conversation { id }", **given, response="So.")
        assert (await socket.change())["conversation"]["response"] == "So."
        await api.mutate("submitFeedback", "conversation { id }", **given, score=1)
        assert (await socket.change())["conversation"]["feedback"] == {"score": 1}
        await api.mutate("deleteConversation", "session { id }", **given)
        gone = await socket.change()
        assert (gone["kind"], gone["conversationId"]) == ("DELETED", turn)
        assert (gone["deletedConversationId"], gone["conversation"]) == (turn, None)
        await api.mutate("deleteSession", "session { id }", sessionId=session)
        assert await socket.receive() == {"type": "complete", "id": "1"}


async def test_after_a_cursor_comes_all_that_was_missed(api: Served) -> None:
    async with api.socket() as socket:
        cursor = await socket.begin(SESSION_CHANGES)
    missed = [(await api.record(f"Chat {number}"))["session"]["id"] for number in range(3)]
    await api.mutate("deleteSession", "session { id }", sessionId=missed[0])
    async with api.socket() as socket:
        await socket.subscribe(SESSION_CHANGES, after=cursor)
        heard = [await socket.change() for _ in missed]
    assert {change["sessionId"]: change["kind"] for change in heard} == {
        missed[0]: "DELETED",
        missed[1]: "CHANGED",
        missed[2]: "CHANGED",
    }


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_the_same_comes_as_server_sent_events(api: Served, method: str) -> None:
    async with api.events(SESSION_CHANGES, method=method) as events:
        assert events.response.headers["content-type"].startswith("text/event-stream")
        assert (await events.change())["kind"] == "BEGUN"
        session = (await api.record("First"))["session"]["id"]
        assert (await events.change())["sessionId"] == session


async def test_events_have_ids_from_which_a_browser_continues(api: Served) -> None:
    """This holds whatever the operation selects and passes as `after`."""
    document = "subscription { sessionChanges { kind sessionId } }"
    async with api.events(document) as events:
        assert (await events.change())["kind"] == "BEGUN"
        begun = events.last_id
    missed = (await api.record("Missed"))["session"]["id"]
    async with api.events(document, headers={"Last-Event-ID": begun}) as events:
        assert (await events.change())["sessionId"] == missed
        assert events.last_id not in ("", begun)


async def test_nobody_hears_of_another_s_changes(api: Served) -> None:
    async with api.socket() as socket:
        await socket.begin(SESSION_CHANGES)
        await api.record("Ben's", user=BEN)
        mine = (await api.record("Anna's"))["session"]["id"]
        assert (await socket.change())["sessionId"] == mine


async def test_another_s_session_is_answered_like_one_that_is_not(api: Served) -> None:
    theirs = (await api.record("Ben's", user=BEN))["session"]["id"]
    answers = []
    async with api.socket() as socket:
        for name, session in (("theirs", theirs), ("none", "Session.nothing-here")):
            await socket.subscribe(CONVERSATION_CHANGES, name, id=session)
            message = await socket.receive()
            assert (message["type"], message["id"]) == ("error", name)
            answers.append(message["payload"])
    assert answers[0] == answers[1]
    assert answers[0][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_erasure_ends_every_subscription(api: Served) -> None:
    await api.record("First")
    async with api.socket() as socket:
        await socket.begin(SESSION_CHANGES)
        await api.mutate("eraseMyData", "report { store }", confirm=True)
        while (message := await socket.receive())["type"] == "next":
            pass
        assert message["type"] == "error"
        assert "erased" in message["payload"][0]["message"]


PREFERENCE_CHANGES = """
subscription ($after: String) { preferenceChanges(after: $after) {
  kind cursor preferences { id responseStyle } viewer { id preferences { responseStyle } } } }
"""


async def test_preferences_are_followed_and_continued_from_a_cursor(api: Served) -> None:
    async def style(value: str | None) -> None:
        await api.mutate("updatePreferences", "", preferences={"responseStyle": value})

    async with api.socket() as socket:
        cursor = await socket.begin(PREFERENCE_CHANGES)
        await api.record("This writes the profile, and changes no preference")
        await style("CONCISE")
        heard = await socket.change()
        assert (heard["kind"], heard["preferences"]["responseStyle"]) == ("CHANGED", "CONCISE")
        assert heard["viewer"]["preferences"] == {"responseStyle": "CONCISE"}
    async with api.socket() as socket:
        await socket.subscribe(PREFERENCE_CHANGES, after=cursor)
        missed = await socket.change()
        assert (missed["kind"], missed["preferences"]["responseStyle"]) == ("CHANGED", "CONCISE")
        await style("TECHNICAL")
        assert (await socket.change())["preferences"]["responseStyle"] == "TECHNICAL"


async def test_nobody_hears_of_another_s_preferences(api: Served) -> None:
    async with api.socket() as socket:
        cursor = await socket.begin(PREFERENCE_CHANGES)
        for user, style in ((BEN, "TECHNICAL"), (ANNA, "CONCISE")):
            given = {"responseStyle": style}
            await api.mutate("updatePreferences", "", user, preferences=given)
        assert (await socket.change())["preferences"]["responseStyle"] == "CONCISE"
    async with api.socket(BEN) as socket:
        await socket.subscribe(PREFERENCE_CHANGES, after=cursor)
        assert (await socket.receive())["type"] == "error"


ACCOUNT_CHANGES = """
subscription ($after: String) { sessionChanges(after: $after, preferences: true) {
  kind cursor sessionId session { id } viewer { id preferences { responseStyle } } } }
"""


async def test_one_subscription_tells_of_sessions_and_of_preferences(api: Served) -> None:
    async def style(value: str, user: str = ANNA) -> None:
        await api.mutate("updatePreferences", "", user, preferences={"responseStyle": value})

    async with api.socket() as socket:
        cursor = await socket.begin(ACCOUNT_CHANGES)
        session = (await api.record("This changes no preference"))["session"]["id"]
        assert (await socket.change())["sessionId"] == session
        await style("TECHNICAL", BEN)
        await style("CONCISE")
        heard = await socket.change()
        assert (heard["kind"], heard["sessionId"], heard["session"]) == ("CHANGED", None, None)
        assert heard["viewer"]["preferences"] == {"responseStyle": "CONCISE"}
    async with api.socket() as socket:
        await socket.subscribe(ACCOUNT_CHANGES, after=cursor)
        missed = [await socket.change() for _ in range(2)]
        assert {each["sessionId"] for each in missed} == {None, session}
    async with api.socket() as socket:
        # A subscriber who does not select preferences receives no changes of them.
        await socket.begin(SESSION_CHANGES)
        await style("DETAILED")
        other = (await api.record("Another"))["session"]["id"]
        assert (await socket.change())["sessionId"] == other
