"""The page: `streamlit run client/app.py`. It finds the API at RECOLLECT_API_URL."""

import os

import streamlit as st

from client import chat, sidebar
from client.api.client import Client
from client.state import State, carry_out, load

DEFAULT_URL = "http://127.0.0.1:8000"


def main() -> None:
    """Carry out what was clicked, load the page and draw it."""
    st.set_page_config(page_title="Recollect", page_icon=":material/forum:")
    if "state" not in st.session_state:
        url = os.environ.get("RECOLLECT_API_URL") or DEFAULT_URL
        st.session_state["state"] = State(Client(url))
    state: State = st.session_state["state"]
    if state.pending:
        carry_out(state, state.pending.pop(0))
    if state.pending:
        st.rerun()
    state.stale = not carry_out(state, load)
    sidebar.show(state)
    chat.show(state)
    state.problems.clear()


if __name__ == "__main__":
    main()
