"""A page that shows one table of answers; its address names the table."""

import streamlit as st

from client.widgets.answer import answer_text
from tests.e2e.browser.answer_texts import TABLES

for place, text in enumerate(TABLES[st.query_params["table"]]):
    with st.container(border=True, key=f"answer-{place}"):
        st.code(text, language=None)
        with st.container(key=f"drawn-{place}"):
            answer_text(text)
st.caption("All are drawn.")
