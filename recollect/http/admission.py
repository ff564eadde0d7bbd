"""Decides who is admitted, in the same way for every endpoint that needs a credential."""

from collections.abc import Collection, Mapping

from starlette.types import Scope

from recollect.http.bans import Bans
from recollect.http.budgets import Account, Budgets, OverBudget
from recollect.http.origins import from_another_site
from recollect.http.rate_limit import RateLimiter, network
from recollect.http.request_headers import request_headers
from recollect.http.responses import RequestRefused
from recollect.identity import Authenticator, IdentityUnavailable, Unauthenticated
from resolvers.audit import audit
from resolvers.context import Viewer


class NotAdmitted(RequestRefused):
    """The caller may not send this request, or not now."""


class TooMuch(NotAdmitted):
    """The caller has used up a budget, or still has to wait."""

    def __init__(self, over: OverBudget) -> None:
        super().__init__(429, "RATE_LIMITED", str(over), retry_after=str(over.seconds))


class Admission:
    """Authenticates callers and counts their requests.

    `origins` are the other sites whose pages may use the API. `budgets` are per user, and per network for
    guests. `failures` counts wrong credentials per network; a valid credential is never refused because of
    its neighbours. `bans` are the users who have to wait.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        *,
        origins: Collection[str],
        budgets: Budgets,
        failures: RateLimiter,
        bans: Bans,
    ) -> None:
        self._authenticator = authenticator
        self._origins = origins
        self._budgets = budgets
        self._failures = failures
        self._bans = bans

    async def admit(self, scope: Scope) -> tuple[Viewer, Account]:
        """The sender of the request and their budgets; raises `NotAdmitted`."""
        headers = request_headers(scope)
        self.check_origin(headers)
        viewer = await self.identify(scope, headers)
        account = self.account(scope, viewer)
        try:
            account.take()
        except OverBudget as over:
            # Other guests on the same network use up the same budget.
            alone = not viewer.is_guest
            self._bans.tell(viewer.uid, over, headers, bannable=alone)
            raise TooMuch(over) from None
        return viewer, account

    def check_origin(self, headers: Mapping[str, str]) -> None:
        """Refuse requests from other sites' pages; raises `NotAdmitted`."""
        if from_another_site(headers, self._origins):
            message = "Pages of this site may not use the API; RECOLLECT_CORS_ORIGINS lists those that may."
            raise NotAdmitted(403, "FORBIDDEN", message)

    async def identify(self, scope: Scope, headers: Mapping[str, str]) -> Viewer:
        """The caller proven by the headers; raises `NotAdmitted`."""
        try:
            viewer = await self._authenticator.authenticate(headers)
            self._bans.check(viewer.uid, headers)
        except OverBudget as over:
            raise TooMuch(over) from None
        except IdentityUnavailable as unavailable:
            raise NotAdmitted(503, "UNAVAILABLE", str(unavailable), retry_after="5") from None
        except Unauthenticated as unknown:
            self._count_failure(scope, str(unknown))
            raise NotAdmitted(
                401, "UNAUTHENTICATED", str(unknown), www_authenticate="Bearer"
            ) from None
        return viewer

    def account(self, scope: Scope, viewer: Viewer) -> Account:
        """The viewer's budgets. Guests on one network share theirs, because one person can be many guests."""
        return self._budgets.account(peer(scope) if viewer.is_guest else viewer.uid)

    def _count_failure(self, scope: Scope, reason: str) -> None:
        try:
            Account(peer(scope), self._failures).take()
        except OverBudget as over:
            raise TooMuch(over) from None
        audit("sign-in failed", None, reason=reason)


def peer(scope: Scope) -> str:
    """The network that a request comes from."""
    client = scope.get("client")
    return network(client[0] if client else "")
