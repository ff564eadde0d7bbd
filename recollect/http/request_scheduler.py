"""Refuses callers who have to wait, and starts the other requests one by one, so that a burst of requests
does not hold up those under way."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recollect.http.admission import TooMuch, peer
from recollect.http.bans import Bans, digest
from recollect.http.budgets import OverBudget
from recollect.http.middleware import REFUSED
from recollect.http.operation_queue import OperationQueue, QueueFull
from recollect.http.request_headers import request_headers
from recollect.http.responses import refused
from recollect.http.suspects import Suspects

WAITING = 1_000_000
"""Requests that may wait: as many as there can be connections."""
REST = 0.1
"""However short it is, a rest lets everything else that is ready go first."""
AT_ONCE = 6
"""Requests of one credential that are served at once: as many as browsers send to one address. The others
wait, so that a suspect is recognised before all of their requests have been processed."""
EACH_WAITING = 600
"""Requests of one credential that may wait for one of these places."""
SUSPECTS_AT_ONCE = 4
"""Requests of suspects that are served at once, at most one of each suspect."""
SUSPECTS_WAITING = 100
"""Requests of one suspect that may wait. A refused request can be repeated at once, which costs more than
letting it wait."""
MOST_SUSPECTS = 1_000
"""The number of suspects whose requests may wait."""
SUSPECTS_REST = 1.0
"""After a suspect's request, that suspect's next one starts only after this many times as long as it took."""
REFUSAL_SECONDS = 0.01
"""Time between two refusals of callers who have to wait: a refused caller can send again right away."""


class RequestScheduler:
    """Starts at most one request per round of the event loop, plus one of a network that has no other request
    waiting for its answer. Networks take turns, however many requests each of them sends. Requests to
    `exempt` paths don't wait.

    Requests of callers whom `bans` knows are refused first: no token is verified and no body is read for
    them. These refusals are sent one by one, and networks take turns there too. Only a few requests of one
    credential are served at once, and only one at a time if some were refused lately.
    """

    def __init__(self, app: ASGIApp, exempt: frozenset[str], bans: Bans) -> None:
        self._app = app
        self._bans = bans
        self._exempt = exempt
        self._busy: defaultdict[str, int] = defaultdict(int)
        self._newcomers, self._others = (
            OperationQueue(1, WAITING, share=1, rest=REST) for _ in range(2)
        )
        self._suspects = Suspects()
        self._few = OperationQueue(WAITING, EACH_WAITING * WAITING // AT_ONCE, AT_ONCE / WAITING)
        self._one_by_one = OperationQueue(
            SUSPECTS_AT_ONCE,
            SUSPECTS_WAITING * MOST_SUSPECTS,
            share=1 / MOST_SUSPECTS,
            rest=SUSPECTS_REST,
        )
        self._refusals = OperationQueue(1, WAITING, share=1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request at its turn."""
        if scope["type"] != "http" or scope["path"] in self._exempt:
            await self._app(scope, receive, send)
            return
        credential, network = digest(request_headers(scope)), peer(scope)
        turns = self._others if self._busy.get(network) else self._newcomers
        self._busy[network] += 1
        places: list[tuple[OperationQueue, str, float]] = []
        answered = False

        def leave() -> None:
            nonlocal answered
            answered = True
            for queue, user, since in places:
                queue.leave(user, since)
            self._busy[network] -= 1
            if not self._busy[network]:
                del self._busy[network]

        def watched(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and not answered:
                fault = 400 <= message["status"] < 429 or REFUSED in scope
                if fault and credential is not None:
                    self._suspects.refused(credential)
                leave()  # the answer itself may take long, like a stream of events
            return send(message)

        try:
            try:
                if credential is not None:
                    self._bans.check_credential(credential)
                    if credential not in self._suspects:
                        user = credential.hex()
                        places.append((self._few, user, await self._few.take(user)))
                turns.leave(network, await turns.take(network))
                if credential is not None and credential in self._suspects:
                    user = credential.hex()
                    places.append((self._one_by_one, user, await self._one_by_one.take(user)))
            except OverBudget as over:
                async with self._refusals.hold(network):
                    await asyncio.sleep(REFUSAL_SECONDS)
                await refused(TooMuch(over))(scope, receive, send)
            except QueueFull as full:
                await refused(full)(scope, receive, send)
            else:
                await self._app(scope, receive, watched)
        finally:
            if not answered:
                leave()
