"""How the pages look, by the person's preferences."""

import streamlit as st

from client.api.enums import FontSize
from client.api.fragments import PreferenceValues

PIXELS = {FontSize.SMALL: 14, FontSize.MEDIUM: 16, FontSize.LARGE: 19}
"""Of the root element, which everything else is measured by."""


def wear(look: PreferenceValues | None) -> None:
    """Take on the font size; text in any script runs the way it is written."""
    size = PIXELS[look.ui_settings.font_size] if look else 16
    st.html(
        f"<style>html {{font-size: {size}px}} "
        # Streamlit's own greys are too faint to be read easily.
        "[data-testid=stCaptionContainer], [data-testid=stCaptionContainer] p, blockquote, "
        "blockquote p, .stMarkdownColoredText {color: inherit !important; opacity: 0.85 !important} "
        "[data-testid=stText], [data-testid=stMarkdownContainer] > * {unicode-bidi: plaintext; "
        "text-align: start} [data-testid=stText] {white-space: pre-wrap}</style>"
    )
