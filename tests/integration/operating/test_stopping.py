"""The server stops soon, whatever it is doing."""

import asyncio
from pathlib import Path

import pytest

from recollect.services import Services
from tests.integration.conftest import embedded_settings, running


async def test_a_sweep_under_way_does_not_keep_the_server_from_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeping, given_up = asyncio.Event(), asyncio.Event()

    async def sweep(_: Services) -> None:
        sweeping.set()
        try:
            await asyncio.sleep(3600)
        finally:
            given_up.set()

    monkeypatch.setattr("recollect.sweeper.sweep_services", sweep)
    async with asyncio.timeout(300):
        async with running(embedded_settings(tmp_path)) as api:
            await sweeping.wait()
            await api.call("{ viewer { id } }")
    assert given_up.is_set()
