"""A caller who sends too many requests is told when to retry."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from recollect.http.admission import Admission
from recollect.http.bans import TOLERATED, Bans
from recollect.http.body_memory import BodyMemory
from recollect.http.budgets import Budgets
from recollect.http.connections import Connections
from recollect.http.endpoint import GraphQLEndpoint
from recollect.http.middleware import ResponseMiddleware
from recollect.http.operation_queue import OperationQueue
from recollect.http.rate_limit import RateLimiter
from recollect.http.streams import Streams
from recollect.settings.settings import Settings
from resolvers.context import Viewer
from schema import build_schema
from tests.integration.conftest import ANNA, BEN, Api, running
from tests.integration.protocol.protocol import GRAPHQL, JSON, VIEWER, codes, for_strangers, send
from tests.issuer import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(api: Api, clock: Clock, users: int, failures: int) -> Api:
    """The same API with limits of this many requests a minute."""
    schema = build_schema()
    endpoint = GraphQLEndpoint(
        schema,
        Admission(
            api.services.authenticator,
            origins=(),
            budgets=Budgets(users, 0, 0, clock=clock),
            failures=RateLimiter(failures, clock=clock),
            bans=Bans(0, clock=clock),
        ),
        api.services.context,
        Streams(schema, api.services.context, None, OperationQueue()),
        Connections(),
        OperationQueue(),
        BodyMemory(),
        graphiql=False,
    )
    transport = httpx.ASGITransport(
        ResponseMiddleware(endpoint, "/graphql", lambda path, status, seconds: None)
    )
    http = httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=api.http.headers
    )
    return Api(api.app, http)


async def test_a_user_is_told_when_to_come_back(embedded: Api, clock: Clock) -> None:
    api = limited(embedded, clock, users=6, failures=1)
    for _ in range(6):
        assert (await api.post(VIEWER, ANNA)).status_code == 200
    response = await api.post(VIEWER, ANNA)
    assert response.status_code == 429
    assert codes(response) == ["RATE_LIMITED"]
    assert response.headers["retry-after"] == "10"
    assert "10 s" in response.json()["errors"][0]["message"]
    assert (await api.post(VIEWER, BEN)).status_code == 200
    clock.now += 10.001
    assert (await api.post(VIEWER, ANNA)).status_code == 200
    assert (await api.post(VIEWER, ANNA)).status_code == 429


@pytest.mark.parametrize("accept", [GRAPHQL, JSON, "*/*"])
async def test_every_form_of_request_counts(embedded: Api, clock: Clock, accept: str) -> None:
    api = limited(embedded, clock, users=2, failures=1)
    assert (await send(api, "{", accept=accept)).status_code in (200, 400)
    assert (await api.http.get("/graphql", headers={"Accept": accept})).status_code == 400
    assert (await send(api, accept=accept)).status_code == 429


async def test_wrong_credentials_are_counted_and_right_ones_still_work(
    tmp_path: Path, clock: Clock
) -> None:
    async with for_strangers(tmp_path) as (strange, _):
        api = limited(strange, clock, users=100, failures=3)
        for _ in range(3):
            response = await send(api, authorization="Bearer wrong")
            assert response.status_code == 401
        refused = await send(api, authorization="Bearer wrong")
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "20"
        assert (await send(api)).status_code == 200
        clock.now += 20.001
        assert (await send(api, authorization="Bearer wrong")).status_code == 401


async def test_the_setting_limits_the_api(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("recollect.app.Budgets", partial(Budgets, clock=clock))
    async with running(Settings(data_dir=tmp_path, rate_limit=2)) as api:
        statuses = [(await api.post(VIEWER)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_what_operations_cost_is_limited_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """A search costs at least 5,000, and a refused one as much as the time that it took."""
    monkeypatch.setattr("recollect.app.Budgets", partial(Budgets, clock=clock))
    search = '{ viewer { searchConversations(query: "x") { complete } } }'
    async with running(Settings(data_dir=tmp_path, cost_limit=5_500)) as api:
        answers = [await api.post(search) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert "exceed the cost that you may use" in answers[-1].json()["errors"][0]["message"]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_guests_of_one_network_share_its_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("recollect.app.Budgets", partial(Budgets, clock=clock))
    async with running(Settings(data_dir=tmp_path, rate_limit=3, guests=True)) as api:

        async def guest() -> str:
            made = await api.http.post("/guests", headers={"Content-Type": "application/json"})
            return f"Bearer {made.json()['token']}"

        first, second = await guest(), await guest()
        statuses = [
            (await send(api, authorization=token)).status_code
            for token in (first, second, first, second, first)
        ]
        assert statuses == [200, 200, 200, 429, 429]
        assert (await api.post(VIEWER, ANNA)).status_code == 200


async def test_who_goes_on_is_banned_unread_and_neighbours_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("recollect.app.Budgets", partial(Budgets, clock=clock))
    monkeypatch.setattr("recollect.app.Bans", partial(Bans, clock=clock))
    async with for_strangers(tmp_path, rate_limit=2) as (api, issuer):
        verified: list[object] = []
        known = type(api.services.authenticator)
        authenticate = known.authenticate

        async def counted(self: Any, headers: dict[str, str]) -> Viewer:
            verified.append(headers)
            return await authenticate(self, headers)

        async def unread() -> AsyncIterator[bytes]:
            raise AssertionError("the body is read")
            yield b""

        monkeypatch.setattr(known, "authenticate", counted)
        told = [await send(api) for _ in range(3)]
        assert [answer.status_code for answer in told] == [200, 200, 429]
        assert len(verified) == 3
        for _ in range(TOLERATED + 1):
            answer = await api.http.post("/graphql", content=unread())
        assert answer.status_code == 429
        assert codes(answer) == ["RATE_LIMITED"]
        assert "You are banned" in answer.json()["errors"][0]["message"]
        assert answer.headers["retry-after"] == "60"
        assert answer.headers["cache-control"] == "private, no-store"
        assert len(verified) == 3
        # The same user gets the same answer with another token that was never sent before.
        again = await send(api, authorization=f"Bearer {issuer.token(jti='another')}")
        assert (again.status_code, again.headers["retry-after"]) == (429, "60")
        # Other users behind the same address are not affected.
        ben = f"Bearer {issuer.token(sub='ben', email=BEN)}"
        assert (await send(api, authorization=ben)).status_code == 200
        assert (await send(api, authorization="")).status_code == 401


async def test_a_guest_is_not_banned_for_what_neighbours_use_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("recollect.app.Budgets", partial(Budgets, clock=clock))
    monkeypatch.setattr("recollect.app.Bans", partial(Bans, clock=clock))
    async with running(Settings(data_dir=tmp_path, rate_limit=2, guests=True)) as api:

        async def guest() -> str:
            made = await api.http.post("/guests", headers={"Content-Type": "application/json"})
            return f"Bearer {made.json()['token']}"

        stranger, honest = await guest(), await guest()
        assert [(await send(api, authorization=stranger)).status_code for _ in range(2)] == [
            200
        ] * 2
        for _ in range(TOLERATED + 2):
            answer = await send(api, authorization=honest)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) <= 30  # when the budget allows the next request


async def test_an_operation_that_takes_too_long_is_ended(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def slow(*_: object, **__: object) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    monkeypatch.setattr("resolvers.deadline.SECONDS", 0.05)
    monkeypatch.setattr(type(embedded.services.store), "get", slow, raising=False)
    response = await embedded.post("{ viewer { preferences { languagePreference } } }")
    assert response.status_code == 503
    assert codes(response) == ["UNAVAILABLE"]
    assert "took too long" in response.json()["errors"][0]["message"]
    async with asyncio.timeout(60):
        await ended.wait()
