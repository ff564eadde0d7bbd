"""Every written word is found, however far behind the mirror is; deleted text is not."""

import pytest

from tests.integration.conftest import BEN, Api
from tests.integration.use_cases.search.finding import SEARCH, find, mirrored, queries, turns

pytestmark = pytest.mark.usefixtures("exporting_by_hand")


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
    # Only the last word may be a prefix. A current mirror knows the words, so it corrects this search.
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
    # The tag and the title are newer than their versions in the mirror.
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
