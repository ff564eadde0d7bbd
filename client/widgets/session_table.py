"""The library's table of sessions: sorted by a column, chosen one by one, by range or all, and opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from client.api.enums import SessionOrder
from client.api.fragments import SessionRow
from client.formatting.days import clock, zone
from client.formatting.text import plain, title, turns
from client.state import session_actions
from client.state.browser_tab import Order, Tab
from client.widgets import session_menu
from client.wording import N_, _

ALL = "all-chosen"
# The browser reports each changed box to Streamlit, as if the box itself had been clicked.
_RANGE = """<script>
(() => {
  if (window.choosesRanges) return;
  window.choosesRanges = true;
  const boxes = () => [...document.querySelectorAll("[class*=st-key-choose-] input")];
  const row = (event) => event.target.closest("[class*=st-key-choose-]");
  let last, chosen;
  addEventListener("mousedown", (event) => {
    // With Shift the browser would select the text between.
    if (event.shiftKey && row(event)) event.preventDefault();
  });
  const choose = (box, byRange) => {
    const all = boxes(), [from, to] = [all.indexOf(last), all.indexOf(box)];
    last = box;
    chosen = null;
    if (!byRange || from < 0) return;
    for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1))
      if (each !== box && each.checked !== box.checked) each.click();
  };
  addEventListener("click", (event) => {
    // A click on a label is followed by one on its box, which then changes.
    if (!event.isTrusted || !row(event) || chosen) return;
    chosen = row(event).querySelector("input");
    setTimeout(choose, 0, chosen, event.shiftKey);
  }, true);
})();
</script>"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the API can sort sessions by, with the largest or the smallest value first."""

    label: str
    value: Callable[[SessionRow], datetime | int]
    order_by: SessionOrder
    in_trash: bool
    """Whether the trash can be listed by it too."""


def when(session: SessionRow) -> datetime:
    """When it was deleted or, outside the trash, last active."""
    return session.deleted_at or session.last_active


COLUMNS = {
    "active": Column(N_("Last activity"), when, SessionOrder.LAST_ACTIVE, in_trash=True),
    "turns": Column(
        N_("Turns"),
        lambda session: session.conversation_count,
        SessionOrder.CONVERSATION_COUNT,
        in_trash=False,
    ),
}
"""The columns to sort by. Titles are not among them: they can expire with the question they came from."""


def chosen(sessions: Sequence[SessionRow]) -> list[SessionRow]:
    """The sessions whose box is ticked."""
    return [each for each in sessions if st.session_state.get(_box(each))]


def show(tab: Tab, sessions: Sequence[SessionRow], order: Order) -> None:
    """Draw the column heads and a row for each session; `sessions` are already in this order."""
    if not sessions:
        return
    _heads(tab, sessions, order)
    now = datetime.now(zone(st.context.timezone))
    for session in sessions:
        _row(tab, session, now)
    st.html(_RANGE, unsafe_allow_javascript=True)


def _box(session: SessionRow) -> str:
    return f"choose-{session.id}"


def _heads(tab: Tab, sessions: Sequence[SessionRow], order: Order) -> None:
    st.session_state[ALL] = len(chosen(sessions)) == len(sessions)

    def choose_all() -> None:
        for session in sessions:
            st.session_state[_box(session)] = st.session_state[ALL]

    def sort(name: str) -> None:
        tab.library_order = Order(name, falling=order.column != name or not order.falling)

    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key="heads"):
        st.checkbox(_("Choose all"), key=ALL, on_change=choose_all, label_visibility="collapsed")
        st.markdown(_("Title"))
        in_trash = sessions[0].deleted_at is not None
        for name, column in COLUMNS.items():
            if in_trash and not column.in_trash:
                st.markdown(_(column.label))
                continue
            arrow = "downward" if order.falling else "upward"
            st.button(
                _("Deleted") if in_trash else _(column.label),
                key=f"sort-{name}",
                type="tertiary",
                icon=f":material/arrow_{arrow}:" if order.column == name else None,
                icon_position="right",
                on_click=sort,
                args=(name,),
            )


def _row(tab: Tab, session: SessionRow, now: datetime) -> None:
    key = f"row-{session.id}"
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=key):
        name = title(session)
        st.checkbox(
            _("Choose {title}").format(title=name), key=_box(session), label_visibility="collapsed"
        )
        tags = "".join(f" :gray-badge[{plain(tag)}]" for tag in session.tags)
        if session.deleted_at:
            st.markdown(f"{name}{tags}", width="stretch")
        elif st.button(
            f"{name}{tags}",
            key=f"open-{session.id}",
            type="tertiary",
            width="stretch",
            wrap=True,
        ):
            st.switch_page("chat.py", query_params={"session": session.id})
        st.caption(plain(clock(when(session), now)))
        st.caption(turns(session.conversation_count))
        if session.deleted_at:
            restore = session_actions.restore(session)
            st.button(
                _("Restore"), key=f"restore-{session.id}", on_click=tab.later, args=(restore,)
            )
        else:
            session_menu.button(tab, session, key=f"menu-{session.id}")
