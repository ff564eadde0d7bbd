"""Describes errors in responses: everything that the caller can fix, and nothing else."""

import logging
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLSyntaxError

from analytics.warehouse.port import WarehouseError
from recollect.http.request_ids import RequestIds
from resolvers.errors import Busy, Forbidden, Refused
from stores.errors import StoreError, Unreadable

log = logging.getLogger(__name__)

INTERNAL_MESSAGE = "Something went wrong on our side; quote the request id if you report it."
UNAVAILABLE_MESSAGE = "This can't be answered at the moment; try again shortly."
_FORBIDDEN_MESSAGE = "You may not do this."

_OUTCOMES = ("ok", "refused", "unavailable", "failed")
STATUSES = {"UNAVAILABLE": 503, "FORBIDDEN": 403, "INTERNAL": 500}
"""The status of a response that consists only of this error."""


def described(error: GraphQLError, ids: RequestIds) -> dict[str, Any]:
    """An operation's error in the form of a response; unknown errors are masked and logged."""
    shown = dict(error.formatted)
    cause = _cause(error)
    extensions: dict[str, Any]
    if isinstance(cause, Refused):
        shown["message"] = " ".join(problem.message for problem in cause.problems)
        fields = [list(problem.field) for problem in cause.problems]
        extensions = {"code": "BAD_USER_INPUT", "fields": fields}
    elif isinstance(cause, Forbidden):
        shown["message"] = _FORBIDDEN_MESSAGE
        extensions = {"code": "FORBIDDEN"}
    elif is_passing(cause):
        log.warning("unavailable", extra={"cause": type(cause).__name__, **ids.log_fields})
        shown["message"] = UNAVAILABLE_MESSAGE
        extensions = {"code": "UNAVAILABLE", "requestId": ids.request_id}
    elif error.path is None and isinstance(cause, GraphQLError | None):
        extensions = error.extensions or {"code": _request_code(error)}
    elif cause is None and _is_about_an_argument(error):
        extensions = {"code": "BAD_USER_INPUT", "fields": []}
    else:
        log.error("internal error", extra={**ids.log_fields, **where(cause or error)})
        shown["message"] = INTERNAL_MESSAGE
        extensions = {"code": "INTERNAL", "requestId": ids.request_id}
    return {**shown, "extensions": extensions}


def is_passing(error: Exception | None) -> bool:
    """Whether a retry may help."""
    passing = isinstance(error, StoreError | WarehouseError | Busy)
    return passing and not isinstance(error, Unreadable)


def outcome(errors: Sequence[GraphQLError]) -> str:
    """The outcome of an operation with these errors: ok, refused, unavailable or, worst, failed."""
    if not errors:
        return "ok"
    outcomes = {_outcome(error) for error in errors}
    return max(outcomes, key=_OUTCOMES.index)


def _outcome(error: GraphQLError) -> str:
    cause = _cause(error)
    if is_passing(cause):
        return "unavailable"
    refused = isinstance(cause, Refused | Forbidden) or (
        cause is None and (error.path is None or _is_about_an_argument(error))
    )
    return "refused" if refused else "failed"


def _cause(error: GraphQLError) -> Exception | None:
    """The original exception, if the error wraps one."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def refused_status(shown: Sequence[dict[str, Any]]) -> int | None:
    """The status of a response without data, if all its errors agree; else None."""
    codes = {error["extensions"]["code"] for error in shown}
    return STATUSES.get(codes.pop()) if len(codes) == 1 else None


def where(error: BaseException) -> dict[str, Any]:
    """What failed and where, without the message, which can contain user text. For an unreadable record, its
    place."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    record = {"record": str(error)} if isinstance(error, Unreadable) else {}
    return {
        **record,
        "error": type(error).__name__,
        "at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _request_code(error: GraphQLError) -> str:
    syntax = isinstance(error, GraphQLSyntaxError)
    return "GRAPHQL_PARSE_FAILED" if syntax else "GRAPHQL_VALIDATION_FAILED"


def _is_about_an_argument(error: GraphQLError) -> bool:
    """Whether the caller's value for an argument caused the error, not the result of a field."""
    return any(not isinstance(node, FieldNode) for node in error.nodes or ())
