"""Ids that connect a response with its log entries and the caller's own trace."""

import re
import secrets
from collections.abc import Mapping
from typing import NamedTuple

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)


class RequestIds(NamedTuple):
    """The id of a request, and of its trace if the caller named one."""

    request_id: str
    trace_id: str | None

    @property
    def log_fields(self) -> dict[str, str]:
        """The fields of a log entry about the request."""
        fields = {"request_id": self.request_id}
        return fields if self.trace_id is None else {**fields, "trace_id": self.trace_id}


def request_ids(headers: Mapping[str, str]) -> RequestIds:
    """The caller's X-Request-Id if it is well-formed, else a new id; and the trace of `traceparent`."""
    given = headers.get("x-request-id", "")
    trace = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return RequestIds(
        given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8),
        trace.group(1) if trace else None,
    )
