"""Scrolls to the right part of a session when it is opened and when a question is asked."""

import json
import time

import streamlit as st

from client.wording import _

# The browser runs this whenever Streamlit redraws it, which is more often than a session is opened
# or a question asked.
_SCROLL = """<script>
((drawn, session, at, turn) => {
  const place = JSON.stringify([session, at]), { shown } = window;
  // While a page changes, what an earlier run drew may be drawn once more.
  if (shown && drawn < shown.drawn) return;
  if (shown) shown.drawn = drawn;
  if (shown && shown.place === place && (turn === null || turn === shown.turn)) return;
  window.shown = { drawn, place, turn };
  const main = document.getElementById("stMain");
  // Without a session the page welcomes its user.
  const begins = turn === null && (at !== null || session === null);
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

_JUMP = """<button type="button" id="jump-to-end" hidden>↓</button>
<script>
((label) => {
  const main = document.getElementById("stMain");
  const button = () => document.getElementById("jump-to-end");
  const far = () => main.scrollHeight - main.scrollTop - main.clientHeight > 400;
  const look = () => { const found = button(); if (found) found.hidden = !far(); };
  button().setAttribute("aria-label", label);
  button().title = label;
  button().onclick = () => main.scrollTo({ top: main.scrollHeight, behavior: "instant" });
  if (!main.dataset.watched) main.addEventListener("scroll", look, { passive: true });
  main.dataset.watched = "yes";
  look();
})(%s);
</script>"""


def jump_to_end() -> None:
    """Draw the button that leads to the end of the session, which is visible while the end is far away."""
    st.html(_JUMP % json.dumps(_("To the end")), unsafe_allow_javascript=True)


def begin_at(session_id: str | None, at: str | None, turn_id: str | None) -> None:
    """Show the end of the session, or the beginning of the page if there is none or it is opened `at` a turn.

    It scrolls once for each session and position, and for each question. On a phone it closes the sidebar.
    """
    # They come from the address, so they must not be able to end the script.
    drawn = time.time_ns() // 1_000_000
    given = json.dumps([drawn, session_id, at, turn_id]).replace("<", "\\u003c")
    st.html(_SCROLL % given, unsafe_allow_javascript=True)
