"""Ids that connect a response with its log entries and the caller's own trace."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
)


class Trace(NamedTuple):
    """A span of a trace, and whether the trace is kept."""

    trace_id: str
    span_id: str
    sampled: bool


class RequestIds(NamedTuple):
    """The id of a request, and its span: its own if traces are on, else the caller's if there is one."""

    request_id: str
    trace: Trace | None

    @property
    def log_fields(self) -> dict[str, str | bool]:
        """The fields of a log entry about the request."""
        fields: dict[str, str | bool] = {"request_id": self.request_id}
        if self.trace is not None:
            trace_id, span_id, sampled = self.trace
            fields |= {"trace_id": trace_id, "span_id": span_id, "trace_sampled": sampled}
        return fields


def request_ids(headers: Mapping[str, str]) -> RequestIds:
    """The caller's X-Request-Id if it is well-formed, else a new id; and the span of `traceparent`."""
    request_id, trace = headers.get("x-request-id"), None
    if request_id is None or not _REQUEST_ID.fullmatch(request_id):
        request_id = os.urandom(8).hex()
    if "traceparent" in headers and (found := _TRACEPARENT.fullmatch(headers["traceparent"])):
        trace = Trace(found[1], found[2], bool(int(found[3], 16) & 1))
    return RequestIds(request_id, trace)
