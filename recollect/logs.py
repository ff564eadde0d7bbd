"""Logs as one JSON object a line. What is logged is chosen field by field: no text, address or token."""

import json
import logging
import re
from datetime import UTC, datetime

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class JsonFormatter(logging.Formatter):
    """Time, level, logger, message and the record's extra fields; of an exception only its type,
    because its message can hold what a user wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info and record.exc_info[0]:
            entry["error"] = record.exc_info[0].__name__
        return json.dumps(entry, default=str)


def _message(record: logging.LogRecord) -> str:
    """What happened. Where asyncio tells of a failure that nobody caught, the arguments and the exception
    itself follow."""
    message = record.getMessage()
    return re.split(r"[(\n]", message, maxsplit=1)[0] if record.name == "asyncio" else message


VERBOSE_LIBRARIES = (
    "uvicorn",
    "websockets",
    "httpx",
    "httpcore",
    "urllib3",
    "google",
    "grpc",
    "sqlglot",
)
"""Libraries that log requests, at their finest with the text in them."""


def quiet_libraries() -> None:
    """Keep what users write out of the logs of libraries, whatever the level of ours."""
    for name in VERBOSE_LIBRARIES:
        # A library may set a level on any logger below its own.
        for logger in (
            name,
            *(n for n in logging.root.manager.loggerDict if n.startswith(f"{name}.")),
        ):
            logging.getLogger(logger).setLevel(logging.WARNING)


def configure(level: str) -> None:
    """Send every log to standard error as JSON, from `level` on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    quiet_libraries()
