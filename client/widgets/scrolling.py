"""Which part of a session is in view when it is opened, and when something is asked."""

import json
import time

import streamlit as st

# The browser runs it whenever Streamlit draws it anew: more often than something is opened or asked.
_SCROLL = """<script>
((drawn, session, at, turn) => {
  const place = JSON.stringify([session, at]), { shown } = window;
  // While a page changes, what an earlier run drew may be drawn once more.
  if (shown && drawn < shown.drawn) return;
  if (shown) shown.drawn = drawn;
  if (shown && shown.place === place && (turn === null || turn === shown.turn)) return;
  window.shown = { drawn, place, turn };
  const main = document.getElementById("stMain");
  const begins = at !== null && turn === null;
  main.scrollTop = begins ? 0 : main.scrollHeight;
  // Streamlit, which kept the end of what was shown before in view, may do so again as the page grows.
  let height, until, acted = false;
  for (const act of ["wheel", "touchmove", "keydown", "pointerdown"])
    addEventListener(act, () => (acted = true), { once: true, passive: true });
  const stay = () => {
    if (main.scrollHeight !== height) until = Date.now() + 3000;
    if (acted || window.shown.place !== place || Date.now() > until) return;
    height = main.scrollHeight;
    main.scrollTop = 0;
    setTimeout(stay, 100);
  };
  if (begins) stay();
  // On a phone the sidebar covers what was chosen there.
  if (shown && innerWidth <= 768)
    document.querySelector("[data-collapsed=false] [data-testid=stSidebarCollapseButton] button")?.click();
})(...%s);
</script>"""


def begin_at(session_id: str | None, at: str | None, turn_id: str | None) -> None:
    """Show the end of the session, or its first turn on the page where it is opened `at` one of them.

    It does so once for each session and place, and for each turn that is asked; a phone's sidebar is closed.
    """
    # The address says what they are; they must not end the script.
    drawn = time.time_ns() // 1_000_000
    given = json.dumps([drawn, session_id, at, turn_id]).replace("<", "\\u003c")
    st.html(_SCROLL % given, unsafe_allow_javascript=True)
