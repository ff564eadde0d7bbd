"""What an export contains, whose data it contains, and when it is refused; on both pairs."""

import json
from typing import Any

import pytest

from recollect.sweeper import sweep_services
from resolvers.configuration import UserPreferences
from resolvers.transfer.exporting import entries
from tests.integration.conftest import ANNA, BEN, Api, Clock, embedded_settings, running
from tests.integration.transfer.downloads import (
    SELECTION,
    archive,
    everything,
    export,
    export_all,
    fetched,
)


def titles(document: Any) -> list[str | None]:
    return sorted(chat.get("title") or chat.get("derivedTitle") for chat in document["sessions"])


async def act(api: Api, name: str, session: str, **given: Any) -> None:
    done = await api.mutate(name, "", sessionId=f"Session.{session}", **given)
    assert done["userErrors"] == []


async def chats(api: Api) -> None:
    """An active chat, an archived one, one in the trash, and a temporary one."""
    for name in ("active", "archived", "trashed"):
        await api.mutate("createSession", "", clientId=name, title=name)
        await api.record(f"q of {name}", sessionId=f"Session.{name}", clientId="t1")
    await act(api, "archiveSession", "archived")
    await act(api, "deleteSession", "trashed")
    await api.mutate("createSession", "", clientId="passing", title="temporary", temporary=True)
    await api.record("q of temporary", sessionId="Session.passing", clientId="t1")


async def test_all_sessions_are_the_active_and_the_archived_ones(api: Api) -> None:
    await chats(api)
    assert titles(await archive(api)) == ["active", "archived"]
    assert titles(await archive(api, sessions={"filter": {"status": "ARCHIVED"}})) == ["archived"]
    assert titles(await archive(api, sessions={"filter": {"title": "ACT"}})) == ["active"]
    assert titles(await archive(api, sessions={"filter": {"until": "2020-01-01T00:00:00Z"}})) == []


async def test_named_sessions_are_exported_a_temporary_one_too(api: Api) -> None:
    await chats(api)
    ids = ["Session.passing", "Session.archived", "Session.passing"]
    payload = await export(api, sessions={"sessionIds": ids})
    assert (payload["sessionCount"], payload["conversationCount"]) == (2, 2)
    assert titles(json.loads(await fetched(api, payload))) == ["archived", "temporary"]


async def test_everything_is_in_an_export_of_all_data(api: Api) -> None:
    await chats(api)
    await api.mutate("updatePreferences", "", preferences={"uiSettings": {"theme": "LIGHT"}})
    payload = await export_all(api)
    assert (payload["sessionCount"], payload["conversationCount"]) == (4, 4)
    found = json.loads(await fetched(api, payload))
    assert titles(found) == ["active", "archived", "temporary", "trashed"]
    assert all(len(chat["turns"]) == 1 for chat in found["sessions"])
    assert found["account"]["email"] == ANNA
    assert found["account"]["preferences"]["uiSettings"] == {"theme": "light"}
    assert "optedInAt" not in found["account"]
    by_id = {chat["id"]: chat for chat in found["sessions"]}
    assert by_id["trashed"]["deletedAt"]
    assert by_id["passing"]["temporary"] is True
    assert by_id["archived"]["status"] == "archived"


async def test_all_data_says_since_when_analysts_may_see_it(api: Api) -> None:
    privacy = {"privacySettings": {"analyticsOptIn": True}}
    await api.mutate("updatePreferences", "", preferences=privacy)
    account = (await everything(api))["account"]
    assert account["optedInAt"] >= account["createdAt"]
    assert account["preferences"]["privacySettings"] == {"analyticsOptIn": True}


