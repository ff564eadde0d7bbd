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
from client.state.loading import take_preferences
from client.widgets.page_frame import page, problems
from client.widgets.preference_fields import OPTIONS
from client.wording import N_, _, ngettext, number


class Topic(Protocol):
    """A topic, and how often it was asked about."""

    topic: str
    turns: int


Insights: TypeAlias = ViewerInsightsViewerInsights | ServiceInsightsInsights

RANGES = {7: N_("7 days"), 30: N_("30 days"), 90: N_("90 days"), 365: N_("A year")}
SOON = N_("Response times")
NOTHING = N_("Nothing in this period. Ask something on the page Chat and come back.")
FEW = N_(
    "Nothing to show: figures are about at least five people. Days with fewer people are included "
    "once their whole month lies in the period, so choose a longer one."
)
MINE, SERVICE = N_("Mine"), N_("The whole service")


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
        take_preferences(tab, viewer.preferences, viewer.preference_sources)


def show(tab: Tab) -> None:
    """Draw the page."""
    st.header(_("Insights"), anchor=False)
    problems(tab)
    with st.container(horizontal=True):
        if tab.is_admin:
            st.segmented_control(
                _("Whose"), [MINE, SERVICE], default=MINE, key="insights-of", format_func=_
            )
        st.segmented_control(
            _("Period"),
            RANGES,
            format_func=lambda days: _(RANGES[days]),
            default=30,
            key="insight-days",
        )
    found = tab.insights
    if found is None:
        return
    if not found.turns:
        st.caption(_(FEW if _of_service() else NOTHING))
        return
    _figures(found)
    st.subheader(_("Turns per day"), anchor=False)
    days = {day.day: day.turns for day in found.turns_per_day}
    told = ngettext(
        "Turns of each day: {count} day, {most} at most.",
        "Turns of each day: {count} days, {most} at most.",
        len(days),
    ).format(most=number(max(days.values(), default=0)))
    st.bar_chart(days, x_label=_("Day (UTC)"), y_label=_("Turns"), height=220, alt=told)
    left, right = st.columns(2)
    with left:
        _response_times(found)
    with right:
        _feedback(found)
    left, right = st.columns(2)
    with left:
        _topics(_("Most asked about"), found.topics)
    with right:
        _topics(_("Returned to on another day"), found.returned_topics)
    _models(found)
    if isinstance(found, ViewerInsightsViewerInsights):
        _asked_again(found)
    if fresh := _fresh(found):
        now = datetime.now(zone(st.context.timezone))
        st.caption(_("As of {time}.").format(time=clock(fresh, now)))


def _of_service() -> bool:
    return bool(st.session_state.get("insights-of") == SERVICE)


def _fresh(found: Insights) -> datetime | None:
    if isinstance(found, ViewerInsightsViewerInsights):
        return found.fresh_as_of
    return found.latest_change_at


def _figures(found: Insights) -> None:
    with st.container(horizontal=True):
        st.metric(_("Turns"), _number(found.turns))
        st.metric(_("Sessions"), _number(found.sessions))
        if isinstance(found, ViewerInsightsViewerInsights):
            st.metric(_("Active days"), number(found.active_days))
        else:
            st.metric(_("Users"), _number(found.users))


def _response_times(found: Insights) -> None:
    times = found.response_times
    shares = {_("Half"): times.p_50, "95 %": times.p_95, "99 %": times.p_99} if times else {}
    longest = max(shares.values(), default=0)
    if shares and not longest:
        # Bars of length zero would look like a broken chart.
        st.subheader(_(SOON), anchor=False)
        st.caption(_("All of them within a millisecond."))
    elif longest < 1000:
        _bars(_(SOON), shares, _("Milliseconds"))
    else:
        seconds = {share: round(within / 1000, 1) for share, within in shares.items()}
        _bars(_(SOON), seconds, _("Seconds"))


def _feedback(found: Insights) -> None:
    # The service's figures are None if too few people gave feedback.
    given = {_("Good"): found.feedback.good or 0, _("Bad"): found.feedback.bad or 0}
    _bars(_("Feedback"), given if any(given.values()) else {}, _("Answers"))


def _topics(name: str, topics: Sequence[Topic]) -> None:
    _bars(name, {topic.topic: topic.turns for topic in topics}, _("Turns"))


def _models(found: Insights) -> None:
    """A row for each model that answered; nothing where no turn tells its model."""
    if not found.models:
        return
    st.subheader(_("By model"), anchor=False)
    rows = [
        {
            _("Model"): plain(each.model),
            _("Turns"): number(each.turns),
            _("Half within"): f"{number(each.response_times.p_50 / 1000, 1)} s"
            if each.response_times
            else "",
            _("Good"): _number(each.feedback.good),
            _("Bad"): _number(each.feedback.bad),
            _("Tokens read"): _number(each.input_tokens),
            _("Tokens written"): _number(each.output_tokens),
        }
        for each in found.models
    ]
    st.table(rows, border="horizontal", hide_header=False, alt=_("Figures by model"))


def _asked_again(found: ViewerInsightsViewerInsights) -> None:
    """A row for each model and style of which something was asked again; nothing if nothing was."""
    rows = [
        {
            _("Model"): plain(each.model or _("Not known")),
            _("Style"): _style(each.response_style),
            _("Written again"): _number(each.regenerations),
            _("Question edited"): _number(each.edits),
        }
        for each in found.regenerations
        if each.regenerations or each.edits
    ]
    if rows:
        st.subheader(_("Asked again"), anchor=False)
        st.table(rows, border="horizontal", hide_header=False, alt=_("What was asked again"))


def _style(name: str | None) -> str:
    """A response style as Preferences calls it."""
    known = {option.value: said for option, said in OPTIONS.items()}
    return _(known.get((name or "").upper(), N_("Not known")))


def _number(value: float | None) -> str:
    return "" if value is None else number(value)


def _bars(name: str, values: Mapping[str, float], unit: str) -> None:
    """A bar for each value, in the given order, with a text alternative for screen readers."""
    st.subheader(name, anchor=False)
    if not values:
        st.caption(_("None yet."))
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
