"""The endpoint of the API: reads a request, finds out who is calling, runs the operation."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry.http.ides import get_graphql_ide_html
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from recollect.http import trusted_documents
from recollect.http.answers import answer, refusal
from recollect.http.errors import described, refused_status
from recollect.http.middleware import IDS
from recollect.http.negotiation import Format, accepts_html, negotiate
from recollect.http.origins import from_another_site
from recollect.http.rate_limit import RateLimiter, network
from recollect.http.request_ids import RequestIds
from recollect.http.requests import BadRequest, read_get, read_post
from recollect.identity import Authenticator, IdentityUnavailable, Unauthenticated
from resolvers.context import Context, Viewer
from schema import Schema

_OPERATIONS = {
    "GET": {OperationType.QUERY},
    "POST": {OperationType.QUERY, OperationType.MUTATION},
}


class GraphQLEndpoint:
    """GraphQL over HTTP: queries by GET, queries and mutations by POST, and GraphiQL where allowed.

    `origins` are those of other sites whose pages may use it; `trusted` has the only documents that
    run, by hash, unless it is None. `limiter` counts requests by user, `failures` wrong credentials by
    network: a valid credential is never refused for what its neighbours send.
    """

    def __init__(
        self,
        schema: Schema,
        authenticator: Authenticator,
        context_of: Callable[[Viewer], Context],
        *,
        graphiql: bool,
        origins: Collection[str],
        trusted: Mapping[str, str] | None,
        limiter: RateLimiter | None,
        failures: RateLimiter,
    ) -> None:
        self._schema = schema
        self._authenticator = authenticator
        self._context_of = context_of
        self._ide = get_graphql_ide_html("graphiql") if graphiql else None
        self._origins = origins
        self._trusted = trusted
        self._limiter = limiter
        self._failures = failures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        accept = ",".join(request.headers.getlist("accept"))
        if request.method not in _OPERATIONS:
            return refusal(
                405, "METHOD_NOT_ALLOWED", "Send requests by POST or GET.", Allow="GET, POST"
            )
        if self._ide is not None and request.method == "GET" and accepts_html(accept):
            return HTMLResponse(self._ide)
        form = negotiate(accept)
        if form is None:
            message = "Accept application/graphql-response+json or application/json."
            return refusal(406, "NOT_ACCEPTABLE", message)
        if from_another_site(request.headers, self._origins):
            message = (
                "Pages of this site may not use the API; RECOLLECT_CORS_ORIGINS lists who may."
            )
            return refusal(403, "FORBIDDEN", message, form)
        try:
            return await self._run(request, form)
        except BadRequest as bad:
            return refusal(bad.status, bad.code, str(bad), form)
        except IdentityUnavailable as unavailable:
            return refusal(503, "UNAVAILABLE", str(unavailable), form, retry_after="5")
        except Unauthenticated as unknown:
            host = request.client.host if request.client else ""
            if wait := self._failures.take(network(host)):
                return _too_often(wait, form)
            return refusal(401, "UNAUTHENTICATED", str(unknown), form, www_authenticate="Bearer")

    async def _run(self, request: Request, form: Format) -> Response:
        viewer = await self._authenticator.authenticate(dict(request.headers))
        if self._limiter is not None and (wait := self._limiter.take(viewer.uid)):
            return _too_often(wait, form)
        read = read_get(request) if request.method == "GET" else await read_post(request)
        document = trusted_documents.resolve(read, self._trusted)
        try:
            result = await self._schema.execute(
                document,
                variable_values=read.variables,
                operation_name=read.operation_name,
                context_value=self._context_of(viewer),
                allowed_operation_types=_OPERATIONS[request.method],
            )
        except CannotGetOperationTypeError:
            status = 200 if form.always_ok else 400
            return refusal(status, "BAD_REQUEST", "No operation has this operationName.", form)
        except InvalidOperationTypeError:
            if request.method == "POST":
                return refusal(400, "BAD_REQUEST", "Subscriptions can't be sent by POST.", form)
            message = "Only queries can be sent by GET; send mutations by POST."
            return refusal(405, "METHOD_NOT_ALLOWED", message, form, Allow="POST")
        return _answer(result, form, request.scope[IDS])


def _answer(result: ExecutionResult, form: Format, ids: RequestIds) -> Response:
    errors = [described(error, ids) for error in result.errors or ()]
    body: dict[str, Any] = {"errors": errors} if errors else {}
    if result.extensions:
        body["extensions"] = result.extensions
    status = refused_status(errors) if result.data is None else None
    if isinstance(result, PreExecutionError):
        return answer(body, 200 if form.always_ok else status or 400, form)
    if form.always_ok or status in (None, 500):
        return answer({"data": result.data, **body}, 200, form)
    retry = {"retry_after": "5"} if status == 503 else {}
    return answer(body, status, form, **retry)


def _too_often(wait: float, form: Format) -> Response:
    seconds = math.ceil(wait)
    message = f"Too many requests; try again in {seconds} s."
    return refusal(429, "RATE_LIMITED", message, form, retry_after=str(seconds))
