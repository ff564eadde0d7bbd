"""Preferences: the values in force, what a session overrides, and the inputs that change them."""

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

import strawberry
from pydantic.alias_generators import to_camel
from strawberry import Maybe

from resolvers import preferences as rules
from resolvers.preferences import Patch
from schema.descriptions import publish
from stores import records


@strawberry.enum(description="How answers are written.")
class ResponseStyle(Enum):
    CONCISE = strawberry.enum_value("concise", description="Short.")
    DETAILED = strawberry.enum_value("detailed", description="At length, with explanations.")
    TECHNICAL = strawberry.enum_value("technical", description="For experts.")


@strawberry.enum(description="Colours of a client.")
class Theme(Enum):
    DARK = strawberry.enum_value("dark", description="Light text on dark.")
    LIGHT = strawberry.enum_value("light", description="Dark text on light.")
    SYSTEM = strawberry.enum_value("system", description="As the device is set.")


@strawberry.enum(description="Size of a client's text.")
class FontSize(Enum):
    SMALL = strawberry.enum_value("small", description="Smaller than usual.")
    MEDIUM = strawberry.enum_value("medium", description="As usual.")
    LARGE = strawberry.enum_value("large", description="Larger than usual.")


@strawberry.type(description="How a client looks.")
class UISettings:
    theme: Theme = strawberry.field(description="Colours.")
    font_size: FontSize = strawberry.field(description="Size of text.")
    show_citations: bool = strawberry.field(description="Whether answers show their sources.")


@strawberry.type(description="What is kept, for how long, and for whom.")
class PrivacySettings:
    save_conversations: bool = strawberry.field(
        description="Whether the text of new turns is kept; without it a turn only counts."
    )
    analytics_opt_in: bool = strawberry.field(
        description="Whether analysts may see the user's turns, without the address."
    )
    data_retention_days: int = strawberry.field(description="Days for which turns are kept.")


@strawberry.type(description="What a user is told.")
class NotificationSettings:
    email_summaries: bool = strawberry.field(description="Summaries by e-mail.")
    session_reminders: bool = strawberry.field(description="Reminders of open sessions.")


@strawberry.type(description="Every preference with the value in force.")
class Preferences:
    response_style: ResponseStyle = strawberry.field(description="How answers are written.")
    language_preference: str = strawberry.field(description="BCP 47 tag of the answers' language.")
    ui_settings: UISettings = strawberry.field(description="How a client looks.")
    privacy_settings: PrivacySettings = strawberry.field(
        description="What is kept, for how long, and for whom."
    )
    notification_settings: NotificationSettings = strawberry.field(
        description="What the user is told."
    )

    @classmethod
    def of(cls, preferences: rules.Preferences) -> "Preferences":
        """The GraphQL form of the preferences in force."""
        ui = preferences.ui_settings
        return cls(
            response_style=ResponseStyle(preferences.response_style),
            language_preference=preferences.language_preference,
            ui_settings=UISettings(
                theme=Theme(ui.theme),
                font_size=FontSize(ui.font_size),
                show_citations=ui.show_citations,
            ),
            privacy_settings=PrivacySettings(**preferences.privacy_settings.model_dump()),
            notification_settings=NotificationSettings(
                **preferences.notification_settings.model_dump()
            ),
        )


@strawberry.type(description="How a session changes the look; null inherits.")
class UISettingsOverrides:
    theme: Theme | None = strawberry.field(description="Colours.")
    font_size: FontSize | None = strawberry.field(description="Size of text.")
    show_citations: bool | None = strawberry.field(description="Whether answers show sources.")


@strawberry.type(description="What one session changes of the user's preferences; null inherits.")
class PreferenceOverrides:
    response_style: ResponseStyle | None = strawberry.field(description="How answers are written.")
    language_preference: str | None = strawberry.field(
        description="BCP 47 tag of the answers' language."
    )
    ui_settings: UISettingsOverrides = strawberry.field(description="How a client looks.")
    save_conversations: bool | None = strawberry.field(
        description="False where the text of this session's new turns is not kept; never true."
    )

    @classmethod
    def of(cls, overrides: records.SessionPreferenceOverrides) -> "PreferenceOverrides":
        """The GraphQL form of what a session overrides."""
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
    rules.Source,
    "PreferenceOrigin",
    "Who decided the value in force.",
    {
        rules.Source.SERVICE: "The service's own configuration.",
        rules.Source.USER: "The user.",
        rules.Source.SESSION: "The session, which overrides the user's preference.",
    },
)


@strawberry.type(description="Where the value of one preference comes from.")
class PreferenceSource:
    field: str = strawberry.field(
        description="The preference, by its path in Preferences, such as `uiSettings.theme`."
    )
    source: rules.Source = strawberry.field(description="Who decided it.")


def preference_sources(found: Mapping[str, rules.Source]) -> list[PreferenceSource]:
    """The GraphQL form of where preferences come from."""
    return [
        PreferenceSource(field=".".join(map(to_camel, path.split("."))), source=source)
        for path, source in found.items()
    ]


@strawberry.input(description="Changes of how a client looks; null resets a field.")
class UISettingsInput:
    theme: Maybe[Theme | None] = strawberry.field(description="Colours.")
    font_size: Maybe[FontSize | None] = strawberry.field(description="Size of text.")
    show_citations: Maybe[bool | None] = strawberry.field(
        description="Whether answers show their sources."
    )


@strawberry.input(description="Changes of what is kept; null resets a field.")
class PrivacySettingsInput:
    save_conversations: Maybe[bool | None] = strawberry.field(
        description="Whether the text of new turns is kept."
    )
    analytics_opt_in: Maybe[bool | None] = strawberry.field(
        description="Whether analysts may see the user's turns, without the address."
    )
    data_retention_days: Maybe[int | None] = strawberry.field(
        description="Days for which turns are kept: 1 to the service's own limit."
    )


@strawberry.input(description="Changes of what a user is told; null resets a field.")
class NotificationSettingsInput:
    email_summaries: Maybe[bool | None] = strawberry.field(description="Summaries by e-mail.")
    session_reminders: Maybe[bool | None] = strawberry.field(
        description="Reminders of open sessions."
    )


@strawberry.input(
    description="Changes of a user's preferences: only what is named changes, and null resets a "
    "field, or a whole group, to what the service sets."
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
        description="What is kept, for how long, and for whom."
    )
    notification_settings: Maybe[NotificationSettingsInput | None] = strawberry.field(
        description="What the user is told."
    )


@strawberry.input(
    description="Changes of what one session overrides: only what is named changes, and null "
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
    """The named fields of a preferences input, nested as records are."""
    named = {field.name: getattr(changes, field.name) for field in fields(changes)}
    return {name: _value(given.value) for name, given in named.items() if given is not None}


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UISettingsInput | PrivacySettingsInput | NotificationSettingsInput):
        return patch(value)
    return value
