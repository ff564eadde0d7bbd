"""Where somebody was when they had to sign in: Streamlit's login leads back to the bare address.

It is kept by the browser, in a cookie, for until they are back nobody knows whose it is.
"""

from urllib.parse import parse_qsl, unquote

import streamlit as st

COOKIE = "recollect_place"
PAGES = ("library", "insights", "preferences", "privacy")
NAMED = ("session", "at")
"""What of an address says where somebody was."""
# Of several tabs that wait for a login, the one that was left for it counts.
_KEEP = f"""<script>
addEventListener("pagehide", () => {{
  const place = encodeURIComponent(location.pathname + location.search);
  document.cookie = `{COOKIE}=${{place}}; path=/; max-age=3600; samesite=lax`;
}});
</script>"""
_FORGET = f'<script>document.cookie = "{COOKIE}=; path=/; max-age=0";</script>'


def keep_place() -> None:
    """Have the browser note the address when it leaves this page."""
    st.html(_KEEP, unsafe_allow_javascript=True)


def forget_place() -> None:
    """Have the browser forget it."""
    st.html(_FORGET, unsafe_allow_javascript=True)


def kept_place() -> str | None:
    """What the browser kept when this tab was opened."""
    return st.context.cookies.get(COOKIE)


def return_to(kept: str) -> None:
    """Run the page that was kept, if it names something and the address here does not."""
    path, _, query = unquote(kept).partition("?")
    page = path.rpartition("/")[2]
    named = {name: value for name, value in parse_qsl(query) if name in NAMED}
    if (page in PAGES or named) and not st.query_params:
        st.switch_page(f"pages/{page if page in PAGES else 'chat'}.py", query_params=named)
