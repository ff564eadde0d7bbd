"""The user's own usage figures."""

from datetime import datetime, timedelta

import streamlit as st

from client.api.input_types import DateRange
from client.formatting.days import clock, zone
from client.state.browser_tab import Tab
from client.state.loading import take_preferences
from client.widgets import charts, habits
from client.widgets.figures import choose_period, models, of_turns
from client.widgets.page_frame import page, problems
from client.wording import N_, _, number

PERIOD = "insight-days"
NOTHING = N_("Nothing in this period. Ask something on the page Chat and come back.")


def load(tab: Tab) -> None:
    """Read the figures for the chosen period."""
    tab.insights = None
    now = tab.api.as_of
    days = timedelta(days=st.session_state.get(PERIOD) or 30)
    viewer = tab.api.viewer_insights(
        DateRange(since=now - days, until=now), zone(st.context.timezone).key
    )
    tab.insights, tab.is_admin = viewer.insights, viewer.is_admin
    take_preferences(tab, viewer.preferences, viewer.preference_sources)


def show(tab: Tab) -> None:
    """Draw the page."""
    st.header(_("Insights"), anchor=False)
    problems(tab)
    choose_period(PERIOD)
    found = tab.insights
    if found is None:
        return
    if not found.turns:
        st.caption(_(NOTHING))
        return
    with st.container(horizontal=True):
        st.metric(_("Turns"), number(found.turns))
        st.metric(_("Sessions"), number(found.sessions))
        st.metric(_("Active days"), number(found.active_days))
        st.metric(_("Unanswered"), number(found.unanswered.total))
    charts.panels(
        lambda: habits.weeks(found.weeks),
        lambda: habits.hours(found.hours),
        *of_turns(found),
        lambda: habits.unhappy_models(found),
        lambda: habits.longest_sessions(tab, found.longest_sessions),
        lambda: habits.unanswered(tab, found.unanswered.latest),
    )
    models(found)
    habits.asked_again(found.regenerations)
    now = datetime.now(zone(st.context.timezone))
    st.caption(_("As of {time}.").format(time=clock(found.fresh_as_of, now)))


page(load, show)
