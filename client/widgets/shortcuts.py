"""Keyboard shortcuts: what the keys do, and the sheet that lists them."""

import streamlit as st

from client.state.browser_tab import Tab
from client.widgets.dialogs import in_dialog
from client.wording import N_, _

LIST = {
    N_("`Ctrl` or `⌘` + `K`"): N_("Go to a session or an action, or search"),
    N_("`Ctrl` or `⌘` + `Shift` + `O`"): N_("New session, on the page Chat"),
    "`Alt` + `↑`, `Alt` + `↓`": N_("Session before or after the open one"),
    "`/`": N_("To the field for questions, or else for words to search for"),
    "`?`": N_("This list"),
    N_("`Enter`, `Shift` + `Enter`"): N_("Send the question, begin a new line"),
    "`↑`, `↓`": N_("Among the hits of a search"),
    "`Esc`": N_("Close a dialog or a menu"),
}
# Not Streamlit's own shortcuts: they can't be punctuation marks, and Streamlit writes the keys onto the
# button, faintly and into its name. The browser's own reactions to these keys are prevented.
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
  const named = (event) => {
    const command = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
    if (command && !event.altKey && !event.shiftKey && key === "k") return "palette";
    if (command && !event.altKey && event.shiftKey && key === "o") return "new";
    if (command) return undefined;
    if (event.altKey) return { arrowdown: "next", arrowup: "previous" }[key];
    // These two are letters of a text elsewhere.
    if (event.target.closest("input, textarea, select, [contenteditable=true]")) return undefined;
    return { "?": "shortcuts", "/": "field" }[key];
  };
  const beside = (step) => {
    const all = list(), at = all.indexOf(current());
    return all[at < 0 ? 0 : at + step];
  };
  const wanted = {
    next: () => beside(1),
    previous: () => beside(-1),
    field: () => document.querySelector("[data-testid=stChatInputTextArea], #stMain input[type=search]"),
  };
  addEventListener("keydown", (event) => {
    const name = named(event);
    if (!name || document.querySelector("[role=dialog]")) return;
    const found = wanted[name] ? wanted[name]() : document.querySelector(`.st-key-${name}`);
    if (!found) return;
    event.preventDefault();
    if (name === "field") found.focus();
    else found.querySelector("button").click();
  });
})();
</script>"""


def listen() -> None:
    """Have the browser listen for the keys, and bring the open session into view in the list."""
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
