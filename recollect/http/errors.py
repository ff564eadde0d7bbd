"""What an answer tells of an error: all of what the caller can mend, nothing of what they can't."""

import logging
import traceback
from pathlib import Path
from typing import Any

from graphql import GraphQLError

from analytics.ports import WarehouseError
from resolvers.errors import Busy, Refused
from stores.ports import StoreError

log = logging.getLogger(__name__)


def body(code: str, message: str) -> dict[str, Any]:
    """An answer to a request that was not carried out."""
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def described(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error of an operation, in the form of an answer; what is not known is masked and logged."""
    shown = dict(error.formatted)
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    extensions: dict[str, Any] = {"code": "GRAPHQL_VALIDATION_FAILED"}
    if isinstance(cause, Refused):
        shown["message"] = " ".join(problem.message for problem in cause.problems)
        extensions = {
            "code": "BAD_USER_INPUT",
            "fields": [list(problem.field) for problem in cause.problems],
        }
    elif isinstance(cause, StoreError | WarehouseError | Busy):
        log.warning("unavailable", extra={"cause": type(cause).__name__, "request_id": request_id})
        shown["message"] = "This can't be answered at the moment; try again shortly."
        extensions = {"code": "UNAVAILABLE", "requestId": request_id}
    elif cause is not None and error.path is not None:
        log.error("internal error", extra={"request_id": request_id, **_where(cause)})
        shown["message"] = "Something went wrong on our side; quote the requestId if you report it."
        extensions = {"code": "INTERNAL", "requestId": request_id}
    return {**shown, "extensions": extensions}


def _where(error: BaseException) -> dict[str, Any]:
    """What failed and where, without the message, which can hold what a user wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "error": type(error).__name__,
        "at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }
