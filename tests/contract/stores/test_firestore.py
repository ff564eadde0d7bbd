"""What only the Firestore store promises: the number of requests, and the handling of lost answers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from google.cloud.firestore import AsyncQuery

from analytics.unreadable_records import readable_records
from stores.errors import RecordExists, RecordMissing, StoreUnavailable
from stores.firestore import retries
from stores.firestore.store import FirestoreStore
from stores.keys import mark_key, profile_key, session_key, trash_key
from stores.ports import Create, Delete, SessionQuery, Update, Window
from stores.records import Profile, SessionListRow
from tests.contract.records import append, create_mark, create_session
from tests.counting import Continuation, FirestoreRPCs, Streaming, Unary, firestore_rpcs

KEY = session_key("u", "s")
NARROWEST = SessionQuery(status="active", pinned=True, tag="a")


@asynccontextmanager
async def opened(project: str, database: str = "(default)") -> AsyncIterator[FirestoreStore]:
    store = FirestoreStore(project, database)
    yield store
    await store.close()


@pytest.fixture
def rpcs(firestore_address: str) -> Iterator[FirestoreRPCs]:
    with firestore_rpcs() as rpcs:
        yield rpcs


@pytest.fixture
async def store(rpcs: FirestoreRPCs, firestore_project: str) -> AsyncIterator[FirestoreStore]:
    async with opened(firestore_project) as store:
        await store.commit([create_session()])
        rpcs.calls.clear()
        yield store


async def test_a_named_database_is_one_of_its_own(firestore_project: str) -> None:
    woken = asyncio.Event()
    async with opened(firestore_project) as default, opened(firestore_project, "memory") as named:
        async with named.watch("u", woken.set):
            await asyncio.wait_for(woken.wait(), 300)
            woken.clear()
            await named.commit([create_session()])
            await asyncio.wait_for(woken.wait(), 300)
        assert (await named.get([KEY])).entry(KEY) is not None
        assert (await default.get([KEY])).entry(KEY) is None


async def test_each_method_is_one_request_and_a_transaction_three(
    store: FirestoreStore, rpcs: FirestoreRPCs
) -> None:
    async def sent(awaitable: Any) -> list[str]:
        rpcs.calls.clear()
        await awaitable
        return rpcs.calls.copy()

    window = Window(10, after=(9, "x"), before=(0, "x"))
    assert await sent(store.get([KEY, profile_key("u")])) == ["BatchGetDocuments"]
    assert await sent(store.commit(append("c"))) == ["Commit"]
    assert await sent(store.list_sessions("u", window)) == ["RunQuery"]
    assert await sent(store.list_sessions("u", window, NARROWEST)) == ["RunQuery"]
    assert await sent(store.list_session_rows("u", window, NARROWEST)) == ["RunQuery"]
    assert await sent(store.list_conversations("u", "s", window)) == ["RunQuery"]
    assert await sent(store.take_conversations("u", "s", window, 1)) == ["RunQuery"]
    assert await sent(store.list_marks("u", 10)) == ["RunQuery"]
    assert await sent(store.list_dead_letters("u", 10)) == ["RunQuery"]
    assert await sent(store.scan_marks(mark_key("a", "a"), 10)) == ["RunQuery"]
    assert await sent(store.scan(Profile, profile_key("a"), 10)) == ["RunQuery"]
    assert await sent(store.ping()) == ["BatchGetDocuments"]
    assert await sent(store.transact([KEY], lambda _: [create_mark("m")])) == [
        "BeginTransaction",
        "BatchGetDocuments",
        "Commit",
    ]


async def test_rows_come_without_the_fields_that_they_do_not_have(
    store: FirestoreStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[Mapping[str, Any]] = []
    documents = store._documents

    async def noted(query: AsyncQuery) -> Any:
        found = await documents(query)
        came.extend(document.fields for document in found)
        return found

    monkeypatch.setattr(store, "_documents", noted)
    (row,) = await store.list_session_rows("u", Window(10))
    assert row.session_id == "s"
    assert [sorted(fields) for fields in came] == [
        sorted(SessionListRow.model_fields.keys() - {"update_time"})
    ]


class LostAnswers:
    """Loses the answers to the first commits or queries: they arrive, but their sender gets an error."""

    def __init__(
        self,
        number: int = 1,
        *,
        delivered: bool = True,
        told: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE,
    ) -> None:
        self.left = number
        self.delivered = delivered
        self.told = told

    async def intercept(self, continuation: Continuation, details: Any, request: Any) -> Any:
        if not (self.left and details.method.endswith((b"/Commit", b"/RunQuery"))):
            return await continuation(details, request)
        self.left -= 1
        if self.delivered:
            await (await continuation(details, request))
        raise grpc.aio.AioRpcError(self.told, grpc.aio.Metadata(), grpc.aio.Metadata(), "lost")


@pytest.mark.parametrize("told", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED])
@pytest.mark.parametrize("delivered", [True, False])
async def test_an_append_whose_answer_was_lost_lands_once_and_is_reported(
    store: FirestoreStore, firestore_project: str, delivered: bool, told: grpc.StatusCode
) -> None:
    lost = LostAnswers(delivered=delivered, told=told)
    with firestore_rpcs(Unary(lost.intercept)) as rpcs:
        async with opened(firestore_project) as flaky:
            committed = await flaky.commit(append("c", at=7))
    assert rpcs.calls.count("Commit") == 2
    session = (await store.get([KEY])).get(KEY)
    assert session is not None
    assert session.update_time == committed.time
    assert session.conversation_count == 1
    assert committed.transformed == [{}, {"conversation_count": 1, "last_active": 7}, {}]


async def test_a_list_that_did_not_come_in_time_is_asked_for_again(
    store: FirestoreStore, firestore_project: str
) -> None:
    late = LostAnswers(delivered=False, told=grpc.StatusCode.DEADLINE_EXCEEDED)
    with firestore_rpcs(Streaming(late.intercept)) as rpcs:
        async with opened(firestore_project) as slow:
            assert len(await slow.list_sessions("u", Window(10))) == 1
    assert rpcs.calls == ["RunQuery", "RunQuery"]


async def test_a_guarded_update_whose_answer_was_lost_is_not_taken_for_a_conflict(
    store: FirestoreStore, firestore_project: str
) -> None:
    session = (await store.get([KEY])).get(KEY)
    assert session is not None
    rename = Update(KEY, set={"custom_title": "new"}, unchanged_since=session.update_time)
    with firestore_rpcs(Unary(LostAnswers().intercept)):
        async with opened(firestore_project) as flaky:
            committed = await flaky.commit([rename, create_mark("m")])
    session = (await store.get([KEY])).get(KEY)
    assert session is not None
    assert (session.custom_title, session.update_time) == ("new", committed.time)


async def test_a_move_whose_answer_was_lost_is_reported(
    store: FirestoreStore, firestore_project: str
) -> None:
    session = (await store.get([KEY])).get(KEY)
    assert session is not None
    with firestore_rpcs(Unary(LostAnswers().intercept)):
        async with opened(firestore_project) as flaky:
            await flaky.commit([Delete(KEY), Create(trash_key("u", "s"), session)])
    assert (await store.get([trash_key("u", "s")])).get(trash_key("u", "s")) is not None


async def test_a_commit_that_another_one_beat_while_its_answer_was_lost_is_refused(
    store: FirestoreStore, firestore_project: str
) -> None:
    await store.commit(append("c"))
    mine = [*append("c")[:2], create_mark("mine")]
    with firestore_rpcs(Unary(LostAnswers(delivered=False).intercept)):
        async with opened(firestore_project) as flaky:
            with pytest.raises(RecordExists):
                await flaky.commit(mine)
    assert [each.mark_id for each in readable_records(await store.list_marks("u", 9))] == [
        "mark-s-c"
    ]


async def test_a_record_of_other_content_is_not_taken_for_the_one_whose_answer_was_lost(
    store: FirestoreStore, firestore_project: str
) -> None:
    await store.commit([create_session("t", derived_title="theirs")])
    with firestore_rpcs(Unary(LostAnswers(delivered=False).intercept)):
        async with opened(firestore_project) as flaky:
            with pytest.raises(RecordExists):
                await flaky.commit([create_session("t", derived_title="mine")])


async def test_an_increase_that_nothing_guards_is_never_sent_twice(
    store: FirestoreStore, firestore_project: str
) -> None:
    with firestore_rpcs(Unary(LostAnswers().intercept)) as rpcs:
        async with opened(firestore_project) as flaky:
            with pytest.raises(StoreUnavailable):
                await flaky.commit([Update(KEY, increase={"conversation_count": 1})])
    assert rpcs.calls == ["Commit"]


async def test_deletes_are_sent_again(store: FirestoreStore, firestore_project: str) -> None:
    with firestore_rpcs(Unary(LostAnswers().intercept)) as rpcs:
        async with opened(firestore_project) as flaky:
            await flaky.commit([Delete(KEY)])
    assert rpcs.calls == ["Commit", "Commit"]


CALLS: dict[str, Callable[[FirestoreStore], Awaitable[object]]] = {
    "get": lambda store: store.get([KEY]),
    "commit": lambda store: store.commit([create_mark("m")]),
    "transact": lambda store: store.transact([KEY], lambda _: []),
    "list": lambda store: store.list_sessions("u", Window(1)),
}


@pytest.fixture(params=["refuses", "never answers"])
async def broken_address(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of no server, or of one that accepts connections and stays silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        if request.param == "refuses":
            listener.close()
        yield f"127.0.0.1:{port}"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_server_that_does_not_answer_is_unavailable_in_time(
    monkeypatch: pytest.MonkeyPatch,
    broken_address: str,
    call: Callable[[FirestoreStore], Awaitable[object]],
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", broken_address)
    monkeypatch.setattr(retries, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr("stores.firestore.store.PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr("stores.firestore.store.REQUEST_SECONDS", 0.3)
    async with opened("demo-nowhere") as store, asyncio.timeout(60):
        with pytest.raises(StoreUnavailable):
            await call(store)


async def test_a_transaction_that_is_cancelled_stays_cancelled(
    monkeypatch: pytest.MonkeyPatch, broken_address: str
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", broken_address)
    async with opened("demo-nowhere") as store:
        task = asyncio.create_task(store.transact([KEY], lambda _: []))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_an_error_names_no_record(store: FirestoreStore) -> None:
    with pytest.raises(RecordMissing) as missing:
        await store.commit([Update(session_key("u", "private-id"))])
    assert "private-id" not in str(missing.value)
    assert missing.value.__suppress_context__


async def test_removing_a_user_takes_two_requests_for_a_batch(
    store: FirestoreStore, rpcs: FirestoreRPCs
) -> None:
    await store.commit(append("c"))
    rpcs.calls.clear()
    await store.delete_user("u")
    emptied = ["RunQuery", "Commit", "RunQuery"]
    assert rpcs.calls == ["BatchGetDocuments", *emptied, *emptied]
