"""GraphiQL's page, which says so where its scripts can't be loaded."""

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


def page() -> str:
    """The page as HTML."""
    html = get_graphql_ide_html("graphiql").replace(_LOADING, _WAIT)
    return html.replace("</head>", f"{_FALLBACK}</head>")
