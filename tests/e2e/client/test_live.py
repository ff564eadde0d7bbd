"""A page is notified of every change since it was read."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from client.api.client import Client
from client.state import live as listening
from client.state.live import ACCOUNT, Live
from recollect.settings.settings import Settings
from tests.e2e.served_api import ServedApi


class LateClient(Client):
    """A client that begins to listen when the test allows it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.may = Event()

    def follow(
        self, query: str, operation_name: str, variables: Mapping[str, object]
    ) -> Iterator[dict[str, Any] | None]:
        """Wait, then follow the changes."""
        self.may.wait()
        yield from super().follow(query, operation_name, variables)


def begun(client: Client) -> Live:
    live = Live(client, ACCOUNT)
    live.begin()
    return live


def heard(live: Live) -> bool:
    deadline = time.monotonic() + 60
    while not (changed := live.take()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return changed


def ended(live: Live) -> None:
    """Wait until it no longer listens."""
    live._thread.join(60)
    assert not live._thread.is_alive()


def test_what_changes_before_a_late_listening_begins_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "BEGIN_SECONDS", 0.1)
    api = ServedApi(tmp_path)
    with api.running():
        client = LateClient(api.url)
        live = begun(client)
        assert client.page(open=False).sessions.nodes == []
        api.record("between the page and the listening")
        assert not live.take()

        client.may.set()

        assert heard(live)


def test_a_page_that_is_read_once_the_listening_has_begun_is_not_read_again(
    tmp_path: Path,
) -> None:
    api = ServedApi(tmp_path)
    with api.running():
        api.record("before")

        live = begun(Client(api.url))

        assert not live.take()
        api.record("after")
        assert heard(live)


def test_a_change_while_the_api_was_away_is_heard(tmp_path: Path) -> None:
    api = ServedApi(tmp_path)
    with api.running():
        live = begun(Client(api.url))
    with api.running():
        api.record("while nobody listened")

        assert heard(live)


def test_a_place_that_the_api_does_not_know_any_more_is_given_up(tmp_path: Path) -> None:
    api = ServedApi(tmp_path / "first")
    with api.running():
        live = begun(Client(api.url))
    api.settings = Settings(data_dir=tmp_path / "second")
    with api.running():
        assert heard(live)

        api.record("a change like any other")

        assert heard(live)


def test_nobody_listens_for_a_tab_that_was_closed_until_somebody_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "IDLE_SECONDS", 0)
    monkeypatch.setattr(listening, "BEGIN_SECONDS", 0)
    api = ServedApi(tmp_path)
    with api.running():
        live = begun(Client(api.url))
        api.record("ends the listening, for nobody looks")
        ended(live)

        monkeypatch.setattr(listening, "IDLE_SECONDS", 300)
        api.record("while nobody looked")

        assert heard(live)
