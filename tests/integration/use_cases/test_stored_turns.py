"""The figures of stored turns on the Privacy page: they agree with the store, and state when turns expire."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from recollect.settings.settings import Settings
from stores.records import Conversation, Session
from tests.integration.conftest import ANNA, BEN, Api, Clock, running

pytestmark = pytest.mark.usefixtures("exporting_by_hand")

STORED = (
    "{ viewer { storedTurns { turns textBytes daysKept expiring { day turns } pendingChanges } } }"
)


@pytest.fixture
async def api(settings: Settings, clock: Clock) -> AsyncIterator[Api]:
    async with running(settings) as started:
        await started.services.warehouse.init()
        yield started


async def stored(api: Api, user: str = ANNA) -> Any:
    await api.services.exporter.drain()
    return (await api.call(STORED, user))["viewer"]["storedTurns"]


async def in_store(api: Api, uid: str, days_kept: int) -> dict[str, Any]:
    """The same figures, computed from the turns in the store that are neither deleted nor temporary."""
    store = api.services.store
    sessions = await store.scan(Session, None, 100)
    shown = {
        each.session_id
        for key, each in sessions
        if key.uid == uid and isinstance(each, Session) and not each.temporary
    }
    turns = [
        each
        for key, each in await store.scan(Conversation, None, 100)
        if key.uid == uid
        and isinstance(each, Conversation)
        and each.session_id in shown
        and each.deleted_at is None
    ]
    texts = [
        text
        for turn in turns
        for text in (turn.query, turn.response, turn.feedback and turn.feedback.comment)
        if text
    ]
    days = Counter(
        date(1970, 1, 1) + timedelta(days=turn.recorded_at // 86_400_000_000 + days_kept)
        for turn in turns
    )
    return {
        "turns": len(turns),
        "textBytes": sum(len(text.encode()) for text in texts),
        "daysKept": days_kept,
        "expiring": [{"day": f"{day}", "turns": days[day]} for day in sorted(days)],
        "pendingChanges": 0,
    }


async def test_what_is_stored_is_what_the_store_has(api: Api, clock: Clock) -> None:
    first = await api.record("How high is the Jungfrau? ⛰", response="4158 m, says the survey.")
    chat = first["session"]["id"]
    await api.mutate(
        "submitFeedback",
        "conversation { id }",
        conversationId=first["conversation"]["id"],
        score=1,
        comment="Süß",
    )
    clock.forward(days=3)
    # A turn that was asked long ago and is recorded now expires by the time of recording.
    await api.record("And the Mönch?", sessionId=chat, timestamp="2020-01-01T00:00:00Z")
    for name in ("trashed", "private"):
        await api.record(f"Another, {name}", response="Words", clientId=f"turn-{name}")
    listed = await api.call("{ viewer { sessions { nodes { id title } } } }")
    ids = {each["title"]: each["id"] for each in listed["viewer"]["sessions"]["nodes"]}
    await api.mutate("deleteSession", "", sessionId=ids["Another, trashed"])
    await api.mutate("makeSessionTemporary", "", sessionId=ids["Another, private"])
    await api.record("Not Anna's", BEN)

    me = await api.call("{ viewer { id } }")
    uid = me["viewer"]["id"].removeprefix("Viewer.")
    found = await stored(api)
    assert found == await in_store(api, uid, 90)
    assert [each["turns"] for each in found["expiring"]] == [1, 1]

    privacy = {"privacySettings": {"dataRetentionDays": 2}}
    await api.mutate("updatePreferences", "", preferences=privacy)
    found = await stored(api)
    assert (found["turns"], found["daysKept"], len(found["expiring"])) == (1, 2, 1)


async def test_what_is_deleted_is_not_counted_from_that_moment(api: Api) -> None:
    made = await api.record("Secret", response="Gone soon")
    assert (await stored(api))["turns"] == 1
    await api.mutate("deleteSession", "", sessionId=made["session"]["id"])
    told = (await api.call(STORED))["viewer"]["storedTurns"]
    assert (told["turns"], told["textBytes"], told["expiring"]) == (0, 0, [])
    assert told["pendingChanges"] > 0


async def test_a_guests_turns_expire_by_the_guests_rule(settings: Settings, clock: Clock) -> None:
    async with running(settings.model_copy(update={"guests": True})) as api:
        await api.services.warehouse.init()
        token = (await api.http.post("/guests", json={})).json()["token"]

        async def ask(document: str) -> Any:
            response = await api.http.post(
                "/graphql",
                json={"query": document},
                headers={"Authorization": f"Bearer {token}"},
            )
            return response.json()["data"]

        await ask('mutation { recordConversation(input: {query: "Guest"}) { session { id } } }')
        await api.services.exporter.drain()
        told = (await ask(STORED))["viewer"]["storedTurns"]
        assert (told["turns"], told["daysKept"]) == (1, 1)
