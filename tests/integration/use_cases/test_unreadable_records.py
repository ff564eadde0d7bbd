"""If a stored record can't be read, its owner is told that something is wrong, the log states where, and
everything else goes on. Its text is in no answer and in no log."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from recollect.logs import JsonFormatter
from recollect.sweeper import sweep_services
from stores.keys import (
    Key,
    conversation_key,
    dead_letter_key,
    erasure_key,
    mark_key,
    profile_key,
    session_key,
    trash_key,
)
from stores.mirror_records import DeadLetter
from stores.ports import Window
from stores.records import Conversation
from tests.damaged_records import SECRET, damage, plant
from tests.integration.conftest import ANNA, BEN, Api, Clock
from tests.integration.transfer.downloads import SELECTION
from tests.integration.use_cases.test_privacy import uid_of

TURNS = "{ viewer { session(id: $id) { title conversations { nodes { id query } } } } }"
LIST = "{ viewer { sessions { nodes { id } } } }"


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Assert after each test that the log has no text of a record."""
    yield
    form = JsonFormatter()
    assert SECRET not in "\n".join(form.format(record) for record in caplog.records)


async def recorded(api: Api, session_id: str, turn_id: str, user: str = ANNA) -> None:
    payload = await api.record(
        "A question",
        user,
        sessionId=f"Session.{session_id}",
        clientId=turn_id,
        response="An answer",
    )
    assert payload["userErrors"] == []


async def opened(api: Api, *sessions: str, user: str = ANNA) -> None:
    for name in sessions:
        await api.mutate("createSession", "", user, clientId=name)


async def two_sessions(api: Api) -> str:
    """The uid of a user with the sessions `good` and `bad`, the latter with two turns."""
    await opened(api, "good", "bad")
    await recorded(api, "good", "g1")
    await recorded(api, "bad", "b1")
    await recorded(api, "bad", "b2")
    return await uid_of(api)


async def broken(api: Api, document: str, **variables: Any) -> str:
    """The id of a request that can't be answered; asserts that its answer reveals nothing else."""
    response = await api.post(document, **variables)
    assert SECRET not in response.text
    (error,) = response.json()["errors"]
    assert "went wrong on our side" in error["message"]
    assert "again" not in error["message"]
    assert error["extensions"]["code"] == "INTERNAL"
    request_id: str = error["extensions"]["requestId"]
    return request_id


def places(caplog: pytest.LogCaptureFixture) -> set[str]:
    """The paths of unreadable records that the log names."""
    lines = [str(vars(each).get("record", each.getMessage())) for each in caplog.records]
    return {
        line.partition(" can't be read")[0].rpartition(" ")[2]
        for line in lines
        if "can't be read (" in line
    }


