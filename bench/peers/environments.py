"""The environment of each system: its dependencies must never meet ours."""

from pathlib import Path

_ROOT = Path(__file__).parents[2]


class NotInstalled(Exception):
    """An environment does not exist. The message says how to make it."""


def executable(environment: str, name: str) -> str:
    """The path of a program of an environment that `make bench-peers` makes."""
    path = _ROOT / f".venv-peer-{environment}" / "bin" / name
    if not path.exists():
        raise NotInstalled(f"not installed: run `make .venv-peer-{environment}/.synced`")
    return str(path)
