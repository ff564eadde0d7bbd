"""Fixtures for tests of the processes."""

from pathlib import Path

import pytest

from recollect.settings.config_file import CONFIG_VARIABLE
from recollect.settings.settings import variables


@pytest.fixture
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [*variables(), CONFIG_VARIABLE]:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
