"""The endpoint of the API: reads a request, finds out who is calling, runs the operation."""

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from recollect.http import graphiql as graphiql_page
from recollect.http import sse
from recollect.http.admission import Admission
from recollect.http.bodies import BadRequest
from recollect.http.body_memory import BodyMemory
from recollect.http.budgets import Account
from recollect.http.compression import compressed
from recollect.http.connections import Connections
from recollect.http.errors import described, refused_status
from recollect.http.middleware import IDS, REFUSED
from recollect.http.negotiation import DEFAULT, Format, accepts_events, accepts_html, negotiate
from recollect.http.operation_queue import OperationQueue
from recollect.http.request_headers import all_values, request_headers
from recollect.http.request_ids import RequestIds
from recollect.http.requests import GraphQLRequest, is_large, read_body, read_get, read_post
from recollect.http.responses import RequestRefused, answer, refusal, refused
from recollect.http.sse import EventStream
from recollect.http.streams import Streams, estimated_cost
from resolvers.context import Context, Viewer
from resolvers.deadline import Deadline, DeadlineExceeded
from schema import Schema

LARGE_BODIES = 8
"""Requests with a large body that a process handles at once, however slowly the bodies arrive."""
WAITING_BODIES = 100
LARGE_SHARE = 0.25
"""The share of both numbers that one user may take."""

_OPERATIONS = {
    "GET": (OperationType.QUERY,),
    "POST": (OperationType.QUERY, OperationType.MUTATION),
}


class GraphQLEndpoint:
    """GraphQL over HTTP: queries by GET, queries and mutations by POST, and GraphiQL where allowed.

    A caller who accepts events gets those of a subscription, by either method. A caller who accepts nothing
    else gets the outcome of any operation as an event.
    """

    def __init__(
        self,
        schema: Schema,
        admission: Admission,
        context_of: Callable[[Viewer], Context],
        streams: Streams,
        connections: Connections,
        queue: OperationQueue,
        room: BodyMemory,
        *,
        graphiql: bool,
    ) -> None:
        self._schema = schema
        self._admission = admission
        self._context_of = context_of
        self._graphiql = graphiql
        self._streams = streams
        self._connections = connections
        self._queue = queue
        self._room = room
        self._bodies = OperationQueue(LARGE_BODIES, WAITING_BODIES, LARGE_SHARE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        response: ASGIApp = await self._respond(scope, receive)
        if isinstance(response, Response):
            response = compressed(response, request_headers(scope))
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive) -> Response | EventStream:
        method, accept = scope["method"], all_values(scope, b"accept")
        if method not in _OPERATIONS:
            return refusal(
                405, "METHOD_NOT_ALLOWED", "Send requests by POST or GET.", Allow="GET, POST"
            )
        if self._graphiql and method == "GET" and accepts_html(accept):
            return graphiql_page.response()
        form, events = negotiate(accept), accepts_events(accept)
        if form is None and not events:
            message = (
                "Accept application/graphql-response+json, application/json or text/event-stream."
            )
            return refusal(406, "NOT_ACCEPTABLE", message)
        try:
            return await self._run(scope, receive, form, events=events)
        except RequestRefused as why:
            if form is None and isinstance(why, BadRequest) and why.status != 408:
                return sse.refused(why.code, str(why), why.headers)
            return refused(why, form or DEFAULT)

    async def _run(
        self, scope: Scope, receive: Receive, form: Format | None, *, events: bool
    ) -> Response | EventStream:
        viewer, account = await self._admission.admit(scope)
        if scope["method"] == "GET":
            async with self._queue.hold(account.key):
                return await self._answer(scope, viewer, account, form, None, events=events)
        if is_large(request_headers(scope)):
            async with self._bodies.hold(account.key):
                return await self._post(scope, receive, viewer, account, form, events=events)
        return await self._post(scope, receive, viewer, account, form, events=events)

    async def _post(
        self,
        scope: Scope,
        receive: Receive,
        viewer: Viewer,
        account: Account,
        form: Format | None,
        *,
        events: bool,
    ) -> Response | EventStream:
        with self._room.hold(account.key) as take:
            with account.receiving():
                body = await read_body(request_headers(scope), receive, take)
            since = await self._queue.take(account.key)
            try:
                return await self._answer(scope, viewer, account, form, body, events=events)
            finally:
                self._queue.leave(account.key, since)

    async def _answer(
        self,
        scope: Scope,
        viewer: Viewer,
        account: Account,
        form: Format | None,
        body: bytes | None,
        *,
        events: bool,
    ) -> Response | EventStream:
        size = len(body or b"")
        read, document = await self._streams.read(
            account,
            size,
            partial(read_get, scope["query_string"]) if body is None else partial(read_post, body),
        )
        if form is None:
            return self._stream(scope, viewer, account, read, document)
        try:
            with account.running(size) as run, Deadline():
                result = await self._schema.execute(
                    document,
                    variable_values=read.variables,
                    operation_name=read.operation_name,
                    context_value=self._context_of(viewer),
                    allowed_operation_types=_OPERATIONS[scope["method"]],
                )
                run.cost = estimated_cost(result)
        except DeadlineExceeded as late:
            return refusal(503, "UNAVAILABLE", str(late), form, retry_after="5")
        except CannotGetOperationTypeError:
            scope[REFUSED] = True
            status = 200 if form.always_ok else 400
            return refusal(status, "BAD_REQUEST", "No operation has this operationName.", form)
        except InvalidOperationTypeError as invalid:
            if invalid.operation_type is OperationType.SUBSCRIPTION:
                if events:
                    return self._stream(scope, viewer, account, read, document)
                message = "Accept text/event-stream to subscribe, or use a WebSocket."
                return refusal(400, "BAD_REQUEST", message, form)
            message = "Only queries can be sent by GET; send mutations by POST."
            return refusal(405, "METHOD_NOT_ALLOWED", message, form, Allow="POST")
        if run.cost is None:
            scope[REFUSED] = True
        return _answer(result, form, scope[IDS])

    def _stream(
        self, scope: Scope, viewer: Viewer, account: Account, read: GraphQLRequest, document: str
    ) -> EventStream:
        kinds = (*_OPERATIONS[scope["method"]], OperationType.SUBSCRIPTION)
        after = request_headers(scope).get("last-event-id") or None
        outcomes = self._streams.run(viewer, account, document, read, scope[IDS], kinds, after)
        return EventStream(outcomes, self._connections, viewer)


def _answer(result: ExecutionResult, form: Format, ids: RequestIds) -> Response:
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [described(error, ids) for error in result.errors]
    if result.extensions:
        body["extensions"] = result.extensions
    status = refused_status(body.get("errors", ())) if result.data is None else None
    if isinstance(result, PreExecutionError):
        return answer(body, 200 if form.always_ok else status or 400, form)
    if form.always_ok or status in (None, 500):
        return answer({"data": result.data, **body}, 200, form)
    retry = {"retry_after": "5"} if status == 503 else {}
    return answer(body, status, form, **retry)
