"""What was asked, when and how it went: the person's own use and, for administrators, the service's."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import streamlit as st

from client.api.input_types import DateRange
from client.api.service_insights import ServiceInsightsInsights
from client.api.viewer_insights import ViewerInsightsViewerInsights
from client.frame import page, problems
from client.tab import Tab
from client.text import plain


class Topic(Protocol):
    """What was asked about, and how often."""

    topic: str
    turns: int


RANGES = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
MINE, SERVICE = "Mine", "The whole service"


def load(tab: Tab) -> None:
    """Read the figures of the range that is chosen."""
    days = st.session_state.get("insight-days") or 30
    now = datetime.now(UTC)
    given = DateRange(since=now - timedelta(days=days), until=now)
    whole = st.session_state.get("insights-of") == SERVICE
    tab.insights = None
    if whole:
        tab.insights = tab.api.service_insights(given)
    else:
        viewer = tab.api.viewer_insights(given)
        tab.insights, tab.is_admin = viewer.insights, viewer.is_admin
        tab.look = viewer.preferences


def show(tab: Tab) -> None:
    """Draw the page."""
    st.header("Insights", anchor=False)
    problems(tab)
    with st.container(horizontal=True):
        if tab.is_admin:
            st.segmented_control("Of", [MINE, SERVICE], default=MINE, key="insights-of")
        st.segmented_control(
            "Over", RANGES, format_func=lambda days: RANGES[days], default=30, key="insight-days"
        )
    found = tab.insights
    if found is None:
        return
    if not found.turns:
        st.caption("Nothing in this time. Ask something on the page Chat and come back.")
        return
    _figures(found)
    days = {day.day: day.turns for day in found.turns_per_day}
    st.subheader("Turns per day", anchor=False)
    st.bar_chart(days, x_label="Day (UTC)", y_label="Turns")
    left, right = st.columns(2)
    with left:
        _topics("Most asked about", found.topics)
    with right:
        _topics("Returned to on another day", found.returned_topics)
    if fresh := _fresh(found):
        st.caption(f"As of {fresh:%Y-%m-%d %H:%M} UTC.")


def _fresh(found: ViewerInsightsViewerInsights | ServiceInsightsInsights) -> datetime | None:
    if isinstance(found, ViewerInsightsViewerInsights):
        return found.fresh_as_of
    return found.latest_change_at


def _figures(found: ViewerInsightsViewerInsights | ServiceInsightsInsights) -> None:
    times = found.response_times
    with st.container(horizontal=True):
        st.metric("Turns", found.turns)
        st.metric("Sessions", found.sessions)
        if isinstance(found, ViewerInsightsViewerInsights):
            st.metric("Active days", found.active_days)
        else:
            st.metric("Users", found.users)
        st.metric("Good answers", found.feedback.good or 0)
        st.metric("Bad answers", found.feedback.bad or 0)
    if times:
        with st.container(horizontal=True):
            st.metric("Half of the answers within", f"{times.p_50 / 1000:.1f} s")
            st.metric("95 % within", f"{times.p_95 / 1000:.1f} s")
            st.metric("99 % within", f"{times.p_99 / 1000:.1f} s")


def _topics(name: str, topics: Sequence[Topic]) -> None:
    st.subheader(name, anchor=False)
    if not topics:
        st.caption("None yet.")
    for topic in topics:
        st.markdown(f"- {plain(topic.topic)} :gray[{topic.turns}]")


page(load, show)
