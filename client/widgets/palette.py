"""The command palette: any session, page or action by a few letters of its name, or a search for words."""

from collections.abc import Callable, Mapping
from datetime import datetime

import streamlit as st

from client.formatting.days import clock, zone
from client.state.browser_tab import Tab, open_session
from client.state.searching import PAGE as SEARCH
from client.state.searching import open_session_page, search_for
from client.widgets import session_menu
from client.widgets.dialogs import in_dialog
from client.wording import N_, _

PAGES = {
    "chat.py": N_("Chat"),
    SEARCH: N_("Search"),
    "library.py": N_("Library"),
    "insights.py": N_("Insights"),
    "preferences.py": N_("Preferences"),
    "privacy.py": N_("Privacy"),
}
SESSIONS = 50
KEY = "go-to"
# A dialog that a key has opened does not always take the focus, and what is typed would go nowhere.
_FOCUS = """<script>
(() => {
  let left = 40;
  const focus = () => {
    const field = document.querySelector("[role=dialog] .st-key-go-to input");
    field?.focus();
    if (left-- && (!field || document.activeElement !== field)) setTimeout(focus, 50);
  };
  focus();
})();
</script>"""


def button(tab: Tab) -> None:
    """Draw the button that opens it, as the shortcut does."""
    st.button(
        _("Go to…"),
        key="palette",
        icon=":material/keyboard_command_key:",
        width="stretch",
        on_click=setattr,
        args=(tab, "dialog", lambda: _palette(tab)),
    )


@in_dialog(N_("Go to…"))
def _palette(tab: Tab) -> None:
    places = _places(tab)

    def go() -> None:
        typed = st.session_state[KEY]
        if not typed:
            return
        # Text that was sent without choosing from the list is a part of a name.
        named = (name for name in places if typed.casefold() in name.casefold())
        chosen = typed if typed in places else next(named, None)
        if chosen:
            places[chosen]()
        else:
            tab.later(search_for(typed))

    given = st.selectbox(
        _("A session, an action, or words to search for"),
        list(places),
        index=None,
        key=KEY,
        accept_new_options=True,
        on_change=go,
        placeholder=_("Type a few letters"),
    )
    st.html(_FOCUS, unsafe_allow_javascript=True)
    st.caption(_("What is in no title is searched for in all of your chats."))
    if given:
        st.rerun()


def _places(tab: Tab) -> Mapping[str, Callable[[], object]]:
    """The places to go from here, by name; sessions of the same name are distinguished by their time."""
    now = datetime.now(zone(st.context.timezone))
    found: dict[str, Callable[[], object]] = {_("New session"): lambda: _new(tab)}
    if tab.session:
        for label, run in session_menu.choices(tab, tab.session).items():
            found[_("{action}: this session").format(action=label)] = run
    for page, name in PAGES.items():
        found[_("Page: {name}").format(name=_(name))] = _opening(tab, page)
    rows = {each.id: each for each in [*tab.pinned, *tab.sessions.rows]}
    for row in list(rows.values())[:SESSIONS]:
        name = row.title or _("Untitled session")
        named = f"{name} · {clock(row.last_active, now)}"
        found[named if named not in found else f"{named} · {row.id[-4:]}"] = _reading(tab, row.id)
    return found


def _new(tab: Tab) -> None:
    open_session(None)
    tab.opened = None
    tab.later(lambda tab: st.switch_page("chat.py"))


def _opening(tab: Tab, page: str) -> Callable[[], None]:
    return lambda: tab.later(lambda tab: st.switch_page(page))


def _reading(tab: Tab, session_id: str) -> Callable[[], None]:
    return lambda: tab.later(open_session_page(session_id))
