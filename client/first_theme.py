"""Sets a page's theme before Streamlit draws it, so that the page need not be loaded a second time."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LAST_THEME = "recollect-theme"
"""The browser's storage key for a page's last theme, in Streamlit's form."""
# Streamlit reads the theme from the browser's storage, under a name that contains the page's path.
SCRIPT = f"""<script>
(() => {{
  const name = `stActiveTheme-${{location.pathname}}-v2`;
  if (localStorage.getItem(name) === null)
    localStorage.setItem(name, localStorage.getItem("{LAST_THEME}") ?? '"Dark"');
}})();
</script>""".encode()


class FirstTheme:
    """Adds a script to each page that sets the browser's last theme, or dark at first."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; only responses to page requests are changed."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        page: Message | None = None
        body = bytearray()

        async def send_with_script(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start" and _is_page(message):
                page = message
            elif page is None:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    body[:] = body.replace(b"<head>", b"<head>" + SCRIPT, 1)
                    MutableHeaders(raw=page["headers"])["content-length"] = str(len(body))
                    await send(page)
                    await send({"type": "http.response.body", "body": bytes(body)})

        # The page must arrive here uncompressed.
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, send_with_script)


def _is_page(response: Message) -> bool:
    return Headers(raw=response["headers"]).get("content-type", "").startswith("text/html")
