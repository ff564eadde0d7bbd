"""Reads the body of a GraphQL request, and refuses what is none with a clear answer."""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

BODY_BYTES = 5 * 1024 * 1024
"""Room for the longest turn, with every character escaped."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation to run."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


class BadRequest(Exception):
    """The request is no GraphQL request; the message says what is wrong with it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_request(request: Request) -> GraphQLRequest:
    """The operation in a POST's body; raises `BadRequest`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise BadRequest(415, "Send the request as application/json.")
    try:
        content = orjson.loads(await _body(request))
    except orjson.JSONDecodeError:
        raise BadRequest(400, "The body is not valid JSON in UTF-8.") from None
    if not isinstance(content, dict):
        raise BadRequest(400, "The body must be a JSON object with a query.")
    query = content.get("query")
    variables = content.get("variables")
    operation_name = content.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise BadRequest(400, "query must be a string with a GraphQL document.")
    if not isinstance(variables, dict | None):
        raise BadRequest(400, "variables must be an object or null.")
    if not isinstance(operation_name, str | None):
        raise BadRequest(400, "operationName must be a string or null.")
    return GraphQLRequest(query, variables, operation_name)


async def _body(request: Request) -> bytes:
    too_large = BadRequest(413, f"The body exceeds {BODY_BYTES} bytes; send less at a time.")
    if int(request.headers.get("content-length") or 0) > BODY_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise too_large
    return bytes(body)
