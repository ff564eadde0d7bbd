"""The setup of the server."""

import gc
import resource

import pytest

from recollect.commands import serve
from recollect.commands.memory import frozen_heap


async def _app(*_: object) -> None:
    pass


@pytest.mark.parametrize(("allowed", "warns"), [("*", True), ("127.0.0.1", False), ("", False)])
def test_an_installation_that_believes_anybody_about_addresses_is_warned(
    allowed: str, warns: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", allowed)
    serve.configured(_app)
    assert ("FORWARDED_ALLOW_IPS is *" in caplog.text) is warns


def test_connections_leave_descriptors_for_files(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"soft": 256, "hard": 1024}

    def lift(_: int, wanted: tuple[int, int]) -> None:
        limits["soft"], limits["hard"] = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda _: (limits["soft"], limits["hard"]))
    monkeypatch.setattr(resource, "setrlimit", lift)
    assert serve.affordable_connections() == 1024 - serve.RESERVED_DESCRIPTORS
    assert limits == {"soft": 1024, "hard": 1024}
    limits.update(soft=200, hard=200)
    assert serve.affordable_connections() == 100


def test_garbage_is_not_looked_for_in_what_stays() -> None:
    before = gc.get_threshold()
    gc.unfreeze()
    with frozen_heap():
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before
