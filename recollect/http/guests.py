"""POST /guests: a token for a user without a login."""

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from recollect.http.rate_limit import RateLimiter, network
from recollect.http.responses import answer, refusal

if TYPE_CHECKING:
    from recollect.identity.guests import GuestTokens

PER_MINUTE = 10
"""New guests per minute from one network address."""
_PRIVATE = {"cache_control": "no-store"}


class GuestsEndpoint:
    """Creates guests, at most `PER_MINUTE` a minute for each network address."""

    def __init__(self, tokens: "GuestTokens") -> None:
        self._tokens = tokens
        self._limiter = RateLimiter(PER_MINUTE)

    async def post(self, request: Request) -> Response:
        """201 with `token` and `expiresAt`; 415 or 429 with an error.

        The body is not read. JSON is required because another site's page can't send it without permission.
        """
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            return refusal(415, "BAD_REQUEST", "Send the request as application/json.", **_PRIVATE)
        host = request.client.host if request.client else ""
        if wait := self._limiter.take(network(host)):
            message = f"There were more than {PER_MINUTE} new guests a minute; try again shortly."
            retry_after = str(math.ceil(wait))
            return refusal(429, "RATE_LIMITED", message, retry_after=retry_after, **_PRIVATE)
        guest = self._tokens.issue()
        expires_at = datetime.fromtimestamp(guest.expires_at, UTC).isoformat()
        return answer({"token": guest.token, "expiresAt": expires_at}, 201, **_PRIVATE)
