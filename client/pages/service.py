"""Usage figures of the whole service, for administrators."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from client.api.input_types import DateRange
from client.api.service_insights import ServiceInsightsInsights
from client.formatting.days import clock, zone
from client.state.browser_tab import Tab
from client.state.loading import take_preferences
from client.transport import ApiError
from client.widgets import charts, service_figures
from client.widgets.figures import choose_period, models, of_turns, told
from client.widgets.page_frame import page, problems
from client.wording import N_, _, ngettext, short_day

PERIOD = "service-days"
FEW = N_(
    "Nothing to show: figures are about at least {count} people. Days with fewer people are included "
    "once their whole month lies in the period, so choose a longer one."
)


def load(tab: Tab) -> None:
    """Read the figures of the days that are over; send users who may not see them to the chat."""
    tab.service = None
    since, until = _days()
    try:
        tab.service = tab.api.service_insights(DateRange(since=since, until=until))
    except ApiError as error:
        if error.code != "FORBIDDEN":
            raise
        tab.is_admin = False
        st.switch_page("chat.py")
    tab.is_admin = True
    viewer = tab.service.viewer
    take_preferences(tab, viewer.preferences, viewer.preference_sources)


def _days() -> tuple[datetime, datetime]:
    """The chosen period: from a midnight (UTC) until before the latest one."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=st.session_state.get(PERIOD) or 30), today


def show(tab: Tab) -> None:
    """Draw the page."""
    st.header(_("The service"), anchor=False)
    problems(tab)
    choose_period(PERIOD)
    if tab.service is None or tab.service.insights is None:
        return
    found = tab.service.insights
    if not found.turns:
        st.caption(_(FEW).format(count=tab.service.service.smallest_group))
        _as_of(found)
        return
    with st.container(horizontal=True):
        st.metric(_("Turns"), told(found.turns))
        st.metric(_("Sessions"), told(found.sessions))
        st.metric(_("Users"), told(found.users))
        st.metric(
            _("Mirror behind"),
            ngettext("{count} second", "{count} seconds", found.mirror_lag_seconds),
            help=_("The age of the oldest change that waits to be counted."),
        )
    service_figures.active_users(found.months)
    charts.panels(
        lambda: service_figures.users_of_weeks(found.weeks),
        lambda: service_figures.users_of_days(found.turns_per_day),
        *of_turns(found),
        lambda: service_figures.failures(found.failures),
    )
    service_figures.who_came_back(found.weeks)
    service_figures.tokens(found, tab.service.service.currency)
    models(found, tab.service.service.currency)
    service_figures.statements(found.statements)
    _as_of(found)


def _as_of(found: ServiceInsightsInsights) -> None:
    """Show which days are counted, and how recent the mirror is in which they are counted."""
    here = zone(st.context.timezone)
    since, until = _days()
    st.caption(
        _(
            "Counted are the days (UTC) from {first} to {last}, in the mirror as of {time} ({zone})."
        ).format(
            first=short_day(since),
            last=short_day(until - timedelta(days=1)),
            time=clock(found.fresh_as_of, datetime.now(here)),
            zone=here.key,
        )
    )


page(load, show)
