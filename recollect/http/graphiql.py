"""GraphiQL's page, with a message if its scripts can't be loaded."""

import re
from functools import cache

from starlette.responses import HTMLResponse
from strawberry.http.ides import get_graphql_ide_html

_LOADING = ">Loading...<"
_WAIT = ">Loading GraphiQL, whose scripts come from the internet…<"
_FALLBACK = """<script>
document.addEventListener("DOMContentLoaded", () => {
  const loaded = window.React && window.ReactDOM && window.Cookies && window.GraphiQL;
  if (loaded && window.GraphiQLPluginExplorer) return;
  const message = "GraphiQL's scripts could not be loaded: they come from the internet (unpkg.com). " +
    "The API itself is here and works: send a query by POST to ";
  document.getElementById("graphiql").textContent = message + window.location.href.split("?")[0];
});
</script>
"""


@cache
def _page() -> str:
    html = get_graphql_ide_html("graphiql").replace(_LOADING, _WAIT)
    return html.replace("</head>", f"{_FALLBACK}</head>")


def response() -> HTMLResponse:
    """The page. It loads the scripts and styles that it names, and nothing else from elsewhere; no
    other page may show it in a frame.
    """
    return HTMLResponse(_page(), headers=_headers())


@cache
def _headers() -> dict[str, str]:
    html = _page()
    scripts = " ".join(re.findall(r'src="(https://[^"]+)"', html))
    styles = " ".join(re.findall(r'href="(https://[^"]+\.css)"', html))
    policy = (
        f"default-src 'none'; script-src 'unsafe-inline' {scripts}; "
        f"style-src 'unsafe-inline' {styles}; img-src 'self' data:; font-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
