"""GraphiQL's page, and its scripts and styles.

They are served from here if `make setup` (with npm) has put them in `graphiql_files/`. If not, as in a fresh
clone without Node, the page refers to them at unpkg.com. Either way it states their hashes, so that no others
run, and shows a message if they can't be loaded.
"""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from strawberry.http.ides import get_graphql_ide_html

PATH = "/graphiql/"
ELSEWHERE = "https://unpkg.com/"
FILES = files("recollect.http") / "graphiql_files"
_KINDS = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
_LOADING = ">Loading...<"
_WAIT = ">Loading GraphiQL…<"
_FALLBACK = """<script>
document.addEventListener("DOMContentLoaded", () => {
  const loaded = window.React && window.ReactDOM && window.Cookies && window.GraphiQL;
  if (loaded && window.GraphiQLPluginExplorer) return;
  const message = "GraphiQL's scripts could not be loaded: they come from the internet (unpkg.com), " +
    "unless `make setup` with npm has put them here. " +
    "The API itself is here and works: send a query by POST to ";
  document.getElementById("graphiql").textContent = message + window.location.href.split("?")[0];
});
</script>
"""


@cache
def sources() -> dict[str, str]:
    """The scripts and styles of the page, as `package@version/path`, with their hashes (SRI)."""
    html = get_graphql_ide_html("graphiql")
    return dict(re.findall(rf'"{ELSEWHERE}([^"]+)"\s+integrity="([^"]+)"', html))


def name_of(source: str) -> str:
    """The local file name of a source."""
    return source.replace("/", "_").replace("@", "_")


@cache
def _page() -> str:
    html = get_graphql_ide_html("graphiql").replace(_LOADING, _WAIT)
    for source in sources():
        if (FILES / name_of(source)).is_file():
            html = html.replace(f"{ELSEWHERE}{source}", f"{PATH}{name_of(source)}")
    return html.replace("</head>", f"{_FALLBACK}</head>")


def response() -> HTMLResponse:
    """The page. It loads the scripts and styles that it names, and nothing else; no other page may show it
    in a frame.
    """
    return HTMLResponse(_page(), headers=_headers())


async def asset(request: Request) -> Response:
    """One of the scripts and styles; its name has its version, so it never changes."""
    name = request.path_params["name"]
    if name not in map(name_of, sources()) or not (FILES / name).is_file():
        return PlainTextResponse("There is no such file.", 404)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Type": _KINDS[name.rpartition(".")[2]],
    }
    return Response((FILES / name).read_bytes(), headers=headers)


@cache
def _headers() -> dict[str, str]:
    html = _page()
    scripts = re.findall(r'src="([^"]+)"', html) + [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    ]
    styles = re.findall(r'href="([^"]+\.css)"', html)
    policy = (
        f"default-src 'none'; script-src {_allowed(scripts)}; "
        f"style-src 'unsafe-inline' {_allowed(styles)}; img-src 'self' data:; font-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def _allowed(places: list[str]) -> str:
    """The sources that a policy allows: external addresses one by one, and everything served from here."""
    return " ".join(dict.fromkeys("'self'" if each.startswith("/") else each for each in places))
