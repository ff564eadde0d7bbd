"""Decides who is admitted, in the same way for every endpoint that needs a credential."""

from collections.abc import Collection, Mapping

from starlette.requests import HTTPConnection, Request

from recollect.http.budgets import Account, Budgets, OverBudget
from recollect.http.origins import from_another_site
from recollect.http.rate_limit import RateLimiter, network
from recollect.identity import Authenticator, IdentityUnavailable, Unauthenticated
from resolvers.audit import audit
from resolvers.context import Viewer


class NotAdmitted(Exception):
    """The request is not admitted. The message says why; the attributes are for the response."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


class Admission:
    """Authenticates callers and counts their requests.

    `origins` are the other sites whose pages may use the API. `budgets` are per user, and per network for
    guests. `failures` counts wrong credentials per network; a valid credential is never refused because of
    its neighbours.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        *,
        origins: Collection[str],
        budgets: Budgets,
        failures: RateLimiter,
    ) -> None:
        self._authenticator = authenticator
        self._origins = origins
        self._budgets = budgets
        self._failures = failures

    async def admit(self, request: Request) -> Viewer:
        """The sender of the request; raises `NotAdmitted`."""
        self.check_origin(request)
        viewer = await self.identify(request, request.headers)
        self.count(self.account(request, viewer))
        return viewer

    def check_origin(self, request: HTTPConnection) -> None:
        """Refuse requests from other sites' pages; raises `NotAdmitted`."""
        if from_another_site(request.headers, self._origins):
            message = "Pages of this site may not use the API; RECOLLECT_CORS_ORIGINS lists those that may."
            raise NotAdmitted(403, "FORBIDDEN", message)

    async def identify(self, request: HTTPConnection, headers: Mapping[str, str]) -> Viewer:
        """The caller proven by the headers; raises `NotAdmitted`."""
        try:
            return await self._authenticator.authenticate(dict(headers))
        except IdentityUnavailable as unavailable:
            raise NotAdmitted(503, "UNAVAILABLE", str(unavailable), retry_after="5") from None
        except Unauthenticated as unknown:
            self.count(Account(peer(request), self._failures))
            audit("sign-in failed", None, reason=str(unknown))
            raise NotAdmitted(
                401, "UNAUTHENTICATED", str(unknown), www_authenticate="Bearer"
            ) from None

    def account(self, request: HTTPConnection, viewer: Viewer) -> Account:
        """The viewer's budgets. Guests of one network share theirs: anybody can be many guests."""
        return self._budgets.account(peer(request) if viewer.is_guest else viewer.uid)

    def count(self, account: Account) -> None:
        """Count a request; raises `NotAdmitted` if the account's budget is used up."""
        try:
            account.take()
        except OverBudget as over:
            retry_after = str(over.seconds)
            raise NotAdmitted(429, "RATE_LIMITED", str(over), retry_after=retry_after) from None


def peer(request: HTTPConnection) -> str:
    """The network that a request comes from."""
    return network(request.client.host if request.client else "")
