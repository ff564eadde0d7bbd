"""Streamlit reads the client's settings; if they are malformed, it only prints a message."""

import tomllib
from pathlib import Path

CONFIG = Path(__file__).parents[3] / "client/.streamlit/config.toml"


def test_the_settings_are_well_formed_and_keep_pages_cheap_and_private() -> None:
    settings = tomllib.loads(CONFIG.read_text())

    assert settings["server"]["allowedHosts"] == ["localhost", "127.0.0.1", "::1"]
    assert settings["server"]["fileWatcherType"] == "none"
    assert settings["runner"]["postScriptGC"] is False
    assert settings["browser"]["gatherUsageStats"] is False
