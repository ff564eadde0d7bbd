"""An empty pair, and one with the data of two users in its store and an empty warehouse."""

from pathlib import Path

import pytest

from tests.integration.mirror.exporter_pairs import Pair, fill


@pytest.fixture(params=["embedded", "google"])
def empty_pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    if request.param == "embedded":
        return Pair(folder=str(tmp_path))
    return Pair.of(
        request.getfixturevalue("firestore_project"),
        request.getfixturevalue("bigquery_dataset"),
    )


@pytest.fixture
async def pair(empty_pair: Pair) -> Pair:
    store = await empty_pair.open_store()
    await fill(store)
    await store.close()
    return empty_pair
