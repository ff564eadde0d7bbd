"""Checks the host name of every request, and limits what a page may load.

Streamlit checks the host name only for its WebSocket; here every request is checked.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEALTH = "/_stcore/health"
"""Load balancers request this by IP address for health checks; it reveals nothing."""
HEADERS = {
    # Inline scripts are Streamlit's and the theme's; nothing from an answer is inline.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Refuses requests for host names other than `hosts`, so that no other site's page can reach the client
    through a name that resolves here (DNS rebinding), and tells browsers to load nothing from elsewhere.

    `hosts` has the form of Streamlit's `server.allowedHosts`: `*.example.com` is every name below
    example.com, `*` any.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = tuple(host.strip().lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        name = _name(Headers(scope=scope).get("host", ""))
        if scope["path"].endswith(HEALTH) or self._is_ours(name):
            await self._app(scope, receive, send_with_headers)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # Closing before accepting answers with 403.
            return
        text = "The client can't be reached by this name: server.allowedHosts does not list it."
        await PlainTextResponse(text, status_code=421)(scope, receive, send_with_headers)

    def _is_ours(self, name: str) -> bool:
        return any(
            host in ("*", name) or (host.startswith("*.") and name.endswith(host[1:]))
            for host in self._hosts
        )


def _name(host: str) -> str:
    """The name in a Host header, without the port; empty if there is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
