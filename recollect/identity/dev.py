"""The identity for a developer's own machine: callers are whoever they say they are."""

from collections.abc import Mapping
from functools import lru_cache, partial

from recollect.email_addresses import REMEMBERED, NotAnAddress
from recollect.identity.base import Unauthenticated, bearer_token
from recollect.identity.viewers import Viewers
from resolvers.context import Viewer

HEADER = "x-recollect-dev-user"
DEFAULT_USER = "you@example.com"


class DevAuthenticator:
    """Believes the header X-Recollect-Dev-User."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewer = lru_cache(REMEMBERED)(partial(viewers.of_email, claims={}))

    async def prepare(self) -> None:
        """There is nothing to do."""

    async def authenticate(self, headers: Mapping[str, str]) -> Viewer:
        """The viewer with the address in the header, or the default one.

        A bearer token can't be verified here, so it is refused rather than ignored.
        """
        if bearer_token(headers) is not None:
            raise Unauthenticated(
                "The token can't be verified. With the dev identity send the header "
                "X-Recollect-Dev-User and no bearer token."
            )
        try:
            return self._viewer(headers.get(HEADER, DEFAULT_USER))
        except NotAnAddress as bad:
            raise Unauthenticated(f"X-Recollect-Dev-User {bad}.") from None
