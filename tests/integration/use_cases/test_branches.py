"""Branches: a turn beside another, the path that is shown, and the way back to earlier versions."""

import asyncio
from typing import Any

import pytest

from recollect.sweeper import sweep_services
from resolvers.conversations.conversations import list_conversations
from resolvers.pagination import PageRequest
from resolvers.sessions import branches
from resolvers.sessions.sessions import get_session
from stores.keys import conversation_key
from stores.ports import Create
from stores.records import Conversation
from tests.contract.records import create_session, turn
from tests.integration.conftest import ANNA, BEN, Api, Clock
from tests.integration.use_cases.test_races import context
from tests.integration.use_cases.test_retention import lower_retention

TURN = "id query branch replaces alternatives { position total ids }"
PATH = f"""query ($id: ID!, $branch: ID, $last: Int) {{ viewer {{ session(id: $id) {{
  conversationCount branches {{ id parent forksAt firstConversation shown }}
  conversations(last: $last, branch: $branch) {{
    nodes {{ {TURN} }} totalCount pageInfo {{ startCursor hasPreviousPage }} }} }} }} }}"""
SEARCH = """query ($q: String!) { viewer { searchConversations(query: $q) { nodes {
  opensAt branch conversation { query } } } } }"""


async def record(api: Api, query: str, user: str = ANNA, **given: Any) -> Any:
    """Record a turn with an id made from its question."""
    payload = await api.mutate(
        "recordConversation",
        f"conversation {{ {TURN} }} session {{ id conversationCount }}",
        user,
        query=query,
        clientId=query.replace(" ", "-"),
        **given,
    )
    assert payload["userErrors"] == []
    return payload["conversation"]


async def shown(api: Api, session: str, branch: str | None = None, last: int = 50) -> Any:
    found = await api.call(PATH, id=session, branch=branch, last=last)
    return found["viewer"]["session"]


async def path(api: Api, session: str, branch: str | None = None) -> list[str]:
    nodes = (await shown(api, session, branch))["conversations"]["nodes"]
    return [turn["query"] for turn in nodes]


async def chat(api: Api, *queries: str) -> tuple[str, dict[str, str]]:
    """A session with these turns, and their ids."""
    session = (await api.mutate("createSession", "session { id }"))["session"]["id"]
    turns = [await record(api, query, sessionId=session) for query in queries]
    return session, {turn["query"]: turn["id"] for turn in turns}


async def choose(api: Api, turn: str) -> Any:
    payload = await api.mutate("chooseAlternative", "session { id }", conversationId=turn)
    assert payload["userErrors"] == []
    return payload["session"]


async def test_an_edited_question_stands_beside_the_old_one_and_both_can_be_gone_back_to(
    api: Api,
) -> None:
    session, ids = await chat(api, "colours", "red", "more red")
    blue = await record(api, "blue", place={"replaces": ids["red"]})
    navy = await record(api, "navy", sessionId=session)
    assert blue["replaces"] == ids["red"]
    assert blue["alternatives"] == {
        "position": 2,
        "total": 2,
        "ids": [ids["red"], blue["id"]],
    }
    assert navy["alternatives"] is None
    assert await path(api, session) == ["colours", "blue", "navy"]
    assert (await shown(api, session))["conversationCount"] == 5

    await choose(api, ids["red"])
    assert await path(api, session) == ["colours", "red", "more red"]
    green = await record(api, "green", place={"replaces": ids["red"]})
    assert green["alternatives"]["position"] == 3
    assert await path(api, session) == ["colours", "green"]
    for _ in range(2):
        assert (await choose(api, navy["id"]))["id"] == session
        assert await path(api, session) == ["colours", "blue", "navy"]
    listed = await shown(api, session)
    assert [(each["shown"], each["forksAt"]) for each in listed["branches"]] == [
        (False, None),
        (True, ids["red"]),
        (False, ids["red"]),
    ]
    other = listed["branches"][2]["id"]
    assert await path(api, session, other) == ["colours", "green"]


async def test_a_turn_can_name_the_branch_that_its_writer_saw(api: Api) -> None:
    session, ids = await chat(api, "colours", "red")
    red = (await shown(api, session))["conversations"]["nodes"][1]["branch"]
    await record(api, "blue", place={"replaces": ids["red"]})
    await record(api, "crimson", sessionId=session, place={"branch": red})
    assert await path(api, session) == ["colours", "red", "crimson"]


async def test_a_repeated_request_adds_no_branch(api: Api) -> None:
    session, ids = await chat(api, "colours", "red")
    first = await record(api, "blue", place={"replaces": ids["red"]})
    await choose(api, ids["red"])
    assert await record(api, "blue", place={"replaces": ids["red"]}) == first
    found = await shown(api, session)
    assert len(found["branches"]) == 2
    other = await api.mutate(
        "recordConversation", "", query="blue", clientId="blue", sessionId=session
    )
    assert other["userErrors"][0]["code"] == "CONFLICT"


