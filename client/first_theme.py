"""Gives a page its theme before Streamlit draws it, so that it need not be loaded a second time for it."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LAST_THEME = "recollect-theme"
"""Where the browser keeps the theme that a page last had, as Streamlit writes it."""
# Streamlit reads the theme from the browser's storage, under a name that has the page's path in it.
SCRIPT = f"""<script>
(() => {{
  const name = `stActiveTheme-${{location.pathname}}-v2`;
  if (localStorage.getItem(name) === null)
    localStorage.setItem(name, localStorage.getItem("{LAST_THEME}") ?? '"Dark"');
}})();
</script>""".encode()


class FirstTheme:
    """Adds a script to each page that sets the theme the browser last had; dark, the default, at first."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; only what a browser asks for as a page is changed."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        started: Message = {}
        body = bytearray()

        async def send_with_script(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            if Headers(raw=started["headers"]).get("content-type", "").startswith("text/html"):
                body[:] = body.replace(b"<head>", b"<head>" + SCRIPT, 1)
                MutableHeaders(raw=started["headers"])["content-length"] = str(len(body))
            await send(started)
            await send({"type": "http.response.body", "body": bytes(body)})

        # The page has to arrive here as text.
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, send_with_script)
