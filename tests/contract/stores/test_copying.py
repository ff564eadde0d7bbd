"""Copies of a whole store, in either direction: records of every kind are copied and compared."""

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from analytics.upkeep.copying import PAGE, CopyDiffers, CopyRefused, copy
from analytics.upkeep.scans import no_report
from stores import keys
from stores.bulk import BulkStore, Stored
from stores.firestore.store import FirestoreStore
from stores.keys import (
    CHANGING,
    OF_PROCESSES,
    Collection,
    Key,
    backfill_key,
    lease_key,
    profile_key,
    session_key,
    sessions_of,
)
from stores.mirror_records import Backfill, ExportMark, Lease
from stores.ports import Create, Update, Window
from stores.records import Profile, Record
from stores.sqlite.store import SQLiteStore
from tests.contract.records import append, create_session, session


@pytest.fixture(params=["to firestore", "to sqlite"])
async def stores(
    request: pytest.FixtureRequest, firestore_project: str, tmp_path: Path
) -> AsyncIterator[tuple[BulkStore, BulkStore]]:
    """The store to copy from and the store to copy to, both empty."""
    embedded: BulkStore = await SQLiteStore.open(tmp_path / "store.sqlite")
    production: BulkStore = FirestoreStore(firestore_project)
    both = (embedded, production)
    yield both if request.param == "to firestore" else both[::-1]
    await embedded.close()
    await production.close()


def every_kind() -> dict[str, Key[Record]]:
    """A key of each kind of record that can be stored, by the name of the function that makes it."""
    makers = {
        name: maker
        for name, maker in inspect.getmembers(keys, inspect.isfunction)
        if name.endswith("_key")
    }
    return {
        name: maker(*(f"{n}-id" for n in inspect.signature(maker).parameters))
        for name, maker in makers.items()
    }


def example(kind: type[Record]) -> Record:
    """A record of a kind, with a value for each required field."""
    values: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if field.is_required():
            types = [field.annotation, *get_args(field.annotation)]
            if get_origin(field.annotation) is Literal:
                values[name] = get_args(field.annotation)[0]
            elif str in types:
                values[name] = "x"
            elif int in types:
                values[name] = 1
            elif list in map(_origin, types):
                values[name] = []
            else:
                values[name] = {"kind": "profile", "at": 1}
    return kind.model_validate(values)


def _origin(kind: object) -> object:
    return getattr(kind, "__origin__", kind)


async def test_every_kind_of_record_is_taken_along_but_what_processes_note(
    stores: tuple[BulkStore, BulkStore],
) -> None:
    source, target = stores
    kinds = every_kind()
    await source.commit([Create(key, example(key.kind)) for key in kinds.values()])
    await copy(source, target, no_report)
    snapshot = await target.get(list(kinds.values()))
    wanted = {name for name, key in kinds.items() if key.path[0] not in OF_PROCESSES}
    assert {name for name, key in kinds.items() if snapshot.entry(key)} == wanted
    assert len(wanted) >= 8
    for name in wanted:
        key = kinds[name]
        copied = snapshot.get(key)
        assert copied is not None
        again = example(key.kind).model_dump()
        # A mark gets its owner and id from its path.
        assert copied.model_dump() == again | {
            each: getattr(copied, each) for each in ("uid", "mark_id") if each in again
        }


async def test_what_is_listed_by_last_write_is_so_in_the_copy(
    stores: tuple[BulkStore, BulkStore],
) -> None:
    source, target = stores
    listed = {
        name: maker
        for name, maker in inspect.getmembers(keys, inspect.isfunction)
        if getattr(get_type_hints(maker).get("return"), "__origin__", None) is Collection
    }
    assert {maker(*inspect.signature(maker).parameters).path[-1] for maker in listed.values()} == (
        CHANGING
    )
    await source.commit([create_session("s1"), create_session("s2")])
    await copy(source, target, no_report)
    changed = await target.list_changed(sessions_of("u"), Window(10))
    assert {each.record.session_id for each in changed} == {"s1", "s2"}


