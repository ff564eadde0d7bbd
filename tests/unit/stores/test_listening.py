"""What Firestore's listener logs about the streams that it replaces."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from google.cloud.firestore_v1.types import ListenResponse, TargetChange

from stores.firestore import watch
from stores.firestore.store import FirestoreStore

NOTHING_NEW = ListenResponse(
    target_change=TargetChange(target_change_type=TargetChange.TargetChangeType.NO_CHANGE)
)


class Server:
    """Sends the same responses at the beginning of each stream, and then nothing more."""

    def __init__(self, *said: ListenResponse) -> None:
        self._said = said
        self.streams: asyncio.Queue[None] = asyncio.Queue()

    def listen(self, *request: object, **metadata: object) -> "Server":
        self.streams.put_nowait(None)
        return self

    async def __aiter__(self) -> AsyncIterator[ListenResponse]:
        for response in self._said:
            yield response
        await asyncio.Event().wait()

    def cancel(self) -> None:
        """There is nothing to cancel."""


@pytest.mark.parametrize(
    ("server", "told"),
    [(Server(NOTHING_NEW), set()), (Server(), {("listening again", "TimeoutError")})],
    ids=["an idle server", "a server that never answers"],
)
async def test_a_stream_is_worth_a_warning_only_if_nothing_came_over_it(
    server: Server,
    told: set[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setattr(watch, "SILENCE_SECONDS", 0.01)
    monkeypatch.setattr(watch, "FIRST_PAUSE_SECONDS", 0.0)
    store = FirestoreStore("silent")
    transport = type(store._client._firestore_api.transport)
    monkeypatch.setattr(transport, "listen", server.listen)
    async with store.watch("u", lambda: None):
        for _ in range(3):
            await server.streams.get()
    await store.close()
    records = [each for each in caplog.records if each.name == watch.__name__]
    assert {(each.message, each.__dict__["cause"]) for each in records} == told
