"""One stream serves everything that is watched, and is restarted when it breaks."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from random import Random

import pytest
from google.cloud.firestore_v1.types import ListenRequest

from stores.errors import RecordExists, StoreUnavailable
from stores.firestore import watch
from stores.firestore.store import FirestoreStore
from tests.contract.records import create_session
from tests.contract.stores.test_watch import Sleeper, sleeping
from tests.faults.proxies import GrpcProxy, NetworkConditions, TcpProxy


@pytest.fixture
async def proxy(firestore_address: str) -> AsyncIterator[TcpProxy]:
    """The proxy through which the watching store reaches the emulator."""
    between = TcpProxy(firestore_address, NetworkConditions(Random(1)))  # noqa: S311
    await between.start()
    yield between
    await between.stop()


async def test_who_watches_is_woken_again_after_the_connection_broke(
    firestore_project: str, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = FirestoreStore(firestore_project)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", proxy.address)
    watching = FirestoreStore(firestore_project)
    async with sleeping(watching) as sleeper, sleeping(watching, "v") as other:
        for number in range(3):
            proxy.cut()
            await written(writing, f"s{number}")
            await sleeper.woken()
            await other.woken()
            await sleeper.rest()
            await written(writing, f"t{number}")
            await sleeper.woken()
    await watching.close()
    await writing.close()


async def written(store: FirestoreStore, session_id: str) -> None:
    """Write a session. If the emulator finds that the watcher whom it is about to tell has left, it may
    answer the writer that the call was cancelled; the session may be written all the same."""
    with suppress(StoreUnavailable):
        await store.commit([create_session(session_id)])
        return
    with suppress(RecordExists):
        await store.commit([create_session(session_id)])


@asynccontextmanager
async def between(address: str) -> AsyncIterator[GrpcProxy]:
    proxy = GrpcProxy(address, NetworkConditions(Random(1)))  # noqa: S311
    await proxy.start()
    yield proxy
    await proxy.stop()


@pytest.mark.parametrize("arriving", [None, b"\xff"], ids=["silent", "garbled"])
async def test_who_watches_is_woken_again_after_a_stream_fell_silent_or_was_garbled(
    firestore_address: str,
    firestore_project: str,
    monkeypatch: pytest.MonkeyPatch,
    arriving: bytes | None,
) -> None:
    monkeypatch.setattr(watch, "SILENCE_SECONDS", 2.0)
    writing = FirestoreStore(firestore_project)
    async with between(firestore_address) as proxy:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", proxy.address)
        watching = FirestoreStore(firestore_project)
        async with sleeping(watching) as sleeper:
            undisturbed, proxy.gate = proxy.gate, lambda _: arriving
            wakes = sleeper.wakes
            await writing.commit([create_session()])
            await asyncio.sleep(0.5)
            assert sleeper.wakes == wakes
            proxy.gate = undisturbed
            await sleeper.woken()
            await writing.commit([create_session("after")])
            await sleeper.woken()
        await watching.close()
    await writing.close()


async def test_a_target_that_the_server_drops_is_asked_for_again(
    firestore_project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FirestoreStore(firestore_project)
    async with sleeping(store) as sleeper:
        (watched,) = store._listener._watched.values()
        before = list(watched.targets)
        drop = ListenRequest(remove_target=before[0])
        store._listener._send(drop)
        await sleeper.woken()
        await sleeper.rest()
        assert not set(before) & set(watched.targets)
        await store.commit([create_session()])
        await sleeper.woken()
    await store.close()


async def test_fifty_users_are_watched_without_a_thread_more(firestore_project: str) -> None:
    store = FirestoreStore(firestore_project)
    async with sleeping(store):
        threads = threading.active_count()
        async with AsyncExitStack() as stack:
            sleepers = [Sleeper() for _ in range(50)]
            for number, sleeper in enumerate(sleepers):
                await stack.enter_async_context(store.watch(f"u{number}", sleeper))
            await asyncio.gather(*(sleeper.woken() for sleeper in sleepers))
            assert threading.active_count() == threads
    await store.close()
