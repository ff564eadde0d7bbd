"""Turns are found by meaning, however far behind the mirror is; never another user's turns or deleted
ones."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from analytics.embedding.port import EmbedderUnavailable, Texts, Vector
from analytics.embedding.wordllama import WordLlamaEmbedder
from analytics.upkeep.backfill import backfill
from recollect.settings.settings import Settings
from tests.integration.conftest import BEN, Api, running

SEARCH = """
query ($query: String!, $first: Int, $after: String, $filter: SearchFilter, $order: SearchOrder! = RELEVANCE)
{
  viewer { searchConversations(query: $query, first: $first, after: $after, filter: $filter, order: $order) {
    complete correctedQuery
    nodes { conversation { query } matchedBy snippet { text highlighted } }
    pageInfo { hasNextPage endCursor }
  } }
}
"""
TRIP = "Write a travel blog post about a trip to Hawaii"
BREAD = "How is sourdough bread baked?"
ASKED = "vacation on a Pacific island"


@pytest.fixture
async def api(tmp_path: Path, exporting_by_hand: None) -> AsyncIterator[Api]:
    """The embedded API with its default settings; a test decides when the mirror is late."""
    async with running(Settings(data_dir=tmp_path)) as started:
        yield started


async def find(api: Api, query: str, user: str = "anna@example.com", **given: Any) -> Any:
    found = await api.call(SEARCH, user, query=query, **given)
    return found["viewer"]["searchConversations"]


async def said(api: Api, query: str, user: str = "anna@example.com", **given: Any) -> list[str]:
    return [
        hit["conversation"]["query"] for hit in (await find(api, query, user, **given))["nodes"]
    ]


async def mirrored(api: Api) -> None:
    assert await api.services.exporter.drain() > 0


@pytest.mark.parametrize("late", [True, False], ids=["mirror-late", "mirror-current"])
async def test_a_turn_is_found_in_other_words_and_says_why(api: Api, late: bool) -> None:
    await api.record(TRIP, response="Aloha from the beaches of Oahu.")
    await api.record(BREAD)
    if not late:
        await mirrored(api)
    found = await find(api, ASKED)
    assert [hit["conversation"]["query"] for hit in found["nodes"]] == [TRIP]
    assert found["nodes"][0]["matchedBy"] == ["MEANING"]
    assert found["nodes"][0]["snippet"] == [{"text": TRIP, "highlighted": False}]
    assert (found["complete"], found["correctedQuery"]) == (True, None)
    (both,) = (await find(api, "travel blog Hawaii"))["nodes"]
    assert both["matchedBy"] == ["WORDS", "MEANING"]


async def test_what_has_the_words_comes_first(api: Api) -> None:
    await api.record("The island of Etna in the Pacific: a vacation on it?")
    await api.record(TRIP)
    await mirrored(api)
    nodes = (await find(api, ASKED))["nodes"]
    assert [hit["matchedBy"] for hit in nodes] == [["WORDS", "MEANING"], ["MEANING"]]


async def test_made_up_words_find_nothing_and_newest_first_goes_by_words(api: Api) -> None:
    await api.record(TRIP)
    await mirrored(api)
    assert await said(api, "blorft snarg") == []
    assert await said(api, ASKED, order="NEWEST") == []


async def test_filters_phrases_and_excluded_words_hold_for_meaning(api: Api) -> None:
    made = await api.record(TRIP, model="gpt-4o")
    await api.mutate("setSessionTags", "", sessionId=made["session"]["id"], tags=["trips"])
    for late in (True, False):
        if not late:
            await mirrored(api)
        for narrowed in ("-hawaii", '"blog island"', "model:other", "tag:work", "before:2020"):
            assert await said(api, f"{ASKED} {narrowed}") == [], narrowed
        for narrowed in ("-norway", '"travel blog"', "model:gpt-4o", "tag:trips", "after:2020"):
            assert await said(api, f"{ASKED} {narrowed}") == [TRIP], narrowed
        assert await said(api, f"{ASKED} from:me") == []


async def test_nothing_of_another_user_is_found(api: Api) -> None:
    await api.record(TRIP, BEN)
    assert await said(api, ASKED) == []
    await mirrored(api)
    assert await said(api, ASKED) == []
    assert await said(api, ASKED, BEN) == [TRIP]


@pytest.mark.parametrize("name", ["deleteSession", "makeSessionTemporary"])
async def test_what_is_gone_or_temporary_is_not_found(api: Api, name: str) -> None:
    made = await api.record(TRIP)
    await mirrored(api)
    assert await said(api, ASKED) == [TRIP]
    await api.mutate(name, "", sessionId=made["session"]["id"])
    assert await said(api, ASKED) == []
    await mirrored(api)
    assert await said(api, ASKED) == []


async def test_a_word_with_a_slip_is_corrected_though_something_is_near(api: Api) -> None:
    await api.record("lighthouse invoices")
    await api.record("Bills for the beacon on the cliff by the sea")
    await mirrored(api)
    found = await find(api, "lighthose invoces")
    assert found["correctedQuery"] == "lighthouse invoices"
    assert found["nodes"][0]["matchedBy"][0] == "WORDS"
    page = await find(api, "lighthose invoces", first=1)
    rest = await find(api, "lighthose invoces", after=page["pageInfo"]["endCursor"])
    seen = [hit["conversation"]["query"] for hit in [*page["nodes"], *rest["nodes"]]]
    assert seen == [hit["conversation"]["query"] for hit in found["nodes"]]


async def test_pages_go_on_through_what_is_near(api: Api) -> None:
    texts = [f"{TRIP}, part {number}" for number in range(5)]
    for text in texts:
        await api.record(text)
    await mirrored(api)
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = await find(api, ASKED, first=2, after=after)
        seen += [hit["conversation"]["query"] for hit in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == texts
    assert not page["pageInfo"]["hasNextPage"]


async def test_no_vector_is_left_after_an_erasure(api: Api) -> None:
    await api.record(TRIP)
    await api.record(TRIP, BEN)
    await mirrored(api)
    await api.mutate("eraseMyData", "", confirm=True)
    await api.services.exporter.drain()
    vectors = "SELECT count(*) FROM conversation_history_changes WHERE embedding IS NOT NULL"
    warehouse: Any = api.services.warehouse
    ((left,),) = warehouse._connection.cursor().execute(vectors).fetchall()
    assert left == 1
    assert await said(api, ASKED) == []


async def test_a_backfill_brings_turns_to_another_embedder(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.record(TRIP)
    with monkeypatch.context() as earlier:
        earlier.setattr(WordLlamaEmbedder, "model", "an earlier one")
        await mirrored(api)
        assert await said(api, ASKED) == [TRIP]
    assert await said(api, ASKED) == []
    await backfill(api.services.store, lambda done, expected: None)
    await mirrored(api)
    assert await said(api, ASKED) == [TRIP]


async def test_words_are_still_found_while_the_embedder_is_away(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.record(TRIP)
    await mirrored(api)

    async def away(self: WordLlamaEmbedder, text: str) -> Vector | None:
        raise EmbedderUnavailable("It is away.")

    monkeypatch.setattr(WordLlamaEmbedder, "query", away)
    found = await find(api, "hawaii")
    assert [hit["matchedBy"] for hit in found["nodes"]] == [["WORDS"]]
    assert not found["complete"]


async def test_marks_wait_while_the_embedder_is_away(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.record(TRIP)

    async def away(self: WordLlamaEmbedder, turns: Sequence[Texts]) -> list[Vector | None]:
        raise EmbedderUnavailable("It is away.")

    with monkeypatch.context() as failing:
        failing.setattr(WordLlamaEmbedder, "documents", away)
        with pytest.raises(EmbedderUnavailable):
            await api.services.exporter.drain()
    await mirrored(api)
    assert await said(api, ASKED) == [TRIP]
