"""Who may come in: the same for every way into the API that wants a credential."""

from collections.abc import Collection, Mapping

from starlette.requests import HTTPConnection, Request

from recollect.http.budgets import Account, Budgets, OverBudget
from recollect.http.origins import from_another_site
from recollect.http.rate_limit import RateLimiter, network
from recollect.identity import Authenticator, IdentityUnavailable, Unauthenticated
from resolvers.audit import audit
from resolvers.context import Viewer


class NotAdmitted(Exception):
    """The request is not let in; the message says why, the rest is for its answer."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


class Admission:
    """Finds out who is calling, and how often.

    `origins` are those of other sites whose pages may use the API. `budgets` are of users, and of the
    network that guests share; `failures` counts wrong credentials by network: the credential of a user
    is never refused for what its neighbours send.
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
        """Whoever sends the request; raises `NotAdmitted`."""
        self.check_origin(request)
        viewer = await self.identify(request, request.headers)
        self.count(self.account(request, viewer))
        return viewer

    def check_origin(self, request: HTTPConnection) -> None:
        """Refuse what a page of another site sends; raises `NotAdmitted`."""
        if from_another_site(request.headers, self._origins):
            message = (
                "Pages of this site may not use the API; RECOLLECT_CORS_ORIGINS lists who may."
            )
            raise NotAdmitted(403, "FORBIDDEN", message)

    async def identify(self, request: HTTPConnection, headers: Mapping[str, str]) -> Viewer:
        """Whoever the headers prove to be at the other end; raises `NotAdmitted`."""
        try:
            return await self._authenticator.authenticate(dict(headers))
        except IdentityUnavailable as unavailable:
            raise NotAdmitted(503, "UNAVAILABLE", str(unavailable), retry_after="5") from None
        except Unauthenticated as unknown:
            self.count(Account(_network(request), self._failures))
            audit("sign-in failed", None, reason=str(unknown))
            raise NotAdmitted(
                401, "UNAUTHENTICATED", str(unknown), www_authenticate="Bearer"
            ) from None

    def account(self, request: HTTPConnection, viewer: Viewer) -> Account:
        """What the viewer may use. Guests of one network share it: anybody can be many of them."""
        return self._budgets.account(_network(request) if viewer.is_guest else viewer.uid)

    def count(self, account: Account) -> None:
        """Count a request; raises `NotAdmitted` where the account has nothing left for it."""
        try:
            account.take()
        except OverBudget as over:
            retry_after = str(over.seconds)
            raise NotAdmitted(429, "RATE_LIMITED", str(over), retry_after=retry_after) from None


def _network(request: HTTPConnection) -> str:
    return network(request.client.host if request.client else "")
