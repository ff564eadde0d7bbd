"""Pages of hits neither skip nor repeat, and read a bounded number of records."""

import threading
from collections.abc import Sequence

import pytest

from analytics.search_text import Section, section
from resolvers.search import hits, newest, results, unconfirmed
from stores.keys import Key
from stores.ports import Snapshot
from stores.records import Conversation, Record
from tests.integration.conftest import Api
from tests.integration.use_cases.search.finding import BEST, find, mirrored, queries, turns

pytestmark = pytest.mark.usefixtures("exporting_by_hand")


async def test_hits_are_paged_newest_first_across_what_the_mirror_has_and_has_not(api: Api) -> None:
    times = [f"2024-01-{day:02}T00:00:00Z" for day in range(1, 13)]
    session = (await api.record("hit 0", timestamp=times[0]))["session"]["id"]
    for number, time in enumerate(times[1:], 1):
        await api.record(f"hit {number}", sessionId=session, timestamp=time)
        if number in (3, 7):
            await mirrored(api)
    seen: list[str] = []
    after = None
    for _ in range(10):
        found = await find(api, "hit", first=5, after=after)
        seen += [hit["conversation"]["query"] for hit in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert seen == [f"hit {number}" for number in reversed(range(12))]
    between = {"since": times[2], "until": times[5]}
    assert await queries(api, "hit", filter=between) == ["hit 4", "hit 3", "hit 2"]


async def test_a_page_of_stale_candidates_still_leads_on_to_the_hits_behind_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "ROUNDS", 1)
    await api.record("target old", timestamp="2024-01-01T00:00:00Z")
    gone = (await api.record("target new"))["session"]["id"]
    for number in range(15):
        await api.record(f"target {number}", sessionId=gone)
    await mirrored(api)
    await api.mutate("deleteSession", "", sessionId=gone)
    page = await find(api, "target", first=1)
    assert page["nodes"] == []
    assert page["pageInfo"]["hasNextPage"] is True
    for _ in range(4):
        page = await find(api, "target", first=1, after=page["pageInfo"]["endCursor"])
        if page["nodes"]:
            break
    assert [hit["conversation"]["query"] for hit in page["nodes"]] == ["target old"]


@pytest.fixture
def read(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of turns that each read of the store requested."""
    numbers: list[int] = []
    real = api.services.store.get

    async def get(keys: Sequence[Key[Record]]) -> Snapshot:
        numbers.append(sum(key.kind is Conversation for key in keys))
        return await real(keys)

    monkeypatch.setattr(api.services.store, "get", get)
    return numbers


async def everything(api: Api, query: str, first: int) -> list[str]:
    """The hits of all pages."""
    seen: list[str] = []
    after = None
    for _ in range(50):
        page = await find(api, query, first=first, after=after)
        seen += [hit["conversation"]["query"] for hit in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return seen
        after = page["pageInfo"]["endCursor"]
    raise AssertionError(seen)


@pytest.mark.parametrize("late", [True, False], ids=["mirror-late", "mirror-current"])
async def test_a_page_reads_few_turns_at_once_and_stops_when_it_is_full(
    api: Api, late: bool, read: list[int]
) -> None:
    await turns(api, *(f"hit {number}" for number in range(40)))
    if not late:
        await mirrored(api)
    read.clear()
    assert await queries(api, "hit", first=2) == ["hit 39", "hit 38"]
    assert read == [min(hits.CHUNK, 40 if late else 14)]
    read.clear()
    assert len(await queries(api, "hit", first=30)) == 30
    assert max(read) <= hits.CHUNK


@pytest.mark.parametrize("late", [True, False], ids=["mirror-late", "mirror-current"])
@pytest.mark.parametrize("first", [1, 3, 4, 7])
async def test_pages_that_end_within_a_chunk_neither_skip_nor_repeat(
    api: Api, monkeypatch: pytest.MonkeyPatch, late: bool, first: int
) -> None:
    monkeypatch.setattr(results, "CHUNK", 4)
    texts = [f"{'hit' if number % 3 else 'other'} {number}" for number in range(18)]
    await turns(api, *texts)
    gone = await turns(api, *(f"hit gone {number}" for number in range(12)))
    if not late:
        await mirrored(api)
    await api.mutate("deleteSession", "", sessionId=gone)
    assert await everything(api, "hit", first) == [t for t in reversed(texts) if "hit" in t]


async def test_many_unconfirmed_records_are_looked_at_a_bounded_number_at_a_time(
    api: Api, monkeypatch: pytest.MonkeyPatch, read: list[int]
) -> None:
    monkeypatch.setattr(results, "CHUNK", 2)
    monkeypatch.setattr(newest, "BATCH_LIMIT", 4)
    monkeypatch.setattr(newest, "ROUNDS", 2)
    await turns(api, "needle", *(f"straw {number}" for number in range(20)))
    read.clear()
    page = await find(api, "needle")
    assert page["nodes"] == []
    assert page["pageInfo"]["hasNextPage"] is True
    assert 0 < sum(read) <= 8
    assert await everything(api, "needle", 5) == ["needle"]


async def test_texts_are_normalised_once_and_not_in_the_event_loop(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    normalised: list[str] = []

    def noting(text: str | None) -> Section:
        assert threading.current_thread() is not threading.main_thread()
        normalised.extend([text] if text else [])
        return section(text)

    monkeypatch.setattr(hits, "section", noting)
    await api.record("Where is Mount Etna?", response="In Sicily, an island.")
    assert await queries(api, "mount sicily") == ["Where is Mount Etna?"]
    assert sorted(normalised) == ["In Sicily, an island.", "Where is Mount Etna?"]


async def test_it_says_so_while_a_kept_sessions_turns_are_not_mirrored(api: Api) -> None:
    created = await api.mutate("createSession", "session { id }", temporary=True, title="Holiday")
    session = created["session"]["id"]
    await api.record("Mount Etna", sessionId=session)
    assert (await find(api, "etna"))["complete"] is True
    await api.mutate("keepSession", "", sessionId=session)
    assert (await find(api, "etna"))["complete"] is False
    assert [hit["session"]["id"] for hit in (await find(api, "holiday"))["nodes"]] == [session]
    await mirrored(api)
    found = await find(api, "etna")
    assert found["complete"] is True
    assert [hit["conversation"]["query"] for hit in found["nodes"]] == ["Mount Etna"]


async def test_it_says_so_when_more_waits_than_it_looks_at(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unconfirmed, "MARKS", 0)
    await api.record("unseen")
    assert (await find(api, "unseen"))["complete"] is False


@pytest.mark.parametrize("late", [True, False], ids=["mirror-late", "mirror-current"])
async def test_pages_of_the_best_hits_neither_skip_nor_repeat(api: Api, late: bool) -> None:
    texts = [f"tide {'tide ' * (number % 5)}{number}" for number in range(23)]
    for text in texts:
        await api.record(text)
    if not late:
        await mirrored(api)
    seen: list[str] = []
    after = None
    for _ in range(10):
        found = await find(api, "tide", first=5, after=after, **BEST)
        seen += [hit["conversation"]["query"] for hit in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert sorted(seen) == sorted(texts)


async def test_pages_of_a_corrected_search_go_on(api: Api) -> None:
    await turns(api, *(f"lighthouse {number}" for number in range(5)))
    await mirrored(api)
    for order in ("RELEVANCE", "NEWEST"):
        seen: list[str] = []
        after = None
        for _ in range(3):
            page = await find(api, "lighthose", first=2, after=after, order=order)
            seen += [hit["conversation"]["query"] for hit in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert sorted(seen) == [f"lighthouse {number}" for number in range(5)]
