"""An empty place, and one with the data of two users in its store and an empty warehouse."""

from pathlib import Path

import pytest

from tests.integration.mirror.exporter_places import Place, fill


@pytest.fixture(params=["embedded", "google"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "embedded":
        return Place(folder=str(tmp_path))
    return Place.of(
        request.getfixturevalue("firestore_project"),
        request.getfixturevalue("bigquery_dataset"),
    )


@pytest.fixture
async def place(empty_place: Place) -> Place:
    store = await empty_place.open_store()
    await fill(store)
    await store.close()
    return empty_place
