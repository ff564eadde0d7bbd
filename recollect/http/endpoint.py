"""The endpoint of the API: reads a request, finds out who is calling, runs the operation."""

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from strawberry.http.ides import get_graphql_ide_html
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionResult

from recollect.http import errors
from recollect.http.requests import BadRequest, GraphQLRequest, read_request
from recollect.identity import Authenticator, IdentityUnavailable, Unauthenticated
from resolvers.context import Context, Viewer
from schema import Schema

log = logging.getLogger(__name__)


class GraphQLEndpoint:
    """Answers POST with the outcome of an operation and, where allowed, GET with GraphiQL."""

    def __init__(
        self,
        schema: Schema,
        authenticator: Authenticator,
        context_of: Callable[[Viewer], Context],
        *,
        graphiql: bool,
    ) -> None:
        self._schema = schema
        self._authenticator = authenticator
        self._context_of = context_of
        self._ide = get_graphql_ide_html("graphiql") if graphiql else None

    async def get(self, request: Request) -> Response:
        """GraphiQL for a browser."""
        if self._ide is None or "text/html" not in request.headers.get("accept", ""):
            return _json(
                405, errors.body("METHOD_NOT_ALLOWED", "Send queries by POST."), allow="POST"
            )
        return HTMLResponse(self._ide)

    async def post(self, request: Request) -> Response:
        """Run the operation of a request."""
        request_id = secrets.token_hex(8)
        started = time.perf_counter()
        response = await self._answer(request, request_id)
        response.headers["X-Request-Id"] = request_id
        log.info(
            "request",
            extra={
                "request_id": request_id,
                "status": response.status_code,
                "ms": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return response

    async def _answer(self, request: Request, request_id: str) -> Response:
        try:
            operation = await read_request(request)
            viewer = await self._authenticator.authenticate(dict(request.headers))
        except BadRequest as bad:
            return _json(bad.status, errors.body("BAD_REQUEST", str(bad)))
        except Unauthenticated as unknown:
            answer = errors.body("UNAUTHENTICATED", str(unknown))
            return _json(401, answer, www_authenticate="Bearer")
        except IdentityUnavailable as unavailable:
            return _json(503, errors.body("UNAVAILABLE", str(unavailable)), retry_after="5")
        try:
            result = await self._run(operation, viewer)
        except CannotGetOperationTypeError:
            return _json(400, errors.body("BAD_REQUEST", "No operation has this operationName."))
        answer = {"data": result.data}
        if result.errors:
            answer["errors"] = [errors.described(error, request_id) for error in result.errors]
        refused = result.data is None and all(e.path is None for e in result.errors or ())
        return _json(400 if refused else 200, answer)

    async def _run(self, operation: GraphQLRequest, viewer: Viewer) -> ExecutionResult:
        return await self._schema.execute(
            operation.query,
            variable_values=operation.variables,
            operation_name=operation.operation_name,
            context_value=self._context_of(viewer),
        )


def _json(status: int, answer: dict[str, Any], **headers: str) -> Response:
    return Response(
        orjson.dumps(answer),
        status_code=status,
        media_type="application/json",
        headers={
            "Cache-Control": "private, no-store",
            **{name.replace("_", "-").title(): value for name, value in headers.items()},
        },
    )
