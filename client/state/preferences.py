"""Sets preferences, and knows whether a new user has made their first choices."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from client.api.enums import PreferenceOrigin, SummaryFrequency
from client.api.input_types import PreferencesInput, UpdatePreferencesInput
from client.state.browser_tab import Action, Tab

SAVE_CONVERSATIONS = "privacySettings.saveConversations"
SUMMARY_FREQUENCY = "notificationSettings.summaryFrequency"
TIME_ZONE = "notificationSettings.timeZone"
LANGUAGE = "languagePreference"
ANALYTICS_OPT_IN = "privacySettings.analyticsOptIn"


def changed(field: str, value: Any) -> Action:
    """Set one preference; None resets it."""
    patch: Any = value
    for name in reversed(field.split(".")):
        patch = {name: patch}
    return lambda tab: _save(tab, patch)


def frequency_changed(field: str, value: Any) -> Action:
    """Set how often summaries come and, with the first choice, their time zone."""

    def action(tab: Tab) -> bool:
        settings = {"summaryFrequency": value}
        unknown = tab.origins.get(TIME_ZONE) is PreferenceOrigin.SERVICE
        if unknown and value not in (None, SummaryFrequency.OFF) and st.context.timezone:
            settings["timeZone"] = st.context.timezone
        return _save(tab, {"notificationSettings": settings})

    return action


def _save(tab: Tab, patch: Mapping[str, Any]) -> bool:
    tab.saved = update(tab, patch)
    return tab.saved


def update(tab: Tab, patch: Mapping[str, Any]) -> bool:
    """Set preferences, with the API's names and nesting; returns whether they were accepted."""
    given = UpdatePreferencesInput(preferences=PreferencesInput.model_validate(patch))
    done = tab.api.update_preferences(given)
    tab.report(done.user_errors)
    return not done.user_errors


def undecided(tab: Tab) -> bool:
    """Whether the user has not yet chosen what to keep."""
    return tab.origins.get(SAVE_CONVERSATIONS) is PreferenceOrigin.SERVICE


def save_first_choices(tab: Tab) -> bool:
    """Save the first choices; returns whether they were accepted."""
    taken = update(tab, {"privacySettings": tab.switched})
    if taken:
        tab.switched = None
    return taken
