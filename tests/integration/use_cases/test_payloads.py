"""What caches of front ends rely on: payloads with the viewer, edges, ids, and several objects at once."""

from typing import Any

from tests.integration.conftest import BEN, Api

COUNTS = "viewer { id sessionCounts { active trash } sessions { totalCount } }"


async def test_a_payload_has_the_viewer_as_it_is_after_the_change(api: Api) -> None:
    opened = await api.mutate("createSession", f"session {{ id }} {COUNTS}")
    assert opened["viewer"]["sessionCounts"] == {"active": 1, "trash": 0}
    gone = await api.mutate("deleteSession", COUNTS, sessionId=opened["session"]["id"])
    assert gone["viewer"]["sessionCounts"] == {"active": 0, "trash": 1}
    assert gone["viewer"]["sessions"] == {"totalCount": 0}
    selection = "preferences { id } viewer { preferences { id responseStyle } }"
    style = {"responseStyle": "CONCISE"}
    changed = await api.mutate("updatePreferences", selection, preferences=style)
    assert changed["viewer"]["preferences"] == {
        **changed["preferences"],
        "responseStyle": "CONCISE",
    }


async def test_a_refused_change_has_the_viewer_too(api: Api) -> None:
    refused = await api.mutate("deleteSession", COUNTS, sessionId="Session.none")
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    assert refused["viewer"]["sessionCounts"] == {"active": 0, "trash": 0}


async def test_a_payload_has_the_edges_that_the_lists_have(api: Api) -> None:
    selection = "conversationEdge { cursor node { id } } sessionEdge { cursor node { id } }"
    await api.record("Before")
    recorded = await api.mutate("recordConversation", selection, query="Why?", clientId="c")
    listed = await api.call(
        "{ viewer { sessions { edges { cursor node { id conversations { edges { cursor node { id } } "
        "} } } } } }"
    )
    first = listed["viewer"]["sessions"]["edges"][0]
    (turn,) = first["node"].pop("conversations")["edges"]
    assert recorded["sessionEdge"] == first
    assert recorded["conversationEdge"] == turn


async def test_a_session_that_is_not_listed_has_no_edge(api: Api) -> None:
    given: dict[str, Any] = {"clientId": "mine", "temporary": True}
    opened = await api.mutate(
        "createSession", "session { clientId } sessionEdge { cursor }", **given
    )
    assert (opened["session"], opened["sessionEdge"]) == ({"clientId": "mine"}, None)


async def test_several_objects_are_found_by_their_ids_and_turns_lead_to_their_session(
    api: Api,
) -> None:
    turn = (await api.record("Why?", clientId="c"))["conversation"]["id"]
    theirs = (await api.record("Ben's", BEN))["session"]["id"]
    document = (
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Session { clientId } "
        "... on Conversation { clientId session { id title } } } }"
    )
    found = await api.call(document, ids=[turn, "rubbish", theirs, turn])
    session = {"id": f"Session.{turn.split('.')[1]}", "title": "Why?"}
    shown = {"id": turn, "clientId": "c", "session": session}
    assert found["nodes"] == [shown, None, None, shown]
    errors = await api.errors(document, ids=["x"] * 101)
    assert errors[0]["message"] == "ids has 101 entries; it must have 1 to 100."


async def test_tags_are_those_of_the_sessions_that_are_listed(api: Api) -> None:
    for name, tags in {"a": ["sea", "sun"], "b": ["sun"], "c": ["gone"]}.items():
        await api.mutate("createSession", "", clientId=name, tags=tags)
    await api.mutate("createSession", "", clientId="t", tags=["brief"], temporary=True)
    await api.mutate("deleteSession", "", sessionId="Session.c")
    assert (await api.call("{ viewer { tags } }"))["viewer"]["tags"] == ["sea", "sun"]
    assert (await api.call("{ viewer { tags } }", BEN))["viewer"]["tags"] == []


async def test_a_hit_has_an_id_of_its_search(api: Api) -> None:
    await api.record("willow tree")
    document = (
        "query ($words: String!) { viewer { searchConversations(query: $words) { nodes { id } } } }"
    )
    ids = set()
    for words in ("willow", "tree"):
        found = await api.call(document, words=words)
        (hit,) = found["viewer"]["searchConversations"]["nodes"]
        ids.add(hit["id"])
        assert (await api.call("query ($id: ID!) { node(id: $id) { id } }", id=hit["id"])) == {
            "node": None
        }
    assert len(ids) == 2


async def test_sources_have_a_shape_whatever_a_service_calls_their_parts(api: Api) -> None:
    given = [
        {"title": "Tides", "uri": "https://sea.example", "snippet": "The moon", "spans": [[0, 4]]},
        {"name": "Waves", "url": "https://wave.example", "text": "The wind", "spans": "all"},
        "https://plain.example",
        None,
        {"title": 7, "spans": [[3, 1], [1], [0, "1"]]},
    ]
    recorded = await api.mutate(
        "recordConversation",
        "conversation { citations { title uri snippet spans { start end } data } }",
        query="Why?",
        response="So.",
        citations=given,
    )
    shown = [
        (each["title"], each["uri"], each["snippet"], each["spans"])
        for each in recorded["conversation"]["citations"]
    ]
    assert shown == [
        ("Tides", "https://sea.example", "The moon", [{"start": 0, "end": 4}]),
        ("Waves", "https://wave.example", "The wind", []),
        ("https://plain.example", None, None, []),
        (None, None, None, []),
    ]
    data = [each["data"] for each in recorded["conversation"]["citations"]]
    assert data == [each for each in given if each is not None]
