"""Sets preferences, and knows whether a new user has made their first choices."""

from collections.abc import Mapping
from typing import Any

from client.api.enums import PreferenceOrigin
from client.api.input_types import PreferencesInput, UpdatePreferencesInput
from client.state.browser_tab import Action, Tab

SAVE_CONVERSATIONS = "privacySettings.saveConversations"
ANALYTICS_OPT_IN = "privacySettings.analyticsOptIn"


def changed(field: str, value: Any) -> Action:
    """Set one preference; None resets it."""
    patch: Any = value
    for name in reversed(field.split(".")):
        patch = {name: patch}
    return lambda tab: update(tab, patch)


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
