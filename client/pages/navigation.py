"""The script that Streamlit runs for each page.

It is among the pages: Streamlit would run the files in a folder "pages" beside it without using this script.
"""

from pathlib import Path

import streamlit as st

from client.state.browser_tab import current_tab
from client.wording import _

HERE = Path(__file__).parent
# Not one of Streamlit's icons: the browser would request it from Google at every load.
ICON = HERE.with_name("icon.svg")


def main() -> None:
    """Run the page that the address names."""
    st.set_page_config(page_title="Recollect", page_icon=ICON)
    tab = current_tab()
    if tab:
        tab.shown_to_admin = tab.is_admin
    st.navigation(
        [
            st.Page(HERE / "chat.py", title=_("Chat"), icon=":material/forum:", default=True),
            st.Page(HERE / "search.py", title=_("Search"), icon=":material/search:"),
            st.Page(HERE / "library.py", title=_("Library"), icon=":material/folder:"),
            st.Page(HERE / "insights.py", title=_("Insights"), icon=":material/insights:"),
            st.Page(HERE / "preferences.py", title=_("Preferences"), icon=":material/tune:"),
            st.Page(HERE / "privacy.py", title=_("Privacy"), icon=":material/shield_person:"),
            st.Page(
                HERE / "service.py",
                title=_("The service"),
                icon=":material/monitoring:",
                # Other users who open its address are sent to the chat: only the API knows who may see it.
                visibility="visible" if tab and tab.is_admin else "hidden",
            ),
        ]
    ).run()


if __name__ == "__main__":
    main()
