"""Every bad input gets a clear answer and changes nothing."""

import logging
from typing import Any

import pytest

from recollect.http import errors
from stores.errors import StoreUnavailable
from tests.integration.conftest import BEN, Api

BODIES = {
    "null": b"null",
    "a string": b'"query"',
    "a number": b"1",
    "a list": b"[]",
    "no query": b"{}",
    "query no string": b'{"query": 1}',
    "empty query": b'{"query": " "}',
    "variables no object": b'{"query": "{ viewer { id } }", "variables": []}',
    "operation name no string": b'{"query": "{ viewer { id } }", "operationName": 1}',
    "invalid UTF-8": b'{"query": "\xff"}',
    "half a surrogate pair": b'{"query": "{ viewer { id } } # \\ud800"}',
    "cut off": b'{"query": "{ viewer',
    "20,000 nested brackets": b"[" * 20_000,
    "20,000 nested objects": b'{"a":' * 20_000,
    "20,000 nested selections": b'{"query": "' + b"{a" * 20_000 + b'"}',
    "no such operation": b'{"query": "query A { viewer { id } }", "operationName": "B"}',
    "two operations and no name": b'{"query": "query A { viewer { id } } query B { viewer { id } }"}',
    "syntax": b'{"query": "{ viewer { id "}',
    "not UTF-8 at all": "{}".encode("utf-16"),
}
COUNT = "{ viewer { sessions { totalCount } } }"


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_is_no_request_gets_a_graphql_error(embedded: Api, body: bytes) -> None:
    response = await embedded.http.post(
        "/graphql", content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 400
    (error, *_) = response.json()["errors"]
    assert error["message"]
    assert error["extensions"]["code"]


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
async def test_a_body_of_10_mb_is_refused_as_too_large(embedded: Api, announced: bool) -> None:
    async def chunks() -> Any:
        for _ in range(10):
            yield b" " * 1_000_000

    content = b" " * 10_000_000 if announced else chunks()
    response = await embedded.http.post(
        "/graphql", content=content, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 413
    assert "5242880 bytes" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("media_type", ["text/plain", "", "multipart/form-data; boundary=x"])
async def test_another_media_type_is_refused(embedded: Api, media_type: str) -> None:
    response = await embedded.http.post(
        "/graphql", content=b'{"query": "{ viewer { id } }"}', headers={"Content-Type": media_type}
    )
    assert response.status_code == 415


async def test_a_foreign_host_name_does_not_reach_the_dev_identity(embedded: Api) -> None:
    response = await embedded.http.post(
        "/graphql", json={"query": "{ viewer { id } }"}, headers={"Host": "evil.example"}
    )
    assert response.status_code == 400


LONG = "x" * (32 * 1024 + 1)
TURNS: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "query too long": ({"query": "x" * 257 * 1024}, ["query"], "limit is 262144"),
    "query too long in bytes": ({"query": "é" * 140_000}, ["query"], "280000 bytes"),
    "more together than a document holds": (
        {"query": "x" * 262_144, "response": "x" * 700_000, "citations": ["x" * 100_000]},
        ["response"],
        "query (262144) and response (700000) and citations (100004) have 1062148 bytes together; "
        "the limit is 1024000",
    ),
    "query blank": ({"query": " \n"}, ["query"], "is empty"),
    "response too long": ({"response": "x" * 716_801}, ["response"], "limit is 716800"),
    "citations no array": ({"citations": {}}, ["citations"], "array"),
    "citations too long": ({"citations": ["x" * 131_072]}, ["citations"], "limit is 131072"),
    "metadata no object": ({"metadata": []}, ["metadata"], "object"),
    "metadata too deep": (
        {"metadata": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": 1}}}}}}}}}},
        ["metadata"],
        "8 levels",
    ),
    "id malformed": ({"clientId": "a b"}, ["clientId"], "1 to 64"),
    "id reserved by Firestore": ({"clientId": "__x__"}, ["clientId"], "1 to 64"),
    "id too long": ({"clientId": "x" * 65}, ["clientId"], "1 to 64"),
    "session id malformed": ({"sessionId": "nothing"}, ["sessionId"], "Session"),
    "session id of a turn": ({"sessionId": "Conversation.a.b"}, ["sessionId"], "Session"),
    "session id with a path": ({"sessionId": "Session.a/b"}, ["sessionId"], "Session"),
    "time zone missing": ({"timestamp": "2024-01-01T00:00:00"}, ["timestamp"], "time zone"),
    "time before 1970": ({"timestamp": "1969-12-31T00:00:00Z"}, ["timestamp"], "1970"),
    "time in the future": ({"timestamp": "9999-01-01T00:00:00Z"}, ["timestamp"], "one day"),
    "response time negative": ({"responseTimeMs": -1}, ["responseTimeMs"], "from 0"),
    "first token after a day": ({"firstTokenMs": 86_400_001}, ["firstTokenMs"], "to 86400000"),
    "model of two lines": ({"model": "a\nb"}, ["model"], "one line of 1 to 200"),
    "model too long": ({"model": "m" * 201}, ["model"], "one line of 1 to 200"),
    "input tokens negative": ({"inputTokens": -1}, ["inputTokens"], "from 0"),
    "output tokens too many": ({"outputTokens": 10**9 + 1}, ["outputTokens"], "to 1000000000"),
    "finish reason too long": ({"finishReason": "x" * 51}, ["finishReason"], "one line of 1 to 50"),
}


@pytest.mark.parametrize(("given", "field", "says"), TURNS.values(), ids=TURNS)
async def test_a_turn_beyond_a_limit_is_refused_and_nothing_is_recorded(
    embedded: Api, given: dict[str, Any], field: list[str], says: str
) -> None:
    answer = await embedded.record(**{"query": "Fine?", **given})
    assert answer["conversation"] is None
    (error,) = answer["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", field)
    assert says in error["message"]
    assert (await embedded.call(COUNT))["viewer"]["sessions"]["totalCount"] == 0


@pytest.mark.parametrize("given", ["metadata: { x: [1e999] }", "citations: [{ x: -1e999 }]"])
async def test_a_number_that_json_does_not_have_is_refused_in_a_document(
    embedded: Api, given: str
) -> None:
    document = (
        f'mutation {{ recordConversation(input: {{ query: "Fine?", {given} }}) '
        "{ conversation { id } userErrors { code message } } }"
    )

    (error,) = await embedded.errors(document)

    assert error["message"] == "The number exceeds a double's range."
    assert (await embedded.call(COUNT))["viewer"]["sessions"]["totalCount"] == 0


@pytest.mark.parametrize("given", ['"metadata": {"x": [1e999]}', '"citations": [{"x": -1e999}]'])
async def test_a_number_that_json_does_not_have_is_refused_in_variables(
    embedded: Api, given: str
) -> None:
    document = (
        "mutation ($input: RecordConversationInput!) "
        "{ recordConversation(input: $input) { userErrors { code message } } }"
    )
    body = f'{{"query": "{document}", "variables": {{"input": {{"query": "Fine?", {given}}}}}}}'

    answer = await embedded.http.post(
        "/graphql",
        content=body,
        headers={"Content-Type": "application/json", "X-Recollect-Dev-User": "anna@example.com"},
    )

    assert "too large" in answer.text or "not valid JSON" in answer.text, answer.text
    assert (await embedded.call(COUNT))["viewer"]["sessions"]["totalCount"] == 0


async def test_all_that_is_wrong_is_told_at_once(embedded: Api) -> None:
    answer = await embedded.record("", responseTimeMs=-1, clientId="?")
    assert {error["field"][0] for error in answer["userErrors"]} == {
        "query",
        "responseTimeMs",
        "clientId",
    }


async def test_the_longest_turn_fits_with_every_character_escaped(embedded: Api) -> None:
    answer = await embedded.record(
        "\u0001" * 32 * 1024,
        response="\u0001" * 700 * 1024,
        citations=["x" * (128 * 1024 - 4)],
        metadata={"k": "x" * (16 * 1024 - 9)},
    )
    assert answer["userErrors"] == []


SESSIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "title too long": ({"title": "x" * 201}, ["title"]),
    "title blank": ({"title": " "}, ["title"]),
    "title of two lines": ({"title": "a\nb"}, ["title"]),
    "too many tags": ({"tags": ["x"] * 21}, ["tags"]),
    "tag too long": ({"tags": ["ok", "x" * 51]}, ["tags", "1"]),
    "id malformed": ({"clientId": "a.b"}, ["clientId"]),
    "saving turned on": (
        {"preferences": {"saveConversations": True}},
        ["preferences", "saveConversations"],
    ),
}


@pytest.mark.parametrize(("given", "field"), SESSIONS.values(), ids=SESSIONS)
async def test_a_session_beyond_a_limit_is_refused(
    embedded: Api, given: dict[str, Any], field: list[str]
) -> None:
    answer = await embedded.mutate("createSession", "session { id }", **given)
    assert answer["session"] is None
    (error,) = answer["userErrors"]
    assert error["field"] == field
    named = "[".join(field) + "]" if field[-1].isdecimal() else field[-1]
    assert error["message"].startswith(f"{named} ")
    assert (await embedded.call(COUNT))["viewer"]["sessions"]["totalCount"] == 0


ARGUMENTS = {
    "negative first": ("sessions(first: -1)", "first is -1"),
    "first too large": ("sessions(first: 101)", "0 to 100"),
    "first and last": ("sessions(first: 1, last: 1)", "not both"),
    "a cursor from elsewhere": ('sessions(after: "WyJhIl0")', "not a cursor of this list"),
    "a cursor of nonsense": ('sessions(before: "ü%")', "not a cursor of this list"),
    "a malformed id": ('session(id: "x")', "not the id of a Session"),
}


@pytest.mark.parametrize(("field", "says"), ARGUMENTS.values(), ids=ARGUMENTS)
async def test_a_bad_query_argument_is_told(embedded: Api, field: str, says: str) -> None:
    name = field.partition("(")[0]
    selection = "{ totalCount }" if name == "sessions" else "{ id }"
    (error,) = await embedded.errors(f"{{ viewer {{ {field} {selection} }} }}")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert says in error["message"]


async def test_a_cursor_of_another_user_or_another_list_is_refused(embedded: Api) -> None:
    session = (await embedded.record("Mine"))["session"]["id"]
    document = """
      query ($id: ID!) { viewer {
        sessions { edges { cursor } }
        session(id: $id) { conversations { edges { cursor } } }
      } }
    """
    found = (await embedded.call(document, id=session))["viewer"]
    of_sessions = found["sessions"]["edges"][0]["cursor"]
    of_turns = found["session"]["conversations"]["edges"][0]["cursor"]
    after = "query ($after: String) { viewer { sessions(after: $after) { totalCount } } }"
    assert "errors" not in (await embedded.post(after, after=of_sessions)).json()
    for user, cursor in ((BEN, of_sessions), ("anna@example.com", of_turns)):
        (error,) = await embedded.errors(after, user, after=cursor)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


PREFERENCES = {
    "an unknown preference": ({"colour": "red"}, "colour"),
    "an unknown value": ({"responseStyle": "LOUD"}, "LOUD"),
    "a value of another type": ({"uiSettings": {"showCitations": "yes"}}, "Boolean"),
}


@pytest.mark.parametrize(("given", "says"), PREFERENCES.values(), ids=PREFERENCES)
async def test_an_unknown_preference_is_told_and_changes_nothing(
    embedded: Api, given: dict[str, Any], says: str
) -> None:
    response = await embedded.post(
        "mutation ($p: PreferencesInput!) { updatePreferences(input: { preferences: $p }) "
        "{ preferences { responseStyle } } }",
        p={"languagePreference": "de", **given},
    )
    assert response.status_code == 400
    assert says in response.json()["errors"][0]["message"]
    found = await embedded.call("{ viewer { preferences { languagePreference } } }")
    assert found["viewer"]["preferences"]["languagePreference"] == "en"


async def test_nested_fragments_are_measured_quickly_and_refused(embedded: Api) -> None:
    spread = "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }} " for n in range(60))
    document = f"{{ viewer {{ ...F0 }} }} {spread} fragment F60 on Viewer {{ id email }}"
    response = await embedded.post(document)
    assert response.status_code == 400
    assert "fields" in response.json()["errors"][0]["message"]


