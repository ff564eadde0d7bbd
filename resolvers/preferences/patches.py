"""Changes to preferences. A change names only the fields it changes, so that two concurrent changes don't
overwrite each other."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from resolvers.configuration import Configuration
from resolvers.input_limits import Checks
from resolvers.mail_schedule import (
    is_time_zone,
)
from stores.choices import (
    PreferenceOverrides,
    SessionPreferenceOverrides,
)
from stores.ports import Update

Patch = Mapping[str, Any]
"""The fields to change, nested like the record; None resets a field or a whole group."""


Choices = TypeVar("Choices", PreferenceOverrides, SessionPreferenceOverrides)


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def applied(choices: Choices, patch: Patch) -> Choices:
    """`choices` after a change."""

    def change(values: dict[str, Any], patch: Patch) -> dict[str, Any]:
        kept = {name: value for name, value in values.items() if patch.get(name, value) is not None}
        for name, value in patch.items():
            if isinstance(value, Mapping):
                kept[name] = change(kept.get(name) or {}, value)
            elif value is not None:
                kept[name] = value
        return kept

    return type(choices).model_validate(change(choices.model_dump(), patch))


def field_update(key: Any, patch: Patch) -> Update:
    """The write for a change: it sets only the named fields, without reading."""
    chosen: dict[str, Any] = {}
    reset: list[str] = []

    def walk(prefix: str, patch: Patch) -> None:
        for name, value in patch.items():
            path = f"{prefix}.{name}"
            if isinstance(value, Mapping):
                walk(path, value)
            elif value is None:
                reset.append(path)
            else:
                chosen[path] = value

    walk("preferences", patch)
    return Update(key, set=chosen, unset=reset)


def check(configuration: Configuration, patch: Patch) -> None:
    """Refuse values that the types allow but the rules do not."""
    limit = configuration.session_management.conversation_retention_days
    privacy = patch.get("privacy_settings") or {}
    with Checks() as checks:
        language = patch.get("language_preference")
        if language is not None and not (len(language) <= 35 and _LANGUAGE.fullmatch(language)):
            checks.refuse(
                "languagePreference must be a BCP 47 language tag such as 'en' or 'pt-BR'.",
                "preferences",
                "languagePreference",
            )
        zone = (patch.get("notification_settings") or {}).get("time_zone")
        if zone is not None and not is_time_zone(zone):
            checks.refuse(
                "timeZone must be a name of IANA's time zone database, such as 'Europe/Berlin'.",
                "preferences",
                "notificationSettings",
                "timeZone",
            )
        checks.between(
            privacy.get("data_retention_days"),
            1,
            limit,
            "preferences",
            "privacySettings",
            "dataRetentionDays",
        )
        if patch.get("save_conversations"):
            checks.refuse(
                "saveConversations can only be turned off for a session; turn it on with "
                "updatePreferences.",
                "preferences",
                "saveConversations",
            )