async def test_texts_numbers_and_json_arrive_as_they_are(
    stores: tuple[BulkStore, BulkStore],
) -> None:
    source, target = stores
    metadata = {
        "nested": [[1, 2.5], [None, True]],
        "größe": 2**60,
        "text": "\u0000 👩‍👩‍👧 'quoted'",
    }
    await source.commit([create_session("s", metadata=metadata, tags=["a", "ä"])])
    await copy(source, target, no_report)
    copied = (await target.get([session_key("u", "s")])).get(session_key("u", "s"))
    assert copied is not None
    assert copied.metadata == metadata
    assert copied.model_copy(update={"update_time": 0}) == session(
        "s", metadata=metadata, tags=["a", "ä"]
    )


async def test_a_copy_goes_on_where_it_was_interrupted(
    stores: tuple[BulkStore, BulkStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = stores
    await filled(source, 3 * PAGE)
    for _ in range(3):
        with pytest.raises(ConnectionError):
            async with failing(target, monkeypatch):
                await copy(source, target, no_report)
    done = await copy(source, target, no_report)
    assert done.documents == 3 * PAGE + 1


async def test_marks_for_the_mirror_are_left_in_the_copy(
    stores: tuple[BulkStore, BulkStore],
) -> None:
    source, target = stores
    await source.commit([create_session("s"), *append("c")])
    await copy(source, target, no_report)
    marks = [each for each in await target.scan_marks(None, 100) if isinstance(each, ExportMark)]
    marked = {change.kind for mark in marks for change in mark.changes}
    assert {"session", "conversation"} <= marked


async def test_a_store_that_holds_anything_is_not_copied_into(
    stores: tuple[BulkStore, BulkStore],
) -> None:
    source, target = stores
    await source.commit([create_session("s")])
    await target.commit([create_session("another")])
    with pytest.raises(CopyRefused, match="empty store"):
        await copy(source, target, no_report)
    assert (await target.get([session_key("u", "s")])).entry(session_key("u", "s")) is None


async def test_what_processes_note_does_not_hinder(stores: tuple[BulkStore, BulkStore]) -> None:
    source, target = stores
    await source.commit([Create(profile_key("u"), Profile(created_at=1))])
    await source.commit([Create(backfill_key(), Backfill(stage="turns"))])
    await target.commit([Create(lease_key("a"), Lease(holder="x", expires_at=1))])
    assert (await copy(source, target, no_report)).documents == 1


@pytest.mark.parametrize("change", ["another value", "one more", "one less"])
async def test_a_difference_is_told(
    stores: tuple[BulkStore, BulkStore], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    source, target = stores
    await source.commit([create_session("s1"), create_session("s2")])
    put_all = target.put_all

    async def interfered(documents: list[Stored], writes: Any) -> None:
        await put_all(documents[:1] if change == "one less" else documents, writes)
        if documents and change == "one more":
            await target.commit([create_session("s3")])
        if documents and change == "another value":
            await target.commit([Update(session_key("u", "s1"), set={"pinned": True})])

    monkeypatch.setattr(target, "put_all", interfered)
    told = {
        "another value": "users/u/sessions/s1 differs",
        "one more": "users/u/sessions/s3 is not in the source",
        "one less": "users/u/sessions/s2 is missing",
    }
    with pytest.raises(CopyDiffers, match=told[change]):
        await copy(source, target, no_report)


async def filled(store: BulkStore, number: int) -> None:
    fields = session("s").model_dump() | {"metadata": "{}"}
    documents = [
        Stored(("users", f"u{n % 7}", "sessions", f"s{n:05}"), fields | {"session_id": f"s{n:05}"})
        for n in range(number)
    ]
    for start in range(0, number, 200):
        await store.put_all(documents[start : start + 200], [])
    await store.commit([Create(profile_key("u0"), Profile(created_at=1))])


@asynccontextmanager
async def failing(target: BulkStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The connection to the target is lost once the first page has landed."""
    put_all = target.put_all

    async def lost(documents: list[Stored], writes: Any) -> None:
        await put_all(documents, writes)
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(target, "put_all", lost)
        yield
