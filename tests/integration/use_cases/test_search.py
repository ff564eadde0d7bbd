"""A word once written is found, wherever the mirror stands; what is deleted is not."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from analytics.search_text import Section, section
from resolvers.search import hits, newest, results, unconfirmed
from stores.keys import Key
from stores.ports import Snapshot
from stores.records import Conversation, Record
from tests.integration.conftest import BEN, Api

pytestmark = pytest.mark.usefixtures("exporting_by_hand")


SEARCH = """
query ($query: String!, $first: Int, $after: String, $filter: SearchFilter, $order: SearchOrder! = NEWEST) {
  viewer { searchConversations(query: $query, first: $first, after: $after, filter: $filter, order: $order) {
    complete correctedQuery
    nodes { session { id title } conversation { query } snippet { text highlighted } }
    pageInfo { hasNextPage endCursor }
  } }
}
"""


async def find(api: Api, query: str, user: str = "anna@example.com", **given: Any) -> Any:
    found = await api.call(SEARCH, user, query=query, **given)
    return found["viewer"]["searchConversations"]


async def queries(api: Api, query: str, **given: Any) -> list[str]:
    found = await find(api, query, **given)
    return [hit["conversation"]["query"] for hit in found["nodes"]]


async def mirrored(api: Api) -> None:
    """Bring every change to the warehouse."""
    assert await api.services.exporter.drain() > 0


@pytest.mark.parametrize("late", [True, False], ids=["mirror-late", "mirror-current"])
async def test_words_are_found_in_questions_and_answers(api: Api, late: bool) -> None:
    session = (await api.record("Where is Mount Etna?", response="In Sicily, an ISLAND."))[
        "session"
    ]
    await api.record("Und die Straße?", sessionId=session["id"], response="東京タワーまで")
    await api.record("Another mountain", response="None.")
    if not late:
        await mirrored(api)
    assert await queries(api, "etna") == ["Where is Mount Etna?"]
    assert await queries(api, "mount sic") == ["Where is Mount Etna?"]
    # Only the last word may go on. The mirror knows the words, so there another search takes its place.
    assert await queries(api, "moun sicily") == ([] if late else ["Where is Mount Etna?"])
    assert await queries(api, "moun -island sicily") == []
    assert await queries(api, "island") == ["Where is Mount Etna?"]
    assert await queries(api, "moun") == ["Another mountain", "Where is Mount Etna?"]
    assert await queries(api, "strasse") == ["Und die Straße?"]
    assert await queries(api, "タワー") == ["Und die Straße?"]
    assert await queries(api, "tna") == []
    assert (await find(api, "etna", BEN))["nodes"] == []


@pytest.mark.parametrize("late", [True, False], ids=["mirror-late", "mirror-current"])
async def test_a_model_narrows_a_search_to_turns_that_it_answered(api: Api, late: bool) -> None:
    turn = await api.record("A tide?", response="Yes.", model="gpt-4o")
    await api.record("A tide, small?", response="Yes.", model="gpt-4o-mini")
    waiting = await api.record("A tide, later?", sessionId=turn["session"]["id"])
    await api.record("A tide by whom?", response="Yes.")
    await api.mutate("renameSession", "", sessionId=turn["session"]["id"], title="Tide")
    if not late:
        await mirrored(api)
    by_model = {"model": "gpt-4o"}
    assert await queries(api, "tide", filter=by_model) == ["A tide?"]
    answer = {"conversationId": waiting["conversation"]["id"], "response": "Now.", **by_model}
    await api.mutate("completeConversation", "", **answer)
    assert await queries(api, "tide", filter=by_model) == ["A tide, later?", "A tide?"]
    assert len((await find(api, "tide"))["nodes"]) == 5


async def test_the_snippet_shows_the_match(api: Api) -> None:
    await api.record(
        "OnUnreadable me", response=f"{'word ' * 100}the needle <b>here</b> {'end ' * 100}"
    )
    (hit,) = (await find(api, "needle"))["nodes"]
    assert [piece["text"] for piece in hit["snippet"] if piece["highlighted"]] == ["needle"]
    text = "".join(piece["text"] for piece in hit["snippet"])
    assert "the needle <b>here</b>" in text
    assert len(text) < 210


async def test_a_title_of_the_users_own_is_found(api: Api) -> None:
    session = (await api.record("Unrelated words"))["session"]["id"]
    await api.mutate("renameSession", "", sessionId=session, title="Quarterly report")
    await mirrored(api)
    (hit,) = (await find(api, "quarterly"))["nodes"]
    assert (hit["session"]["id"], hit["conversation"]) == (session, None)
    await api.mutate("renameSession", "", sessionId=session, title="Else")
    assert (await find(api, "quarterly"))["nodes"] == []


@pytest.mark.parametrize("late", [True, False], ids=["mirror-late", "mirror-current"])
async def test_a_deleted_session_is_found_no_more_at_once(api: Api, late: bool) -> None:
    session = (await api.record("Secret word"))["session"]["id"]
    if not late:
        await mirrored(api)
    assert await queries(api, "secret") == ["Secret word"]
    await api.mutate("deleteSession", "", sessionId=session)
    assert await queries(api, "secret") == []
    await mirrored(api)
    assert await queries(api, "secret") == []
    await api.mutate("restoreSession", "", sessionId=session)
    assert await queries(api, "secret") == ["Secret word"]


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


async def turns(api: Api, *texts: str) -> str:
    """Record turns in one session, the last one newest; the session's id."""
    session: str | None = None
    for number, text in enumerate(texts):
        time = f"2024-01-01T00:{number:02}:00Z"
        given = {"sessionId": session} if session else {}
        session = (await api.record(text, timestamp=time, **given))["session"]["id"]
    assert session
    return session


