"""The client: `streamlit run client/app.py`. It finds the API at RECOLLECT_API_URL."""

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parent / "pages"


def main() -> None:
    """Run the page that the address names."""
    st.set_page_config(page_title="Recollect", page_icon=":material/forum:")
    st.navigation(
        [
            st.Page(PAGES / "chat.py", title="Chat", icon=":material/forum:", default=True),
        ]
    ).run()


if __name__ == "__main__":
    main()
