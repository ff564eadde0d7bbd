"""Figures about all users, for administrators: active and returning users, and the SQL that counted them."""

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from client.api.enums import AnswerFailure
from client.api.service_insights import (
    ServiceInsightsInsights,
    ServiceInsightsInsightsFailures,
    ServiceInsightsInsightsMonths,
    ServiceInsightsInsightsStatements,
    ServiceInsightsInsightsTurnsPerDay,
    ServiceInsightsInsightsWeeks,
)
from client.formatting.text import plain
from client.widgets import charts
from client.widgets.figures import bars, told
from client.wording import N_, _, money, month, ngettext, number, short_day

COUNTED = {
    "service_figures": N_(
        "Turns, sessions, users of each day, response times, feedback, failed answers and models"
    ),
    "service_topics": N_("Topics"),
    "service_active_users": N_("Active users and who came back"),
}
"""What each statement counts."""
FAILED_BY = {
    None: N_("Not known"),
    AnswerFailure.UNAUTHENTICATED: N_("Sign-in refused"),
    AnswerFailure.OVERLOADED: N_("Busy"),
    AnswerFailure.UNAVAILABLE: N_("Out of reach"),
    AnswerFailure.TIMEOUT: N_("Took too long"),
    AnswerFailure.CONTEXT_LENGTH: N_("Question too long"),
    AnswerFailure.MAX_TOKENS: N_("Length limit before the first word"),
    AnswerFailure.FILTERED: N_("Content filter"),
    AnswerFailure.EMPTY: N_("Empty answer"),
    AnswerFailure.OTHER: N_("Another reason"),
}


def active_users(months: Sequence[ServiceInsightsInsightsMonths]) -> None:
    """The users of the latest whole months; nothing if the period has no whole month."""
    if not months:
        return
    st.subheader(_("Active users"), anchor=False)
    with st.container(horizontal=True):
        for each in months[-4:]:
            st.metric(month(each.first_day), number(each.users))


def users_of_weeks(found: Sequence[ServiceInsightsInsightsWeeks]) -> None:
    """A bar for each whole week."""
    users = {week.monday: week.users for week in found}
    none = _("No whole week of the period has enough users.")
    _bars(users, _("Week from"), _("Users per week"), none)


def users_of_days(found: Sequence[ServiceInsightsInsightsTurnsPerDay]) -> None:
    """A bar for each day."""
    users = {day.day: day.users for day in found}
    none = _("No day of the period has enough users.")
    _bars(users, _("Day (UTC)"), _("Users per day"), none)


def _bars(users: Mapping[date, int], since: str, name: str, none: str) -> None:
    st.subheader(name, anchor=False)
    if not users:
        st.caption(none)
        return
    charts.columns({short_day(first): count for first, count in users.items()}, since, _("Users"))


def failures(found: Sequence[ServiceInsightsInsightsFailures]) -> None:
    """A bar for each reason for which answers failed."""
    turns = {_(FAILED_BY[each.failure]): each.turns for each in found}
    bars(_("Answers that failed"), turns, _("Turns"))


def who_came_back(weeks: Sequence[ServiceInsightsInsightsWeeks]) -> None:
    """A row for each week: its users, and how many of them came back after each number of weeks."""
    latest = max((each.weeks_later for week in weeks for each in week.returned), default=0)
    if not latest:
        return
    st.subheader(_("Who came back"), anchor=False)
    rows = []
    for week in weeks:
        back = {each.weeks_later: each.users for each in week.returned}
        rows.append(
            {
                _("Week from"): plain(short_day(week.monday)),
                _("Users"): number(week.users),
                **{
                    ngettext("{count} week later", "{count} weeks later", later): number(
                        back[later]
                    )
                    if later in back
                    else ""
                    for later in range(1, latest + 1)
                },
            }
        )
    st.table(rows, border="horizontal", hide_header=False, alt=_("Who came back, by week"))


def tokens(found: ServiceInsightsInsights, currency: str) -> None:
    """How many tokens models read and wrote, and what they cost; nothing if no turn has token counts."""
    if found.input_tokens is None and found.output_tokens is None:
        return
    st.subheader(_("Tokens and what they cost"), anchor=False)
    with st.container(horizontal=True):
        st.metric(_("Tokens read"), told(found.input_tokens))
        st.metric(_("Tokens written"), told(found.output_tokens))
        if found.cost is not None:
            st.metric(_("Cost"), money(found.cost, currency))
    unpriced = [plain(each.model) for each in found.models if each.cost is None]
    if unpriced:
        said = _(
            "Without those that have no price in the configuration or too few users: {models}."
        )
        st.caption(said.format(models=", ".join(unpriced)))


def statements(found: Sequence[ServiceInsightsInsightsStatements]) -> None:
    """The SQL behind the figures, folded up."""
    for each in found:
        counted = _(COUNTED.get(each.name, each.name))
        with st.expander(_("SQL: {figures}").format(figures=counted)):
            st.code(each.sql, language="sql", wrap_lines=True)
