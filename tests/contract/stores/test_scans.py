"""Scans over the sessions and turns of all users, as backfill and reconcile use them."""

from pathlib import Path

from stores.keys import Key, conversation_key, session_key, trash_key
from stores.ports import Create, Store, Write
from stores.records import Conversation, Session
from stores.sqlite.queries import scan_query
from stores.sqlite.store import SQLiteStore
from tests.contract.records import append, create_mark, create_session, session, turn

USERS = ("a", "a-", "aa", "Z")
SESSIONS = ("s", "s-", "s_", "S", "0")


def of_turns(uid: str) -> list[Key[Conversation]]:
    return [conversation_key(uid, name, f"c{n}") for name in SESSIONS for n in range(2)]


async def fill(store: Store) -> None:
    for uid in USERS:
        writes: list[Write] = [create_session(name, uid) for name in SESSIONS]
        writes += [
            Create(trash_key(uid, f"gone-{name}"), session(f"gone-{name}")) for name in SESSIONS
        ]
        writes += [Create(key, turn(key.id, key.path[3])) for key in of_turns(uid)]
        await store.commit([*writes, create_mark("m", uid)])


async def test_each_kind_is_scanned_once_in_path_order_and_nothing_else(store: Store) -> None:
    await fill(store)
    # A turn whose session is gone can still be found.
    await store.commit([Create(conversation_key("left", "s", "c"), turn("c", "s"))])
    sessions = [session_key(uid, name) for uid in USERS for name in SESSIONS]
    trashed = [trash_key(uid, f"gone-{name}") for uid in USERS for name in SESSIONS]
    turns = [key for uid in USERS for key in of_turns(uid)]
    turns.append(conversation_key("left", "s", "c"))

    async def scanned(
        kind: type[Session] | type[Conversation], trash: bool
    ) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        after: Key[Session | Conversation] | None = None
        while page := await store.scan(kind, after, 7, trash=trash):
            assert len(page) <= 7
            assert all(isinstance(record, kind) for _, record in page)
            found += [key.path for key, _ in page]
            after = page[-1][0]
        return found

    for kind, trash, keys in (
        (Session, False, sessions),
        (Session, True, trashed),
        (Conversation, False, turns),
    ):
        assert await scanned(kind, trash) == sorted(key.path for key in keys)


async def test_a_scan_with_a_size_ends_with_the_record_that_reaches_it(store: Store) -> None:
    await store.commit(
        [
            Create(conversation_key("u", "s", name), turn(name, "s", response="r" * 100_000))
            for name in "abcde"
        ]
    )

    async def scanned(size: int, limit: int = 9) -> str:
        found = await store.scan(Conversation, conversation_key("u", "s", "a"), limit, size=size)
        return "".join(key.id for key, _ in found)

    assert await scanned(1) == "b"
    assert await scanned(250_000) == "bcd"
    assert await scanned(250_000, 2) == "bc"
    assert await scanned(10**6) == "bcde"


async def test_a_record_made_behind_the_cursor_is_not_scanned_and_one_before_it_is(
    store: Store,
) -> None:
    await store.commit([create_session("m"), create_session("z")])
    ((first, _),) = await store.scan(Session, None, 1)
    await store.commit([create_session("a"), create_session("n")])
    following = await store.scan(Session, first, 10)
    assert [key.id for key, _ in following] == ["n", "z"]


async def test_the_records_have_their_fields_and_times(store: Store) -> None:
    await store.commit([create_session("s", custom_title="T", metadata={"a": [1, {"b": None}]})])
    time = (await store.commit(append("c"))).time
    ((_, found),) = await store.scan(Session, None, 2)
    assert isinstance(found, Session)
    assert (found.title, found.metadata, found.update_time) == ("T", {"a": [1, {"b": None}]}, time)
    ((_, said),) = await store.scan(Conversation, None, 2)
    assert said == turn("c").model_copy(update={"update_time": time})


async def test_sqlite_walks_the_paths_and_sorts_nothing(tmp_path: Path) -> None:
    store = await SQLiteStore.open(tmp_path / "store.sqlite")
    await fill(store)
    for collection in ("sessions", "trash", "conversations"):
        query, values = scan_query(collection, session_key("a", "s"), 10)
        plan = await store._read(
            lambda connection, query=query, values=values: connection.execute(  # type: ignore[misc]
                f"EXPLAIN QUERY PLAN {query}", values
            ).fetchall()
        )
        assert "sqlite_autoindex_documents_1" in str(plan)
        assert "TEMP B-TREE" not in str(plan)
    await store.close()
