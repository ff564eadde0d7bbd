"""Who may come in: the same for every way into the API that wants a credential."""

import math
from collections.abc import Collection, Mapping

from starlette.requests import HTTPConnection, Request

from recollect.http.origins import from_another_site
from recollect.http.rate_limit import RateLimiter, network
from recollect.identity import Authenticator, IdentityUnavailable, Unauthenticated
from resolvers.audit import audit
from resolvers.context import Viewer


class TurnedAway(Exception):
    """The request is not let in; the message says why, the rest is for its answer."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


class Admission:
    """Finds out who is calling, and how often.

    `origins` are those of other sites whose pages may use the API. `limiter` counts requests by user,
    `failures` wrong credentials by network: a valid credential is never refused for what its
    neighbours send.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        *,
        origins: Collection[str],
        limiter: RateLimiter | None,
        failures: RateLimiter,
    ) -> None:
        self._authenticator = authenticator
        self._origins = origins
        self._limiter = limiter
        self._failures = failures

    async def admit(self, request: Request) -> Viewer:
        """Whoever sends the request; raises `TurnedAway`."""
        self.check_origin(request)
        viewer = await self.identify(request, request.headers)
        self.count(viewer)
        return viewer

    def check_origin(self, request: HTTPConnection) -> None:
        """Refuse what a page of another site sends; raises `TurnedAway`."""
        if from_another_site(request.headers, self._origins):
            message = (
                "Pages of this site may not use the API; RECOLLECT_CORS_ORIGINS lists who may."
            )
            raise TurnedAway(403, "FORBIDDEN", message)

    async def identify(self, request: HTTPConnection, headers: Mapping[str, str]) -> Viewer:
        """Whoever the headers prove to be at the other end; raises `TurnedAway`."""
        try:
            return await self._authenticator.authenticate(dict(headers))
        except IdentityUnavailable as unavailable:
            raise TurnedAway(503, "UNAVAILABLE", str(unavailable), retry_after="5") from None
        except Unauthenticated as unknown:
            host = request.client.host if request.client else ""
            self._take(self._failures, network(host))
            audit("sign-in failed", None, reason=str(unknown))
            raise TurnedAway(
                401, "UNAUTHENTICATED", str(unknown), www_authenticate="Bearer"
            ) from None

    def count(self, viewer: Viewer) -> None:
        """Count a request of the viewer's; raises `TurnedAway` if they were too many."""
        if self._limiter is not None:
            self._take(self._limiter, viewer.uid)

    def _take(self, limiter: RateLimiter, key: str) -> None:
        if wait := limiter.take(key):
            seconds = math.ceil(wait)
            message = f"Too many requests; try again in {seconds} s."
            raise TurnedAway(429, "RATE_LIMITED", message, retry_after=str(seconds))
