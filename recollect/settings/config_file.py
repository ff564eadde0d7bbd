"""The file that settings are read from."""

import os
from pathlib import Path
from typing import Any

import yaml

from recollect.settings.errors import SettingsError

CONFIG_VARIABLE = "RECOLLECT_CONFIG"
DEFAULT_CONFIG = Path("config.yaml")
EMULATOR_VARIABLE = "FIRESTORE_EMULATOR_HOST"


def config_path() -> Path | None:
    """The file that RECOLLECT_CONFIG names, else ./config.yaml if it exists."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def read_config(path: Path | None) -> dict[str, Any]:
    """The settings in a file, unchecked; none without a file or from an empty one.

    Raises `SettingsError` if the file can't be read or holds something else.
    """
    if path is None:
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"{path}: can't be read ({error.strerror})"]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise SettingsError([f"{path}{where}: is not YAML"]) from None
    if content is not None and not isinstance(content, dict):
        raise SettingsError([f"{path}: should hold settings as `name: value`"])
    settings = {str(name): value for name, value in (content or {}).items()}
    if EMULATOR_VARIABLE.lower() in map(str.lower, settings):
        raise SettingsError(
            [f"{EMULATOR_VARIABLE}: belongs in the environment, where Google's library reads it"]
        )
    return settings
