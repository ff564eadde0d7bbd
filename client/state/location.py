"""Remembers where users were when they had to sign in, because Streamlit's login leads back to the
start page.

The browser keeps it in a cookie, because until they are back nobody knows who they are.
"""

from urllib.parse import parse_qsl, unquote

import streamlit as st

from client.state.search import ADDRESS

COOKIE = "recollect_location"
PAGES = ("search", "library", "insights", "preferences", "privacy", "service")
NAMED = ("session", "at", *ADDRESS)
"""The query parameters that identify where somebody was."""
# If several tabs wait for a login, the one that was left for it counts.
_KEEP = f"""<script>
addEventListener("pagehide", () => {{
  const place = encodeURIComponent(location.pathname + location.search);
  document.cookie = `{COOKIE}=${{place}}; path=/; max-age=3600; samesite=lax`;
}});
</script>"""
_FORGET = f"""<script>document.cookie = "{COOKIE}=; path=/; max-age=0";</script>"""


def keep_location() -> None:
    """Have the browser remember the address when it leaves the page."""
    st.html(_KEEP, unsafe_allow_javascript=True)


def forget_location() -> None:
    """Have the browser forget it."""
    st.html(_FORGET, unsafe_allow_javascript=True)


def kept_location() -> str | None:
    """The address that the browser remembered when this tab was opened."""
    return st.context.cookies.get(COOKIE)


def return_to_location(kept: str) -> None:
    """Go to the remembered page, if it names something and the present address does not."""
    path, _, query = unquote(kept).partition("?")
    page = path.rpartition("/")[2]
    named = {name: value for name, value in parse_qsl(query) if name in NAMED}
    if (page in PAGES or named) and not st.query_params:
        st.switch_page(f"{page if page in PAGES else 'chat'}.py", query_params=named)
