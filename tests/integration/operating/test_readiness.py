"""/readyz reports which services can be reached, and costs little however often it is requested."""

import asyncio
from typing import Any

import pytest

from analytics.warehouse.port import WarehouseUnavailable
from recollect.http import readiness
from stores.errors import StoreUnavailable
from tests.integration.conftest import Api


async def down(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("part", ["store", "warehouse"])
async def test_what_can_not_be_reached_is_named_until_it_can(
    embedded: Api, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(readiness, "REMEMBERED_SECONDS", 0.0)
    errors = {"store": StoreUnavailable("gone"), "warehouse": WarehouseUnavailable("gone")}
    with monkeypatch.context() as patched:
        patched.setattr(getattr(embedded.services, part), "ping", lambda: down(errors[part]))
        answer = await embedded.http.get("/readyz")
    assert answer.status_code == 503
    reached = {"store": "ok", "warehouse": "ok"} | {part: "unavailable"}
    assert {name: answer.json()[name] for name in reached} == reached
    assert (await embedded.http.get("/readyz")).status_code == 200


async def test_a_flood_of_questions_asks_store_and_warehouse_once(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "REMEMBERED_SECONDS", 3600.0)
    asked = {"store": 0, "warehouse": 0}

    def counted(part: str, ping: Any) -> Any:
        async def count() -> None:
            asked[part] += 1
            await ping()

        return count

    for part in asked:
        service = getattr(embedded.services, part)
        monkeypatch.setattr(service, "ping", counted(part, service.ping))
    answers = await asyncio.gather(*(embedded.http.get("/readyz") for _ in range(30)))
    assert {answer.status_code for answer in answers} == {200}
    assert asked == {"store": 1, "warehouse": 1}
