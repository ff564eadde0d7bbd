"""Copies text with one click. The text is sent to the browser only then: with every answer's text a second
time, pages of long chats would be twice as large."""

import json
import time

import streamlit as st

from client.state.browser_tab import Tab
from client.wording import _

# Browsers give clipboard access only to pages from https or the same machine; others use the older way.
_COPY = """<p role="status" id="copied"></p>
<script>
(async (once, text, copied, refused) => {
  if (window.copiedOnce >= once) return;
  window.copiedOnce = once;
  const older = () => {
    const field = document.createElement("textarea");
    field.value = text;
    field.style.position = "fixed";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  };
  let done;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    done = older();
  }
  document.getElementById("copied").textContent = done ? copied : refused;
})(...%s);
</script>"""


def copy_button(tab: Tab, text: str, key: str) -> None:
    """Draw a button that copies a text."""
    st.button(
        _("Copy"),
        key=key,
        type="tertiary",
        icon=":material/content_copy:",
        on_click=setattr,
        args=(tab, "to_copy", text),
    )


def copy_now(tab: Tab) -> None:
    """Have the browser copy what a click asked for, once, and show whether it did."""
    if tab.to_copy is None:
        return
    # The text must not be able to end the script.
    said = _("Copied."), _("Your browser did not let this page copy. Select the text instead.")
    given = json.dumps([time.time_ns() // 1_000_000, tab.to_copy, *said]).replace("<", "\\u003c")
    tab.to_copy = None
    st.html(_COPY % given, unsafe_allow_javascript=True)
