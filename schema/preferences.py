"""Preferences: the values in force, the overrides of a session, and the inputs that change them."""

import itertools
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from pydantic.alias_generators import to_camel
from strawberry import Maybe

from resolvers.preferences import effective
from resolvers.preferences.patches import Patch
from schema.descriptions import publish
from schema.ids import global_id
from stores import choices

ONCE_A_SWITCH = "Use summaryFrequency. Goes after 2027-11-30."


@strawberry.enum(description="How answers are written.")
class ResponseStyle(Enum):
    CONCISE = strawberry.enum_value("concise", description="Short.")
    DETAILED = strawberry.enum_value("detailed", description="At length, with explanations.")
    TECHNICAL = strawberry.enum_value("technical", description="For experts.")


@strawberry.enum(description="A client's colours.")
class Theme(Enum):
    DARK = strawberry.enum_value("dark", description="Light text on dark.")
    LIGHT = strawberry.enum_value("light", description="Dark text on light.")
    SYSTEM = strawberry.enum_value("system", description="The same as the device.")


@strawberry.enum(description="A client's text size.")
class FontSize(Enum):
    SMALL = strawberry.enum_value("small", description="Smaller than usual.")
    MEDIUM = strawberry.enum_value("medium", description="The usual size.")
    LARGE = strawberry.enum_value("large", description="Larger than usual.")


@strawberry.enum(description="How often a summary is sent.")
class SummaryFrequency(Enum):
    OFF = strawberry.enum_value("off", description="Never.")
    DAILY = strawberry.enum_value(
        "daily", description="Each day on which there is something to tell."
    )
    WEEKLY = strawberry.enum_value("weekly", description="Once a week, on the service's day.")


@strawberry.type(description="How a client looks.")
class UISettings:
    theme: choices.Theme = strawberry.field(graphql_type=Theme, description="Colours.")
    font_size: choices.FontSize = strawberry.field(
        graphql_type=FontSize, description="Size of text."
    )
    show_citations: bool = strawberry.field(description="Whether answers show their sources.")


@strawberry.type(description="What is kept, for how long, and who may see it.")
class PrivacySettings:
    save_conversations: bool = strawberry.field(
        description="Whether the text of new turns is kept; if not, turns are only counted."
    )
    analytics_opt_in: bool = strawberry.field(
        description="Whether analysts may see the user's turns, without the user's address."
    )
    data_retention_days: int = strawberry.field(description="Days for which turns are kept.")


@strawberry.type(description="What a user is notified of.")
class NotificationSettings:
    email_summaries: bool = strawberry.field(
        description="Whether summaries are sent by e-mail at all.", deprecation_reason=ONCE_A_SWITCH
    )
    summary_frequency: choices.SummaryFrequency = strawberry.field(
        graphql_type=SummaryFrequency,
        description="How often a summary of what was asked and answered is sent by e-mail.",
    )
    session_reminders: bool = strawberry.field(
        description="Whether the user is told, by e-mail and in the client, of sessions that are about to "
        "be archived or closed, or whose turns are about to expire."
    )
    time_zone: str = strawberry.field(
        description="The time zone in whose hours mails are sent, by its name in IANA's database."
    )


@strawberry.type(description="All preferences, with the values in force.")
class Preferences:
    id: strawberry.ID = strawberry.field(
        description="An id for caches: the viewer's preferences have one, and those of each session "
        "another. It is no node's."
    )
    response_style: choices.ResponseStyle = strawberry.field(
        graphql_type=ResponseStyle, description="How answers are written."
    )
    language_preference: str = strawberry.field(description="BCP 47 tag of the answers' language.")
    ui_settings: UISettings = strawberry.field(description="How a client looks.")
    privacy_settings: PrivacySettings = strawberry.field(
        description="What is kept, for how long, and who may see it."
    )
    notification_settings: NotificationSettings = strawberry.field(
        description="What the user is notified of."
    )

    @classmethod
    def of_viewer(cls, preferences: effective.Preferences, uid: str) -> "Preferences":
        """The GraphQL form of the preferences in force for a user."""
        return cls._of(preferences, global_id("Preferences", uid))

    @classmethod
    def of_session(cls, preferences: effective.Preferences, session_id: str) -> "Preferences":
        """The GraphQL form of the preferences in force in a session."""
        return cls._of(preferences, global_id("SessionPreferences", session_id))

    @classmethod
    def _of(cls, preferences: effective.Preferences, id: str) -> "Preferences":
        ui, privacy = preferences.ui_settings, preferences.privacy_settings
        notifications = preferences.notification_settings
        return cls(
            id=strawberry.ID(id),
            response_style=preferences.response_style,
            language_preference=preferences.language_preference,
            ui_settings=UISettings(
                theme=ui.theme,
                font_size=ui.font_size,
                show_citations=ui.show_citations,
            ),
            privacy_settings=PrivacySettings(
                save_conversations=privacy.save_conversations,
                analytics_opt_in=privacy.analytics_opt_in,
                data_retention_days=privacy.data_retention_days,
            ),
            notification_settings=NotificationSettings(
                email_summaries=notifications.email_summaries,
                summary_frequency=notifications.summary_frequency,
                session_reminders=notifications.session_reminders,
                time_zone=notifications.time_zone,
            ),
        )


@strawberry.type(description="How a session overrides the appearance; null inherits.")
class UISettingsOverrides:
    theme: Theme | None = strawberry.field(description="Colours.")
    font_size: FontSize | None = strawberry.field(description="Size of text.")
    show_citations: bool | None = strawberry.field(description="Whether answers show sources.")


