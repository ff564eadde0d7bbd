"""The script that Streamlit runs for each page."""

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parent / "pages"
# Not one of Streamlit's: the browser would ask Google for it at every load.
ICON = Path(__file__).with_name("icon.svg")


def main() -> None:
    """Run the page that the address names."""
    st.set_page_config(page_title="Recollect", page_icon=ICON)
    st.navigation(
        [
            st.Page(PAGES / "chat.py", title="Chat", icon=":material/forum:", default=True),
            st.Page(PAGES / "library.py", title="Library", icon=":material/folder:"),
            st.Page(PAGES / "insights.py", title="Insights", icon=":material/insights:"),
            st.Page(PAGES / "preferences.py", title="Preferences", icon=":material/tune:"),
            st.Page(PAGES / "privacy.py", title="Privacy", icon=":material/shield_person:"),
        ]
    ).run()


if __name__ == "__main__":
    main()
