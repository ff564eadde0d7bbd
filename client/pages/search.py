"""The search: words, chips that narrow it, and the hits of each session."""

from datetime import datetime

import streamlit as st

from client.api.enums import SearchMatch
from client.api.fragments import Hit, SessionRow
from client.formatting.days import clock, zone
from client.formatting.text import plain, sessions, snippet, title, turns
from client.state.browser_tab import Tab
from client.state.search import Search
from client.state.searching import load_search, more_hits, open_hit, open_session_page
from client.widgets import search_fields
from client.widgets.moving_focus import move_with_arrows
from client.widgets.page_frame import page, problems
from client.wording import N_, _, ngettext

WHY = {SearchMatch.WORDS: N_("your words"), SearchMatch.MEANING: N_("meaning")}
NOTHING = N_("No question, answer or title contains all these words.")
SYNTAX = N_(
    """
| Write | To find |
|---|---|
| `"new york"` | words side by side, exactly as they are |
| `-word` | only what does not have it |
| `title:rome` | only sessions with this word in the title that you gave |
| `before:2026`, `after:2026-03-31` | only what was said before or from a year, month or day on |
"""
)


def show(tab: Tab) -> None:
    """Draw the page."""
    now = datetime.now(zone(st.context.timezone))
    st.header(_("Search"), anchor=False)
    problems(tab)
    search_fields.draw(tab)
    search = tab.search
    if not search.wanted.words:
        st.caption(
            _("Every question, answer and title of your sessions, archived ones too, is searched.")
        )
        st.markdown(_(SYNTAX))
        return
    if search.refused:
        st.warning(search.refused)
        return
    if tab.stale:
        return
    _summary(search)
    with st.container(key="hits"):
        first = 0
        for session, hits in search.by_session():
            _group(tab, session, hits, first, now)
            first += len(hits)
    if search.more:
        st.button(_("More hits"), key="more-hits", on_click=tab.later, args=(more_hits,))
    move_with_arrows(".st-key-hits button")


def _summary(search: Search) -> None:
    if search.corrected:
        st.info(
            _("Nothing matches these words. Shown instead: **{words}**").format(
                words=plain(search.corrected)
            )
        )
    if search.hits:
        found = len(search.hits)
        said = (
            ngettext(
                "The first {count} hit in {sessions}.",
                "The first {count} hits in {sessions}.",
                found,
            )
            if search.more
            else ngettext("{count} hit in {sessions}.", "{count} hits in {sessions}.", found)
        )
        st.caption(said.format(sessions=sessions(len(search.by_session()))))
    else:
        narrowed = _("Remove a filter to find more.") if search.wanted.narrowed else ""
        st.caption(f"{_(NOTHING)} {narrowed}")
    if not search.complete:
        st.caption(_("Something very recent may be missing."))


def _group(tab: Tab, session: SessionRow, hits: list[Hit], first: int, now: datetime) -> None:
    """A session and the hits in it; its title is highlighted if the title matched."""
    named = next((hit for hit in hits if hit.conversation is None), None)
    with st.container(border=True, gap="xsmall", key=f"group-{session.id}"):
        st.button(
            snippet(named.snippet) if named else title(session),
            key=f"found-{session.id}",
            icon=":material/forum:",
            type="tertiary",
            width="stretch",
            on_click=tab.later,
            args=(open_session_page(session.id),),
        )
        about = [turns(session.conversation_count), *map(plain, session.tags)]
        when = clock(session.last_active, now)
        said = _("Found in the title · last used {time}") if named else _("Last used {time}")
        st.caption(" · ".join([said.format(time=when), *about]))
        for number, hit in enumerate(hits, first):
            if hit.conversation:
                _turn(tab, hit, number, now)


def _turn(tab: Tab, hit: Hit, number: int, now: datetime) -> None:
    if hit.conversation is None:
        return
    with st.container(gap=None):
        st.button(
            snippet(hit.snippet),
            key=f"hit-{number}",
            type="tertiary",
            width="stretch",
            on_click=tab.later,
            args=(open_hit(hit),),
        )
        model = f" · {plain(hit.conversation.model)}" if hit.conversation.model else ""
        beside = " · " + _("in another version") if hit.branch else ""
        why = _(" and ").join(_(WHY[match]) for match in hit.matched_by)
        by = _("By {reasons}").format(reasons=why)
        st.caption(f"{by} · {clock(hit.conversation.timestamp, now)}{model}{beside}")


page(load_search, show)
