"""Gives the browser's history one step for each page and each session that the user visited."""

import streamlit as st

# Streamlit adds a step whenever the address changes. Going to another page adds several: for the query, for
# the page, and for what the page adds, such as the session that was open.
_STEPS = """<script>
(() => {
  if (window.hasSteps) return;
  window.hasSteps = true;
  const push = history.pushState.bind(history);
  const says = (address) => {
    address.searchParams.sort();
    return `${address.pathname}?${address.searchParams}`;
  };
  // Whatever somebody does leads one step on.
  let acted = false;
  for (const act of ["pointerdown", "keydown", "click"])
    addEventListener(act, () => (acted = true), { capture: true, passive: true });
  addEventListener("popstate", () => (acted = false));
  history.pushState = (state, title, address) => {
    const same = says(new URL(address, location)) === says(new URL(location));
    if (acted && !same) push(state, title, address);
    else history.replaceState(state, title, address);
    acted &&= same;
  };
})();
</script>"""


def merge_history_steps() -> None:
    """Make the browser's Back and Forward lead from page to page and from session to session."""
    st.html(_STEPS, unsafe_allow_javascript=True)
