"""Charts and tables that a person's figures and those of the service have in common."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Protocol, TypeAlias

import streamlit as st

from client.api.service_insights import ServiceInsightsInsights, ServiceInsightsInsightsModels
from client.api.viewer_insights import ViewerInsightsViewerInsights
from client.formatting.text import plain
from client.widgets import charts
from client.wording import N_, _, money, ngettext, number


class Topic(Protocol):
    """A topic, and how often it was asked about."""

    topic: str
    turns: int


Insights: TypeAlias = ViewerInsightsViewerInsights | ServiceInsightsInsights

RANGES = {7: N_("7 days"), 30: N_("30 days"), 90: N_("90 days"), 365: N_("A year")}
RESPONSE_TIMES = N_("Response times")


def choose_period(key: str) -> None:
    """Draw the choice of a period."""
    st.segmented_control(
        _("Period"), RANGES, format_func=lambda days: _(RANGES[days]), default=30, key=key
    )


def of_turns(found: Insights) -> Sequence[Callable[[], None]]:
    """Functions that draw the charts of turns: turns per day, response times, topics and feedback."""
    return (
        lambda: _turns_per_day({day.day: day.turns for day in found.turns_per_day}),
        lambda: _response_times(found),
        lambda: _topics(_("Most asked about"), found.topics),
        lambda: _topics(_("Returned to on another day"), found.returned_topics),
        lambda: _feedback(found),
    )


def _turns_per_day(days: Mapping[date, int]) -> None:
    """A bar for each day with turns."""
    st.subheader(_("Turns per day"), anchor=False)
    said = ngettext(
        "Turns of each day: {count} day, {most} at most.",
        "Turns of each day: {count} days, {most} at most.",
        len(days),
    ).format(most=number(max(days.values(), default=0)))
    charts.days(days, _("Day (UTC)"), _("Turns"), said)


def _response_times(found: Insights) -> None:
    """How long answers took, in the unit that fits."""
    times = found.response_times
    shares = {_("Half"): times.p_50, "95 %": times.p_95, "99 %": times.p_99} if times else {}
    longest = max(shares.values(), default=0)
    if shares and not longest:
        # Bars of length zero would look like a broken chart.
        st.subheader(_(RESPONSE_TIMES), anchor=False)
        st.caption(_("All of them within a millisecond."))
    elif longest < 1000:
        bars(_(RESPONSE_TIMES), shares, _("Milliseconds"))
    else:
        seconds = {share: round(within / 1000, 1) for share, within in shares.items()}
        bars(_(RESPONSE_TIMES), seconds, _("Seconds"))


def _feedback(found: Insights) -> None:
    """How answers were judged."""
    # The service's figures are None if too few people gave feedback.
    given = {_("Good"): found.feedback.good or 0, _("Bad"): found.feedback.bad or 0}
    bars(_("Feedback"), given if any(given.values()) else {}, _("Answers"))


def _topics(name: str, found: Sequence[Topic]) -> None:
    """How often each topic was asked about."""
    bars(name, {topic.topic: topic.turns for topic in found}, _("Turns"))


def models(found: Insights, currency: str = "") -> None:
    """A row for each model that answered, with its cost in the service's figures; nothing if no turn names
    its model."""
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
            _("Good"): told(each.feedback.good),
            _("Bad"): told(each.feedback.bad),
            _("Tokens read"): told(each.input_tokens),
            _("Tokens written"): told(each.output_tokens),
            **_cost(each, currency),
        }
        for each in found.models
    ]
    st.table(rows, border="horizontal", hide_header=False, alt=_("Figures by model"))


def _cost(model: object, currency: str) -> dict[str, str]:
    if not isinstance(model, ServiceInsightsInsightsModels):
        return {}
    return {_("Cost"): "" if model.cost is None else money(model.cost, currency)}


def told(value: float | None) -> str:
    """A number as the language writes it; empty if it is not known."""
    return "" if value is None else number(value)


def bars(name: str, values: Mapping[str, float], unit: str) -> None:
    """A bar for each value, in the given order, with a text alternative for screen readers."""
    st.subheader(name, anchor=False)
    if not values:
        st.caption(_("None yet."))
        return
    charts.rows(values, unit)
