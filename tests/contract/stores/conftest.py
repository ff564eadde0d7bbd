"""The stores that share one contract."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import pytest

from stores.firestore.store import FirestoreStore
from stores.ports import Store
from stores.sqlite.store import SQLiteStore

OpenStore: TypeAlias = Callable[[], Awaitable[Store]]
"""Opens another handle on the test's database."""


@pytest.fixture(params=["sqlite", "firestore"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """How to open this test's own, empty database."""
    if request.param == "sqlite":
        return lambda: SQLiteStore.open(tmp_path / "store.sqlite")
    project = request.getfixturevalue("firestore_project")

    async def open_firestore() -> Store:
        return FirestoreStore(project)

    return open_firestore


@pytest.fixture
async def open_store(opener: OpenStore) -> AsyncIterator[OpenStore]:
    """Opens handles that are closed after the test."""
    async with AsyncExitStack() as handles:

        async def open_one() -> Store:
            store = await opener()
            handles.push_async_callback(store.close)
            return store

        yield open_one


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """The store under test, empty."""
    return await open_store()
