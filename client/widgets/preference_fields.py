"""One preference on a page: what it does, its value in force, and where that comes from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

import streamlit as st

from client.answerers import Answerer, Wish
from client.api.enums import FontSize, PreferenceOrigin, ResponseStyle, SummaryFrequency, Theme
from client.state.browser_tab import Action, Tab, Unsaved
from client.state.preferences import (
    ANALYTICS_OPT_IN,
    LANGUAGE,
    SAVE_CONVERSATIONS,
    SUMMARY_FREQUENCY,
    TIME_ZONE,
    changed,
)
from client.widgets.error_messages import keep_input, show_errors
from client.wording import N_, _, language_names, zone_names

ORIGINS = {
    PreferenceOrigin.SERVICE: N_("Default"),
    PreferenceOrigin.USER: N_("Yours"),
    PreferenceOrigin.SESSION: N_("This session"),
}
OPTIONS: Mapping[Enum, str] = {
    ResponseStyle.CONCISE: N_("Concise"),
    ResponseStyle.DETAILED: N_("Detailed"),
    ResponseStyle.TECHNICAL: N_("Technical"),
    Theme.LIGHT: N_("Light"),
    Theme.DARK: N_("Dark"),
    Theme.SYSTEM: N_("System"),
    FontSize.SMALL: N_("Small"),
    FontSize.MEDIUM: N_("Medium"),
    FontSize.LARGE: N_("Large"),
    SummaryFrequency.OFF: N_("Off"),
    SummaryFrequency.DAILY: N_("Daily"),
    SummaryFrequency.WEEKLY: N_("Weekly"),
}
"""The names of the values of preferences."""


@dataclass(frozen=True, slots=True)
class Preference:
    """A preference: its path in the API, its label, and what it does."""

    field: str
    label: str
    help: str
    options: Sequence[Enum] = ()
    """The possible values; without them it is a switch or a number, unless it has `names`."""
    previews: Sequence[str] = ()
    """An example of what each option leads to."""
    names: Callable[[], Mapping[str, str]] | None = None
    """The texts that can be chosen, with their names."""

    @property
    def key(self) -> str:
        """The key of its widget."""
        return f"preference-{self.field}"


STYLES = {
    ResponseStyle.CONCISE: N_("“330 m.”"),
    ResponseStyle.DETAILED: N_(
        "“It is 330 m high with its antennas. In summer it grows by about 14 cm, because iron expands "
        "when it gets warm.”"
    ),
    ResponseStyle.TECHNICAL: N_(
        "“330 m to the tip of the antenna. Iron expands by 12 · 10⁻⁶ per kelvin: 300 m lengthen by 14 cm if "
        "they warm up by 40\N{NO-BREAK SPACE}K.”"
    ),
}
"""An answer in each style."""
SOURCES = "uiSettings.showCitations"
ANSWERS = [
    Preference(
        "responseStyle",
        N_("Style"),
        N_("How long and how technical answers are: how high is the Eiffel Tower?"),
        list(ResponseStyle),
        [STYLES[style] for style in ResponseStyle],
    ),
    Preference(
        LANGUAGE,
        N_("Language"),
        N_("The language answers are written in, and these pages if they are translated."),
        names=language_names,
    ),
    Preference(SOURCES, N_("Show sources"), N_("Below each answer that names any.")),
]
WISHES: dict[str, Wish] = {"responseStyle": "style", LANGUAGE: "language"}
"""The preferences that only an answer service can follow."""
APPEARANCE = [
    Preference(
        "uiSettings.theme",
        N_("Theme"),
        N_("Dark, light, or the same as your system."),
        list(Theme),
    ),
    Preference("uiSettings.fontSize", N_("Font size"), N_("On all pages."), list(FontSize)),
]
NOTIFICATIONS = [
    Preference(
        SUMMARY_FREQUENCY,
        N_("Summaries by e-mail"),
        N_("What you asked and were answered, and what is still open."),
        list(SummaryFrequency),
    ),
    Preference(
        "notificationSettings.sessionReminders",
        N_("Reminders of sessions"),
        N_("Before a session is archived or closed, or turns expire: here, and by e-mail."),
    ),
    Preference(
        TIME_ZONE,
        N_("Time zone"),
        N_("Mails arrive in the morning of this zone."),
        names=zone_names,
    ),
]
SAVING = Preference(
    SAVE_CONVERSATIONS,
    N_("Keep my chats, so that I can find them again"),
    N_("Off: new turns are counted, but Recollect keeps neither question nor answer."),
)
ANALYTICS = Preference(
    ANALYTICS_OPT_IN,
    N_("Let analysts see my turns"),
    N_("Without your address, from the moment you turn it on. Off: you are not in their figures."),
)
RETENTION = Preference(
    "privacySettings.dataRetentionDays",
    N_("Days to keep turns"),
    N_("Older turns disappear from your lists at once, and from every store within hours."),
)


def not_followed(answerer: Answerer, *preferences: Preference) -> str:
    """A message about preferences that the answer service does not follow; empty if it follows them."""
    ignored = [
        _(each.label)
        for each in preferences
        if each.field in WISHES and WISHES[each.field] not in answerer.follows
    ]
    if not ignored:
        return ""
    said = _("The answer service does not follow: {preferences}.")
    return said.format(preferences=", ".join(ignored))


def draw(tab: Tab, preference: Preference, change: Callable[[str, Any], Action] = changed) -> None:
    """Draw a preference. The page has already loaded `tab.preferences` and `tab.origins`."""
    value: Any = tab.preferences.model_dump(by_alias=True) if tab.preferences else {}
    for name in preference.field.split("."):
        value = value[name]
    unsaved = tab.unsaved.get(preference.field)
    # Show the value in force, even if it changed elsewhere, unless there is unsaved input.
    st.session_state[preference.key] = unsaved.typed if unsaved else value

    def note() -> None:
        given = st.session_state[preference.key]
        tab.later(_attempt(preference, given, change(preference.field, given)))

    def drop() -> None:
        tab.unsaved.pop(preference.field, None)

    widget = partial(_widget, value, preference)
    toggle = isinstance(value, bool)
    with st.container(
        horizontal=True,
        vertical_alignment="center" if toggle else "top" if preference.previews else "bottom",
    ):
        widget(_(preference.label), key=preference.key, help=_(preference.help), on_change=note)
        origin = tab.origins[preference.field]
        st.badge(_(ORIGINS[origin]), color="gray")
        if origin is not PreferenceOrigin.SERVICE:
            st.button(
                _("Reset"),
                key=f"reset-{preference.field}",
                type="tertiary",
                on_click=tab.later,
                args=(_attempt(preference, None, change(preference.field, None)),),
            )
    if unsaved:
        show_errors(unsaved.problems)
        with st.container(horizontal=True):
            st.button(_("Save"), key=f"save-{preference.field}", on_click=note)
            st.button(_("Discard"), key=f"drop-{preference.field}", on_click=drop)


def _attempt(preference: Preference, given: Any, action: Action) -> Action:
    """Set it; if that fails, keep what was typed."""

    def keep(tab: Tab, problems: Sequence[str]) -> None:
        tab.unsaved[preference.field] = Unsaved(given, problems)

    typed = isinstance(given, str | int) and not isinstance(given, bool | Enum)
    kept = keep_input(action, keep) if typed else action

    def attempt(tab: Tab) -> None:
        tab.unsaved.pop(preference.field, None)
        kept(tab)

    return attempt


def by_name(names: Mapping[str, str], *others: str) -> list[str]:
    """The possible choices, and others that are in force, sorted by name."""
    return sorted({*names, *others}, key=lambda each: names.get(each, each).casefold())


def _widget(value: Any, preference: Preference, label: str, **given: Any) -> None:
    if preference.previews:
        st.radio(
            label,
            preference.options,
            format_func=lambda option: _(OPTIONS[option]),
            captions=[_(preview) for preview in preference.previews],
            width="stretch",
            **given,
        )
    elif preference.names:
        names = preference.names()
        codes = by_name(names, value)
        st.selectbox(label, codes, format_func=lambda code: names.get(code, code), **given)
    elif preference.options:
        st.selectbox(
            label, preference.options, format_func=lambda option: _(OPTIONS[option]), **given
        )
    elif isinstance(value, bool):
        st.toggle(label, **given)
    else:
        st.number_input(label, min_value=1, step=1, **given)
