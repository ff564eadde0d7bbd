"""Search by meaning through the API is the same on both pairs: it finds a user's own turns, and no deleted
ones."""

from collections.abc import AsyncIterator

import pytest

from recollect.settings.settings import Settings
from tests.integration.conftest import BEN, Api, Clock, running
from tests.integration.use_cases.search.test_search_by_meaning import ASKED, BREAD, TRIP, find, said
from tests.integration.use_cases.test_retention import lower_retention

KEPT, EXPIRED, DELETED, TRASHED, TEMPORARY = (
    f"{TRIP}, {part}" for part in ("kept", "expired", "deleted", "in the trash", "temporary")
)


@pytest.fixture
async def api(settings: Settings, clock: Clock, exporting_by_hand: None) -> AsyncIterator[Api]:
    """The API on each pair with its default settings; the test brings the mirror up to date."""
    async with running(settings.model_copy(update={"embedder": None})) as started:
        await started.services.warehouse.init()
        yield started


async def test_own_turns_are_found_by_meaning_and_none_that_is_gone(api: Api, clock: Clock) -> None:
    await api.record(EXPIRED)
    clock.forward(days=10)
    await api.record(KEPT, response="Aloha from the beaches of Oahu.")
    await api.record(BREAD)
    deleted = (await api.record(DELETED))["conversation"]["id"]
    trashed = (await api.record(TRASHED))["session"]["id"]
    temporary = (await api.record(TEMPORARY))["session"]["id"]
    await api.record(TRIP, BEN)
    await api.services.exporter.drain()
    assert set(await said(api, ASKED)) == {KEPT, EXPIRED, DELETED, TRASHED, TEMPORARY}
    assert await said(api, ASKED, BEN) == [TRIP]

    await api.mutate("deleteConversation", "", conversationId=deleted)
    await api.mutate("deleteSession", "", sessionId=trashed)
    await api.mutate("makeSessionTemporary", "", sessionId=temporary)
    await lower_retention(api, 7)
    # Their vectors are still in the mirror.
    found = await find(api, ASKED)
    assert [(hit["conversation"]["query"], hit["matchedBy"]) for hit in found["nodes"]] == [
        (KEPT, ["MEANING"])
    ]
    assert found["complete"]
    await api.services.exporter.drain()
    assert await said(api, ASKED) == [KEPT]


async def test_anothers_place_in_the_hits_leads_to_none_of_theirs(api: Api) -> None:
    for text in (KEPT, DELETED):
        await api.record(text)
    await api.services.exporter.drain()
    page = (await find(api, ASKED, first=1))["pageInfo"]
    assert page["hasNextPage"]
    assert await said(api, ASKED, first=1, after=page["endCursor"])
    answer = await api.post(
        "query ($after: String) { viewer { searchConversations(query: "
        f'"{ASKED}", first: 1, after: $after) {{ nodes {{ conversation {{ query }} }} }} }} }}',
        BEN,
        after=page["endCursor"],
    )
    assert "errors" in answer.json()
    assert TRIP not in answer.text
