"""Which preferences are in force, and where each comes from.

In force = configuration ← user ← session, field by field; a field that was not chosen is inherited.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel

from resolvers.configuration import Configuration
from resolvers.mail_schedule import (
    FREQUENCY,
    SWITCH,
    frequency,
)
from stores.choices import (
    FontSize,
    PreferenceOverrides,
    ResponseStyle,
    SessionPreferenceOverrides,
    SummaryFrequency,
    Theme,
)
from stores.records import Profile, Session

LANGUAGE = "en"
"""The language of users who chose none."""
_NO_CHOICES = PreferenceOverrides()
_NO_OVERRIDES = SessionPreferenceOverrides()


@dataclass(frozen=True)
class UISettings:
    """The appearance of a client."""

    theme: Theme = "dark"
    font_size: FontSize = "medium"
    show_citations: bool = True


@dataclass(frozen=True)
class PrivacySettings:
    """What is kept, for how many days, and whether analysts see it."""

    save_conversations: bool = True
    analytics_opt_in: bool = False
    data_retention_days: int = 90


@dataclass(frozen=True)
class NotificationSettings:
    """The notifications that a user gets."""

    summary_frequency: SummaryFrequency = "off"
    session_reminders: bool = True
    time_zone: str = "UTC"

    @property
    def email_summaries(self) -> bool:
        """Whether summaries are sent at all."""
        return self.summary_frequency != "off"


@dataclass(frozen=True)
class Preferences:
    """All preferences, with the values in force."""

    response_style: ResponseStyle = "detailed"
    language_preference: str = LANGUAGE
    ui_settings: UISettings = UISettings()
    privacy_settings: PrivacySettings = PrivacySettings()
    notification_settings: NotificationSettings = NotificationSettings()


_DEFAULT = Preferences()


class TurnPreferences(NamedTuple):
    """The preferences in force for a new turn."""

    response_style: ResponseStyle
    language_preference: str
    save_conversations: bool


def retention_days(configuration: Configuration, profile: Profile | None) -> int:
    """For how many days a user's turns are kept: as the user chose, but at most as configured for users, or
    for guests."""
    rules = configuration.session_management
    limit = rules.conversation_retention_days
    if profile is None:
        return limit
    if profile.guest:
        limit = min(limit, rules.guest_retention_days)
    return min(profile.preferences.privacy_settings.data_retention_days or limit, limit)


def for_turn(
    configuration: Configuration, profile: Profile | None, session: Session | None = None
) -> TurnPreferences:
    """The preferences in force for a new turn of a session, or of one that it opens. A session can turn
    saving off but not on."""
    user = _NO_CHOICES if profile is None else profile.preferences
    here = _NO_OVERRIDES if session is None else session.preferences
    default_style = configuration.user_preferences.default_response_style
    saved = user.privacy_settings.save_conversations is not False
    return TurnPreferences(
        here.response_style or user.response_style or default_style,
        here.language_preference or user.language_preference or LANGUAGE,
        saved and here.save_conversations is not False,
    )


def in_force(
    configuration: Configuration, profile: Profile | None, session: Session | None = None
) -> Preferences:
    """The preferences in force for a user, or in one of their sessions.

    A user can shorten the configured retention but not exceed it. Guests have their own retention.
    """
    user = _NO_CHOICES if profile is None else profile.preferences
    here = _NO_OVERRIDES if session is None else session.preferences
    ui, told = user.ui_settings, user.notification_settings
    citations = ui.show_citations
    if here.ui_settings.show_citations is not None:
        citations = here.ui_settings.show_citations
    turn = for_turn(configuration, profile, session)
    # What is on by default is off only if False was chosen; None means 'not chosen'.
    return Preferences(
        response_style=turn.response_style,
        language_preference=turn.language_preference,
        ui_settings=UISettings(
            theme=here.ui_settings.theme or ui.theme or _DEFAULT.ui_settings.theme,
            font_size=here.ui_settings.font_size or ui.font_size or _DEFAULT.ui_settings.font_size,
            show_citations=citations is not False,
        ),
        privacy_settings=PrivacySettings(
            save_conversations=turn.save_conversations,
            analytics_opt_in=user.privacy_settings.analytics_opt_in is True,
            data_retention_days=retention_days(configuration, profile),
        ),
        notification_settings=NotificationSettings(
            summary_frequency=frequency(told) or _DEFAULT.notification_settings.summary_frequency,
            session_reminders=told.session_reminders is not False,
            time_zone=told.time_zone or configuration.notifications.time_zone,
        ),
    )


class Source(StrEnum):
    """Where a value in force comes from."""

    SERVICE = "service"
    USER = "user"
    SESSION = "session"


def sources(profile: Profile | None, session: Session | None = None) -> dict[str, Source]:
    """Where each preference comes from, by its path (`ui_settings.theme`)."""
    found = dict.fromkeys(_PATHS, Source.SERVICE)
    if profile is not None:
        chosen = _paths(vars(profile.preferences))
        found |= dict.fromkeys(chosen, Source.USER)
        if not _SUMMARIES.isdisjoint(chosen):
            found |= dict.fromkeys(_SUMMARIES, Source.USER)
    if session is not None:
        chosen = _paths(vars(session.preferences))
        renamed = {"save_conversations": "privacy_settings.save_conversations"}
        found |= {renamed.get(path, path): Source.SESSION for path in chosen}
    return found


def _paths(choices: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The paths of all values that are not None."""
    paths: list[str] = []
    for name, value in choices.items():
        if isinstance(value, BaseModel):
            value = vars(value)
        if isinstance(value, dict):
            paths += _paths(value, f"{prefix}{name}.")
        elif value is not None:
            paths.append(f"{prefix}{name}")
    return paths


_PATHS = [*_paths(asdict(_DEFAULT)), f"notification_settings.{SWITCH}"]
_SUMMARIES = {f"notification_settings.{SWITCH}", f"notification_settings.{FREQUENCY}"}
"""The paths of the two fields for one choice."""
