"""POST /imports admits the same callers as /graphql, and `importSessions` does the same with small files."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from stores.errors import StoreUnavailable
from tests.integration.access.operations import OPERATIONS, selection
from tests.integration.conftest import ANNA, BEN, Api, embedded_settings, running
from tests.integration.live.live_server import served
from tests.integration.transfer.importing import (
    counts,
    gpt_chat,
    plain_chat,
    post,
    stored,
    take,
    uid,
)

FILE = json.dumps([plain_chat(1)])
DOCUMENT = (
    "mutation ($input: ImportSessionsInput!) { importSessions(input: $input) "
    f"{selection(OPERATIONS['importSessions'][1].type)} }}"
)


async def by_mutation(api: Api, content: str, **given: Any) -> Any:
    """The payload of `importSessions`."""
    data = await api.call(DOCUMENT, ANNA, input={"content": content, **given})
    return data["importSessions"]


async def test_who_is_not_known_or_comes_from_another_site_imports_nothing(embedded: Api) -> None:
    for headers, status, code in (
        ({"X-Recollect-Dev-User": "nobody"}, 401, "UNAUTHENTICATED"),
        ({"Origin": "https://evil.example"}, 403, "FORBIDDEN"),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "FORBIDDEN"),
    ):
        answer = await embedded.http.post("/imports", content=FILE, headers=headers)
        assert answer.status_code == status
        assert answer.json()["errors"][0]["extensions"]["code"] == code
        assert answer.headers["X-Request-Id"]
    assert (await embedded.http.get("/imports")).status_code == 405
    assert await stored(embedded) == {}


async def test_imports_count_as_requests_of_their_user(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path).model_copy(update={"rate_limit": 2})
    async with running(settings) as api:
        await api.post("{ viewer { id } }")
        await take(api, FILE)
        answer = await post(api, FILE)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0


async def test_a_file_over_the_limit_is_refused_as_a_whole(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path).model_copy(update={"max_import_mb": 1})
    async with running(settings) as api:
        answer = await post(api, json.dumps([plain_chat(1), "x" * 1_000_000]))
        assert answer.status_code == 413
        assert "1000000 bytes" in answer.json()["errors"][0]["message"]
        assert await stored(api) == {}


async def test_a_form_is_refused_because_the_file_itself_is_the_body(embedded: Api) -> None:
    answer = await embedded.http.post("/imports", files={"file": ("chats.json", b"[]")})
    assert answer.status_code == 415
    assert "not in a form" in answer.json()["errors"][0]["message"]


async def test_the_mutation_tells_what_the_request_tells(embedded: Api) -> None:
    chats = json.dumps([gpt_chat(1), gpt_chat(2, mapping=7)])
    rehearsed = await by_mutation(embedded, chats, dryRun=True, format="CHATGPT")
    assert await stored(embedded) == {}
    payload = await by_mutation(embedded, chats)
    assert payload["userErrors"] == []
    report = payload["report"]
    assert counts(report) == {"sessions": {"added": 1, "refused": 1}, "turns": {"added": 3}}
    assert rehearsed["report"] == {**report, "dryRun": True}
    again = await take(embedded, chats)
    assert again["importedSessions"][0]["sessionId"] == report["importedSessions"][0]["sessionId"]
    assert again["remarks"] == report["remarks"]
    session = report["importedSessions"][0]["sessionId"]
    found = await embedded.call("query ($id: ID!) { node(id: $id) { id } }", id=session)
    assert found["node"] == {"id": session}


@pytest.mark.parametrize(
    ("content", "field"),
    [("", "content"), ("x" * (4 * 1024 * 1024 + 1), "content"), ("?", "format")],
)
async def test_content_that_can_be_no_file_is_an_error_of_the_user(
    embedded: Api, content: str, field: str
) -> None:
    payload = await by_mutation(embedded, content)
    assert payload["report"] is None
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
        ("INVALID", [field])
    ]


async def test_lines_that_are_turns_are_told_that_a_line_is_a_chat(embedded: Api) -> None:
    payload = await by_mutation(embedded, '{"query": "How?", "response": "So."}')
    (error,) = payload["userErrors"]
    assert '{"turns": [{"query": "…", "response": "…"}]}' in error["message"]


async def test_an_import_that_breaks_off_says_so_in_its_last_line(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, left = embedded.services.store.commit, [3]

    async def failing(writes: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise StoreUnavailable("gone")
        return await commit(writes)

    file = json.dumps([plain_chat(n) for n in range(60)])
    with monkeypatch.context() as patch:
        patch.setattr(embedded.services.store, "commit", failing)
        lines = (await post(embedded, file, accept="application/x-ndjson")).text.splitlines()
        assert json.loads(lines[-1])["error"]["code"] == "UNAVAILABLE"
        plain = await post(embedded, file)
        assert (plain.status_code, plain.headers["Retry-After"]) == (503, "5")
    assert len(await stored(embedded)) == 3
    report = await take(embedded, file)
    assert report["sessions"]["present"] == 3
    assert report["sessions"]["added"] == 57


async def under_way(api: Api, count: int) -> None:
    """Wait until Anna has this many imports under way."""
    owner = await uid(api)
    async with asyncio.timeout(60):
        while api.services.importing.count(owner) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
def held(embedded: Api, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Commits wait until this is set."""
    commit, go = embedded.services.store.commit, asyncio.Event()

    async def waiting(writes: Any) -> Any:
        await go.wait()
        return await commit(writes)

    monkeypatch.setattr(embedded.services.store, "commit", waiting)
    return go


