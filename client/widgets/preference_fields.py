"""One preference on a page: what it does, its value in force, and where that comes from."""

from collections.abc import Callable, Sequence
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
    SAVE_CONVERSATIONS,
    SUMMARY_FREQUENCY,
    TIME_ZONE,
    changed,
)
from client.widgets.error_messages import keep_input, show_errors

ORIGINS = {
    PreferenceOrigin.SERVICE: "service default",
    PreferenceOrigin.USER: "chosen by you",
    PreferenceOrigin.SESSION: "for this session",
}


@dataclass(frozen=True, slots=True)
class Preference:
    """A preference: its path in the API, its label, and what it does."""

    field: str
    label: str
    help: str
    options: Sequence[Enum] = ()
    """The possible values; without them it is a switch or a text."""
    hint: str = ""
    """What the text must look like."""

    @property
    def key(self) -> str:
        """The key of its widget."""
        return f"preference-{self.field}"


ANSWERS = [
    Preference(
        "responseStyle", "Style", "How long and how technical answers are.", list(ResponseStyle)
    ),
    Preference(
        "languagePreference",
        "Language",
        "The language answers are written in.",
        hint="A code, such as en, de or pt-BR.",
    ),
    Preference("uiSettings.showCitations", "Show sources", "Below each answer that names any."),
]
WISHES: dict[str, Wish] = {"responseStyle": "style", "languagePreference": "language"}
"""The preferences that only an answer service can follow."""
APPEARANCE = [
    Preference(
        "uiSettings.theme", "Theme", "Dark, light, or the same as your system.", list(Theme)
    ),
    Preference("uiSettings.fontSize", "Font size", "On all pages.", list(FontSize)),
]
NOTIFICATIONS = [
    Preference(
        SUMMARY_FREQUENCY,
        "Summaries by e-mail",
        "What you asked and were answered, and what is still open.",
        list(SummaryFrequency),
    ),
    Preference(
        "notificationSettings.sessionReminders",
        "Reminders of sessions",
        "Before a session is archived or closed, or turns expire: here, and by e-mail.",
    ),
    Preference(
        TIME_ZONE,
        "Time zone",
        "Mails arrive in the morning of this zone.",
        hint="A name, such as Europe/Berlin.",
    ),
]
SAVING = Preference(
    SAVE_CONVERSATIONS,
    "Keep my chats, so that I can find them again",
    "Off: new turns are counted, but Recollect keeps neither question nor answer.",
)
ANALYTICS = Preference(
    ANALYTICS_OPT_IN,
    "Let analysts see my turns",
    "Without your address, from the moment you turn it on. Off: you are not in their figures.",
)
RETENTION = Preference(
    "privacySettings.dataRetentionDays",
    "Days to keep turns",
    "Older turns disappear from your lists at once, and from every store within hours.",
)


def not_followed(answerer: Answerer, *preferences: Preference) -> str:
    """What to say of preferences that the answer service does not follow; empty if it follows them."""
    ignored = [
        each.label
        for each in preferences
        if each.field in WISHES and WISHES[each.field] not in answerer.follows
    ]
    named = " and ".join(ignored).lower()
    return (
        f"The answer service that is connected here does not follow the {named}." if named else ""
    )


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
    with st.container(horizontal=True, vertical_alignment="center" if toggle else "bottom"):
        widget(preference.label, key=preference.key, help=preference.help, on_change=note)
        origin = tab.origins[preference.field]
        st.caption(ORIGINS[origin])
        if origin is not PreferenceOrigin.SERVICE:
            st.button(
                "Reset",
                key=f"reset-{preference.field}",
                type="tertiary",
                on_click=tab.later,
                args=(_attempt(preference, None, change(preference.field, None)),),
            )
    if unsaved:
        show_errors(unsaved.problems)
        with st.container(horizontal=True):
            st.button("Save", key=f"save-{preference.field}", on_click=note)
            st.button("Discard", key=f"drop-{preference.field}", on_click=drop)
    if preference.hint:
        st.caption(preference.hint)


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


def _widget(value: Any, preference: Preference, label: str, **given: Any) -> None:
    if preference.options:
        st.selectbox(
            label, preference.options, format_func=lambda option: option.value.capitalize(), **given
        )
    elif isinstance(value, bool):
        st.toggle(label, **given)
    elif isinstance(value, int):
        st.number_input(label, min_value=1, step=1, **given)
    else:
        st.text_input(label, max_chars=64, **given)
