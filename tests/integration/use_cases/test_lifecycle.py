"""How sessions change: with time, with their number, and by their owner's actions."""

from typing import Any

import pytest

from recollect.settings.settings import Settings
from recollect.sweeper import sweep_services
from resolvers.configuration import SessionManagement
from tests.integration.conftest import Api, Clock, running

STATE = "session { id title status closed pinned tags metadata conversationCount }"
LIST = """
query ($filter: SessionFilter, $orderBy: SessionOrder! = LAST_ACTIVE, $first: Int, $after: String) {
  viewer {
    sessions(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      totalCount nodes { id title } pageInfo { hasNextPage endCursor }
    }
    trash { totalCount nodes { id deletedAt expiresAt } }
    sessionCounts { active archived trash }
  }
}
"""


async def listed(api: Api, **given: Any) -> list[str]:
    found = await api.call(LIST, **given)
    return [session["id"] for session in found["viewer"]["sessions"]["nodes"]]


async def counts(api: Api) -> tuple[int, int, int]:
    found = (await api.call(LIST))["viewer"]["sessionCounts"]
    return found["active"], found["archived"], found["trash"]


async def open_session(api: Api, name: str, **given: Any) -> str:
    payload = await api.mutate("createSession", "session { id }", clientId=name, **given)
    assert payload["userErrors"] == []
    session_id: str = payload["session"]["id"]
    return session_id


def limited(settings: Settings, **rules: int) -> Settings:
    return settings.model_copy(update={"session_management": SessionManagement(**rules)})


async def test_one_session_too_many_archives_the_least_recently_active_that_is_not_pinned(
    settings: Settings, clock: Clock
) -> None:
    async with running(limited(settings, max_sessions_per_user=3)) as api:
        await api.services.warehouse.init()
        first, second, third = [await open_session(api, f"s{n}") for n in range(3)]
        await api.mutate("pinSession", "", sessionId=first, pinned=True)
        fourth = await api.record("One more?")
        assert [s["id"] for s in fourth.get("archivedSessions", [])] == []
        payload = await api.mutate(
            "createSession", "session { id } archivedSessions { id status }", clientId="s5"
        )
        assert payload["archivedSessions"] == [{"id": third, "status": "ARCHIVED"}]
        archived = await listed(api, filter={"status": "ARCHIVED"})
        assert set(archived) == {second, third}
        assert await counts(api) == (3, 2, 0)
        woken = await api.record("Again", sessionId=second)
        assert woken["session"]["status"] == "ACTIVE"
        assert await counts(api) == (3, 2, 0)


async def test_all_pinned_is_a_limit(settings: Settings, clock: Clock) -> None:
    async with running(limited(settings, max_sessions_per_user=1)) as api:
        await api.services.warehouse.init()
        only = await open_session(api, "only")
        await api.mutate("pinSession", "", sessionId=only, pinned=True)
        refused = await api.record("More?")
        assert refused["userErrors"][0]["code"] == "LIMIT_EXCEEDED"
        assert "1 sessions" in refused["userErrors"][0]["message"]
        temporary = await api.mutate("createSession", "session { id }", temporary=True)
        assert temporary["userErrors"] == []
        assert await counts(api) == (1, 0, 0)


async def test_an_idle_session_is_archived_by_a_sweep_and_a_pinned_one_is_not(
    api: Api, clock: Clock
) -> None:
    idle, pinned = await open_session(api, "idle"), await open_session(api, "pinned")
    await api.mutate("pinSession", "", sessionId=pinned, pinned=True)
    clock.forward(days=8)
    fresh = await open_session(api, "fresh")
    done = await sweep_services(api.services)
    assert done["archived sessions"] == 1
    assert await listed(api, filter={"status": "ARCHIVED"}) == [idle]
    assert set(await listed(api, filter={"status": "ACTIVE"})) == {pinned, fresh}
    assert await counts(api) == (2, 1, 0)
    assert (await sweep_services(api.services))["archived sessions"] == 0


async def test_a_session_idle_for_too_long_takes_no_turns_until_it_is_restored(
    api: Api, clock: Clock
) -> None:
    recorded = await api.record("Before")
    session = recorded["session"]["id"]
    pinned = await open_session(api, "pinned")
    await api.mutate("pinSession", "", sessionId=pinned, pinned=True)
    clock.forward(days=31)
    late = await api.record("Late", sessionId=session)
    assert late["userErrors"][0]["code"] == "SESSION_EXPIRED"
    assert "restoreSession" in late["userErrors"][0]["message"]
    found = await api.call(
        "query ($id: ID!) { node(id: $id) { ... on Session { closed conversations { totalCount } } } }",
        id=session,
    )
    assert found["node"] == {"closed": True, "conversations": {"totalCount": 1}}
    assert (await api.record("Pinned", sessionId=pinned))["userErrors"] == []
    restored = await api.mutate("restoreSession", STATE, sessionId=session)
    assert (restored["session"]["closed"], restored["session"]["status"]) == (False, "ACTIVE")
    assert (await api.record("Again", sessionId=session))["session"]["conversationCount"] == 2


