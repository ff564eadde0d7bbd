"""Serves only requests that name one of the server's own hosts."""

from collections.abc import Awaitable, Collection

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from recollect.http.request_headers import request_headers

REMEMBERED = 100
"""Host headers that passed the check and are not parsed again. A client repeats the same header."""


class TrustedHosts:
    """Starlette's check of the Host header, done once for each header that passes."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._check = TrustedHostMiddleware(self._passed, [*hosts], www_redirect=False)
        self._known: set[str] = set()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        known = "headers" in scope and request_headers(scope).get("host") in self._known
        return (self._app if known else self._check)(scope, receive, send)

    def _passed(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if "headers" in scope and len(self._known) < REMEMBERED:
            self._known.add(request_headers(scope)["host"])
        return self._app(scope, receive, send)
