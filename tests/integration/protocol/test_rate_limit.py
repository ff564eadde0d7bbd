"""Who asks too often is told when to come back."""

from pathlib import Path

import httpx
import pytest

from recollect.http.admission import Admission
from recollect.http.connections import Connections
from recollect.http.endpoint import GraphQLEndpoint
from recollect.http.middleware import EveryAnswer
from recollect.http.places import Places
from recollect.http.rate_limit import RateLimiter
from recollect.http.streams import Streams
from recollect.settings.settings import Settings
from schema import build_schema
from tests.integration.conftest import ANNA, BEN, Api, running
from tests.integration.protocol.protocol import GRAPHQL, JSON, VIEWER, codes, for_strangers, send
from tests.issuer import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(api: Api, clock: Clock, users: int, failures: int) -> Api:
    """The same API with limits of these many requests a minute."""
    schema = build_schema()
    endpoint = GraphQLEndpoint(
        schema,
        Admission(
            api.services.authenticator,
            origins=(),
            limiter=RateLimiter(users, clock=clock),
            failures=RateLimiter(failures, clock=clock),
        ),
        api.services.context,
        Streams(schema, api.services.context, None, Places()),
        Connections(),
        Places(),
        graphiql=False,
    )
    transport = httpx.ASGITransport(
        EveryAnswer(endpoint, "/graphql", lambda path, status, seconds: None)
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


async def test_the_setting_limits_the_api(tmp_path: Path) -> None:
    async with running(Settings(data_dir=tmp_path, rate_limit=2)) as api:
        statuses = [(await api.post(VIEWER)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
