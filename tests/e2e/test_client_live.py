"""A page hears of every change since it was read."""

import time
from pathlib import Path

from client.api.client import Client
from client.live import Live
from recollect.settings import Settings
from tests.e2e.served_api import ServedApi


def heard(live: Live) -> bool:
    deadline = time.monotonic() + 60
    while not (changed := live.take()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return changed


def test_what_changed_before_the_listening_began_is_read_again(tmp_path: Path) -> None:
    api = ServedApi(tmp_path)
    with api.running():
        client = Client(api.url)
        assert client.page(open=False).sessions.nodes == []
        api.record("between the page and the listening")

        live = Live(client)

        assert heard(live)
        assert len(client.page(open=False).sessions.nodes) == 1
        assert not live.take()


def test_a_change_while_the_api_was_away_is_heard(tmp_path: Path) -> None:
    api = ServedApi(tmp_path)
    with api.running():
        live = Live(Client(api.url))
        assert heard(live)
    with api.running():
        api.record("while nobody listened")

        assert heard(live)


def test_a_place_that_the_api_does_not_know_any_more_is_given_up(tmp_path: Path) -> None:
    api = ServedApi(tmp_path / "first")
    with api.running():
        live = Live(Client(api.url))
        assert heard(live)
    api.settings = Settings(data_dir=tmp_path / "second")
    with api.running():
        assert heard(live)

        api.record("a change like any other")

        assert heard(live)