async def test_a_user_has_two_imports_at_once_at_most_and_others_are_not_in_the_way(
    embedded: Api, held: asyncio.Event
) -> None:
    files = [json.dumps([plain_chat(number)]) for number in range(4)]
    running_now = [
        asyncio.create_task(post(embedded, files[0])),
        asyncio.create_task(post(embedded, files[1], accept="application/x-ndjson")),
    ]
    async with asyncio.timeout(60):
        await under_way(embedded, 2)
        for accept in ("application/json", "application/x-ndjson"):
            refused = await post(embedded, files[2], accept=accept, dryRun="true")
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
            (error,) = refused.json()["errors"]
            assert error["extensions"] == {"code": "RATE_LIMITED"}
            assert "2 imports under way" in error["message"]
            assert "try again when one has ended" in error["message"]
        payload = await by_mutation(embedded, files[2])
        assert payload["report"] is None
        assert [each["code"] for each in payload["userErrors"]] == ["LIMIT_EXCEEDED"]
        rehearsed = await post(embedded, files[3], BEN, dryRun="true")
        assert rehearsed.json()["sessions"]["added"] == 1
        held.set()
        assert [answer.status_code for answer in await asyncio.gather(*running_now)] == [200, 200]
    assert len(await stored(embedded)) == 2
    assert (await by_mutation(embedded, files[2]))["report"]["sessions"]["added"] == 1
    assert (await take(embedded, files[3]))["sessions"]["added"] == 1


async def test_imports_that_fail_or_are_left_alone_are_under_way_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(embedded_settings(tmp_path)) as api:
        for _ in range(3):
            assert (await post(api, "?")).status_code == 400
            assert (await by_mutation(api, "?"))["userErrors"][0]["code"] == "INVALID"
        slow = asyncio.Event()
        with monkeypatch.context() as patch:
            patch.setattr(api.services.store, "commit", lambda _: slow.wait())
            connections = [await asyncio.open_connection("127.0.0.1", api.port) for _ in range(2)]
            for reader, writer in connections:
                lines = (
                    "POST /imports HTTP/1.1",
                    f"Host: 127.0.0.1:{api.port}",
                    f"X-Recollect-Dev-User: {ANNA}",
                    "Accept: application/x-ndjson",
                    f"Content-Length: {len(FILE)}",
                )
                writer.write(("\r\n".join(lines) + "\r\n\r\n" + FILE).encode())
                assert b"200" in await reader.readline()
            assert (await post(api, FILE)).status_code == 429
            for _, writer in connections:
                writer.close()
            await under_way(api, 0)
        assert (await take(api, FILE))["sessions"]["added"] == 1
