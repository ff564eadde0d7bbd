"""Shared by all commands: the settings, and failures that an operator can fix."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from analytics.warehouse.port import WarehouseError
from recollect import logs
from recollect.commands.import_file import ImportFailed
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings, load_settings
from stores.errors import StoreError

EXTRAS = {"google": "gcp", "streamlit": "client", "opentelemetry": "tracing"}
"""The package's extra that includes each optional library."""

P = ParamSpec("P")
T = TypeVar("T")


class Failure(click.ClickException):
    """A failure with its own exit status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.exit_code = status  # type: ignore[misc]


def reporting_failures(command: Callable[P, T], status: int = 1) -> Callable[P, T]:
    """Report a failure that the operator can fix as a message and an exit status, not as a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except (SettingsError, StoreError, WarehouseError, ImportFailed) as error:
            raise Failure(str(error), status) from None
        except ModuleNotFoundError as error:
            library = (error.name or "").partition(".")[0]
            if library not in EXTRAS:
                raise
            raise Failure(
                f"{error.name} is not installed: run `pip install 'recollect[{EXTRAS[library]}]'` "
                "or, in a clone, `make setup`.",
                status,
            ) from None

    return run


def configure() -> Settings:
    """Load the settings and set up the logs."""
    loaded = load_settings()
    formatter = (
        logs.GoogleFormatter(loaded.project) if loaded.logs_for_google else logs.JsonFormatter()
    )
    logs.configure(loaded.log_level, formatter)
    return loaded
