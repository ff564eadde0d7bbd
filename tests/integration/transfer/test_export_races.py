"""An export while its user moves sessions: each session is exported once, with its turns, whenever it
moves."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Api, embedded_settings, running
from tests.integration.transfer.downloads import everything

NAMES = ("live", "trashed", "temporary", "trashed-temporary")
MOVES = {
    "delete": ("deleteSession", "live"),
    "restore": ("restoreSession", "trashed"),
    "archive": ("archiveSession", "live"),
    "keep": ("keepSession", "temporary"),
    "make temporary": ("makeSessionTemporary", "live"),
    "delete temporary": ("deleteSession", "temporary"),
    "restore temporary": ("restoreSession", "trashed-temporary"),
}
READS = ("get", "list_sessions", "take_conversations")


async def prepare(api: Api, user: str) -> None:
    for name in NAMES:
        temporary = "temporary" in name
        await api.mutate("createSession", "", user, clientId=name, temporary=temporary)
        for number in range(2):
            given = {"sessionId": f"Session.{name}", "clientId": f"t{number}"}
            await api.record(f"{name} {number}", user, **given)
        if "trashed" in name:
            await api.mutate("deleteSession", "", user, sessionId=f"Session.{name}")


class Interruption:
    """Runs an action once, before one of the reads of an export."""

    def __init__(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reads = 0
        self._act: Callable[[], Awaitable[Any]] | None = None
        self._before = 0
        for name in READS:
            self._watch(api, monkeypatch, name)

    def plan(self, before: int, act: Callable[[], Awaitable[Any]]) -> None:
        self.reads, self._before, self._act = 0, before, act

    def _watch(self, api: Api, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        read = getattr(api.services.store, name)

        async def watched(*args: Any, **kwargs: Any) -> Any:
            self.reads += 1
            if self.reads == self._before and self._act is not None:
                act, self._act = self._act, None
                await act()
            return await read(*args, **kwargs)

        monkeypatch.setattr(api.services.store, name, watched)


@pytest.mark.parametrize("move", MOVES)
async def test_a_session_that_is_moved_meanwhile_comes_exactly_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, move: str
) -> None:
    async with running(embedded_settings(tmp_path)) as api:
        interruption = Interruption(api, monkeypatch)
        moment, done = 0, True
        while done:
            moment += 1
            user = f"user-{moment}@example.com"
            await prepare(api, user)
            name, session = MOVES[move]
            done = False

            async def act(user: str = user, name: str = name, session: str = session) -> None:
                nonlocal done
                done = True
                moved = await api.mutate(name, "", user, sessionId=f"Session.{session}")
                assert moved["userErrors"] == []

            interruption.plan(moment, act)
            found = await everything(api, user)
            chats = {
                chat["id"]: [turn["query"] for turn in chat["turns"]] for chat in found["sessions"]
            }
            assert len(found["sessions"]) == len(NAMES), (moment, list(chats))
            assert chats == {each: [f"{each} 0", f"{each} 1"] for each in NAMES}
        assert moment > 10
