"""The cost of answers and the delay of the mirror, as administrators see them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recollect.settings.settings import Settings
from resolvers.configuration import Prices, TokenPrice
from tests.integration.conftest import Api, embedded_settings, running

pytestmark = pytest.mark.usefixtures("exporting_by_hand")

ADMIN = "admin@example.com"
COSTS = """
query ($range: DateRange!) {
  service { currency }
  insights(range: $range) {
    inputTokens outputTokens cost models { model inputTokens outputTokens cost }
    mirrorLagSeconds freshAsOf
  }
}
"""
DAY = datetime(2026, 3, 2, tzinfo=UTC)
MONTH = {"since": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}
PRICES = Prices(currency="EUR", models={"large": TokenPrice(input=2.5, output=10)})


@pytest.fixture
async def api(tmp_path: Any) -> AsyncIterator[Api]:
    settings: Settings = embedded_settings(tmp_path)
    async with running(
        settings.model_copy(update={"admins": (ADMIN,), "prices": PRICES})
    ) as started:
        await started.services.warehouse.init()
        await started.services.warehouse.init_analysts()
        yield started


async def ask(api: Api, model: str, users: range) -> None:
    for n in users:
        await api.record(
            "How much?",
            f"user-{n}@example.com",
            response="That much.",
            model=model,
            timestamp=(DAY + timedelta(hours=n)).isoformat(),
            inputTokens=1000 * (n + 1),
            outputTokens=100 * (n + 1),
        )


async def told(api: Api) -> Any:
    return await api.call(COSTS, ADMIN, range=MONTH)


async def test_tokens_cost_what_the_configuration_says_of_five_users_or_more(api: Api) -> None:
    await ask(api, "large", range(4))
    await api.services.exporter.drain()
    four = (await told(api))["insights"]
    assert (four["models"], four["inputTokens"], four["cost"]) == ([], None, None)

    await ask(api, "large", range(4, 6))
    await ask(api, "without a price", range(5))
    await api.services.exporter.drain()
    found = await told(api)
    assert found["service"] == {"currency": "EUR"}
    six = found["insights"]
    assert six["models"] == [
        {
            "model": "large",
            "inputTokens": 21_000,
            "outputTokens": 2_100,
            "cost": pytest.approx((21_000 * 2.5 + 2_100 * 10) / 1_000_000),
        },
        {
            "model": "without a price",
            "inputTokens": 15_000,
            "outputTokens": 1_500,
            "cost": None,
        },
    ]
    assert six["cost"] == six["models"][0]["cost"]

    # The view that analysts and operators query has the same figures.
    sums = await api.services.warehouse.query("service_figures", _march())
    by_sql = {(row["model"], row["measure"]): row["amount"] for row in sums if row["day"] is None}
    for each in six["models"]:
        assert each["inputTokens"] == by_sql[each["model"], "read"]
        assert each["outputTokens"] == by_sql[each["model"], "written"]
    assert six["inputTokens"] == sum(each["inputTokens"] for each in six["models"])
    assert six["outputTokens"] == sum(each["outputTokens"] for each in six["models"])


def _march() -> dict[str, int]:
    first, after = (int(datetime.fromisoformat(at).timestamp() * 1e6) for at in MONTH.values())
    return {
        "since": first,
        "until": after,
        "months_since": first,
        "months_until": after,
        "kept_since": 0,
    }


async def test_figures_are_as_of_the_moment_that_the_mirror_shows(api: Api) -> None:
    before = datetime.now(UTC)
    found = (await told(api))["insights"]
    assert found["mirrorLagSeconds"] == 0
    assert before <= datetime.fromisoformat(found["freshAsOf"]) <= datetime.now(UTC)

    await api.record("Not mirrored yet", "user-1@example.com")
    recorded = datetime.now(UTC)
    await asyncio.sleep(0.01)
    found = (await told(api))["insights"]
    assert found["mirrorLagSeconds"] >= 1
    assert datetime.fromisoformat(found["freshAsOf"]) < recorded
