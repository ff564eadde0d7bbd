"""Refuses who has to wait, and starts the other requests one by one, so that many that come at once don't
hold up what is under way."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from recollect.http.admission import TooMuch, peer
from recollect.http.bans import Bans
from recollect.http.budgets import OverBudget
from recollect.http.operation_queue import OperationQueue
from recollect.http.responses import refusal

WAITING = 1_000_000
"""Requests that may wait: as many as there can be connections."""
REST = 0.1
"""However short, with a rest everything else that is ready goes first."""


class Arrivals:
    """Starts at most one request in a round of the event loop. Networks take turns, however many requests
    each of them sends. Requests to `exempt` paths don't wait.

    Requests of whom the `bans` know are refused first: no token is verified and no body read for them.
    """

    def __init__(self, app: ASGIApp, exempt: frozenset[str], bans: Bans) -> None:
        self._app = app
        self._bans = bans
        self._exempt = exempt
        self._queue = OperationQueue(1, WAITING, share=1, rest=REST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request at its turn."""
        if scope["type"] == "http" and scope["path"] not in self._exempt:
            request = Request(scope)
            try:
                self._bans.check_credential(request.headers)
            except OverBudget as over:
                much = TooMuch(over)
                response = refusal(much.status, much.code, str(much), **much.headers)
                await response(scope, receive, send)
                return
            async with self._queue.hold(peer(request)):
                pass
        await self._app(scope, receive, send)
