"""Chats are recorded, listed, read and still there after a restart."""

import asyncio
from typing import Any

import pytest

from recollect.settings.settings import Settings
from tests.integration.conftest import Api, running

SESSIONS = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  viewer { sessions(first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }
}
"""
TURNS = """
query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  viewer { session(id: $id) {
    conversationCount
    conversations(first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { query response }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  } }
}
"""


async def _page(api: Api, session_id: str, **window: Any) -> tuple[list[str], dict[str, Any]]:
    found = (await api.call(TURNS, id=session_id, **window))["viewer"]["session"]["conversations"]
    return [turn["query"] for turn in found["nodes"]], found["pageInfo"]


async def test_a_first_turn_opens_a_session_that_has_its_title(api: Api) -> None:
    recorded = await api.record("How do  tides\nwork?", response="The moon pulls.")
    assert recorded["userErrors"] == []
    assert recorded["conversation"]["query"] == "How do  tides\nwork?"
    assert recorded["session"]["title"] == "How do tides work?"
    assert recorded["session"]["conversationCount"] == 1


async def test_turns_are_there_after_a_restart(settings: Settings) -> None:
    async with running(settings) as api:
        await api.services.warehouse.init()
        session = (await api.record("Before?", response="Yes."))["session"]["id"]
        await api.record("And after?", sessionId=session)
    async with running(settings) as api:
        queries, _ = await _page(api, session)
        assert queries == ["Before?", "And after?"]


async def test_a_long_history_is_paged_from_both_ends(api: Api) -> None:
    session = (await api.record("turn 0"))["session"]["id"]
    for number in range(1, 7):
        await api.record(f"turn {number}", sessionId=session)
    everything = [f"turn {number}" for number in range(7)]

    newest, info = await _page(api, session, last=3)
    assert newest == everything[4:]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, False)
    older, info = await _page(api, session, last=3, before=info["startCursor"])
    assert older == everything[1:4]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, True)
    oldest, info = await _page(api, session, last=3, before=info["startCursor"])
    assert oldest == everything[:1]
    assert info["hasPreviousPage"] is False

    first, info = await _page(api, session, first=4)
    rest, info = await _page(api, session, first=4, after=info["endCursor"])
    assert first + rest == everything
    assert info["hasNextPage"] is False
    assert (await _page(api, session, first=0))[0] == []


async def test_turns_are_shown_in_the_order_of_recording_whatever_clocks_say(api: Api) -> None:
    session = (await api.record("first", timestamp="2024-03-03T00:00:00Z"))["session"]["id"]
    await api.record("second", sessionId=session, timestamp="2024-01-01T00:00:00Z")
    await api.record("third", sessionId=session, timestamp="2024-01-01T00:00:00Z")
    await api.record("fourth", sessionId=session)
    await api.record("fifth", sessionId=session, timestamp="2024-02-02T01:00:00+01:00")
    assert (await _page(api, session))[0] == ["first", "second", "third", "fourth", "fifth"]
    newest, info = await _page(api, session, last=2)
    assert newest == ["fourth", "fifth"]
    older, _ = await _page(api, session, last=2, before=info["startCursor"])
    assert older == ["second", "third"]


async def test_sessions_are_listed_by_latest_activity_each_exactly_once(api: Api) -> None:
    ids = [(await api.record(f"chat {n}"))["session"]["id"] for n in range(5)]
    await api.record("again", sessionId=ids[0])
    expected = [ids[0], *reversed(ids[1:])]
    seen: list[str] = []
    after = None
    while True:
        found = (await api.call(SESSIONS, first=2, after=after))["viewer"]["sessions"]
        assert found["totalCount"] == 5
        seen += [session["id"] for session in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert seen == expected
    last = (await api.call(SESSIONS, last=2))["viewer"]["sessions"]
    assert [session["id"] for session in last["nodes"]] == expected[-2:]


async def test_an_awaited_answer_is_completed_once(api: Api) -> None:
    turn = (await api.record("Slow question?"))["conversation"]
    assert (turn["response"], turn["answerState"]) == (None, "WAITING")
    selection = "conversation { response answerState responseTimeMs }"
    answer = {"conversationId": turn["id"], "response": "Here.", "responseTimeMs": 1200}
    done = await api.mutate("completeConversation", selection, **answer)
    assert done["conversation"] == {
        "response": "Here.",
        "answerState": "ANSWERED",
        "responseTimeMs": 1200,
    }
    again = await api.mutate("completeConversation", selection, **answer)
    assert (again["userErrors"], again["conversation"]) == ([], done["conversation"])
    other = await api.mutate("completeConversation", selection, **{**answer, "response": "No."})
    assert other["conversation"] is None
    assert other["userErrors"][0]["code"] == "CONFLICT"
    node = await api.call(
        "query ($id: ID!) { node(id: $id) { ... on Conversation { response } } }", id=turn["id"]
    )
    assert node["node"]["response"] == "Here."


ANSWERED_BY: dict[str, Any] = {
    "model": "gpt-4o",
    "inputTokens": 1200,
    "outputTokens": 80,
    "finishReason": "stop",
    "firstTokenMs": 340,
}
UNKNOWN = dict.fromkeys(ANSWERED_BY)


async def test_a_turn_tells_what_answered_it(api: Api) -> None:
    selection = f"conversation {{ id {' '.join(ANSWERED_BY)} }}"
    turn = (await api.record("Slow question?", clientId="t"))["conversation"]["id"]
    given: dict[str, Any] = {"conversationId": turn, "response": "Here.", **ANSWERED_BY}
    done = await api.mutate("completeConversation", selection, **given)
    assert done["conversation"] == {"id": turn, **ANSWERED_BY}
    assert await api.mutate("completeConversation", selection, **given) == done
    contrary = {**given, "model": "another"}
    other = await api.mutate("completeConversation", selection, **contrary)
    assert other["userErrors"][0]["code"] == "CONFLICT"

    at_once = {"query": "Quick?", "response": "Yes.", "clientId": "u", **ANSWERED_BY}
    recorded = await api.mutate("recordConversation", selection, **at_once)
    assert recorded["conversation"] == {"id": recorded["conversation"]["id"], **ANSWERED_BY}
    assert await api.mutate("recordConversation", selection, **at_once) == recorded
    plain = await api.mutate("recordConversation", selection, query="Plain?", response="Yes.")
    assert {**plain["conversation"], "id": None} == {"id": None, **UNKNOWN}


async def test_a_turn_without_text_tells_what_answered_it(api: Api) -> None:
    await api.mutate(
        "updatePreferences",
        "",
        preferences={"privacySettings": {"saveConversations": False}},
    )
    selection = f"conversation {{ query {' '.join(ANSWERED_BY)} }}"
    given = {"query": "Secret?", "response": "Yes.", **ANSWERED_BY}
    recorded = await api.mutate("recordConversation", selection, **given)
    assert recorded["conversation"] == {"query": None, **ANSWERED_BY}


@pytest.mark.parametrize("garbage", ["", "x", "Session", "Session.a b", "Viewer.x", "Turn.a.b.c.d"])
async def test_no_node_has_an_id_that_is_none(embedded: Api, garbage: str) -> None:
    found = await embedded.call("query ($id: ID!) { node(id: $id) { id } }", id=garbage)
    assert found == {"node": None}


async def test_times_are_all_of_one_width_so_that_text_sorts_as_time(embedded: Api) -> None:
    given = ("2024-01-01T00:00:00Z", "2024-01-01T02:00:00.5+02:00", "1970-01-01T00:00:00.000001Z")
    told = []
    for timestamp in given:
        recorded = await embedded.mutate(
            "recordConversation", "conversation { timestamp }", query="?", timestamp=timestamp
        )
        told.append(recorded["conversation"]["timestamp"])
    assert told == [
        "2024-01-01T00:00:00.000000Z",
        "2024-01-01T00:00:00.500000Z",
        "1970-01-01T00:00:00.000001Z",
    ]


async def test_two_completions_at_once_leave_one_answer(api: Api) -> None:
    turn = (await api.record("Race?"))["conversation"]["id"]
    outcomes = await asyncio.gather(
        *(
            api.mutate(
                "completeConversation",
                "conversation { response }",
                conversationId=turn,
                response=f"answer {n}",
            )
            for n in range(4)
        )
    )
    won = [o["conversation"]["response"] for o in outcomes if o["conversation"]]
    lost = [o["userErrors"][0]["code"] for o in outcomes if not o["conversation"]]
    assert (len(won), lost) == (1, ["CONFLICT"] * 3)


async def test_feedback_is_given_replaced_and_taken_back(api: Api) -> None:
    turn = (await api.record("Good?", response="Yes."))["conversation"]["id"]
    selection = "conversation { feedback { score comment } response }"

    async def rate(**given: Any) -> Any:
        return await api.mutate("submitFeedback", selection, conversationId=turn, **given)

    good = await rate(score=1, comment="Clear.")
    assert good["conversation"]["feedback"] == {"score": 1, "comment": "Clear."}
    bad = await rate(score=0)
    assert bad["conversation"]["feedback"] == {"score": 0, "comment": None}
    none = await rate(score=None)
    assert none["conversation"] == {"feedback": None, "response": "Yes."}
    assert (await rate(score=2))["userErrors"][0]["field"] == ["score"]
    stored = "query ($id: ID!) { node(id: $id) { ... on Conversation { feedback { score } } } }"
    assert (await api.call(stored, id=turn))["node"] == {"feedback": None}


async def test_a_title_of_the_users_own_is_never_overwritten(api: Api) -> None:
    session = (await api.mutate("createSession", "session { id title }"))["session"]
    assert session["title"] is None
    rename = {"sessionId": session["id"], "title": "Mine"}
    assert (await api.mutate("renameSession", "session { title }", **rename))["session"] == {
        "title": "Mine"
    }
    recorded = await api.record("A first question", sessionId=session["id"])
    assert recorded["session"]["title"] == "Mine"
    reset = {"sessionId": session["id"], "title": None}
    assert (await api.mutate("renameSession", "session { title }", **reset))["session"] == {
        "title": "A first question"
    }


async def test_an_answer_service_names_a_session_by_its_first_turn(api: Api) -> None:
    first = await api.record("What is a tide?")
    complete = {"conversationId": first["conversation"]["id"], "response": "Water that comes."}
    titled = await api.mutate(
        "completeConversation", "session { id title }", **complete, sessionTitle="The tides "
    )
    session = titled["session"]["id"]
    assert titled["session"]["title"] == "The tides"
    later = (await api.record("And ebb?", sessionId=session))["conversation"]["id"]
    untouched = await api.mutate(
        "completeConversation",
        "session { title }",
        conversationId=later,
        response="It goes.",
        sessionTitle="Ebb",
    )
    assert untouched["session"]["title"] == "The tides"
    long = await api.mutate(
        "completeConversation",
        "",
        conversationId=later,
        response="It goes.",
        sessionTitle="x" * 201,
    )
    assert long["userErrors"][0]["field"] == ["sessionTitle"]

    at_once = await api.record("What is a sea?", response="Much water.", sessionTitle="Seas")
    assert at_once["session"]["title"] == "Seas"
    gone = await api.mutate(
        "deleteConversation", "session { title }", conversationId=first["conversation"]["id"]
    )
    assert gone["session"]["title"] is None


async def test_a_title_that_is_proposed_overrides_none_of_the_users_own(api: Api) -> None:
    session = (await api.mutate("createSession", "session { id }", title="Mine"))["session"]["id"]
    turn = (await api.record("Private plans", sessionId=session))["conversation"]["id"]
    named = await api.mutate(
        "completeConversation",
        "session { title }",
        conversationId=turn,
        response="Good.",
        sessionTitle="Plans",
    )
    assert named["session"]["title"] == "Mine"


async def test_an_archived_session_stays_readable_and_wakes_up_with_a_turn(api: Api) -> None:
    session = (await api.record("Old"))["session"]["id"]
    archived = await api.mutate("archiveSession", "session { status }", sessionId=session)
    assert archived["session"]["status"] == "ARCHIVED"
    assert (await _page(api, session))[0] == ["Old"]
    assert (await api.record("New", sessionId=session))["session"]["status"] == "ACTIVE"


async def test_a_deleted_session_is_gone_at_once_and_comes_back_whole(api: Api) -> None:
    recorded = await api.record("Keep me")
    session, turn = recorded["session"]["id"], recorded["conversation"]["id"]
    deleted = await api.mutate("deleteSession", "deletedSessionId", sessionId=session)
    assert deleted["deletedSessionId"] == session
    assert (await api.call(TURNS, id=session))["viewer"]["session"] is None
    assert (await api.call(SESSIONS))["viewer"]["sessions"]["totalCount"] == 0
    assert (await api.call("query ($id: ID!) { node(id: $id) { id } }", id=turn))["node"] is None
    refused = await api.record("Too late", sessionId=session)
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    restored = await api.mutate(
        "restoreSession", "session { conversationCount }", sessionId=session
    )
    assert restored["session"] == {"conversationCount": 1}
    assert (await _page(api, session))[0] == ["Keep me"]
    assert (await api.call(SESSIONS))["viewer"]["sessions"]["totalCount"] == 1
