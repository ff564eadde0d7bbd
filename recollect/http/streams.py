"""Runs operations whose outcomes come one after the other, over any transport."""

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from recollect.http import trusted_documents
from recollect.http.budgets import Account
from recollect.http.errors import described
from recollect.http.operation_queue import OperationQueue, QueueFull
from recollect.http.request_ids import RequestIds
from recollect.http.requests import SMALL_BODY, GraphQLRequest
from resolvers.context import Context, EventPosition, Viewer
from resolvers.deadline import Deadline, DeadlineExceeded
from schema import Schema

ANY = frozenset(OperationType)
REST = 3.0
"""After reading a long body or a new document, the process does other work for this many times as long."""


class Outcome(NamedTuple):
    """One result of an operation, in the form of an answer."""

    body: dict[str, Any]
    refused: bool
    """Whether the operation could not run or could not continue; this is then its last outcome."""
    cursor: str | None = None
    """The cursor from which a subscription continues after this outcome."""


class Streams:
    """Runs operations of every kind; a query or mutation has one outcome.

    If `trusted` is not None, only its documents run, by their hash. Queries and mutations wait in `queue`,
    like those of other requests. Long bodies and new documents are read in a queue of their own.
    """

    def __init__(
        self,
        schema: Schema,
        context_of: Callable[[Viewer], Context],
        trusted: Mapping[str, str] | None,
        queue: OperationQueue,
        observe: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """`observe` is called with the seconds between each change that a subscription reports and its
        event."""
        self._observe = observe
        self._schema = schema
        self._turns = OperationQueue(1, rest=REST)
        self._context_of = context_of
        self._queue = queue
        self.document = partial(trusted_documents.resolve, trusted=trusted)
        """The document of a request; raises `BadRequest` if it may not run here."""

    async def read(
        self, account: Account, size: int, read: Callable[[], GraphQLRequest]
    ) -> tuple[GraphQLRequest, str]:
        """The request that `read` reads from a body of this size, and its document.

        Raises `BadRequest` and `QueueFull`.
        """
        if size > SMALL_BODY:
            async with self._turns.hold(account.key):
                request, document = self._read(account, read)
        else:
            request, document = self._read(account, read)
        await self._prepare(account, document)
        return request, document

    def _read(
        self, account: Account, read: Callable[[], GraphQLRequest]
    ) -> tuple[GraphQLRequest, str]:
        with account.running() as run:
            request = read()
            document = self.document(request)
            run.cost = 0
        return request, document

    async def _prepare(self, account: Account, document: str) -> None:
        """Parse and validate a document, unless it is already known."""
        if self._schema.knows(document):
            return
        async with self._turns.hold(account.key):
            if not self._schema.knows(document):
                with account.running() as run:
                    run.cost = 0 if self._schema.prepare(document) else None

    async def run(
        self,
        viewer: Viewer,
        account: Account,
        document: str,
        request: GraphQLRequest,
        ids: RequestIds,
        kinds: Collection[OperationType] = ANY,
        after: str | None = None,
    ) -> AsyncGenerator[Outcome, None]:
        """The outcomes of an operation of one of these kinds, a subscription's after a cursor. The first
        must come within the deadline, and each is charged to the account."""
        context = replace(self._context_of(viewer), position=EventPosition(after))
        try:
            await self._prepare(account, document)
            kind = self._schema.kind(document, request.operation_name)
            lasting = kind is OperationType.SUBSCRIPTION
            async with nullcontext() if lasting else self._queue.hold(account.key):
                outcomes = self._outcomes(context, account, document, request, ids, kinds)
                async with aclosing(outcomes):
                    async for outcome in outcomes:
                        yield outcome
        except QueueFull as full:
            yield Outcome({"errors": [_error(full.code, str(full))]}, refused=True)

    async def _outcomes(
        self,
        context: Context,
        account: Account,
        document: str,
        request: GraphQLRequest,
        ids: RequestIds,
        kinds: Collection[OperationType],
    ) -> AsyncGenerator[Outcome, None]:
        results = self._schema.outcomes(
            document,
            variable_values=request.variables,
            operation_name=request.operation_name,
            context_value=context,
            allowed_operation_types=kinds,
        )
        async with aclosing(results):
            try:
                with account.running() as run:
                    with Deadline():
                        first = await anext(results, None)
                    run.cost = estimated_cost(first) if first else None
            except DeadlineExceeded as late:
                yield Outcome({"errors": [_error("UNAVAILABLE", str(late))]}, refused=True)
                return
            began = context.now()
            if first is not None:
                yield _outcome(first, ids, context.position)
            async for result in results:
                account.charge(run.cost or 0)
                written_at = context.position.written_at
                # Earlier changes were missed by the client, so their events are not late.
                if written_at is not None and written_at >= began:
                    self._observe((context.now() - written_at) / 1_000_000)
                yield _outcome(result, ids, context.position)


def estimated_cost(result: ExecutionResult) -> int | None:
    """The estimated cost of an operation; None if it was refused before its cost was known."""
    cost = (result.extensions or {}).get("cost")
    return cost["estimated"] if cost else None


def _outcome(result: ExecutionResult, ids: RequestIds, position: EventPosition) -> Outcome:
    errors = result.errors or []
    body: dict[str, Any] = {"errors": [_described(each, ids) for each in errors]} if errors else {}
    if result.extensions:
        body["extensions"] = result.extensions
    # An error from a source of events has no path; an error from a field has one.
    ended = result.data is None and any(error.path is None for error in errors)
    if isinstance(result, PreExecutionError) or ended:
        return Outcome(body, refused=True)
    return Outcome({"data": result.data, **body}, refused=False, cursor=position.reached)


def _described(error: GraphQLError, ids: RequestIds) -> dict[str, Any]:
    if isinstance(error.original_error, CannotGetOperationTypeError):
        return _error("BAD_REQUEST", "No operation has this operationName.")
    if isinstance(error.original_error, InvalidOperationTypeError):
        return _error("BAD_REQUEST", "Only queries and subscriptions can be sent by GET.")
    return described(error, ids)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code}}
