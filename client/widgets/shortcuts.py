"""Keyboard shortcuts: what the keys do, and the sheet that lists them."""

import streamlit as st

from client.state.browser_tab import Tab
from client.widgets.dialogs import in_dialog
from client.wording import N_, _

LIST = {
    N_("`Ctrl` or `⌘` + `K`"): N_("Go to a session or an action, or search"),
    N_("`Ctrl` or `⌘` + `Shift` + `O`"): N_("New session"),
    "`Alt` + `↑`, `Alt` + `↓`": N_("Session before or after the open one"),
    "`/`": N_("To the field for questions, or else for words to search for"),
    "`?`": N_("This list"),
    "`Enter`, `Shift` + `Enter`": N_("Send the question, begin a new line"),
    "`↑`, `↓`": N_("Among the hits of a search"),
    "`Esc`": N_("Close a dialog or a menu"),
}
# Streamlit has no shortcuts for signs, nor for a button that depends on what is open.
_KEYS = """<script>
(() => {
  // As Streamlit writes a key into a class.
  const opened = () =>
    (new URLSearchParams(location.search).get("session") ?? "").replace(/[^a-zA-Z0-9_-]/g, "-");
  // Streamlit draws a button with a tooltip twice, so its element stands for it.
  const list = () => [...document.querySelectorAll("[data-testid=stSidebar] [class*=st-key-open-]")];
  const current = () => list().find((each) => each.classList.contains(`st-key-open-${opened()}`));
  if (window.inView !== opened()) {
    window.inView = opened();
    setTimeout(() => current()?.scrollIntoView({ block: "nearest" }), 300);
  }
  if (window.hasShortcuts) return;
  window.hasShortcuts = true;
  addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && event.altKey && !event.ctrlKey && !event.metaKey) {
      const all = list();
      const at = all.indexOf(current());
      const next = all[at < 0 ? 0 : at + step];
      if (!next || document.querySelector("[role=dialog]")) return;
      event.preventDefault();
      next.querySelector("button").click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable=true], [role=dialog]")) return;
    const wanted = {
      "?": ".st-key-shortcuts button",
      "/": "[data-testid=stChatInputTextArea], #stMain input[type=search]",
    }[event.key];
    const found = wanted && document.querySelector(wanted);
    if (!found) return;
    event.preventDefault();
    if (event.key === "?") found.click();
    else found.focus();
  });
})();
</script>"""


def listen() -> None:
    """Have the browser listen to the keys, and bring the open session into view in the list."""
    st.html(_KEYS, unsafe_allow_javascript=True)


def button(tab: Tab) -> None:
    """Draw the button that opens the sheet."""
    st.button(
        _("Keyboard shortcuts"),
        key="shortcuts",
        icon=":material/keyboard:",
        type="tertiary",
        on_click=setattr,
        args=(tab, "dialog", _sheet),
    )


@in_dialog(N_("Keyboard shortcuts"))
def _sheet() -> None:
    st.table(
        [{_("Keys"): _(keys), _("What they do"): _(does)} for keys, does in LIST.items()],
        border="horizontal",
        hide_header=False,
        alt=_("Keyboard shortcuts"),
    )
