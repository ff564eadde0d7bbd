"""A traced store makes no additional calls, and its marks name the span in which they were written."""

from collections.abc import Iterator

import pytest

from recollect.tracing import Tracing, load_tracing
from stores.errors import Unreadable
from stores.keys import Key, mark_key
from stores.mirror_records import ExportMark
from stores.ports import Create, Store, Write
from stores.records import Record
from tests.contract.records import append, create_mark, create_session, mark
from tests.counting import CountingStore
from tests.otlp import Receiver, receiver

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver() as received:
        for name, value in received.environment.items():
            monkeypatch.setenv(name, value)
        yield received


async def traces_of(store: Store, uid: str) -> dict[str, str | None]:
    """The span named by each of a user's marks, without its flags."""
    marks = [each for each in await store.list_marks(uid, 10) if not isinstance(each, Unreadable)]
    return {mark.mark_id: mark.trace and mark.trace[:-2] for mark in marks}


async def test_a_mark_names_the_span_it_was_written_in_at_no_further_call(
    store: Store, traces: Receiver
) -> None:
    tracing, counting = load_tracing("recollect-tests"), CountingStore(store)
    traced = tracing.store(counting, "database")  # type: ignore[arg-type]
    keys: list[Key[Record]] = [mark_key("u", "locked")]
    locked: list[Write] = [create_mark("locked")]
    with tracing.export([mark("m").model_copy(update={"trace": TRACEPARENT})]):
        await traced.commit([create_session(), *append("c")])
        await traced.transact(keys, lambda _: locked)
    await traced.commit([create_mark("untraced")])
    assert counting.calls == ["commit", "transact", "commit"]
    await tracing.close()
    span = traces.one("export")
    written = f"00-{span.trace_id}-{span.span_id}-"
    assert await traces_of(store, "u") == {"mark-s-c": written, "locked": written, "untraced": None}
    assert traces.below(span) == ["store commit", "store transact"]
    assert traces.one("store commit").attributes["db.operation.batch.size"] == 4


async def test_without_traces_marks_name_no_span(store: Store) -> None:
    traced = Tracing().store(store, "database")
    await traced.commit([Create(mark_key("u", "m"), ExportMark(uid="u", mark_id="m", changes=[]))])
    assert await traces_of(store, "u") == {"m": None}
