"""Moves the focus among buttons with the arrow keys, as lists of results do."""

import json

import streamlit as st

_MOVE = """<script>
((wanted) => {
  window.movesAmong = wanted;
  if (window.moves) return;
  window.moves = true;
  addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const field = event.target.closest("input[type=search]");
    const all = [...document.querySelectorAll(window.movesAmong)];
    const at = all.indexOf(event.target);
    if (!step || !all.length || (at < 0 && !(field && step > 0))) return;
    event.preventDefault();
    const next = at + step;
    if (next < 0) document.querySelector("input[type=search]")?.focus();
    else all[Math.min(next, all.length - 1)].focus();
  });
})(%s);
</script>"""


def move_with_arrows(selector: str) -> None:
    """Let the arrow keys move among the elements of a CSS selector; from the search field down into
    them, and up from the first one into the field."""
    st.html(_MOVE % json.dumps(selector), unsafe_allow_javascript=True)