async def test_a_document_has_every_field_of_a_turn_to_the_microsecond(api: Api) -> None:
    given: dict[str, Any] = {
        "response": "",
        "timestamp": "2024-02-29T12:00:00.123456+02:00",
        "responseTimeMs": 12,
        "firstTokenMs": 3,
        "model": "gpt-4o",
        "inputTokens": 100,
        "outputTokens": 20,
        "finishReason": "stop",
        "citations": [{"uri": "https://a.example", "n": [1, [2.5, None]]}],
        "metadata": {"k": {"x": None}, "größe": 2**53},
        "answerToken": "tok",
    }
    query = 'A\u0000 "b" \u2028 \U0001f600 مرحبا\r\n'
    made = await api.record(query, clientId="t1", **given)
    await api.mutate(
        "submitFeedback", "", conversationId=made["conversation"]["id"], score=0, comment="no"
    )
    (chat,) = (await archive(api))["sessions"]
    (turn,) = chat["turns"]
    recorded_at = turn.pop("recordedAt")
    assert recorded_at.endswith("Z")
    assert turn.pop("judgedAt") > recorded_at
    assert turn == {
        "kind": "turn",
        "sessionId": chat["id"],
        "id": "t1",
        "query": query,
        "response": "",
        "answered": True,
        "failed": False,
        "textSaved": True,
        "timestamp": "2024-02-29T10:00:00.123456Z",
        "responseTimeMs": 12,
        "firstTokenMs": 3,
        "model": "gpt-4o",
        "inputTokens": 100,
        "outputTokens": 20,
        "finishReason": "stop",
        "feedback": {"score": 0, "comment": "no"},
        "citations": given["citations"],
        "metadata": given["metadata"],
        "answerToken": "tok",
        "beginsBranch": False,
        "responseStyle": "detailed",
        "language": "en",
    }


async def test_more_turns_than_a_page_come_once_and_in_order(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "TURNS", 25)
    session = (await api.record("0", timestamp="2024-01-01T00:00:00Z"))["session"]["id"]
    for number in range(1, 60):
        # Several turns at the same time, so that pages end within them.
        when = f"2024-01-01T00:00:{number // 20:02}Z"
        await api.record(str(number), sessionId=session, timestamp=when)
    (chat,) = (await archive(api))["sessions"]
    assert [turn["query"] for turn in chat["turns"]] == [str(number) for number in range(60)]


async def test_a_deleted_turn_is_in_no_export(api: Api) -> None:
    made = await api.record("keep")
    gone = await api.record("drop", sessionId=made["session"]["id"])
    await api.mutate("deleteConversation", "", conversationId=gone["conversation"]["id"])
    (chat,) = (await everything(api))["sessions"]
    assert [turn["query"] for turn in chat["turns"]] == ["keep"]
    assert chat["conversationCount"] == 1


async def test_what_has_expired_is_in_no_export(api: Api, clock: Clock) -> None:
    old = await api.record("old")
    await api.record("of a chat that ends")
    clock.forward(days=20)
    await api.record("new", sessionId=old["session"]["id"])
    await api.mutate("createSession", "", clientId="trashed")
    await act(api, "deleteSession", "trashed")
    await api.mutate("createSession", "", clientId="passing", temporary=True)
    clock.forward(days=75)
    for found in (await everything(api), await archive(api)):
        (chat,) = found["sessions"]
        assert [turn["query"] for turn in chat["turns"]] == ["new"]
        assert "derivedTitle" not in chat
    await sweep_services(api.services)
    assert (await export_all(api))["conversationCount"] == 1


async def test_every_format_is_served_as_what_it_is(api: Api) -> None:
    await api.record("What is 天気?", response="Weather")
    types = {
        "JSON": ("application/json", "json"),
        "NDJSON": ("application/x-ndjson", "ndjson"),
        "CSV": ("text/csv; charset=utf-8; header=present", "csv"),
        "MARKDOWN": ("text/markdown; charset=utf-8", "md"),
        "HTML": ("text/html; charset=utf-8", "html"),
    }
    for form, (media_type, extension) in types.items():
        download = (await export(api, format=form))["download"]
        response = await api.http.get(download["url"])
        assert response.headers["content-type"] == download["mediaType"] == media_type
        assert download["fileName"].endswith(f".{extension}")
        assert "天気" in response.content.decode()
        assert "Weather" in response.text


