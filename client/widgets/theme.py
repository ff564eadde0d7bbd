"""Applies the user's theme and font size to the pages."""

import json
from pathlib import Path

import streamlit as st

from client.api.enums import FontSize, Theme
from client.api.fragments import PreferenceValues
from client.first_theme import LAST_THEME
from client.wording import language

PIXELS = {FontSize.SMALL: 14, FontSize.MEDIUM: 16, FontSize.LARGE: 19}
"""The root element's font size, which all other sizes follow."""

THEMES = {Theme.LIGHT: "Light", Theme.DARK: "Dark", Theme.SYSTEM: "System"}
"""Streamlit's names for the themes."""
_STYLE = Path(__file__).with_name("theme.css").read_text("utf-8")
# Streamlit takes a theme from the browser's storage when a page is loaded, under the path of the address that
# was loaded, and offers no other way to set it. So a theme other than the page's is put there and the page is
# loaded again: once for each choice in each browser tab, and not while typed text would be lost.
_TAKE_ON = """<script>
(() => {
  const wanted = %s;
  const path = new URL(performance.getEntriesByType("navigation")[0].name).pathname;
  const place = `stActiveTheme-${path}-v2`, seen = `theme-${path}`;
  localStorage.setItem("%s", wanted);
  if (sessionStorage.getItem(seen) === wanted) return;
  if ([...document.querySelectorAll("textarea")].some((field) => field.value)) return;
  sessionStorage.setItem(seen, wanted);
  if ((localStorage.getItem(place) ?? '"System"') === wanted) return;
  localStorage.setItem(place, wanted);
  location.reload();
})();
</script>"""

_LANGUAGE = "<script>document.documentElement.lang = %s</script>"


def dark() -> bool:
    """Whether the page is dark in the browser."""
    return st.context.theme.type == "dark"


def text_color() -> str:
    """The color of text on the page."""
    return "#fafafa" if dark() else "#31333f"


def apply_style(preferences: PreferenceValues | None) -> None:
    """Set the font size and the common style of all pages."""
    size = PIXELS[preferences.ui_settings.font_size] if preferences else 16
    text, paper = text_color(), "#171614" if dark() else "#fff"
    st.html(
        f"<style>html {{font-size: {size}px; --text: {text}; --page: {paper}}} {_STYLE}</style>"
    )


def apply_theme(preferences: PreferenceValues | None) -> None:
    """Set the theme in the browser, and tell it the page's language, which it needs for hyphenation and
    screen readers for pronunciation. Call it last, because the elements take up space on the page."""
    st.html(_LANGUAGE % json.dumps(language()), unsafe_allow_javascript=True)
    if preferences:
        wanted = json.dumps(THEMES[preferences.ui_settings.theme])
        st.html(_TAKE_ON % (json.dumps(wanted), LAST_THEME), unsafe_allow_javascript=True)