async def test_a_read_that_meets_one_fails_by_itself_and_the_log_says_where(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    uid = await two_sessions(api)
    await opened(api, "bens", user=BEN)
    await recorded(api, "bens", "c", BEN)
    turn, store = conversation_key(uid, "bad", "b1"), api.services.store
    await damage(store, turn, query=[SECRET])
    document = f"query ($id: ID!) {TURNS}"
    request_id = await broken(api, document, id="Session.bad")
    (entry,) = [each for each in caplog.records if vars(each).get("record")]
    assert str(vars(entry)["record"]).startswith("/".join(turn.path))
    assert vars(entry)["request_id"] == request_id
    assert entry.levelno == logging.ERROR

    shown = (await api.call(document, id="Session.good"))["viewer"]["session"]
    assert [each["query"] for each in shown["conversations"]["nodes"]] == ["A question"]
    assert len((await api.call(LIST))["viewer"]["sessions"]["nodes"]) == 2
    await recorded(api, "bad", "b3")
    assert (await api.call(document, BEN, id="Session.bens"))["viewer"]["session"] is not None

    await damage(store, session_key(uid, "bad"), tags=SECRET)
    await broken(api, LIST)
    shown = (await api.call(document, id="Session.good"))["viewer"]["session"]
    assert len(shown["conversations"]["nodes"]) == 1
    assert len((await api.call(LIST, BEN))["viewer"]["sessions"]["nodes"]) == 1


async def test_one_of_many_keeps_the_others_from_nothing(api: Api) -> None:
    uid = await two_sessions(api)
    await damage(api.services.store, session_key(uid, "bad"), tags=SECRET)
    payload = await api.mutate(
        "archiveSessions",
        "results { session { status } userErrors { code message } }",
        sessionIds=["Session.bad", "Session.good"],
    )
    bad, good = payload["results"]
    assert bad["session"] is None
    assert (bad["userErrors"][0]["code"], "again" in str(bad)) == ("UNAVAILABLE", False)
    assert good["session"] == {"status": "ARCHIVED"}


async def test_a_search_beside_a_damaged_mark_says_that_something_may_be_missing(
    api: Api,
) -> None:
    uid, store = await two_sessions(api), api.services.store
    await plant(store, mark_key(uid, "m"), changes=SECRET)
    found = await api.call(
        '{ viewer { searchConversations(query: "answer") { complete nodes { snippet { text } } } } }'
    )
    assert found["viewer"]["searchConversations"]["complete"] is False
    assert len(found["viewer"]["searchConversations"]["nodes"]) == 3
    span = '{since: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z"}'
    await broken(api, f"{{ viewer {{ insights(range: {span}) {{ turns }} }} }}")


def everything_of(uid: str) -> dict[Key[Any], dict[str, Any]]:
    """A record of each kind that a user has, with the fields that damage it."""
    return {
        profile_key(uid): {"preferences": SECRET, "created_at": SECRET},
        session_key(uid, "good"): {"created_at": ..., "custom_title": SECRET, "pinned": SECRET},
        trash_key(uid, "bad"): {"deleted_at": SECRET},
        conversation_key(uid, "good", "g1"): {"metadata": f"{{{SECRET}"},
        conversation_key(uid, "bad", "b1"): {"timestamp": SECRET},
    }


@pytest.mark.parametrize("erased_before", [False, True])
async def test_whoever_wants_all_of_theirs_erased_has_it_erased(
    api: Api, clock: Clock, erased_before: bool
) -> None:
    store = api.services.store
    if erased_before:
        await two_sessions(api)
        await api.mutate("eraseMyData", "", confirm=True)
    uid = await two_sessions(api)
    await opened(api, "bens", user=BEN)
    await recorded(api, "bens", "c", BEN)
    await api.mutate("deleteSession", "", sessionId="Session.bad")
    await api.services.exporter.drain()
    await plant(store, mark_key(uid, "m"), changes=SECRET)
    await plant(store, dead_letter_key(uid, "d"), change=SECRET)
    for key, values in everything_of(uid).items():
        await damage(store, key, **values)
    if erased_before:
        await damage(store, erasure_key(uid), started_at=SECRET)

    payload = await api.mutate(
        "eraseMyData", "report { store removed { kind count } }", confirm=True
    )
    assert payload["userErrors"] == []
    removed = {each["kind"]: each["count"] for each in payload["report"][0]["removed"]}
    assert (removed["conversations"], removed["sessions"], removed["trash"]) == (3, 1, 1)
    assert removed.keys() >= {"marks", "dead_letters"}
    for kind in (Conversation, DeadLetter):
        assert [key.uid for key, _ in await store.scan(kind, None, 9) if key.uid == uid] == []
    assert await store.list_conversations(uid, "good", Window(9)) == []
    found = await store.get([erasure_key(uid), profile_key(uid)])
    assert found.entry(profile_key(uid)) is None
    assert (erasure := found.get(erasure_key(uid))) is not None
    assert erasure.finished_at is not None
    rows = await api.services.warehouse.query(
        "conversation_history", {"uid": uid, "since": 0, "until": 2**51}
    )
    assert rows == []

    await opened(api, "anew")
    await recorded(api, "anew", "c")
    assert len((await api.call(LIST))["viewer"]["sessions"]["nodes"]) == 1
    assert len((await api.call(LIST, BEN))["viewer"]["sessions"]["nodes"]) == 1


async def test_a_sweep_does_what_it_can_and_says_what_it_could_not_read(
    api: Api, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    uid, store = await two_sessions(api), api.services.store
    await opened(api, "x", "y", "turn")
    for name in ("x", "y", "turn"):
        await recorded(api, name, f"{name}-1")
    await opened(api, "bens", user=BEN)
    await recorded(api, "bens", "c", BEN)
    ben = (await api.call("{ viewer { id } }", BEN))["viewer"]["id"].removeprefix("Viewer.")
    carl = "carl@example.com"
    await opened(api, "carls", user=carl)
    await recorded(api, "carls", "c", carl)
    await damage(store, session_key(uid, "bad"), tags=SECRET)
    await damage(store, conversation_key(uid, "turn", "turn-1"), query=[SECRET])
    await damage(store, profile_key(ben), preferences=SECRET)
    clock.forward(days=4000)
    done = await sweep_services(api.services)
    # The readable sessions: good, x and y of one user, and that of another.
    assert done["purged sessions"] == 4
    assert done["records that can't be read"] == 3
    left = {key.id for key, _ in await store.scan(Conversation, None, 20)}
    assert left == {"b1", "b2", "turn-1", "c"}
    assert places(caplog) == {
        f"users/{uid}/sessions/bad",
        f"users/{uid}/sessions/turn/conversations/turn-1",
        f"users/{ben}",
    }

    await damage(store, session_key(uid, "bad"), tags=[])
    await damage(store, conversation_key(uid, "turn", "turn-1"), query="mended")
    await damage(store, profile_key(ben), preferences={})
    done = await sweep_services(api.services)
    assert (done["purged sessions"], done["records that can't be read"]) == (3, 0)
    assert await store.scan(Conversation, None, 20) == []


async def test_what_can_not_be_downloaded_or_imported_says_so(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    uid = await two_sessions(api)
    payload = await api.mutate("exportSessions", SELECTION)
    await damage(api.services.store, profile_key(uid), preferences=SECRET)
    response = await api.http.get(payload["download"]["url"])
    assert (response.status_code, SECRET in response.text) == (500, False)
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    line = b'{"title": "T", "turns": [{"query": "q", "response": "r"}]}\n'
    response = await api.http.post(
        "/imports?format=turns",
        content=line,
        headers={"X-Recollect-Dev-User": ANNA, "Content-Type": "application/x-ndjson"},
    )
    assert (response.status_code, SECRET in response.text) == (500, False)
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert places(caplog) == {f"users/{uid}"}
