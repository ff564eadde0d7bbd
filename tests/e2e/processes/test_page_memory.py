"""How much memory a real server takes for pages of the largest turns."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from recollect.settings.settings import Settings
from tests.e2e.processes.test_export_memory import (
    HEADERS,
    MIB,
    Server,
    account,
    largest,
    served,
    settings,
    write_chat,
)
from tests.e2e.processes.test_import_and_restart import Environment, environment

__all__ = ["environment", "settings"]
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc"
)
TURNS = 40
"""They take more than 200 MB of memory."""
PAGE = """
query ($id: ID!, $before: String) {
  viewer { session(id: $id) { conversations(last: 100, before: $before) {
    nodes { query response citations { data } } pageInfo { hasPreviousPage startCursor }
  } } }
}
"""


def page(server: Server, chat: str, before: str | None = None) -> Any:
    variables = {"id": f"Session.{chat}", "before": before}
    answer = httpx.post(
        f"{server.url}/graphql",
        json={"query": PAGE, "variables": variables},
        headers=HEADERS,
        timeout=60,
    ).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["viewer"]["session"]["conversations"]


async def test_a_page_for_100_of_the_largest_turns_adds_less_than_50_mb(
    environment: Environment, settings: Settings, tmp_path: Path
) -> None:
    async with account(settings) as (store, uid):
        await write_chat(store, uid, "large", range(TURNS), largest, commit=2)
    with served(environment, tmp_path / "log") as server:
        assert len(page(server, "small")["nodes"]) == 100  # loads everything that loads only once
        before = server.memory("VmRSS")
        server.forget_peak()
        shown: list[int] = []
        cursor = None
        for _ in range(3):
            found = page(server, "large", cursor)
            shown[:0] = [int(node["query"].split()[1]) for node in found["nodes"]]
            cursor = found["pageInfo"]["startCursor"]
            if not found["pageInfo"]["hasPreviousPage"]:
                break
        added = server.memory("VmHWM") - before
    assert shown == list(range(TURNS))[-len(shown) :]
    assert shown
    print(f"Pages of {len(shown)} of the largest turns added {added / MIB:.1f} MiB.")
    assert added < 50 * MIB
