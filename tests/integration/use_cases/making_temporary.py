"""Making a session temporary, and checking the mirror afterwards."""

from typing import Any

from analytics.upkeep.reconcile import differences
from analytics.warehouse.port import Parameter
from tests.integration.conftest import Api
from tests.integration.use_cases.test_privacy import uid_of
from tests.integration.use_cases.test_races import candidates

STATE = "session { id temporary status pinned closed expiresAt conversationCount }"


async def chat(api: Api, turns: int = 3) -> str:
    """A session whose turns and whose title, set by the user, all contain one word."""
    await api.mutate("createSession", "", clientId="tree", title="Willow tree")
    for n in range(turns):
        await api.record(f"willow {n}", sessionId="Session.tree", clientId=f"t{n}")
    return "Session.tree"


async def make_temporary(api: Api, session: str) -> Any:
    made = await api.mutate("makeSessionTemporary", STATE, sessionId=session)
    assert made["userErrors"] == []
    return made["session"]


async def keep(api: Api, session: str) -> None:
    assert (await api.mutate("keepSession", "", sessionId=session))["userErrors"] == []


async def mirrored(api: Api) -> None:
    await api.services.exporter.drain()


async def shown(api: Api) -> dict[str, list[dict[str, Any]]]:
    """The viewer's rows in the views, without their version numbers and times."""
    asked: dict[str, Parameter] = {"uid": await uid_of(api), "since": 0, "until": 2**51}
    return {
        view: [
            {name: value for name, value in row.items() if name not in ("change_seq", "updated_at")}
            for row in await api.services.warehouse.query(view, asked)
        ]
        for view in ("user_sessions", "conversation_history")
    }


NOTHING: dict[str, list[dict[str, Any]]] = {"user_sessions": [], "conversation_history": []}


async def versions_with_text(api: Api) -> int:
    """The number of turns and titles in the mirror's tables with the word in any version, shown or not."""
    return len(await candidates(api.services.warehouse, await uid_of(api), " willow "))


async def assert_forgotten(api: Api) -> None:
    assert await shown(api) == NOTHING
    assert await versions_with_text(api) == 0
    await assert_clean(api)


async def assert_clean(api: Api) -> None:
    """Assert that no mark waits, and that reconciling finds no difference."""
    store, warehouse = api.services.store, api.services.warehouse
    assert await store.scan_marks(None, 1) == []
    found = [part async for part in differences(store, warehouse, lambda done, known: None)]
    assert found == []
