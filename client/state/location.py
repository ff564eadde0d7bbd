"""Remembers where users were when they had to sign in, because Streamlit's login leads back to the
start page.

The browser keeps it in a cookie, because until they are back nobody knows who they are. What was
being typed never leaves the browser tab, and is restored only for the same user.
"""

import hashlib
from urllib.parse import parse_qsl, unquote

import streamlit as st

from client.state.search import ADDRESS

COOKIE = "recollect_location"
PAGES = ("search", "library", "insights", "preferences", "privacy", "service")
NAMED = ("session", "at", *ADDRESS)
"""The query parameters that say where somebody was."""
# If several tabs wait for a login, the one that was left for it counts.
_KEEP = """<script>
addEventListener("pagehide", () => {
  const place = encodeURIComponent(location.pathname + location.search);
  document.cookie = `%(cookie)s=${place}; path=/; max-age=3600; samesite=lax`;
  const field = document.querySelector("[data-testid=stChatInputTextArea]");
  const typed = {whose: "%(whose)s", text: field?.value};
  sessionStorage.setItem("%(cookie)s", JSON.stringify(typed));
});
</script>"""
_FORGET = """<script>
(() => {
  document.cookie = "%(cookie)s=; path=/; max-age=0";
  const typed = JSON.parse(sessionStorage.getItem("%(cookie)s"));
  sessionStorage.removeItem("%(cookie)s");
  if (typed?.whose !== "%(whose)s" || !typed.text) return;
  const put = (tries) => {
    const field = document.querySelector("[data-testid=stChatInputTextArea]");
    if (!field && tries) return setTimeout(put, 100, tries - 1);
    if (!field || field.value) return;
    // Bypass the page's own setter, which would see no change.
    const value = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
    value.set.call(field, typed.text);
    field.dispatchEvent(new Event("input", {bubbles: true}));
  };
  put(50);
})();
</script>"""


def keep_location(person: str = "") -> None:
    """Have the browser remember the address, and what the user with that key is typing, when it
    leaves the page."""
    _run(_KEEP, person)


def forget_location(person: str) -> None:
    """Have the browser forget it, and restore what was typed if it was typed by that user."""
    _run(_FORGET, person)


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


def _run(script: str, person: str) -> None:
    whose = hashlib.sha256(person.encode()).hexdigest()
    st.html(script % {"cookie": COOKIE, "whose": whose}, unsafe_allow_javascript=True)
