"""Usage figures: the user's own and, for administrators, those of the whole service."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

import streamlit as st

from client.api.input_types import DateRange
from client.api.service_insights import ServiceInsightsInsights
from client.api.viewer_insights import ViewerInsightsViewerInsights
from client.formatting.days import clock, zone
from client.formatting.text import plain
from client.state.browser_tab import Tab
from client.widgets.page_frame import page, problems


class Topic(Protocol):
    """A topic, and how often it was asked about."""

    topic: str
    turns: int


Insights: TypeAlias = ViewerInsightsViewerInsights | ServiceInsightsInsights

RANGES = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
SOON = "Response times"
NOTHING = "Nothing in this period. Ask something on the page Chat and come back."
FEW = (
    "Nothing to show: figures are about at least five people. Days with fewer people are included "
    "once their whole month lies in the period, so choose a longer one."
)
MINE, SERVICE = "Mine", "The whole service"


def load(tab: Tab) -> None:
    """Read the figures for the chosen period."""
    days = st.session_state.get("insight-days") or 30
    now = datetime.now(UTC)
    tab.insights = None
    if _of_service():
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        given = DateRange(since=today - timedelta(days=days), until=today)
        tab.insights = tab.api.service_insights(given)
    else:
        given = DateRange(since=now - timedelta(days=days), until=now)
        viewer = tab.api.viewer_insights(given)
        tab.insights, tab.is_admin = viewer.insights, viewer.is_admin
        tab.preferences = viewer.preferences


def show(tab: Tab) -> None:
    """Draw the page."""
    st.header("Insights", anchor=False)
    problems(tab)
    with st.container(horizontal=True):
        if tab.is_admin:
            st.segmented_control("Whose", [MINE, SERVICE], default=MINE, key="insights-of")
        st.segmented_control(
            "Period", RANGES, format_func=lambda days: RANGES[days], default=30, key="insight-days"
        )
    found = tab.insights
    if found is None:
        return
    if not found.turns:
        st.caption(FEW if _of_service() else NOTHING)
        return
    _figures(found)
    st.subheader("Turns per day", anchor=False)
    days = {day.day: day.turns for day in found.turns_per_day}
    over = "1 day" if len(days) == 1 else f"{len(days)} days"
    told = f"Turns of each day: {over}, {max(days.values(), default=0)} at most."
    st.bar_chart(days, x_label="Day (UTC)", y_label="Turns", height=220, alt=told)
    left, right = st.columns(2)
    with left:
        _response_times(found)
    with right:
        _feedback(found)
    left, right = st.columns(2)
    with left:
        _topics("Most asked about", found.topics)
    with right:
        _topics("Returned to on another day", found.returned_topics)
    _models(found)
    if isinstance(found, ViewerInsightsViewerInsights):
        _asked_again(found)
    if fresh := _fresh(found):
        now = datetime.now(zone(st.context.timezone))
        st.caption(f"As of {clock(fresh, now)}.")


def _of_service() -> bool:
    return bool(st.session_state.get("insights-of") == SERVICE)


def _fresh(found: Insights) -> datetime | None:
    if isinstance(found, ViewerInsightsViewerInsights):
        return found.fresh_as_of
    return found.latest_change_at


def _figures(found: Insights) -> None:
    with st.container(horizontal=True):
        st.metric("Turns", found.turns)
        st.metric("Sessions", found.sessions)
        if isinstance(found, ViewerInsightsViewerInsights):
            st.metric("Active days", found.active_days)
        else:
            st.metric("Users", found.users)


def _response_times(found: Insights) -> None:
    times = found.response_times
    shares = {"Half": times.p_50, "95 %": times.p_95, "99 %": times.p_99} if times else {}
    longest = max(shares.values(), default=0)
    if shares and not longest:
        # Bars of length zero would look like a broken chart.
        st.subheader(SOON, anchor=False)
        st.caption("All of them within a millisecond.")
    elif longest < 1000:
        _bars(SOON, shares, "Milliseconds")
    else:
        seconds = {share: round(within / 1000, 1) for share, within in shares.items()}
        _bars(SOON, seconds, "Seconds")


def _feedback(found: Insights) -> None:
    # The service's figures are None if too few people gave feedback.
    given = {"Good": found.feedback.good or 0, "Bad": found.feedback.bad or 0}
    _bars("Feedback", given if any(given.values()) else {}, "Answers")


def _topics(name: str, topics: Sequence[Topic]) -> None:
    _bars(name, {topic.topic: topic.turns for topic in topics}, "Turns")


def _models(found: Insights) -> None:
    """A row for each model that answered; nothing where no turn tells its model."""
    if not found.models:
        return
    st.subheader("By model", anchor=False)
    rows = [
        {
            "Model": plain(each.model),
            "Turns": f"{each.turns:,}",
            "Half within": f"{each.response_times.p_50 / 1000:.1f} s"
            if each.response_times
            else "",
            "Good": _number(each.feedback.good),
            "Bad": _number(each.feedback.bad),
            "Tokens read": _number(each.input_tokens),
            "Tokens written": _number(each.output_tokens),
        }
        for each in found.models
    ]
    st.table(rows, border="horizontal", hide_header=False, alt="Figures by model")


def _asked_again(found: ViewerInsightsViewerInsights) -> None:
    """A row for each model and style of which something was asked again; nothing if nothing was."""
    rows = [
        {
            "Model": plain(each.model or "Not known"),
            "Style": plain((each.response_style or "Not known").capitalize()),
            "Written again": _number(each.regenerations),
            "Question edited": _number(each.edits),
        }
        for each in found.regenerations
        if each.regenerations or each.edits
    ]
    if rows:
        st.subheader("Asked again", anchor=False)
        st.table(rows, border="horizontal", hide_header=False, alt="What was asked again")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _bars(name: str, values: Mapping[str, float], unit: str) -> None:
    """A bar for each value, in the given order, with a text alternative for screen readers."""
    st.subheader(name, anchor=False)
    if not values:
        st.caption("None yet.")
        return
    told = "; ".join(f"{label}: {value:g}" for label, value in values.items())
    st.bar_chart(
        {"name": list(values), "value": list(values.values())},
        x="name",
        y="value",
        x_label="",
        y_label=unit,
        horizontal=True,
        # Leaves room for the axis and every label, even with the largest font.
        height=100 + 28 * len(values),
        sort=False,
        alt=f"{unit}. {told}.",
    )


page(load, show)
