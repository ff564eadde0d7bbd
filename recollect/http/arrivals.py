"""Starts requests one by one, so that many that come at once don't hold up what is under way."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from recollect.http.admission import peer
from recollect.http.operation_queue import OperationQueue

WAITING = 1_000_000
"""Requests that may wait: as many as there can be connections."""
REST = 0.1
"""However short, with a rest everything else that is ready goes first."""


class Arrivals:
    """Starts at most one request in a round of the event loop. Networks take turns, however many requests
    each of them sends. Requests to `exempt` paths don't wait."""

    def __init__(self, app: ASGIApp, exempt: frozenset[str]) -> None:
        self._app = app
        self._exempt = exempt
        self._queue = OperationQueue(1, WAITING, share=1, rest=REST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request at its turn."""
        if scope["type"] == "http" and scope["path"] not in self._exempt:
            async with self._queue.hold(peer(Request(scope))):
                pass
        await self._app(scope, receive, send)