@strawberry.type(description="The user's preferences that one session overrides; null inherits.")
class PreferenceOverrides:
    response_style: ResponseStyle | None = strawberry.field(description="How answers are written.")
    language_preference: str | None = strawberry.field(
        description="BCP 47 tag of the answers' language."
    )
    ui_settings: UISettingsOverrides = strawberry.field(description="How a client looks.")
    save_conversations: bool | None = strawberry.field(
        description="False if the text of this session's new turns is not kept; never true."
    )

    @classmethod
    def of(cls, overrides: choices.SessionPreferenceOverrides) -> "PreferenceOverrides":
        """The GraphQL form of a session's overrides."""
        ui = overrides.ui_settings
        return cls(
            response_style=overrides.response_style and ResponseStyle(overrides.response_style),
            language_preference=overrides.language_preference,
            ui_settings=UISettingsOverrides(
                theme=ui.theme and Theme(ui.theme),
                font_size=ui.font_size and FontSize(ui.font_size),
                show_citations=ui.show_citations,
            ),
            save_conversations=overrides.save_conversations,
        )


publish(
    effective.Source,
    "PreferenceOrigin",
    "Where a value in force comes from.",
    {
        effective.Source.SERVICE: "The service's own configuration.",
        effective.Source.USER: "The user.",
        effective.Source.SESSION: "The session, which overrides the user's preference.",
    },
)


@strawberry.type(description="Where the value of one preference comes from.")
class PreferenceSource:
    field: str = strawberry.field(
        description="The preference, by its path in Preferences, such as `uiSettings.theme`."
    )
    source: effective.Source = strawberry.field(description="Where its value comes from.")


def preference_sources(found: Mapping[str, effective.Source]) -> list[PreferenceSource]:
    """The GraphQL form of the sources of preferences."""
    return [*itertools.starmap(_source, found.items())]


@cache
def _source(path: str, source: effective.Source) -> PreferenceSource:
    """The GraphQL form of one source; there are only a few paths and sources."""
    return PreferenceSource(field=".".join(map(to_camel, path.split("."))), source=source)


@strawberry.input(description="Changes to how a client looks; null resets a field.")
class UISettingsInput:
    theme: Maybe[Theme | None] = strawberry.field(description="Colours.")
    font_size: Maybe[FontSize | None] = strawberry.field(description="Size of text.")
    show_citations: Maybe[bool | None] = strawberry.field(
        description="Whether answers show their sources."
    )


@strawberry.input(description="Changes to what is kept; null resets a field.")
class PrivacySettingsInput:
    save_conversations: Maybe[bool | None] = strawberry.field(
        description="Whether the text of new turns is kept."
    )
    analytics_opt_in: Maybe[bool | None] = strawberry.field(
        description="Whether analysts may see the user's turns, without the user's address."
    )
    data_retention_days: Maybe[int | None] = strawberry.field(
        description="Days for which turns are kept: 1 to the service's limit."
    )


@strawberry.input(description="Changes to what a user is notified of; null resets a field.")
class NotificationSettingsInput:
    email_summaries: Maybe[bool | None] = strawberry.field(
        description="True for weekly summaries, false for none; `summaryFrequency` counts if both are "
        "given.",
        deprecation_reason=ONCE_A_SWITCH,
    )
    summary_frequency: Maybe[SummaryFrequency | None] = strawberry.field(
        description="How often a summary is sent by e-mail."
    )
    session_reminders: Maybe[bool | None] = strawberry.field(
        description="Whether the user is told of sessions that are about to be archived or closed, or "
        "whose turns are about to expire."
    )
    time_zone: Maybe[str | None] = strawberry.field(
        description="The time zone in whose hours mails are sent, such as 'Europe/Berlin'."
    )


@strawberry.input(
    description="Changes to a user's preferences. Only the named fields change; null resets a "
    "field, or a whole group, to the service's default."
)
class PreferencesInput:
    response_style: Maybe[ResponseStyle | None] = strawberry.field(
        description="How answers are written."
    )
    language_preference: Maybe[str | None] = strawberry.field(
        description="BCP 47 tag of the answers' language, such as 'en' or 'pt-BR'."
    )
    ui_settings: Maybe[UISettingsInput | None] = strawberry.field(description="How a client looks.")
    privacy_settings: Maybe[PrivacySettingsInput | None] = strawberry.field(
        description="What is kept, for how long, and who may see it."
    )
    notification_settings: Maybe[NotificationSettingsInput | None] = strawberry.field(
        description="What the user is notified of."
    )


@strawberry.input(
    description="Changes to what one session overrides. Only the named fields change; null "
    "returns a field, or a whole group, to the user's preference."
)
class SessionPreferencesInput:
    response_style: Maybe[ResponseStyle | None] = strawberry.field(
        description="How answers are written."
    )
    language_preference: Maybe[str | None] = strawberry.field(
        description="BCP 47 tag of the answers' language, such as 'en' or 'pt-BR'."
    )
    ui_settings: Maybe[UISettingsInput | None] = strawberry.field(description="How a client looks.")
    save_conversations: Maybe[bool | None] = strawberry.field(
        description="False stops keeping the text of this session's new turns; true is refused."
    )


def patch(changes: Any) -> Patch:
    """The fields that a preferences input names, nested like the records."""
    named = {field.name: getattr(changes, field.name) for field in fields(changes)}
    return {name: _value(given.value) for name, given in named.items() if given is not None}


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UISettingsInput | PrivacySettingsInput | NotificationSettingsInput):
        return patch(value)
    return value
