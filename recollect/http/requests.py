"""Reads GraphQL requests, and refuses anything else with a clear answer."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from starlette.datastructures import QueryParams
from starlette.types import Receive

from recollect.http.bodies import BadRequest, BodyParts
from recollect.http.negotiation import JSON, REMEMBERED, is_utf8, parse_media_type

BODY_BYTES = 5 * 1024 * 1024
"""Room for the longest turn, with every character escaped."""
_TOO_LONG = f"The body exceeds {BODY_BYTES} bytes; send less at a time."
SMALL_BODY = 64 * 1024
VALUES = 100_000
"""The most values in one request. Room for the longest list of sources; a value takes far more memory than
its bytes."""


class GraphQLRequest(NamedTuple):
    """One operation to run, by its text, by the hash of a document, or by both."""

    query: str | None
    document_hash: str | None
    variables: dict[str, Any] | None
    operation_name: str | None


def is_large(headers: Mapping[str, str]) -> bool:
    """Whether a body is long, or may be because its length is not stated."""
    length = headers.get("content-length", "")
    return not length.isdecimal() or int(length[:20]) > SMALL_BODY


async def read_body(
    headers: Mapping[str, str], receive: Receive, take: Callable[[int], None]
) -> bytes:
    """The body of a POST with a JSON content type; `take` is called with the size of each part.

    Raises `BadRequest` and what `take` raises.
    """
    if unreadable := _unreadable(headers.get("content-type", "")):
        raise BadRequest(415, unreadable)
    arriving = BodyParts(receive, BODY_BYTES, _TOO_LONG)
    parts = []
    while arriving.more:
        part = await arriving.next()
        take(len(part))
        parts.append(part)
    return b"".join(parts)


@lru_cache(REMEMBERED)
def _unreadable(content_type: str) -> str | None:
    """Why a body of this content type is refused; None if it is not."""
    media_type, parameters = parse_media_type(content_type)
    if media_type != JSON:
        return "Send the request as application/json."
    return None if is_utf8(parameters) else "Send the request in UTF-8."


def read_post(body: bytes) -> GraphQLRequest:
    """The operation in a POST's body; raises `BadRequest`."""
    content = read_json(body, "The body")
    if not isinstance(content, dict):
        raise BadRequest(400, "The body must be a JSON object with a query.")
    return read_content(content)


def read_get(query_string: bytes) -> GraphQLRequest:
    """The query in a GET's address; raises `BadRequest`."""
    content: dict[str, Any] = {}
    for name, value in QueryParams(query_string).multi_items():
        if name in content:
            raise BadRequest(400, "A parameter is given more than once.")
        content[name] = value
    for name in ("variables", "extensions"):
        if name in content:
            content[name] = read_json(content[name].encode(), name)
    return read_content(content)


def read_content(content: Mapping[str, Any]) -> GraphQLRequest:
    """The operation in the content of a message; raises `BadRequest`."""
    query = content.get("query")
    variables = content.get("variables")
    operation_name = content.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest(400, "variables must be an object or null.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise BadRequest(400, "operationName must be a string or null.")
    document_hash = _document_hash(content)
    # graphql-ws sends an empty query with a hash.
    if query in (None, "") and document_hash is not None:
        return GraphQLRequest(None, document_hash, variables, operation_name or None)
    if not isinstance(query, str) or not query.strip():
        raise BadRequest(400, "query must be a string with a GraphQL document.")
    return GraphQLRequest(query, document_hash, variables, operation_name or None)


def _document_hash(content: Mapping[str, Any]) -> str | None:
    """The hash that names a document, as `documentId` or, in Apollo's way, in `extensions`."""
    document_id = content.get("documentId")
    extensions = content.get("extensions")
    if document_id is not None and not isinstance(document_id, str):
        raise BadRequest(400, "documentId must be a string or null.")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadRequest(400, "extensions must be an object or null.")
    if document_id is not None:
        if content.get("query"):
            raise BadRequest(400, "Send either a query or a documentId, not both.")
        return document_id.removeprefix("sha256:")
    persisted = (extensions or {}).get("persistedQuery")
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return digest.removeprefix("sha256:") if isinstance(digest, str) else None


def read_json(content: bytes, what: str) -> Any:
    """The value of a JSON text; raises `BadRequest` if the text is not JSON or has too many values."""
    if len(content) > VALUES and _values(content) > VALUES:
        raise BadRequest(400, f"{what} has more than {VALUES} values; send less at a time.")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BadRequest(400, f"{what} is not valid JSON in UTF-8.") from None


def _values(content: bytes) -> int:
    """About how many values and keys a JSON text has, found without building any of them."""
    content = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    strings = content.count(b'"') // 2
    if strings > VALUES:
        return strings
    outside = b"".join(content.split(b'"')[::2])
    return sum(map(outside.count, (b"{", b"[", b",", b":")))
