"""The data stored about the person: figures, and a chart of when their turns expire."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import streamlit as st

from client.api.enums import PreferenceOrigin
from client.api.privacy import Privacy, PrivacyViewerStoredTurns, PrivacyViewerStoredTurnsExpiring
from client.formatting.days import clock, zone
from client.formatting.text import plain
from client.widgets import charts
from client.wording import _, month, ngettext, number, short_day, size

WEEKLY = 100
"""Up to this many days of retention the chart has a column for each week, beyond that one for each month."""


def figures(stored: Privacy) -> None:
    """How many sessions, turns and bytes there are, what else is kept, and for how long."""
    counts, turns = stored.viewer.session_counts, stored.viewer.stored_turns
    with st.container(horizontal=True):
        st.metric(_("Active sessions"), number(counts.active))
        st.metric(_("Archived"), number(counts.archived))
        st.metric(_("In the trash"), number(counts.trash))
        if turns:
            st.metric(_("Turns"), number(turns.turns))
            st.metric(_("Their text"), size(turns.text_bytes))
        own = [each.source is PreferenceOrigin.USER for each in stored.viewer.preference_sources]
        st.metric(_("Preferences of yours"), number(sum(own)))
    address = stored.viewer.email
    # Not a caption: those are paler, and browsers make a link of the address, which would be too pale.
    st.write(
        _("No address is kept.")
        if address is None
        else _("Your e-mail address is kept too: {email}.").format(email=plain(address))
    )


def expiry(turns: PrivacyViewerStoredTurns | None) -> None:
    """When turns expire, by week or by month; a message if they can't be counted."""
    st.subheader(_("When turns expire"), anchor=False)
    if turns is None:
        st.caption(_("Turns can't be counted at the moment. Come back later."))
        return
    kept = ngettext(
        "Each turn is kept for {count} day.", "Each turn is kept for {count} days.", turns.days_kept
    )
    if not turns.turns:
        none = _("There is none yet.")
        st.caption(f"{kept} {none}")
        return
    weekly = turns.days_kept <= WEEKLY
    named = short_day if weekly else month
    values = {named(first): count for first, count in by_period(turns.expiring, weekly).items()}
    since = _("Week from") if weekly else _("Month")
    charts.columns(values, since, _("Turns that expire"), 280)
    as_of = clock(turns.fresh_as_of, datetime.now(zone(st.context.timezone)))
    counted = _("Counted outside the trash and without temporary sessions, as of {time}.")
    st.caption(f"{kept} {counted.format(time=as_of)}")


def by_period(
    expiring: Iterable[PrivacyViewerStoredTurnsExpiring], weekly: bool
) -> dict[date, int]:
    """How many turns expire in each week, by its Monday, or in each month, by its first day."""
    found: Counter[date] = Counter()
    for each in expiring:
        monday = each.day - timedelta(days=each.day.weekday())
        found[monday if weekly else each.day.replace(day=1)] += each.turns
    return dict(sorted(found.items()))
