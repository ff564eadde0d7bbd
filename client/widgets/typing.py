"""Keeps what is being typed, for each session, until it is sent: across reloads, sign-ins and other pages.

It stays in the browser tab, and is shown only to the person who typed it.
"""

import hashlib
import json
import time

import streamlit as st

from client.state.browser_tab import Tab

LONG = 4000
"""A pasted text with more characters than this becomes a file that the question quotes."""
PASTED = "pasted.txt"
# While a page changes, what an earlier run drew may be drawn once more; only the latest counts.
_KEEP = """<script>
((drawn, whose, session, long, pasted) => {
  const place = `${whose} ${session}`;
  const named = "[data-testid=stChatInputTextArea]";
  const latest = window.typing;
  if (latest && drawn < latest.drawn) return;
  window.typing = { drawn, place, field: latest?.field, shown: latest?.shown };
  const forget = () => sessionStorage.removeItem(window.typing.place);
  if (!latest) {
    // The field is there before this script is: what was typed by then is kept as well.
    const early = document.querySelector(named)?.value;
    if (early && !sessionStorage.getItem(place)) sessionStorage.setItem(place, early);
    // What somebody else left in this tab is not ours.
    for (const kept of Object.keys(sessionStorage))
      if (kept.startsWith("typed-") && !kept.startsWith(whose)) sessionStorage.removeItem(kept);
    addEventListener("input", ({ target }) => {
      if (window.typing.restoring || !target.matches(named)) return;
      if (target.value) sessionStorage.setItem(window.typing.place, target.value);
      else forget();
    });
    addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(named))
        forget();
    }, true);
    addEventListener("click", (event) => {
      if (event.target.closest("[data-testid=stChatInputSubmitButton]")) forget();
    }, true);
    addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const files = event.target.closest?.("[data-testid=stChatInput]")?.querySelector("input[type=file]");
      if (text.length <= long || !files) return;
      event.preventDefault();
      event.stopPropagation();
      const given = new DataTransfer();
      given.items.add(new File([text], pasted, { type: "text/plain" }));
      files.files = given.files;
      files.dispatchEvent(new Event("change", { bubbles: true }));
    }, true);
  }
  const show = (tries) => {
    const now = window.typing, field = document.querySelector(named);
    if (now.drawn !== drawn) return;
    if (!field) return tries ? setTimeout(show, 100, tries - 1) : undefined;
    if (now.field === field && now.shown === place) return;
    now.field = field;
    now.shown = place;
    const text = sessionStorage.getItem(place) ?? "";
    if (field.value === text) return;
    // Bypass the page's own setter, which would see no change.
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, text);
    now.restoring = true;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    now.restoring = false;
  };
  // While the page is being drawn, it would put back the field's old text.
  setTimeout(show, 0, 50);
})(...%s);
</script>"""


def keep_typed(tab: Tab) -> None:
    """Have the browser keep what is typed into the field for questions, and show what was typed before.

    A long text that is pasted is attached as a file."""
    whose = hashlib.sha256(tab.person.key.encode()).hexdigest()
    # The address may end with anything, so it must not be able to end the script.
    drawn = time.time_ns() // 1_000_000
    values = [drawn, f"typed-{whose}", tab.opened or "new", LONG, PASTED]
    given = json.dumps(values).replace("<", "\\u003c")
    st.html(_KEEP % given, unsafe_allow_javascript=True)