@pytest.fixture
def read(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many turns each read of the store asked for."""
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


async def test_a_query_without_a_word_is_refused(api: Api) -> None:
    (error,) = await api.errors(SEARCH, query="?!")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    (error,) = await api.errors(SEARCH, query="x" * 201)
    assert "1 to 200 characters" in error["message"]


async def test_a_hit_opens_its_session_at_the_turn(api: Api) -> None:
    session = (await api.record("turn 0"))["session"]["id"]
    for number in range(1, 5):
        await api.record(f"turn {number}", sessionId=session)
    (hit,) = (
        await api.call(
            '{ viewer { searchConversations(query: "2") { nodes { opensAt session { id } } } } }'
        )
    )["viewer"]["searchConversations"]["nodes"]

    opened = await api.call(
        "query ($id: ID!, $after: String!) { viewer { session(id: $id) {"
        " conversations(first: 2, after: $after) {"
        " nodes { query } pageInfo { hasNextPage hasPreviousPage } } } } }",
        id=hit["session"]["id"],
        after=hit["opensAt"],
    )

    turns = opened["viewer"]["session"]["conversations"]
    assert [turn["query"] for turn in turns["nodes"]] == ["turn 2", "turn 3"]
    assert turns["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": True}


BEST = {"order": "RELEVANCE"}


@pytest.mark.parametrize("late", [True, False], ids=["mirror-late", "mirror-current"])
async def test_a_word_is_found_in_any_form_and_without_its_accents(api: Api, late: bool) -> None:
    await api.record("Where do I pay the invoices in Zürich?", response="At the counter.")
    if not late:
        await mirrored(api)
    for order in ("RELEVANCE", "NEWEST"):
        for query in ("zurich", "invoice zur", "paying invoices", '"invoices in zurich"'):
            found = await find(api, query, order=order)
            (hit,) = found["nodes"]
            lit = [piece["text"] for piece in hit["snippet"] if piece["highlighted"]]
            assert lit, (query, hit["snippet"])


@pytest.mark.parametrize("late", [True, False], ids=["mirror-late", "mirror-current"])
async def test_filters_narrow_a_search_in_the_query_and_as_arguments(api: Api, late: bool) -> None:
    first = await api.record(
        "A tide?", response="The moon.", model="gpt-4o", timestamp="2024-01-02T00:00:00Z"
    )
    await api.record("A moon?", response="A tide.", timestamp="2025-01-02T00:00:00Z")
    session = first["session"]["id"]
    if not late:
        await mirrored(api)
    # The tag and the title are younger than what the mirror has.
    await api.mutate("renameSession", "", sessionId=session, title="My Holiday")
    await api.mutate("setSessionTags", "", sessionId=session, tags=["sea"])
    narrowed = [
        ("tide -moon?", {}, []),
        ('"a tide"', {}, ["A moon?", "A tide?"]),
        ("tide title:holiday", {"title": "my holiday"}, ["A tide?"]),
        ("tide tag:sea", {"tag": "sea"}, ["A tide?"]),
        ("tide tag:land", {"tag": "land"}, []),
        ("tide model:gpt-4o", {"model": "gpt-4o"}, ["A tide?"]),
        ("tide from:me", {"side": "ME"}, ["A tide?"]),
        ("tide from:answer", {"side": "ANSWER"}, ["A moon?"]),
        ("tide before:2025", {"until": "2025-01-01T00:00:00Z"}, ["A tide?"]),
        ("tide after:2024-06-01", {"since": "2024-06-01T00:00:00Z"}, ["A moon?"]),
    ]
    for query, given, expected in narrowed:
        for order in ("RELEVANCE", "NEWEST"):
            assert sorted(await queries(api, query, order=order)) == expected, query
            if given:
                found = await queries(api, "tide", filter=given, order=order)
                assert sorted(found) == expected, given


async def test_sessions_are_found_by_title_or_tag_alone(api: Api) -> None:
    session = (await api.record("x"))["session"]["id"]
    await api.record("y")
    await api.mutate("renameSession", "", sessionId=session, title="My Holiday")
    await api.mutate("setSessionTags", "", sessionId=session, tags=["sea"])
    for query in ("title:holiday", "tag:sea", "tag:sea title:holiday"):
        for order in ("RELEVANCE", "NEWEST"):
            (hit,) = (await find(api, query, order=order))["nodes"]
            assert (hit["session"]["id"], hit["conversation"]) == (session, None)
    assert (await find(api, "tag:land"))["nodes"] == []


async def test_a_filter_with_a_value_it_cannot_have_is_refused(api: Api) -> None:
    for query in ("tide from:them", "tide before:soon"):
        (error,) = await api.errors(SEARCH, query=query)
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "fields": [["query"]]}


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


async def test_hits_of_one_session_are_grouped(api: Api) -> None:
    one = await turns(api, "tide 1", "other", "tide 2")
    two = await turns(api, "tide tide tide")
    await mirrored(api)
    found = await api.call(
        '{ viewer { searchConversations(query: "tide") '
        "{ groups { session { id } hits { conversation { query } } } } } }"
    )
    groups = found["viewer"]["searchConversations"]["groups"]
    assert {each["session"]["id"]: len(each["hits"]) for each in groups} == {one: 2, two: 1}


async def test_a_word_with_a_slip_is_found_by_the_nearest_own_word(api: Api) -> None:
    turn = await api.record("Two invoices for the lighthouse")
    await api.record("Secret harbour", BEN)
    await mirrored(api)
    for order in ("RELEVANCE", "NEWEST"):
        found = await find(api, "lighthose invoces", order=order)
        assert found["correctedQuery"] == "lighthouse invoices"
        assert len(found["nodes"]) == 1
        assert (await find(api, "lighthouse", order=order))["correctedQuery"] is None
        assert await find(api, "harbor", order=order) == {
            "complete": True,
            "correctedQuery": None,
            "nodes": [],
            "pageInfo": {"hasNextPage": False, "endCursor": None},
        }
    await api.mutate("deleteSession", "", sessionId=turn["session"]["id"])
    gone = await find(api, "lighthose")
    assert (gone["correctedQuery"], gone["nodes"]) == (None, [])


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
