"""A place with the data of two users in its store and an empty warehouse."""

from pathlib import Path

import pytest

from tests.integration.exporter_places import Place, fill


@pytest.fixture(params=["embedded", "google"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "embedded":
        made = Place(folder=str(tmp_path))
    else:
        made = Place.of(
            request.getfixturevalue("firestore_project"),
            request.getfixturevalue("bigquery_dataset"),
        )
    store = await made.open_store()
    await fill(store)
    await store.close()
    return made
