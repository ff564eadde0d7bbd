"""The protocols that carry subscriptions: what they require of a caller, and what ends a connection."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import websockets
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from recollect.http import connections, sse, websocket
from recollect.http.requests import BODY_BYTES
from recollect.http.trusted_documents import sha256
from recollect.identity.tokens import LEEWAY_SECONDS
from recollect.settings.settings import Settings
from resolvers import change_hub
from tests.integration.conftest import ANNA, BEN, embedded_settings
from tests.integration.live.live_server import (
    DEV_USER,
    SESSION_CHANGES,
    Served,
    Socket,
    served,
)
from tests.issuer import Issuer

EVENTS = {"Accept": "text/event-stream", DEV_USER: ANNA}
SERVING = ("recollect.http.", "uvicorn", "websockets", "asyncio")
"""The loggers of the code that serves a connection."""
INIT: dict[str, Any] = {"type": "connection_init"}
SUBSCRIBE: dict[str, Any] = {
    "type": "subscribe",
    "id": "1",
    "payload": {"query": "{ viewer { email } }"},
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Served]:
    """The embedded default, served."""
    async with served(embedded_settings(tmp_path)) as started:
        yield started


@pytest.fixture
async def for_strangers(tmp_path: Path) -> AsyncIterator[tuple[Served, Issuer]]:
    """The API on the embedded stores with the oidc identity, and the issuer of its tokens."""
    with Issuer() as issuer:
        oidc = Settings(
            data_dir=tmp_path,
            identity="oidc",
            oidc_issuer=(issuer.url,),
            oidc_audience=("recollect",),
            id_key="k" * 32,
        )
        async with served(oidc) as started:
            yield started, issuer


def code(message: Any) -> str:
    """The code of the one error of a message."""
    assert message["type"] == "error", message
    (error,) = message["payload"]
    found: str = error["extensions"]["code"]
    return found


async def test_operations_of_every_kind_run_over_a_websocket(api: Served) -> None:
    async with api.socket() as socket:
        await socket.subscribe("{ viewer { email } }")
        answer = await socket.receive()
        assert answer["payload"]["data"] == {"viewer": {"email": ANNA}}
        assert await socket.receive() == {"type": "complete", "id": "1"}
        await socket.subscribe(
            'mutation { createSession(input: {title: "New"}) { session { title } } }'
        )
        answer = await socket.receive()
        assert answer["payload"]["data"]["createSession"]["session"] == {"title": "New"}
        assert (await socket.receive())["type"] == "complete"


async def test_operations_run_beside_each_other_until_they_are_completed(api: Served) -> None:
    async with api.socket() as socket:
        await socket.begin(SESSION_CHANGES, "a")
        await socket.begin(SESSION_CHANGES, "b")
        await socket.send(type="complete", id="a")
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}
        await api.record("First")
        assert (await socket.receive())["id"] == "b"
        await socket.begin(SESSION_CHANGES, "a")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { sessionChanges { kind cursor", "GRAPHQL_PARSE_FAILED"),
        ("subscription { a: sessionChanges { kind } b: sessionChanges { kind } }", None),
        ('subscription { sessionChanges(after: "x") { kind } }', "BAD_USER_INPUT"),
        ('subscription { conversationChanges(sessionId: "x") { kind } }', "BAD_USER_INPUT"),
        ("query a { viewer { id } } query b { viewer { id } }", None),
        ("subscription { sessionChanges { " + "session { " * 20 + "id" + " }" * 22, None),
    ],
)
async def test_what_can_t_run_is_refused_and_the_connection_goes_on(
    api: Served, document: str, expected: str | None
) -> None:
    async with api.socket() as socket:
        await socket.subscribe(document)
        assert code(await socket.receive()) == (expected or "GRAPHQL_VALIDATION_FAILED")
        await socket.begin(SESSION_CHANGES)


async def test_a_subscription_that_costs_too_much_is_refused(api: Served) -> None:
    def following(turns: int) -> str:
        pages = f"conversations(last: {turns}) {{ nodes {{ query response }} }}"
        return f"subscription {{ sessionChanges {{ kind cursor session {{ title {pages} }} }} }}"

    async with api.socket() as socket:
        # As a query it would be accepted, but it runs for every event.
        await socket.subscribe(following(50))
        refused = await socket.receive()
        assert code(refused) == "COST_LIMIT_EXCEEDED"
        extensions = refused["payload"][0]["extensions"]
        assert extensions["cost"] > extensions["limit"] == 1000
        await socket.begin(following(10))


async def test_only_the_current_protocol_is_spoken(api: Served) -> None:
    for offered in (["graphql-ws"], None):
        async with api.raw(subprotocols=offered) as raw:
            assert await Socket(raw).closed() == (4406, "Subprotocol not acceptable")


async def test_pages_of_other_sites_can_t_connect(api: Served) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with api.raw(headers):
                pass
        assert refused.value.response.status_code == 403
    own = f"http://127.0.0.1:{api.port}"
    async with api.raw({"Origin": own}) as raw:
        await Socket(raw).send(**INIT)
        assert await Socket(raw).receive() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([SUBSCRIBE], 4401),
        ([INIT, INIT], 4429),
        ([INIT, {**SUBSCRIBE, "payload": {"query": SESSION_CHANGES}}, SUBSCRIBE], 4409),
        ([{**INIT, "payload": []}], 4400),
        ([{**INIT, "payload": {"Authorization": 1}}], 4400),
        ([{**INIT, "payload": {"authorization": "Bearer x"}}], 4403),
        ([{**INIT, "payload": {"authorization": "Bearer \u20ac"}}], 4403),
        ([{**INIT, "payload": {DEV_USER: "\u212aim@example.com"}}], 4403),
        ([{**INIT, "payload": {DEV_USER: "nobody"}}], 4403),
        ([INIT, {**SUBSCRIBE, "payload": None}], 4400),
        ([INIT, {**SUBSCRIBE, "id": ""}], 4400),
        ([INIT, {**SUBSCRIBE, "id": "i" * 200}], 4400),
        ([INIT, {"type": "complete"}], 4400),
        ([INIT, {"type": "start", "id": "1"}], 4400),
        ([{"type": 7}], 4400),
        ([[]], 4400),
    ],
)
async def test_who_breaks_the_protocol_is_told_by_its_code(
    api: Served, messages: list[Any], expected: int
) -> None:
    async with api.raw({DEV_USER: ANNA}) as raw:
        for message in messages:
            await raw.send(orjson.dumps(message).decode())
        assert (await Socket(raw).closed())[0] == expected


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=40),
    st.builds(
        lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            *["type", "id", "payload", "query", "variables", "extensions"],
                            *["authorization", "x-recollect-dev-user"],
                        ]
                    ),
                    inner | st.sampled_from(["subscribe", "complete", "ping", "connection_init"]),
                    max_size=5,
                )
            ),
            max_leaves=9,
        ),
    ),
    st.just("[" * 5000),
    st.just('{"type": "subscribe", "id": "1", "payload": {"query": "\\ud800"}}'),
)


@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(messages=st.lists(HOSTILE, min_size=1, max_size=4), first=st.booleans())
async def test_hostile_messages_close_the_connection_or_are_refused(
    api: Served, caplog: pytest.LogCaptureFixture, messages: list[str | bytes], first: bool
) -> None:
    async with api.raw({DEV_USER: ANNA}) as raw:
        socket = Socket(raw)
        try:
            if first:
                await socket.send(**INIT)
            for message in messages:
                await raw.send(message)
            await raw.send("the end")
        except websockets.ConnectionClosed:
            pass
        closed, _ = await socket.closed()
        assert closed in (4400, 4401, 4403, 4409, 4429)
    # Background work beside the API may log a failure of its own.
    told = [each for each in caplog.records if each.name.startswith(SERVING)]
    assert [each for each in told if each.levelno >= logging.ERROR] == []


async def test_a_message_that_is_too_long_closes_the_connection(api: Served) -> None:
    async with api.socket() as socket:
        await socket.raw.send("x" * (5 * 1024 * 1024 + 1))
        assert (await socket.closed())[0] == 1009


async def test_what_fails_inside_closes_the_connection_and_tells_nothing(
    api: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: Any) -> None:
        raise KeyError("what a user wrote")

    monkeypatch.setattr(websocket.WebSocketEndpoint, "_initialised", fail)
    async with api.raw({DEV_USER: ANNA}) as raw:
        assert await Socket(raw).closed() == (1011, "Internal error")
    assert "wrote" not in str([vars(record) for record in caplog.records])


async def test_who_says_nothing_is_not_waited_for(
    api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "INIT_SECONDS", 0.2)
    async with api.raw() as raw:
        assert (await Socket(raw).closed())[0] == 4408


async def test_a_token_comes_with_the_handshake_or_the_first_message(
    for_strangers: tuple[Served, Issuer],
) -> None:
    api, issuer = for_strangers
    bearer = f"Bearer {issuer.token()}"
    async with api.raw({"Authorization": bearer}) as raw:
        await Socket(raw).send(**INIT)
        assert await Socket(raw).receive() == {"type": "connection_ack"}
    for name in ("Authorization", "authorization"):
        async with api.socket(None, {name: bearer}) as socket:
            await socket.begin(SESSION_CHANGES)
    for payload in (None, {"authorization": "Bearer nonsense"}, {DEV_USER: ANNA}):
        async with api.raw() as raw:
            await Socket(raw).send(**INIT, payload=payload)
            assert (await Socket(raw).closed())[0] == 4403
    refused = await api.http.post("/graphql", json={"query": SESSION_CHANGES}, headers=EVENTS)
    assert refused.status_code == 401


async def test_a_connection_ends_with_its_token(for_strangers: tuple[Served, Issuer]) -> None:
    api, issuer = for_strangers
    expires = int(time.time()) + 3600
    bearer = {"Authorization": f"Bearer {issuer.token(exp=expires)}"}
    async with (
        api.socket(None, bearer) as socket,
        api.events(SESSION_CHANGES, headers=bearer) as events,
    ):
        await socket.begin(SESSION_CHANGES)
        assert (await events.change())["kind"] == "BEGUN"
        limits = [*api.app.state.connections._timeouts]
        now = asyncio.get_running_loop().time()
        # Tokens are accepted for half a minute after they expire.
        expected = now + expires + LEEWAY_SECONDS - time.time()
        assert [limit.when() for limit in limits] == pytest.approx([expected] * 2, abs=60)
        for limit in limits:
            limit.reschedule(now)
        assert (await socket.closed())[0] == 4403
        # Without `complete` a client knows that it was cut off, and reconnects with a new token.
        assert await events.next() == ("", None)


async def test_a_user_s_connections_are_bounded_and_nobody_else_s(
    api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PER_USER", 2)
    async with api.socket(), api.events(SESSION_CHANGES) as events:
        assert (await events.change())["kind"] == "BEGUN"
        async with api.raw({DEV_USER: ANNA}) as raw:
            await Socket(raw).send(**INIT)
            assert (await Socket(raw).closed())[0] == 1013
        async with api.events(SESSION_CHANGES) as refused:
            _, data = await refused.next()
            assert data["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        async with api.socket(BEN):
            pass
    while api.app.state.connections._open:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    async with api.socket(), api.socket():
        pass


async def test_a_user_s_subscriptions_are_bounded(
    api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_hub, "SUBSCRIPTIONS", 2)
    monkeypatch.setattr(websocket, "OPERATIONS", 3)
    async with api.socket() as socket, api.socket() as other:
        await socket.begin(SESSION_CHANGES, "a")
        await other.begin(SESSION_CHANGES, "b")
        await socket.subscribe(SESSION_CHANGES, "c")
        refused = await socket.receive()
        assert (refused["id"], code(refused)) == ("c", "BAD_USER_INPUT")
        assert "the limit" in refused["payload"][0]["message"]
        await other.send(type="complete", id="b")
        # It may take a while until the other subscription has ended.
        await socket.subscribe(SESSION_CHANGES, "c")
        while (answer := await socket.receive())["type"] == "error":
            await socket.subscribe(SESSION_CHANGES, "c")
        assert answer["type"] == "next"


async def test_a_query_may_come_as_events_and_is_told_what_is_wrong(api: Served) -> None:
    for document, found in (("{ viewer { email } }", ANNA), ("{ nothing }", "VALIDATION_FAILED")):
        answer = await api.http.post("/graphql", json={"query": document}, headers=EVENTS)
        assert answer.status_code == 200
        assert found in answer.text
        assert answer.text.endswith("event: complete\ndata: \n\n")
    mutation = "mutation { createSession(input: {}) { session { id } } }"
    answer = await api.http.get("/graphql", params={"query": mutation}, headers=EVENTS)
    assert "Only queries and subscriptions can be sent by GET." in answer.text
    without = await api.http.post("/graphql", json={"query": SESSION_CHANGES})
    assert without.status_code == 400
    assert "text/event-stream" in without.text


@pytest.mark.parametrize(
    ("body", "media_type", "found"),
    [
        (b" " * (BODY_BYTES + 1), "application/json", "send less at a time"),
        (b"{}", "text/plain", "application/json"),
        (b"{}", "application/json", "query must be"),
    ],
)
async def test_what_no_later_try_can_mend_is_refused_in_an_event(
    api: Served, body: bytes, media_type: str, found: str
) -> None:
    answer = await api.http.post(
        "/graphql", content=body, headers={**EVENTS, "Content-Type": media_type}
    )
    assert (answer.status_code, answer.headers["content-type"][:17]) == (200, "text/event-stream")
    assert found in answer.text
    assert answer.text.endswith("event: complete\ndata: \n\n")


async def test_who_accepts_both_gets_json_for_a_query_and_events_for_a_subscription(
    api: Served,
) -> None:
    both = {"Accept": "application/graphql-response+json, text/event-stream"}
    answer = await api.http.post("/graphql", json={"query": "{ viewer { id } }"}, headers=both)
    assert answer.headers["content-type"].startswith("application/graphql-response+json")
    async with api.http.stream(
        "POST", "/graphql", json={"query": SESSION_CHANGES}, headers=both
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")


async def test_a_silent_stream_shows_that_it_stands(
    api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "BEAT_SECONDS", 0.05)
    async with api.http.stream(
        "POST", "/graphql", json={"query": SESSION_CHANGES}, headers=EVENTS
    ) as response:
        comments = 0
        async for line in response.aiter_lines():
            comments += line == ":"
            if comments == 3:
                break


async def test_only_trusted_documents_run(tmp_path: Path) -> None:
    path = tmp_path / "trusted.json"
    digest = sha256(SESSION_CHANGES)
    path.write_bytes(orjson.dumps({digest: SESSION_CHANGES}))
    trusting = Settings(data_dir=tmp_path / "data", trusted_documents=path)
    async with served(trusting) as api, api.socket() as socket:
        await socket.begin(SESSION_CHANGES, "by text")
        payload = {"documentId": f"sha256:{digest}"}
        await socket.send(type="subscribe", id="by hash", payload=payload)
        assert (await socket.change())["kind"] == "BEGUN"
        await socket.subscribe("{ viewer { id } }", "other")
        assert code(await socket.receive()) == "TRUSTED_DOCUMENT_REQUIRED"


async def test_all_connections_end_when_the_server_stops(tmp_path: Path) -> None:
    async with served(embedded_settings(tmp_path)) as api:
        async with api.socket() as socket, api.events(SESSION_CHANGES) as events:
            await socket.begin(SESSION_CHANGES)
            await events.change()
            api.app.state.connections.close()
            assert (await socket.closed())[0] == 1012
            assert await events.next() == ("", None)
        async with api.raw({DEV_USER: ANNA}) as raw:
            await Socket(raw).send(**INIT)
            assert (await Socket(raw).closed())[0] == 1012


async def test_who_does_not_read_holds_up_nobody_and_misses_nothing(api: Served) -> None:
    session = (await api.record("First"))["session"]["id"]
    document = (
        "subscription ($id: ID!) { conversationChanges(sessionId: $id) "
        "{ conversationId conversation { response } } }"
    )
    async with api.socket(max_queue=1) as slow, api.socket() as quick:
        for socket in (slow, quick):
            await socket.subscribe(document, id=session)
            await socket.change()
        turns = {
            (await api.record(f"Turn {n}", sessionId=session, response="x" * 500_000))[
                "conversation"
            ]["id"]
            for n in range(40)
        }
        for socket in (quick, slow):
            heard: set[str] = set()
            while heard != turns:
                heard.add((await socket.change())["conversationId"])


async def test_the_time_from_a_change_to_its_event_is_measured(api: Served) -> None:
    """Only changes made while a subscriber listens are measured: those missed before are not late."""
    async with api.socket() as socket:
        cursor = await socket.begin(SESSION_CHANGES)
    await api.record("Missed")
    async with api.socket() as socket:
        await socket.subscribe(SESSION_CHANGES, after=cursor)
        assert (await socket.change())["kind"] == "CHANGED"
        assert "recollect_event_seconds_count 0.0" in (await api.http.get("/metrics")).text
        await api.record("Heard")
        assert (await socket.change())["kind"] == "CHANGED"
        text = (await api.http.get("/metrics")).text
    assert "recollect_event_seconds_count 1.0" in text