async def test_many_aliases_are_refused(embedded: Api) -> None:
    many = " ".join(f"a{n}: id" for n in range(31))
    response = await embedded.post(f"{{ viewer {{ {many} }} }}")
    assert response.status_code == 400
    assert "aliases 31" in response.json()["errors"][0]["message"]


async def test_a_store_that_does_not_answer_is_unavailable(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def get(keys: object) -> None:
        raise StoreUnavailable("the store does not answer")

    monkeypatch.setattr(embedded.services.store, "get", get)
    (error,) = await embedded.errors("{ viewer { preferences { languagePreference } } }")
    assert error["extensions"]["code"] == "UNAVAILABLE"


async def test_a_failure_of_ours_is_masked_and_logged_without_the_users_text(
    embedded: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def get(keys: object) -> None:
        raise ValueError("secret question of anna@example.com")

    monkeypatch.setattr(embedded.services.store, "get", get)
    with caplog.at_level(logging.DEBUG):
        (error,) = await embedded.errors("{ viewer { preferences { languagePreference } } }")
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in error["message"]
    told = [each for each in caplog.records if each.name == errors.__name__]
    (entry,) = [each for each in told if each.levelno >= logging.ERROR]
    assert vars(entry)["request_id"] == error["extensions"]["requestId"]
    assert vars(entry)["error"] == "ValueError"
    assert "secret" not in str([vars(record) for record in caplog.records])
    assert "anna@example.com" not in str([vars(record) for record in caplog.records])
