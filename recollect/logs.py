"""Logs as one JSON object a line. What is logged is chosen field by field: no text, address or token."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
_to_json = json.JSONEncoder(default=str).encode


class JsonFormatter(logging.Formatter):
    """Time, level, logger, message and the record's extra fields; for an exception only its type, because its
    message can hold what a user wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        return _to_json(self.entry(record))

    def entry(self, record: logging.LogRecord) -> dict[str, Any]:
        """The content of the line."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info and record.exc_info[0]:
            entry["error"] = record.exc_info[0].__name__
        return entry


class GoogleFormatter(JsonFormatter):
    """The same content under Cloud Logging's names for an entry's severity, trace, request and labels
    (https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields)."""

    def __init__(self, project: str | None) -> None:
        """Traces are those of `project`; without one, entries name none."""
        super().__init__()
        self._project = project

    def entry(self, record: logging.LogRecord) -> dict[str, Any]:
        """The content of the line."""
        entry = super().entry(record)
        entry["severity"] = entry.pop("level").upper()
        if "trace_id" in entry:
            trace, span, sampled = (
                entry.pop(name) for name in ("trace_id", "span_id", "trace_sampled")
            )
            if self._project is not None:
                entry[f"{_GOOGLE}/trace"] = f"projects/{self._project}/traces/{trace}"
                entry[f"{_GOOGLE}/spanId"] = span
                entry[f"{_GOOGLE}/trace_sampled"] = sampled
        if "method" in entry:
            entry["httpRequest"] = {
                theirs: form(entry.pop(ours))
                for ours, (theirs, form) in _OF_REQUEST.items()
                if ours in entry
            }
        labels = ("logger", "request_id")
        entry[f"{_GOOGLE}/labels"] = {name: entry.pop(name) for name in labels if name in entry}
        return entry


_GOOGLE = "logging.googleapis.com"
_OF_REQUEST: Mapping[str, tuple[str, Callable[[Any], object]]] = {
    "method": ("requestMethod", str),
    "path": ("requestUrl", str),
    "status": ("status", int),
    "ms": ("latency", lambda milliseconds: f"{milliseconds / 1000:.4f}s"),
    "request_bytes": ("requestSize", str),
    "response_bytes": ("responseSize", str),
}
"""Cloud Logging's names for a request's fields, and their form: 64-bit numbers are text in Google's JSON."""


def _message(record: logging.LogRecord) -> str:
    """The message. When asyncio reports an uncaught failure, it is cut before the arguments and the exception
    itself."""
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
"""Libraries that log requests, at their finest level including the text."""


def quiet_libraries() -> None:
    """Keep users' text out of the logs of libraries, whatever the level of our own logs."""
    for name in VERBOSE_LIBRARIES:
        # A library may set a level on any logger below its own.
        for logger in (
            name,
            *(n for n in logging.root.manager.loggerDict if n.startswith(f"{name}.")),
        ):
            logging.getLogger(logger).setLevel(logging.WARNING)


def configure(level: str, formatter: logging.Formatter) -> None:
    """Send every log to standard error, from `level` on."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # No entry has them, and finding them out takes time
    # (https://docs.python.org/3/howto/logging.html#optimization).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]
    quiet_libraries()
