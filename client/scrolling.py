"""Which part of a session is in view when it is opened, and when something is asked."""

import json

import streamlit as st

# The browser runs it again once its text is another.
_SCROLL = """<script>
((begin, ...why) => {
  const main = document.getElementById("stMain");
  main.scrollTop = begin ? 0 : main.scrollHeight;
})(...%s);
</script>"""


def begin_at(session_id: str, at: str | None, turn_id: str | None) -> None:
    """Show the end of the session, or its first turn on the page where it is opened `at` one of them.

    It does so once for each session and place, and for each turn that is asked.
    """
    # `at` is what the address says; it must not end the script.
    given = json.dumps([at is not None, session_id, at, turn_id]).replace("<", "\\u003c")
    st.html(_SCROLL % given, unsafe_allow_javascript=True)
