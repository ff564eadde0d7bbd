"""One step of the browser's history for each page and each session that somebody went to."""

import streamlit as st

# Streamlit adds a step whenever the address changes. On the way to another page that is several: for the
# query, for the page, and for what the page adds, such as the session that was open.
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


def count_steps() -> None:
    """Have the browser's ways back and forward lead from page to page and from session to session."""
    st.html(_STEPS, unsafe_allow_javascript=True)
