"""/unsubscribe/…: ends one kind of mail to one user. It needs the link from such a mail, and no login.

GET only asks for confirmation, because mail programs and virus scanners open links by themselves; POST
unsubscribes. Mail programs send the POST themselves when a user unsubscribes in them (RFC 8058).
"""

import math
from collections.abc import Callable
from typing import Literal

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from recollect.http.errors import UNAVAILABLE_MESSAGE
from recollect.http.rate_limit import RateLimiter, network
from recollect.http.responses import refusal
from recollect.mail.wording import best_locale, templates
from resolvers.context import Context, Viewer
from resolvers.digests import Digests
from resolvers.errors import Busy, Refused
from resolvers.notifications.unsubscribe import BadLink, subscription, unsubscribe
from stores.errors import StoreError
from stores.mail_records import MailKind

PER_MINUTE = 30
"""Requests a minute from one network address."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


class Unsubscribe:
    """The page and its button. No part of a link is logged."""

    def __init__(
        self,
        context_of: Callable[[Viewer], Context],
        digests: Digests,
        client_url: str,
    ) -> None:
        self._context_of = context_of
        self._digests = digests
        self._client_url = client_url
        self._limiter = RateLimiter(PER_MINUTE)

    async def handle(self, request: Request) -> Response:
        """200 with a page; 400 for a link that is not valid, 429, or 503."""
        host = request.client.host if request.client else ""
        if wait := self._limiter.take(network(host)):
            message = f"There were more than {PER_MINUTE} requests a minute; try again shortly."
            return refusal(429, "RATE_LIMITED", message, retry_after=str(math.ceil(wait)))
        try:
            found = subscription(request.path_params["link"], self._digests)
            ctx = self._context_of(Viewer(found.uid, email=None))
            found.check(ctx.now())
        except BadLink:
            return self._page(request, "invalid", 400)
        if request.method != "POST":
            return self._page(request, "ask", kind=found.kind)
        try:
            await unsubscribe(ctx, found.kind)
        except Refused:
            pass  # All of the user's data is being erased, including the data for mails.
        except (StoreError, Busy):
            return refusal(503, "UNAVAILABLE", UNAVAILABLE_MESSAGE, retry_after="5")
        return self._page(request, "done")

    def _page(
        self,
        request: Request,
        state: Literal["ask", "done", "invalid"],
        status: int = 200,
        kind: MailKind = "summary",
    ) -> Response:
        wanted = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0]
        locale = best_locale(wanted.strip() or "en")
        page = templates(str(locale)).get_template("unsubscribe.html")
        text = page.render(
            language=str(locale),
            subject="Recollect",
            state=state,
            kind=kind,
            preferences_url=f"{self._client_url}/preferences",
        )
        headers = {
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(text, status, headers)