async def test_the_trash_gives_back_for_seven_days_and_then_never(api: Api, clock: Clock) -> None:
    kept, lost = [(await api.record(f"chat {n}"))["session"]["id"] for n in range(2)]
    for session in (kept, lost):
        await api.mutate("deleteSession", "", sessionId=session)
    trash = (await api.call(LIST))["viewer"]["trash"]
    assert [session["id"] for session in trash["nodes"]] == [lost, kept]
    assert await counts(api) == (0, 0, 2)
    clock.forward(days=6.9)
    back = await api.mutate("restoreSession", STATE, sessionId=kept)
    assert back["session"]["conversationCount"] == 1
    clock.forward(days=0.2)
    too_late = await api.mutate("restoreSession", STATE, sessionId=lost)
    assert too_late["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await api.call(LIST))["viewer"]["trash"]["nodes"] == []
    assert (await sweep_services(api.services))["purged sessions"] == 1
    assert await counts(api) == (1, 0, 0)
    (owner,) = await api.services.warehouse.query("uid_of_email", {"email": "anna@example.com"})
    rows = await api.services.warehouse.query(
        "user_sessions", {"uid": owner["uid"], "since": 0, "until": 2**51}
    )
    assert [f"Session.{row['session_id']}" for row in rows] == [kept]


async def test_a_deleted_turn_is_gone_and_its_id_is_never_used_again(api: Api) -> None:
    first = await api.record("First words", clientId="c-1")
    session, turn = first["session"]["id"], first["conversation"]["id"]
    await api.record("Second", sessionId=session)
    gone = await api.mutate(
        "deleteConversation",
        "deletedConversationId session { title conversationCount }",
        conversationId=turn,
    )
    assert gone["deletedConversationId"] == turn
    assert gone["session"] == {"title": None, "conversationCount": 1}
    found = await api.call(
        "query ($id: ID!) { node(id: $id) { ... on Session { conversations { totalCount nodes "
        "{ query } } } } }",
        id=session,
    )
    assert found["node"]["conversations"] == {"totalCount": 1, "nodes": [{"query": "Second"}]}
    assert (await api.call("query ($id: ID!) { node(id: $id) { id } }", id=turn))["node"] is None
    again = await api.record("First words", clientId="c-1", sessionId=session)
    assert again["userErrors"][0]["code"] == "NOT_FOUND"
    twice = await api.mutate("deleteConversation", "session { id }", conversationId=turn)
    assert twice["userErrors"][0]["code"] == "NOT_FOUND"


async def test_sessions_are_listed_by_their_turns_from_either_end(api: Api, clock: Clock) -> None:
    ids = [await open_session(api, name) for name in ("a", "b", "c", "d", "e")]
    for session, turns in zip(ids, (2, 3, 2, 0, 2), strict=True):
        for _ in range(turns):
            await api.record("More?", sessionId=session)
    most_first = [ids[1], ids[4], ids[2], ids[0], ids[3]]
    document = """
    query ($first: Int, $after: String, $last: Int, $before: String) { viewer {
      sessions(first: $first, after: $after, last: $last, before: $before, orderBy: CONVERSATION_COUNT) {
        nodes { id } pageInfo { endCursor startCursor hasNextPage hasPreviousPage }
      } } }"""

    async def read(**part: Any) -> Any:
        return (await api.call(document, **part))["viewer"]["sessions"]

    forwards: list[str] = []
    page = await read(first=2)
    forwards += [node["id"] for node in page["nodes"]]
    while page["pageInfo"]["hasNextPage"]:
        page = await read(first=2, after=page["pageInfo"]["endCursor"])
        forwards += [node["id"] for node in page["nodes"]]
    assert forwards == most_first

    backwards: list[str] = []
    page = await read(last=2)
    backwards += [node["id"] for node in reversed(page["nodes"])]
    while page["pageInfo"]["hasPreviousPage"]:
        page = await read(last=2, before=page["pageInfo"]["startCursor"])
        backwards += [node["id"] for node in reversed(page["nodes"])]
    assert backwards == most_first[::-1]


@pytest.mark.parametrize("name", ["since", "until"])
async def test_times_do_not_narrow_a_list_by_turns(embedded: Api, name: str) -> None:
    (error,) = await embedded.errors(
        LIST, filter={name: "2026-01-01T00:00:00Z"}, orderBy="CONVERSATION_COUNT"
    )
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == f"{name} needs a list that is ordered by a time."


async def test_sessions_are_filtered_and_ordered(api: Api, clock: Clock) -> None:
    trip = await open_session(api, "trip", title="Trip to Étretat", tags=["travel", "2026"])
    clock.forward(hours=1)
    work = await open_session(api, "work", title="Quarterly plan", tags=["job"])
    clock.forward(hours=1)
    asia = await open_session(api, "asia", title="東京 trip", tags=["travel"])
    clock.forward(hours=1)
    await api.record("Late word", sessionId=trip)
    await api.mutate("archiveSession", "", sessionId=work)
    await api.mutate("pinSession", "", sessionId=asia, pinned=True)
    assert await listed(api) == [trip, asia, work]
    assert await listed(api, orderBy="CREATED_AT") == [asia, work, trip]
    assert await listed(api, filter={"tag": "travel"}) == [trip, asia]
    assert await listed(api, filter={"tag": "trav"}) == []
    assert await listed(api, filter={"pinned": True}) == [asia]
    assert await listed(api, filter={"pinned": False}) == [trip, work]
    assert await listed(api, filter={"status": "ARCHIVED"}) == [work]
    assert await listed(api, filter={"tag": "travel", "status": "ACTIVE", "pinned": False}) == [
        trip
    ]
    assert await listed(api, filter={"title": "ÉTRETAT"}) == [trip]
    assert await listed(api, filter={"title": "TRIP"}) == [trip, asia]
    created = (await api.call("{ viewer { sessions { nodes { id createdAt } } } }"))["viewer"]
    times = {session["id"]: session["createdAt"] for session in created["sessions"]["nodes"]}
    since = {"since": times[work], "until": times[asia]}
    assert await listed(api, orderBy="CREATED_AT", filter=since) == [work]
    page = await api.call(LIST, filter={"title": "trip"}, first=1)
    info = page["viewer"]["sessions"]["pageInfo"]
    assert info["hasNextPage"] is True
    assert await listed(api, filter={"title": "trip"}, after=info["endCursor"]) == [asia]


async def test_tags_and_metadata_are_replaced_whole(api: Api) -> None:
    session = await open_session(api, "s", tags=["old"], metadata={"old": 1})
    tagged = await api.mutate("setSessionTags", STATE, sessionId=session, tags=["a", "b"])
    assert tagged["session"]["tags"] == ["a", "b"]
    described = await api.mutate(
        "updateSessionMetadata", STATE, sessionId=session, metadata={"new": [[1], {"": None}]}
    )
    assert described["session"]["metadata"] == {"new": [[1], {"": None}]}
    assert described["session"]["tags"] == ["a", "b"]


async def test_many_sessions_are_changed_at_once_and_each_is_told_of(api: Api) -> None:
    ids = [await open_session(api, f"s{n}") for n in range(3)]
    everything = [*ids, "Session.none", ids[0]]
    selection = "results { sessionId session { status } userErrors { code } }"
    done = await api.mutate("archiveSessions", selection, sessionIds=everything)
    assert [
        (result["sessionId"], [error["code"] for error in result["userErrors"]])
        for result in done["results"]
    ] == [*((session, []) for session in ids), ("Session.none", ["NOT_FOUND"])]
    assert await counts(api) == (0, 3, 0)
    await api.mutate("deleteSessions", selection, sessionIds=ids)
    assert await counts(api) == (0, 0, 3)
    await api.mutate("restoreSessions", selection, sessionIds=ids[:2])
    assert await counts(api) == (2, 0, 1)
    none = await api.mutate("deleteSessions", selection, sessionIds=[])
    assert none["userErrors"][0]["field"] == ["sessionIds"]
    many = await api.mutate("deleteSessions", selection, sessionIds=["no id"] * 101)
    assert "1 to 100" in many["userErrors"][0]["message"]


async def test_many_sessions_get_and_lose_tags_at_once_and_keep_their_others(api: Api) -> None:
    full = [f"t{n}" for n in range(20)]
    ids = [await open_session(api, f"s{n}", tags=t) for n, t in enumerate([["a"], ["b"], full])]
    selection = "results { session { tags } userErrors { message } }"
    tagging: dict[str, Any] = {"sessionIds": ids, "add": ["c", "b"], "remove": ["a"]}
    done = await api.mutate("tagSessions", selection, **tagging)
    assert [each["session"] and each["session"]["tags"] for each in done["results"]] == [
        ["c", "b"],
        ["b", "c"],
        None,
    ]
    assert "22 entries; the limit is 20" in done["results"][2]["userErrors"][0]["message"]
    assert await listed(api, filter={"tag": "c"}) == [ids[1], ids[0]]
    refused = await api.mutate("tagSessions", selection, sessionIds=ids, add=["", "x" * 51])
    assert [error["field"] for error in refused["userErrors"]] == [["add", "0"], ["add", "1"]]


@pytest.mark.parametrize("twice", ["archiveSession", "restoreSession"])
async def test_doing_it_twice_counts_once(api: Api, twice: str) -> None:
    session = await open_session(api, "s")
    for _ in range(2):
        assert (await api.mutate(twice, STATE, sessionId=session))["userErrors"] == []
    assert await counts(api) == ((0, 1, 0) if twice == "archiveSession" else (1, 0, 0))
