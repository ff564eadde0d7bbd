"""A repeated request is recorded once; a contradicting one is refused."""

import asyncio
from typing import Any

from tests.integration.conftest import Api

COUNTS = "{ viewer { sessions { totalCount nodes { conversationCount } } } }"


async def test_the_same_first_turn_ten_times_at_once_makes_one_session_and_one_turn(
    api: Api,
) -> None:
    answers = await asyncio.gather(
        *(api.record("Hello?", response="Hi.", clientId="first-1") for _ in range(10))
    )
    assert [answer["userErrors"] for answer in answers] == [[]] * 10
    assert len({answer["conversation"]["id"] for answer in answers}) == 1
    assert (await api.call(COUNTS))["viewer"]["sessions"] == {
        "totalCount": 1,
        "nodes": [{"conversationCount": 1}],
    }


async def test_two_new_sessions_at_once_share_one_new_profile(api: Api) -> None:
    answers = await asyncio.gather(
        *(api.record(f"Hello {n}?", clientId=f"first-{n}") for n in range(4))
    )
    assert [answer["userErrors"] for answer in answers] == [[]] * 4
    assert (await api.call(COUNTS))["viewer"]["sessions"]["totalCount"] == 4


async def test_a_repeat_returns_the_turn_as_it_is_by_now(api: Api) -> None:
    turn = (await api.record("Q?", clientId="c-1"))["conversation"]["id"]
    await api.mutate("completeConversation", "", conversationId=turn, response="A.")
    again = await api.record("Q?", clientId="c-1")
    assert again["conversation"]["response"] == "A."
    assert again["session"]["conversationCount"] == 1


async def test_an_id_used_for_another_turn_is_a_conflict_and_changes_nothing(api: Api) -> None:
    session = (await api.record("Q?", clientId="c-1"))["session"]["id"]
    other = await api.record("Another?", clientId="c-1", sessionId=session)
    assert other["conversation"] is None
    assert other["userErrors"][0]["code"] == "CONFLICT"
    assert other["userErrors"][0]["field"] == ["clientId"]
    assert (await api.call(COUNTS))["viewer"]["sessions"]["nodes"] == [{"conversationCount": 1}]


async def test_a_turn_of_a_deleted_session_can_not_be_recorded_again(api: Api) -> None:
    session = (await api.record("Q?", clientId="c-1"))["session"]["id"]
    await api.mutate("deleteSession", "", sessionId=session)
    again = await api.record("Q?", clientId="c-1")
    assert again["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await api.call(COUNTS))["viewer"]["sessions"]["totalCount"] == 0


async def test_a_session_is_created_once_for_an_id(api: Api) -> None:
    given: dict[str, Any] = {
        "clientId": "chat-1",
        "title": "Trip",
        "tags": ["a"],
        "metadata": {"k": [1, None]},
    }
    selection = "session { id title tags metadata }"
    first = await api.mutate("createSession", selection, **given)
    assert first["session"] == {
        "id": "Session.chat-1",
        "title": "Trip",
        "tags": ["a"],
        "metadata": {"k": [1, None]},
    }
    assert await api.mutate("createSession", selection, **given) == first
    other = await api.mutate("createSession", selection, **{**given, "title": "Else"})
    assert (other["session"], other["userErrors"][0]["code"]) == (None, "CONFLICT")
    await api.mutate("deleteSession", "", sessionId="Session.chat-1")
    gone = await api.mutate("createSession", selection, **given)
    assert (gone["session"], gone["userErrors"][0]["code"]) == (None, "CONFLICT")


async def test_two_writers_on_one_session_lose_no_turn_and_count_right(api: Api) -> None:
    session = (await api.mutate("createSession", "session { id }"))["session"]["id"]

    async def write(who: str) -> None:
        for number in range(40):
            answer = await api.record(f"{who} {number}", sessionId=session)
            assert answer["userErrors"] == []

    await asyncio.gather(write("one"), write("two"))
    assert (await api.call(COUNTS))["viewer"]["sessions"]["nodes"] == [{"conversationCount": 80}]


async def test_the_count_equals_the_turns_while_the_session_comes_and_goes(api: Api) -> None:
    session = (await api.mutate("createSession", "session { id }"))["session"]["id"]
    writing = True

    async def write(who: str) -> int:
        landed = number = 0
        while number < 40 or not landed:
            number += 1
            answer = await api.record(f"{who} {number}", sessionId=session)
            codes = {error["code"] for error in answer["userErrors"]}
            assert codes <= {"NOT_FOUND"}
            landed += not codes
        return landed

    async def come_and_go() -> int:
        moves = 0
        while writing:
            await api.mutate("deleteSession", "", sessionId=session)
            await asyncio.sleep(0.01)
            await api.mutate("restoreSession", "", sessionId=session)
            await asyncio.sleep(0.02)
            moves += 1
        return moves

    moving = asyncio.create_task(come_and_go())
    landed = sum(await asyncio.gather(write("one"), write("two")))
    writing = False
    assert await moving > 0
    assert landed > 0
    assert (await api.call(COUNTS))["viewer"]["sessions"]["nodes"] == [
        {"conversationCount": landed}
    ]