async def test_deleting_takes_one_turn_and_shows_what_stands_beside_it(api: Api) -> None:
    session, ids = await chat(api, "colours", "red", "more red")
    blue = await record(api, "blue", place={"replaces": ids["red"]})
    await record(api, "navy", sessionId=session)
    await api.mutate("deleteConversation", "", conversationId=blue["id"])
    assert await path(api, session) == ["colours", "navy"]
    navy = (await shown(api, session))["conversations"]["nodes"][1]
    assert navy["alternatives"]["ids"] == [ids["red"], navy["id"]]
    await api.mutate("deleteConversation", "", conversationId=navy["id"])
    assert await path(api, session) == ["colours", "red", "more red"]
    await api.mutate("deleteConversation", "", conversationId=ids["colours"])
    assert await path(api, session) == ["red", "more red"]


async def test_a_hit_on_a_branch_that_is_not_shown_opens_it_there(api: Api) -> None:
    session, ids = await chat(api, "colours", "crimson", "ruby")
    await record(api, "blue", place={"replaces": ids["crimson"]})
    for word, on_shown_path in (("ruby", False), ("colours", True)):
        found = await api.call(SEARCH, q=word)
        (hit,) = found["viewer"]["searchConversations"]["nodes"]
        assert (hit["branch"] is None) is on_shown_path
        opened = await api.call(
            "query ($id: ID!, $branch: ID, $after: String) { viewer { session(id: $id) { "
            "conversations(first: 1, after: $after, branch: $branch) { nodes { query } } } } }",
            id=session,
            branch=hit["branch"],
            after=hit["opensAt"],
        )
        nodes = opened["viewer"]["session"]["conversations"]["nodes"]
        assert nodes == [{"query": word}]


async def test_a_session_has_so_many_branches_and_no_more(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "BRANCHES", 3)
    session, ids = await chat(embedded, "red")
    for number in range(3):
        await record(embedded, f"again {number}", place={"replaces": ids["red"]})
    refused = await embedded.mutate(
        "recordConversation", "", query="once more", place={"replaces": ids["red"]}
    )
    assert refused["userErrors"][0] == {
        "code": "LIMIT_EXCEEDED",
        "field": ["place", "replaces"],
        "message": "The session has 3 branches, the most there can be; record the turn without "
        "place.replaces, or in a new session.",
    }
    assert (await shown(embedded, session))["conversationCount"] == 4


async def test_what_can_t_be_replaced_or_shown_is_refused(embedded: Api) -> None:
    session, ids = await chat(embedded, "red", "blue")
    other, others = await chat(embedded, "green")
    bens = await record(embedded, "theirs", BEN)

    async def refusal(name: str, **given: Any) -> tuple[str, str]:
        (problem,) = (await embedded.mutate(name, "", **given))["userErrors"]
        return problem["code"], ".".join(problem["field"])

    turn = {"query": "again"}
    missing = "Conversation.none.none"
    await embedded.mutate("deleteConversation", "", conversationId=ids["blue"])
    for replaced in (bens["id"], missing):
        assert await refusal("recordConversation", **turn, place={"replaces": replaced}) == (
            "NOT_FOUND",
            "sessionId",
        )
        assert await refusal("chooseAlternative", conversationId=replaced) == (
            "NOT_FOUND",
            "conversationId",
        )
    assert await refusal("recordConversation", **turn, place={"replaces": ids["blue"]}) == (
        "NOT_FOUND",
        "place.replaces",
    )
    for given in (
        {"place": {"replaces": others["green"]}, "sessionId": session},
        {"place": {"replaces": "no id"}},
    ):
        assert await refusal("recordConversation", **turn, **given) == ("INVALID", "place.replaces")
    root = bens["branch"]
    for given in (
        {"place": {"branch": root}, "sessionId": session},
        {"place": {"branch": root}},
        {"place": {"branch": f"Branch.{session.removeprefix('Session.')}.x"}, "sessionId": session},
    ):
        assert await refusal("recordConversation", **turn, **given) == ("INVALID", "place.branch")
    unknown = f"Branch.{session.removeprefix('Session.')}.7"
    assert await refusal(
        "recordConversation", **turn, place={"branch": unknown}, sessionId=session
    ) == (
        "NOT_FOUND",
        "place.branch",
    )
    both = {"replaces": ids["red"], "branch": unknown}
    document = (
        "mutation ($input: RecordConversationInput!) { recordConversation(input: $input) "
        "{ userErrors { code } } }"
    )
    for place in (both, {}):
        (error,) = await embedded.errors(document, input={**turn, "place": place})
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    for branch in (root, unknown, "no id"):
        (error,) = await embedded.errors(PATH, id=session, branch=branch)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert other != session