async def test_a_session_that_is_not_there_is_named_whosever_it_is(api: Api) -> None:
    await api.mutate("createSession", "", BEN, clientId="bens")
    await chats(api)
    ids = ["Session.active", "Session.bens", "Session.never", "Session.trashed"]
    refused = await export(api, sessions={"sessionIds": ids})
    assert refused["download"] is None
    assert refused["sessionCount"] is None
    message = "No such session: it does not exist or was deleted."
    assert refused["userErrors"] == [
        {"code": "NOT_FOUND", "message": message, "field": ["sessions", "sessionIds", str(index)]}
        for index in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"sessionIds": []}, ["sessions", "sessionIds"]),
        ({"sessionIds": [f"Session.s{n}" for n in range(101)]}, ["sessions", "sessionIds"]),
        ({"filter": {"title": " "}}, ["sessions", "filter", "title"]),
        ({"filter": {"tag": "t" * 51}}, ["sessions", "filter", "tag"]),
        ({"filter": {"since": "1960-01-01T00:00:00Z"}}, ["sessions", "filter", "since"]),
    ],
)
async def test_an_input_that_can_not_be_right_is_refused(
    embedded: Api, given: Any, field: list[str]
) -> None:
    (error,) = (await export(embedded, sessions=given))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", field)


async def test_the_turns_of_one_export_are_bounded_and_all_data_never_is(tmp_path: Any) -> None:
    rules = UserPreferences(max_export_conversations=2)
    settings = embedded_settings(tmp_path).model_copy(update={"user_preferences": rules})
    async with running(settings) as api:
        session = (await api.record("one"))["session"]["id"]
        await api.record("two", sessionId=session)
        assert len((await archive(api))["sessions"]) == 1
        link = (await export(api))["download"]["url"]
        await api.record("three")
        (error,) = (await export(api))["userErrors"]
        assert error["code"] == "LIMIT_EXCEEDED"
        assert "3 turns" in error["message"]
        assert "2" in error["message"]
        assert "exportMyData" in error["message"]
        assert len((await archive(api, sessions={"sessionIds": [session]}))["sessions"]) == 1
        assert len((await everything(api))["sessions"]) == 2
        late = await api.http.get(link)
        assert late.status_code == 403
        assert late.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_where_chats_may_not_be_exported_all_data_still_may(tmp_path: Any) -> None:
    async with running(embedded_settings(tmp_path)) as api:
        await api.record("mine")
        link = (await export(api))["download"]["url"]
    rules = UserPreferences(allow_data_export=False)
    settings = embedded_settings(tmp_path).model_copy(update={"user_preferences": rules})
    async with running(settings) as api:
        (error,) = (await export(api))["userErrors"]
        assert error["code"] == "FORBIDDEN"
        assert "exportMyData" in error["message"]
        assert (await api.http.get(link)).status_code == 403
        assert len((await everything(api))["sessions"]) == 1


async def test_a_guest_may_take_all_data_along(tmp_path: Any) -> None:
    settings = embedded_settings(tmp_path).model_copy(update={"guests": True})
    async with running(settings) as api:
        token = (await api.http.post("/guests", json={})).json()["token"]
        mutation = (
            'mutation { recordConversation(input: {query: "hi"}) { session { id } } '
            f"exportMyData(input: {{}}) {{ {SELECTION} userErrors {{ code }} }} }}"
        )
        answer = await api.http.post(
            "/graphql", json={"query": mutation}, headers={"Authorization": f"Bearer {token}"}
        )
        payload = answer.json()["data"]["exportMyData"]
        found = json.loads(await fetched(api, payload))
        assert found["account"]["guest"] is True
        assert "email" not in found["account"]
        assert titles(found) == ["hi"]


async def test_somebody_of_whom_nothing_is_held_gets_an_empty_archive(api: Api) -> None:
    found = await everything(api, "stranger@example.com")
    assert found.pop("exportedAt")
    assert found == {"kind": "header", "format": "recollect", "version": 3, "sessions": []}
