"""Draws the text of an answer."""

import streamlit as st

from client.formatting.answer_text import Code, pieces


def answer_text(markdown: str) -> None:
    """Draw an answer as its writer meant it."""
    for piece in pieces(markdown):
        if isinstance(piece, Code):
            st.code(piece.text, language=piece.language)
        else:
            st.markdown(piece)