async def test_devices_that_append_and_branch_at_once_lose_nothing(api: Api) -> None:
    session, ids = await chat(api, "colours", "red")
    await asyncio.gather(
        *(record(api, f"append {number}", sessionId=session) for number in range(6)),
        *(record(api, f"again {number}", place={"replaces": ids["red"]}) for number in range(2)),
    )
    found = await shown(api, session)
    assert found["conversationCount"] == 2 + 6 + 2
    seen = {query for each in found["branches"] for query in await path(api, session, each["id"])}
    assert len(seen) == 10


async def test_turns_stored_before_there_were_branches_open_and_branch_as_they_are(
    api: Api,
) -> None:
    await api.record("a profile")
    ctx = await context(api)
    now = ctx.now()
    times = dict.fromkeys(("created_at", "last_active", "touched_at", "oldest_turn_at"), now)
    old = [
        turn(f"turn-{n}", "old", query=f"old {n}", timestamp=now - 10 + n, recorded_at=now)
        for n in range(2)
    ]
    await ctx.store.commit(
        [
            create_session("old", ctx.uid, conversation_count=2, **times),
            *(Create(conversation_key(ctx.uid, "old", each.conversation_id), each) for each in old),
        ]
    )
    again = await record(api, "again", place={"replaces": "Conversation.old.turn-1"})
    assert again["alternatives"]["total"] == 2
    await record(api, "on", sessionId="Session.old")
    assert await path(api, "Session.old") == ["old 0", "again", "on"]
    await choose(api, "Conversation.old.turn-1")
    assert await path(api, "Session.old") == ["old 0", "old 1"]


@pytest.mark.parametrize("last", [1, 3, 8, 50])
async def test_a_page_with_three_ancestors_takes_four_queries_at_most_at_once(
    embedded: Api, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    session, ids = await chat(embedded, "0a", "0b", "0c")
    turn_id, expected = ids["0c"], ["0a", "0b"]
    for number in range(1, 4):
        await record(embedded, f"{number}a", place={"replaces": turn_id})
        turn_id = (await record(embedded, f"{number}b", sessionId=session))["id"]
        expected.append(f"{number}a")
    expected.append("3b")
    ctx = await context(embedded)
    raw = session.removeprefix("Session.")
    state = await get_session(ctx, raw)
    assert state is not None
    calls, at_once, most = 0, 0, 0
    real = ctx.store.take_conversations

    async def counting(*given: Any) -> Any:
        nonlocal calls, at_once, most
        calls, at_once = calls + 1, at_once + 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return await real(*given)

    monkeypatch.setattr(ctx.store, "take_conversations", counting)
    page = await list_conversations(ctx, raw, PageRequest(last=last), known=state.session)
    assert [each.query for each in page.items] == expected[-last:]
    assert calls == most == {1: 1, 3: 3, 8: 4, 50: 4}[last]
    calls = 0
    page = await list_conversations(await context(embedded), raw, PageRequest(last=last))
    assert [each.query for each in page.items] == expected[-last:]
    assert calls <= 4


async def test_what_expires_leaves_the_others_their_places(embedded: Api, clock: Clock) -> None:
    session, ids = await chat(embedded, "colours", "red", "more red")
    blue = await record(embedded, "blue", place={"replaces": ids["red"]})
    clock.forward(days=10)
    green = await record(embedded, "green", place={"replaces": ids["red"]})
    navy = await record(embedded, "navy", place={"replaces": blue["id"]})
    await choose(embedded, green["id"])
    await lower_retention(embedded, 7)
    await sweep_services(embedded.services)
    assert await path(embedded, session) == ["green"]
    found = await shown(embedded, session)
    assert found["conversationCount"] == 2
    (turn,) = found["conversations"]["nodes"]
    assert turn["alternatives"]["ids"] == [green["id"], navy["id"]]


@pytest.mark.parametrize("last", [True, False])
async def test_pages_of_branches_with_the_largest_answers_lead_on(
    embedded: Api, last: bool
) -> None:
    session, ids = await chat(embedded, "start", "replaced")
    large = "\N{GRINNING FACE}" + "a" * 690 * 1024
    await record(embedded, "other", place={"replaces": ids["replaced"]}, response=large)
    for each in ("more", "and more", "end"):
        await record(embedded, each, sessionId=session, response=large)
    ctx, raw = await context(embedded), session.removeprefix("Session.")
    found: list[Conversation] = []
    cursor: str | None = None
    while len(found) < 5:
        request = PageRequest(last=5, before=cursor) if last else PageRequest(first=5, after=cursor)
        page = await list_conversations(ctx, raw, request)
        assert page.items
        found = [*page.items, *found] if last else [*found, *page.items]
        cursor = page.start_cursor if last else page.end_cursor
    assert [turn.query for turn in found] == ["start", "other", "more", "and more", "end"]
