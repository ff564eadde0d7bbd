"""Pages of other sites may not use the API unless their origin is listed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from recollect.settings.settings import Settings
from tests.integration.conftest import Api, running
from tests.integration.protocol.protocol import VIEWER, codes, fetch

CHAT = "https://chat.example"
EVIL = "https://evil.example"
APPS = (
    "capacitor://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
    "moz-extension://a1b2c3d4-0000-4000-8000-000000000000",
)

REFUSED = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "cross-site with origin": {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
    "another subdomain": {"Sec-Fetch-Site": "same-site"},
    "an old browser": {"Origin": EVIL},
    "a sandboxed frame": {"Origin": "null"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "no origin at all": {"Origin": "http://[evil"},
    "a listed origin as a part": {"Origin": f"{CHAT}.evil.example"},
}
ALLOWED: dict[str, dict[str, str]] = {
    "no browser": {},
    "the same origin": {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"},
    "a typed address": {"Sec-Fetch-Site": "none"},
    "the same host in an old browser": {"Origin": "http://127.0.0.1"},
    "a listed origin": {"Sec-Fetch-Site": "cross-site", "Origin": CHAT},
    **{app: {"Sec-Fetch-Site": "cross-site", "Origin": app} for app in APPS},
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running(Settings(data_dir=tmp_path, cors_origins=(CHAT, *APPS))) as started:
        yield started


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
async def test_a_page_of_another_site_is_refused(api: Api, headers: dict[str, str]) -> None:
    for response in (
        await api.http.post("/graphql", json={"query": VIEWER}, headers=headers),
        await fetch(api, headers),
    ):
        assert response.status_code == 403
        assert codes(response) == ["FORBIDDEN"]
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("headers", ALLOWED.values(), ids=ALLOWED)
async def test_everyone_else_is_served(api: Api, headers: dict[str, str]) -> None:
    posted = await api.http.post("/graphql", json={"query": VIEWER}, headers=headers)
    assert (posted.status_code, (await fetch(api, headers)).status_code) == (200, 200)


async def test_a_listed_origin_may_read_answers_and_two_of_their_headers(api: Api) -> None:
    response = await api.http.post("/graphql", json={"query": VIEWER}, headers={"Origin": CHAT})
    assert response.headers["access-control-allow-origin"] == CHAT
    assert response.headers["access-control-allow-credentials"] == "true"
    assert response.headers["access-control-expose-headers"] == "X-Request-Id, Retry-After"
    assert "origin" in response.headers["vary"].lower()


async def preflight(api: Api, origin: str) -> tuple[int, str | None]:
    response = await api.http.options(
        "/graphql",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-request-id",
        },
    )
    return response.status_code, response.headers.get("access-control-allow-origin")


async def test_a_preflight_is_answered_for_listed_origins(api: Api) -> None:
    assert await preflight(api, CHAT) == (200, CHAT)
    assert await preflight(api, EVIL) == (400, None)


@pytest.mark.parametrize(
    ("listed", "named", "status"),
    [
        (None, "traceparent,apollographql-client-name,last-event-id", 200),
        (None, "x-mine", 400),
        (("X-Mine",), "x-mine,authorization", 200),
        (("X-Mine",), "traceparent", 400),
    ],
)
async def test_listed_headers_may_be_sent(
    tmp_path: Path, listed: tuple[str, ...] | None, named: str, status: int
) -> None:
    headers: dict[str, Any] = {} if listed is None else {"cors_headers": listed}
    settings = Settings(data_dir=tmp_path, cors_origins=(CHAT,), **headers)
    async with running(settings) as api:
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": named}
        response = await api.http.options("/graphql", headers={"Origin": CHAT, **asked})
        assert response.status_code == status


async def test_no_origin_is_listed_by_default(embedded: Api) -> None:
    assert await preflight(embedded, CHAT) == (405, None)
    response = await embedded.http.post(
        "/graphql", json={"query": VIEWER}, headers={"Origin": CHAT}
    )
    assert response.status_code == 403
